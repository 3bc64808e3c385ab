import { z } from "zod";
import type { Day, Snapshot } from "../analytics/types.ts";
import type { Instant } from "../crm/ports.ts";
import type { Sql, SqlReader } from "./sql.ts";

/** Snapshots are kept so that an old score can be explained. */
const KEPT_DAYS = 366;

const four = z.tuple([z.number(), z.number(), z.number(), z.number()]);

/** What is relied on; further fields of the fit travel untouched. */
const snapshotData = z
  .looseObject({
    id: z.string(),
    asOf: z.int(),
    formula: z.literal("health-1"),
    tier: z.union([z.literal(0), z.literal(1), z.literal(2), z.literal(3)]),
    tierReason: z.string().nullable(),
    clients: z.int(),
    repeatBuyers: z.int(),
    horizonDays: z.int(),
    ltvHorizonDays: z.int(),
    model: z.looseObject({ kind: z.string() }).nullable(),
    spend: z.looseObject({}).nullable(),
    rfm: z.looseObject({
      method: z.string(),
      recencyDays: four,
      frequency: four,
      monetaryMinor: four.nullable(),
    }),
    abc: z.looseObject({}).nullable(),
    lifecycle: z.looseObject({ activeDays: z.number(), loyalPurchases: z.number() }),
    health: z.looseObject({ base: z.int() }).nullable(),
    usualGapDays: z.number().nullable(),
    regularity: z.looseObject({}).nullable(),
    churn: z.looseObject({ method: z.string() }).nullable(),
    level: z.object({ horizon: z.number(), ltv: z.number() }),
    gapDays: z.number().nullable(),
    // A test of another shape counts as none: the next rebuild makes a new one.
    quality: z
      .looseObject({ signal: z.string(), windows: z.array(z.looseObject({})) })
      .nullable()
      .catch(null),
  })
  .transform((value) => value as unknown as Snapshot);

interface SnapshotRow {
  readonly data: string;
}

export function latestSnapshot(sql: SqlReader): Snapshot | null {
  return recentSnapshots(sql, 1)[0] ?? null;
}

/** Newest first. */
export function recentSnapshots(sql: SqlReader, count: number): Snapshot[] {
  return sql
    .all<SnapshotRow>("select data from snapshot order by rowid desc limit ?", count)
    .map(readRow);
}

export function readSnapshot(sql: SqlReader, id: string): Snapshot | null {
  const row = sql.get<SnapshotRow>("select data from snapshot where id = ?", id);
  return row ? readRow(row) : null;
}

function readRow(row: SnapshotRow): Snapshot {
  return snapshotData.parse(JSON.parse(row.data));
}

/** An id that is still free: the day, then the day with a number. */
export function freeSnapshotId(sql: SqlReader, day: string): string {
  for (let number = 1; ; number += 1) {
    const id = number === 1 ? day : `${day}.${number}`;
    if (!sql.get("select id from snapshot where id = ?", id)) return id;
  }
}

/** The currency that the newest snapshot's money is in; null before the first one. */
export function snapshotCurrency(sql: SqlReader): string | null {
  return (
    sql.get<{ currency: string }>("select currency from snapshot order by rowid desc limit 1")
      ?.currency ?? null
  );
}

export function storeSnapshot(
  sql: Sql,
  snapshot: Snapshot,
  { currency, now }: { currency: string; now: Instant },
): void {
  sql.run(
    "insert into snapshot (id, made_at, as_of, currency, data) values (?, ?, ?, ?, ?)",
    snapshot.id,
    Math.round(now),
    snapshot.asOf,
    currency,
    JSON.stringify(snapshot),
  );
}

/** A snapshot that was made from a sample knows how many clients there are once they have been scored. */
export function countClients(sql: Sql, { id, clients: known }: Snapshot, clients: number): void {
  if (known === clients) return;
  sql.run("update snapshot set data = json_set(data, '$.clients', ?) where id = ?", clients, id);
}

export function dropOldSnapshots(sql: Sql, today: Day): void {
  sql.run("delete from snapshot where as_of < ?", today - KEPT_DAYS);
}
