import type { Clock } from "../crm/ports.ts";
import type { Mirror } from "./mirror.ts";
import { advanceScan, finishScan, planScan, type ScanRow } from "./scans.ts";
import type { Sql } from "./sql.ts";

const RECORDS_PER_SLICE = 500;

/** What is counted again, in this order; the letter begins the cursor. */
const PARTS = [
  { letter: "d", table: "deal" },
  { letter: "l", table: "lead" },
  { letter: "p", table: "payment" },
] as const;

/** Purchases have another basis from now on: all of them are counted again from the beginning. */
export function planPurchases(sql: Sql, now: number): void {
  sql.run("delete from scan where job = 'purchases'");
  planScan(sql, "purchases", "deal", { nextAt: now });
}

/** One slice of the recount: who buys by deals and leads, and the purchases of deals and payments. */
export function rebuildPurchases(
  { sql, mirror, clock }: { readonly sql: Sql; readonly mirror: Mirror; readonly clock: Clock },
  row: ScanRow,
): void {
  const now = clock.now();
  const cursor = row.cursor ?? "";
  // A cursor of an older version has no letter: from the beginning.
  const at = Math.max(
    0,
    PARTS.findIndex(({ letter }) => cursor.startsWith(letter)),
  );
  const part = PARTS[at] ?? PARTS[0];
  const after = cursor.startsWith(part.letter) ? cursor.slice(1) : "";
  const ids = sql
    .all<{ id: string }>(
      `select id from ${part.table} where id > ? order by id limit ?`,
      after,
      RECORDS_PER_SLICE,
    )
    .map(({ id }) => id);
  const isOver = ids.length < RECORDS_PER_SLICE;
  const following = PARTS[at + 1];
  const next = isOver ? (following?.letter ?? null) : part.letter + (ids.at(-1) ?? "");
  sql.transaction(() => {
    mirror.recount(part.table, ids, now);
    advanceScan(sql, row, { cursor: next, records: ids.length, total: null, hostNow: null, now });
    if (next === null) finishScan(sql, row, { now, nextAt: null });
  });
}
