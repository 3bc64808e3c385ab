import type { HostLink, ScanSlice } from "../../crm/host.ts";
import type { MirrorRecord } from "../../crm/records.ts";
import { getRequest, PAGE_LIMIT, type Params, readOne, readPage } from "./api.ts";
import type { Feed } from "./feed.ts";
import { CONCURRENCY } from "./limits.ts";
import { readRows } from "./rows.ts";

interface Found {
  readonly records: MirrorRecord[];
  /** Exist, readable or not. */
  readonly ids: Set<string>;
}

/** Reads these records; what does not come back is deleted, in the recycle bin or out of our token's reach. */
export async function scanByIds(
  link: HostLink,
  feeds: readonly Feed[],
  ids: readonly string[],
): Promise<ScanSlice> {
  const askedAt = link.clock.now();
  const wanted = [...new Set(ids)];
  const found: Found = { records: [], ids: new Set() };
  for (const feed of feeds) {
    const mine = wanted.flatMap((id) => {
      const raw = feed.rawId(id);
      return raw !== null && feed.idPattern.test(raw) ? [raw] : [];
    });
    if (mine.length > 0) await readFeed(link, feed, mine, found);
  }
  return {
    records: found.records,
    missing: wanted.filter((id) => !found.ids.has(id)),
    next: null,
    total: wanted.length,
    hostNow: askedAt,
  };
}

async function readFeed(
  link: HostLink,
  feed: Feed,
  rawIds: readonly string[],
  found: Found,
): Promise<void> {
  const asked = new Set(rawIds.map((id) => feed.recordId(id)));
  for (const rows of await fetchRows(link, feed, rawIds)) {
    const { readings, unreadableIds } = await readRows(link, feed, rows);
    for (const id of unreadableIds) found.ids.add(id);
    for (const { id, records } of readings) {
      // An account without filters answers with other rows than those asked for.
      if (records.length === 0 || !asked.has(id) || found.ids.has(id)) continue;
      found.ids.add(id);
      found.records.push(...records);
    }
  }
}

/** Dictionaries are short and have no filter by id: they are read whole. Accounts without filters: one by one. */
async function fetchRows(
  link: HostLink,
  feed: Feed,
  rawIds: readonly string[],
): Promise<readonly (readonly unknown[])[]> {
  if (feed.byId === "whole") return await fetchWhole(link, feed);
  if (link.memo.filters === "off") return [await fetchEach(link, feed, rawIds)];
  const size = feed.byId === "commas" ? EVENT_IDS : PAGE_LIMIT;
  const batches: string[][] = [];
  for (let at = 0; at < rawIds.length; at += size) batches.push(rawIds.slice(at, at + size));
  return (await Promise.all(batches.map((batch) => fetchBatch(link, feed, batch)))).flat();
}

/** Ids in one comma list of the events filter; the host names no limit, others of this filter are 10. */
const EVENT_IDS = 10;

/** To the end, page by page: a host that gives smaller pages than asked for would else seem to have lost the rest. */
async function fetchBatch(
  link: HostLink,
  feed: Feed,
  batch: readonly string[],
): Promise<readonly (readonly unknown[])[]> {
  const filter: Params =
    feed.byId === "commas"
      ? [["filter[id]", batch.join(",")]]
      : batch.map((id) => [feed.idFilter, id] as const);
  return await fetchPages(link, feed, `${feed.name}.byId`, [...feed.related, ...filter]);
}

async function fetchWhole(link: HostLink, feed: Feed): Promise<readonly (readonly unknown[])[]> {
  return await fetchPages(link, feed, feed.name, []);
}

async function fetchPages(
  link: HostLink,
  feed: Feed,
  name: string,
  asked: Params,
): Promise<readonly (readonly unknown[])[]> {
  const pages: (readonly unknown[])[] = [];
  let hasNext = true;
  for (let page = 1; hasNext; page += 1) {
    const paging: Params = feed.isSinglePage
      ? []
      : [
          ["limit", String(feed.limit)],
          ["page", String(page)],
        ];
    const request = getRequest(feed.path, [...asked, ...paging]);
    const response = await link.send(name, request, { isOptional: feed.isOptional });
    const answer = readPage(response, feed.collection);
    pages.push(answer.rows);
    hasNext = answer.hasNext && !feed.isSinglePage;
  }
  return pages;
}

async function fetchEach(
  link: HostLink,
  feed: Feed,
  rawIds: readonly string[],
): Promise<readonly unknown[]> {
  const rows: unknown[] = [];
  for (let at = 0; at < rawIds.length; at += CONCURRENCY) {
    const few = rawIds.slice(at, at + CONCURRENCY);
    const answers = await Promise.all(
      few.map((id) => readOne(link, `${feed.name}.one`, `${feed.path}/${id}`, feed.related)),
    );
    rows.push(...answers.filter((one) => one !== null));
  }
  return rows;
}
