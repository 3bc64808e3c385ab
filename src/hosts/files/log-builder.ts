import type { LabelColumn, PurchaseDetails, PurchaseLog } from "../../analytics/types.ts";
import type { Labels } from "./labels.ts";
import { joinLines } from "./order-lines.ts";

/** Columns of purchases in the order of a file; all of one length. */
export interface PurchaseColumns {
  readonly ids: Labels;
  /** Numbers of `ids`. */
  readonly client: Int32Array;
  readonly day: Int32Array;
  /** NaN = no sum. */
  readonly amountMinor: Float64Array;
  readonly marginMinor: Float64Array | null;
  readonly source: FileLabels | null;
  readonly group: FileLabels | null;
  /** See `orderKey`; null = the file has no numbers of orders. */
  readonly order: Float64Array | null;
}

export interface FileLabels {
  readonly labels: Labels;
  /** -1 = unknown. */
  readonly code: Int32Array;
}

/**
 * The log of the rows with `isKept`, sorted by client, then day, then the order of the file, as analytics wants it. Clients
 * without a kept row are not in it; lines of one order are one purchase (their sums are added up in `columns`).
 */
export function sortedLog(
  columns: PurchaseColumns,
  isKept: (row: number) => boolean,
): { readonly log: PurchaseLog; readonly joinedLines: number } {
  const rows = keptRows(columns.client.length, isKept);
  const { clients, rank } = rankedClients(columns, rows);
  const { day } = columns;
  const byDay = stableOrder(rows, daysFromFirst(day, rows));
  const ranks = columns.client.map((code) => rank[code] ?? 0);
  const sorted = stableOrder(byDay, ranks);
  const order =
    columns.order === null ? sorted : joinLines({ ...columns, order: columns.order }, sorted);
  const details = detailsOf(columns, order);
  const log = {
    clients,
    client: takeInt32(ranks, order),
    day: takeInt32(day, order),
    amountMinor: takeFloat64(columns.amountMinor, order),
    ...(details === null ? {} : { details }),
  };
  return { log, joinedLines: sorted.length - order.length };
}

function keptRows(length: number, isKept: (row: number) => boolean): Int32Array {
  const rows = new Int32Array(length);
  let size = 0;
  for (let row = 0; row < length; row += 1) {
    if (!isKept(row)) continue;
    rows[size] = row;
    size += 1;
  }
  return rows.subarray(0, size);
}

/** Ids in their order, and the place of each number of a client among them. */
function rankedClients(
  { ids, client }: PurchaseColumns,
  rows: Int32Array,
): { clients: string[]; rank: Int32Array } {
  const isHere = new Uint8Array(ids.size);
  for (const row of rows) isHere[client[row] ?? 0] = 1;
  const names = ids.names();
  const clients = names.filter((_, code) => isHere[code] === 1).sort();
  const rank = new Int32Array(names.length);
  for (const [at, id] of clients.entries()) rank[ids.codeOf(id)] = at;
  return { clients, rank };
}

function detailsOf(columns: PurchaseColumns, order: Int32Array): PurchaseDetails | null {
  const { marginMinor, source, group } = columns;
  if (marginMinor === null && source === null && group === null) return null;
  return {
    ...(marginMinor === null ? {} : { marginMinor: takeFloat64(marginMinor, order) }),
    ...(source === null ? {} : { source: labelColumn(source, order) }),
    ...(group === null ? {} : { group: labelColumn(group, order) }),
  };
}

function labelColumn(column: FileLabels, order: Int32Array): LabelColumn {
  return { names: column.labels.names(), code: takeInt32(column.code, order) };
}

function takeInt32(column: Int32Array, order: Int32Array): Int32Array {
  const taken = new Int32Array(order.length);
  for (let at = 0; at < order.length; at += 1) taken[at] = column[order[at] ?? 0] ?? 0;
  return taken;
}

function takeFloat64(column: Float64Array, order: Int32Array): Float64Array {
  const taken = new Float64Array(order.length);
  for (let at = 0; at < order.length; at += 1) taken[at] = column[order[at] ?? 0] ?? Number.NaN;
  return taken;
}

/** Whole days after the first kept one; counting sort wants small numbers. */
function daysFromFirst(day: Int32Array, rows: Int32Array): Int32Array {
  let first = day[rows[0] ?? 0] ?? 0;
  for (const row of rows) first = Math.min(first, day[row] ?? 0);
  return day.map((at) => at - first);
}

/** Counting sort of rows by a small whole number from 0; equal ones keep their order. */
function stableOrder(rows: Int32Array, keys: Int32Array): Int32Array {
  const { length } = rows;
  let top = 0;
  for (let at = 0; at < length; at += 1) top = Math.max(top, keys[rows[at] ?? 0] ?? 0);
  const next = new Int32Array(top + 2);
  for (let at = 0; at < length; at += 1) {
    const after = (keys[rows[at] ?? 0] ?? 0) + 1;
    next[after] = (next[after] ?? 0) + 1;
  }
  for (let key = 1; key < next.length; key += 1) {
    next[key] = (next[key] ?? 0) + (next[key - 1] ?? 0);
  }
  const order = new Int32Array(length);
  for (let at = 0; at < length; at += 1) {
    const row = rows[at] ?? 0;
    const key = keys[row] ?? 0;
    const place = next[key] ?? 0;
    order[place] = row;
    next[key] = place + 1;
  }
  return order;
}
