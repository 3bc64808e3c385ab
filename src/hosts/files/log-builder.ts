import type { Day, PurchaseLog } from "../../analytics/types.ts";

/** Purchases in the order of a file, kept as columns: a million rows are three arrays, not a million objects. */
export interface LogBuilder {
  /** `amountMinor` NaN = no sum. */
  add(client: string, day: Day, amountMinor: number): void;
  readonly size: number;
  /** Sorted by client, then day, then the order of the file, as analytics wants them. */
  build(): PurchaseLog;
}

export function makeLogBuilder(): LogBuilder {
  const known = new Map<string, number>();
  const client: number[] = [];
  const day: number[] = [];
  const amount: number[] = [];
  return {
    add(id, at, amountMinor) {
      let index = known.get(id);
      if (index === undefined) {
        index = known.size;
        known.set(id, index);
      }
      client.push(index);
      day.push(at);
      amount.push(amountMinor);
    },
    get size() {
      return client.length;
    },
    build() {
      const clients = [...known.keys()].sort();
      const rank = new Int32Array(clients.length);
      for (const [at, id] of clients.entries()) rank[known.get(id) ?? 0] = at;
      const firstDay = day.reduce((least, at) => Math.min(least, at), Number.POSITIVE_INFINITY);
      const byDay = stableOrder(null, day.length, (row) => (day[row] ?? 0) - firstDay);
      const order = stableOrder(byDay, client.length, (row) => rank[client[row] ?? 0] ?? 0);
      return {
        clients,
        client: Int32Array.from(order, (row) => rank[client[row] ?? 0] ?? 0),
        day: Int32Array.from(order, (row) => day[row] ?? 0),
        amountMinor: Float64Array.from(order, (row) => amount[row] ?? Number.NaN),
      };
    },
  };
}

/** Counting sort of rows by a small whole number from 0; equal ones keep the order of `rows` (null = as they come). */
function stableOrder(
  rows: Int32Array | null,
  length: number,
  keyOf: (row: number) => number,
): Int32Array {
  let top = 0;
  for (let row = 0; row < length; row += 1) top = Math.max(top, keyOf(row));
  const next = new Int32Array(top + 2);
  for (let row = 0; row < length; row += 1) {
    const after = keyOf(row) + 1;
    next[after] = (next[after] ?? 0) + 1;
  }
  for (let key = 1; key < next.length; key += 1)
    next[key] = (next[key] ?? 0) + (next[key - 1] ?? 0);
  const order = new Int32Array(length);
  for (let at = 0; at < length; at += 1) {
    const row = rows === null ? at : (rows[at] ?? 0);
    const key = keyOf(row);
    order[next[key] ?? 0] = row;
    next[key] = (next[key] ?? 0) + 1;
  }
  return order;
}
