import { errorCode } from "../../crm/error.ts";
import type { HostLink } from "../../crm/host.ts";
import type { Instant } from "../../crm/ports.ts";
import { getRequest, hostTime, type Page, readPage } from "./api.ts";
import type { Feed } from "./feed.ts";
import { CONCURRENCY } from "./limits.ts";

export interface PageWindow {
  readonly rows: readonly unknown[];
  /** Pages that count: those up to the end of the list. */
  readonly pages: number;
  readonly isEnd: boolean;
  /** The host's clock at the earliest answer. */
  readonly hostNow: Instant | null;
}

interface DatedPage extends Page {
  readonly hostNow: Instant | null;
}

/** Reads `count` pages from `first` on, several at once. Throws AppError `host.*`. */
export async function readWindow(
  link: HostLink,
  feed: Feed,
  first: number,
  count: number,
): Promise<PageWindow> {
  const found: (DatedPage | undefined)[] = [];
  let end = count;
  let nextIndex = 0;
  async function work(): Promise<void> {
    while (nextIndex < end) {
      const index = nextIndex;
      nextIndex += 1;
      const page = await fetchPage(link, feed, first + index, feed.limit);
      found[index] = page;
      if (!page.hasNext) end = Math.min(end, index + 1);
    }
  }
  await Promise.all(Array.from({ length: Math.min(count, CONCURRENCY) }, work));
  return settle(link, feed, first, count, found);
}

/**
 * Pages that were on their way when an earlier one turned out to be the last are dropped. An empty page where the one
 * before it promised more is asked for once again: the host does answer so when a row leaves the list between the two.
 */
async function settle(
  link: HostLink,
  feed: Feed,
  first: number,
  count: number,
  found: readonly (DatedPage | undefined)[],
): Promise<PageWindow> {
  const pages: DatedPage[] = [];
  for (let index = 0; index < count; index += 1) {
    const isPromised = index > 0 || first > 1;
    const seen = found[index];
    const needsAnother = seen === undefined || (seen.rows.length === 0 && isPromised);
    const page = needsAnother ? await fetchPage(link, feed, first + index, feed.limit) : seen;
    pages.push(page);
    if (!page.hasNext) break;
  }
  const times = pages.flatMap((page) => page.hostNow ?? []);
  return {
    rows: pages.flatMap((page) => page.rows),
    pages: pages.length,
    isEnd: pages.at(-1)?.hasNext !== true,
    hostNow: times.length === 0 ? null : Math.min(...times),
  };
}

/** A page that the host could not make in time is asked for in halves, down to this size. */
const SMALLEST_PAGE = 25;

async function fetchPage(
  link: HostLink,
  feed: Feed,
  page: number,
  limit: number,
): Promise<DatedPage> {
  const paging = feed.isSinglePage
    ? []
    : ([
        ["limit", String(limit)],
        ["page", String(page)],
      ] as const);
  try {
    const response = await link.send(
      feed.name,
      getRequest(feed.path, [...feed.related, ...feed.params, ...paging]),
      { isOptional: feed.isOptional },
    );
    const { rows, hasNext } = readPage(response, feed.collection);
    return { rows, hasNext: hasNext && !feed.isSinglePage, hostNow: hostTime(response) };
  } catch (error) {
    const canHalve = !feed.isSinglePage && limit % 2 === 0 && limit / 2 >= SMALLEST_PAGE;
    if (errorCode(error) !== "host.timeout" || !canHalve) throw error;
    return await fetchHalves(link, feed, page, limit / 2);
  }
}

/** Page `n` of size 2h is pages 2n-1 and 2n of size h. */
async function fetchHalves(
  link: HostLink,
  feed: Feed,
  page: number,
  half: number,
): Promise<DatedPage> {
  link.log.warn("host.page_halved", { list: feed.name, limit: half });
  const left = await fetchPage(link, feed, 2 * page - 1, half);
  if (!left.hasNext) return left;
  const right = await fetchPage(link, feed, 2 * page, half);
  return { ...right, rows: [...left.rows, ...right.rows], hostNow: left.hostNow };
}
