import { AppError } from "../../crm/error.ts";
import type { HostLink, ScanQuery, ScanSlice } from "../../crm/host.ts";
import type { Instant } from "../../crm/ports.ts";
import { scanByIds } from "./by-id.ts";
import { type Feed, feedsOf } from "./feeds.ts";
import { CONCURRENCY } from "./limits.ts";
import { readRows } from "./rows.ts";
import { readWindow } from "./window.ts";

/**
 * Pages of one slice. Twice the requests in flight, so that a page that takes a second does not leave the allowance of
 * five requests a second unused between two slices.
 */
const WINDOW = 2 * CONCURRENCY;

interface Cursor {
  /** Index into the entity's feeds. */
  readonly feed: number;
  /** First page of the next slice, from 1. */
  readonly page: number;
  /** The host's clock when the scan began: changes made while it runs belong to the next one. */
  readonly startedAt: Instant;
}

/** One slice of a scan; see `Host.scan`. Throws AppError `host.*`, `input.invalid` for a cursor that is not ours. */
export async function scan(
  link: HostLink,
  query: ScanQuery,
  cursorText: string | null,
): Promise<ScanSlice> {
  const { mode } = query;
  const feeds = feedsOf(query.entity, mode, link);
  if (mode.kind === "byId") return await scanByIds(link, feeds, mode.ids);
  const cursor = cursorText === null ? null : readCursor(cursorText);
  const at = cursor?.feed ?? 0;
  const feed = feeds[at];
  if (!feed) throw notACursor();

  const askedAt = link.clock.now();
  const first = cursor?.page ?? 1;
  // The first page goes alone: most lists end there, and the others would be requests for nothing.
  const window = await readWindow(link, feed, first, first === 1 ? 1 : WINDOW);
  const rows = readRows(link, feed, window.rows);
  const startedAt = cursor?.startedAt ?? window.hostNow ?? askedAt;

  const oldest = mode.kind === "since" ? Math.floor(mode.at / 1000) * 1000 : 0;
  const fresh = rows.readings.filter((reading) => reading.at >= oldest);
  const isPast = feed.isNewestFirst && fresh.length < rows.readings.length;
  const page = isPast || window.isEnd ? null : first + window.pages;
  const kept = fresh.flatMap((reading) => (reading.record ? [reading] : []));
  return {
    records: mode.kind === "ids" ? [] : kept.flatMap((reading) => reading.record ?? []),
    ...(mode.kind === "ids"
      ? { ids: [...kept.map((reading) => reading.id), ...rows.unreadableIds] }
      : {}),
    next: nextCursor(feeds, at, page, startedAt),
    total: null,
    hostNow: startedAt,
  };
}

function nextCursor(
  feeds: readonly Feed[],
  feed: number,
  page: number | null,
  startedAt: Instant,
): string | null {
  if (page !== null) return writeCursor({ feed, page, startedAt });
  return feed + 1 < feeds.length ? writeCursor({ feed: feed + 1, page: 1, startedAt }) : null;
}

function writeCursor({ feed, page, startedAt }: Cursor): string {
  return `${feed}.${page}.${startedAt}`;
}

function readCursor(text: string): Cursor {
  const match = /^(\d)\.([1-9]\d{0,6})\.(\d{1,15})$/.exec(text);
  if (!match) throw notACursor();
  return { feed: Number(match[1]), page: Number(match[2]), startedAt: Number(match[3]) };
}

function notACursor(): AppError {
  return new AppError("input.invalid", { details: { field: "cursor" } });
}
