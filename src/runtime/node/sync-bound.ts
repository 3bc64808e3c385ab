import type { SqlReader } from "../../portal/sql.ts";
import type { SimulatedProduct } from "../../simulation/site.ts";

/** The least time that a host's limits allow for reading everything once. */
export interface SyncBound {
  readonly seconds: number;
  /** Records that were read. */
  readonly records: number;
  /** Which limit it is. */
  readonly reason: string;
}

/** How a kind of record is read at the host's best. */
interface ListCost {
  readonly table: string;
  readonly method: string;
  readonly rows: number;
}

/** The vendor's page of 50 rows, whatever the list. */
const BITRIX24_LISTS: readonly ListCost[] = [
  { table: "client", method: "crm.item.list", rows: 50 },
  { table: "deal", method: "crm.item.list", rows: 50 },
  { table: "stage_entry", method: "crm.stagehistory.list", rows: 50 },
  { table: "activity", method: "crm.activity.list", rows: 50 },
];
const BITRIX24 = { commands: 50, requestsPerSecond: 2, windowSeconds: 600, minuteSeconds: 60 };
/** 80 % of the vendor's 480 s, and what the sandbox says a list call costs. */
const METHOD_SECONDS = 384;
const LIST_SECONDS = 0.3;

const AMOCRM_LISTS: readonly ListCost[] = [
  { table: "client", method: "clients", rows: 250 },
  { table: "deal", method: "leads", rows: 250 },
  { table: "stage_entry", method: "events", rows: 100 },
  { table: "activity", method: "activities", rows: 250 },
];
const AMOCRM_REQUESTS_PER_SECOND = 5;

/**
 * Counts the mirror's rows, not the calls that were made: work done twice makes the measurement longer, never the bound.
 * `startedAt` in unix milliseconds.
 */
export function syncBound(product: SimulatedProduct, sql: SqlReader, startedAt: number): SyncBound {
  return product === "bitrix24" ? bitrix24Bound(sql, startedAt) : amocrmBound(sql);
}

/**
 * Two limits. Requests: 50 pages of 50 rows in each, two a second. Execution time: of every method at most 384 s within
 * ten one-minute baskets, so a method that needs k times 384 s cannot begin its last 384 s earlier than ten whole minutes
 * times (k - 1) after the minute in which it began.
 */
function bitrix24Bound(sql: SqlReader, startedAt: number): SyncBound {
  const calls = new Map<string, number>();
  let records = 0;
  for (const { table, method, rows } of BITRIX24_LISTS) {
    const count = countOf(sql, table);
    records += count;
    calls.set(method, (calls.get(method) ?? 0) + Math.ceil(count / rows));
  }
  // Rows are asked for by their deals, fifty in a call, and come fifty a page.
  const rowPages = Math.ceil(Math.max(countOf(sql, "deal"), countOf(sql, "deal_product")) / 50);
  calls.set("crm.item.productrow.list", rowPages);
  const all = [...calls.values()].reduce((sum, one) => sum + one, 0);
  const requests = Math.ceil(all / BITRIX24.commands) / BITRIX24.requestsPerSecond;
  const bounds: SyncBound[] = [{ seconds: requests, records, reason: "requests" }];
  const intoMinute = (startedAt / 1000) % BITRIX24.minuteSeconds;
  for (const [method, count] of calls) {
    const windows = Math.ceil((count * LIST_SECONDS) / METHOD_SECONDS);
    const seconds = Math.max(0, (windows - 1) * BITRIX24.windowSeconds - intoMinute);
    bounds.push({ seconds, records, reason: `execution time of ${method}` });
  }
  return largest(bounds);
}

function amocrmBound(sql: SqlReader): SyncBound {
  let pages = 0;
  let records = 0;
  for (const { table, rows } of AMOCRM_LISTS) {
    const count = countOf(sql, table);
    records += count;
    pages += Math.ceil(count / rows);
  }
  return { seconds: pages / AMOCRM_REQUESTS_PER_SECOND, records, reason: "requests" };
}

function countOf(sql: SqlReader, table: string): number {
  return sql.get<{ count: number }>(`select count(*) as count from ${table}`)?.count ?? 0;
}

function largest(bounds: readonly SyncBound[]): SyncBound {
  return bounds.reduce((most, one) => (one.seconds > most.seconds ? one : most));
}
