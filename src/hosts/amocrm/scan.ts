import { AppError, errorCode } from "../../crm/error.ts";
import type { HostLink, ScanQuery, ScanSlice } from "../../crm/host.ts";
import type { Instant } from "../../crm/ports.ts";
import { isMissing } from "./api.ts";
import { scanByIds } from "./by-id.ts";
import type { Feed } from "./feed.ts";
import { feedsOf } from "./feeds.ts";
import { CONCURRENCY } from "./limits.ts";
import { readRows } from "./rows.ts";
import { hasLostRows } from "./vanished.ts";
import { type PageWindow, readWindow } from "./window.ts";

/**
 * Pages of one slice. A slice ends when its slowest page has come, and until then fewer requests are in flight than the
 * allowance would let through: five seconds of reading make that wait small, and cost no more than that when a process dies.
 */
const WINDOW = 5 * CONCURRENCY;

interface Cursor {
  /** Index into the entity's feeds. */
  readonly feed: number;
  /** First page of the next slice, from 1. */
  readonly page: number;
  /** The host's clock when the scan began: changes made while it runs belong to the next one. */
  readonly startedAt: Instant;
  /** The list is read again because rows left it the first time. */
  readonly isSecondPass: boolean;
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
  const askedAt = link.clock.now();
  // The account has no such list, or not any more.
  if (!feed) return { ...NOTHING, ...idsOf(mode, []), hostNow: cursor?.startedAt ?? askedAt };

  const first = cursor?.page ?? 1;
  // The first page goes alone: most lists end there, and the others would be requests for nothing.
  const known = mode.kind === "since" ? mode.at : 0;
  const window = await readWindow(link, feed, first, first === 1 ? 1 : WINDOW).catch((error) =>
    refusedWindow(link, feed, known, error),
  );
  const rows = await readRows(link, feed, window.rows);
  const startedAt = cursor?.startedAt ?? window.hostNow ?? askedAt;

  const oldest = mode.kind === "since" ? Math.floor(mode.at / 1000) * 1000 : 0;
  const fresh = rows.readings.filter((reading) => reading.at >= oldest);
  const isPast = feed.isNewestFirst && fresh.length < rows.readings.length;
  const isOver = isPast || window.isEnd;
  const place = { feed: at, startedAt, isSecondPass: cursor?.isSecondPass ?? false };
  const next = isOver
    ? await afterList(link, feeds, { ...place, page: first })
    : { ...place, page: first + window.pages };
  const kept = fresh.filter((reading) => reading.records.length > 0);
  const hints = fresh.flatMap((reading) => reading.hints ?? []);
  return {
    records: kept.flatMap((reading) => reading.records),
    ...idsOf(mode, [...kept.map((reading) => reading.id), ...rows.unreadableIds]),
    ...(hints.length > 0 ? { hints } : {}),
    next: next === null ? null : writeCursor(next),
    total: null,
    hostNow: startedAt,
  };
}

const NOTHING = { records: [], next: null, total: null } as const;

function idsOf(mode: ScanQuery["mode"], ids: readonly string[]): Pick<ScanSlice, "ids"> {
  return mode.kind === "ids" ? { ids } : {};
}

/**
 * A list that the account does not give us is over. What we know of it is as old as it was, so that everything is read
 * when the account gives it after all. Throws the error of a list that we cannot do without.
 */
function refusedWindow(link: HostLink, feed: Feed, known: Instant, error: unknown): PageWindow {
  if (!feed.isOptional || !isMissing(error)) throw error;
  link.log.warn("host.list_refused", { list: feed.name, code: errorCode(error) });
  return { rows: [], pages: 0, isEnd: true, hostNow: known };
}

/**
 * The next list of the entity, or this one again, once: rows that left it while its pages were read have hidden others.
 * A list of one page has no edges to fall through.
 */
async function afterList(
  link: HostLink,
  feeds: readonly Feed[],
  done: Cursor,
): Promise<Cursor | null> {
  const feed = feeds[done.feed];
  const hasEdges = done.page > 1 && !done.isSecondPass;
  if (feed && hasEdges && (await hasLostRows(link, feed, done.startedAt))) {
    link.log.info("host.list_read_again", { list: feed.name });
    return { ...done, page: 1, isSecondPass: true };
  }
  return done.feed + 1 < feeds.length
    ? { ...done, feed: done.feed + 1, page: 1, isSecondPass: false }
    : null;
}

function writeCursor({ feed, page, startedAt, isSecondPass }: Cursor): string {
  return `${feed}.${page}.${startedAt}.${isSecondPass ? 2 : 1}`;
}

function readCursor(text: string): Cursor {
  const match = /^(\d{1,2})\.([1-9]\d{0,6})\.(\d{1,15})\.([12])$/.exec(text);
  if (!match) throw notACursor();
  return {
    feed: Number(match[1]),
    page: Number(match[2]),
    startedAt: Number(match[3]),
    isSecondPass: match[4] === "2",
  };
}

function notACursor(): AppError {
  return new AppError("input.invalid", { details: { field: "cursor" } });
}
