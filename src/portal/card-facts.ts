import { monthIndex } from "../analytics/calendar.ts";
import type { Day, Insight } from "../analytics/types.ts";
import type { Instant } from "../crm/ports.ts";
import { weekOf } from "./insight-batch.ts";
import { parseInsight, STORED_INSIGHT, type StoredInsight } from "./insight-data.ts";
import { CONTACT_KINDS } from "./insight-facts.ts";
import type { SqlReader } from "./sql.ts";

export interface InsightRow {
  readonly insight: Insight;
  readonly snapshotId: string;
  readonly asOf: Day;
  readonly computedAt: Instant;
}

export function readInsight(sql: SqlReader, key: string): InsightRow | null {
  const row = sql.get<StoredInsight & { snapshot_id: string; computed_at: Instant }>(
    `select ${STORED_INSIGHT}, snapshot_id, computed_at from insight where client_key = ?`,
    key,
  );
  const insight = row ? parseInsight(row) : null;
  if (!(row && insight)) return null;
  return { insight, snapshotId: row.snapshot_id, asOf: row.as_of, computedAt: row.computed_at };
}

export interface PurchaseSums {
  /** By month index (months since January 1970), the last twelve. */
  readonly months: ReadonlyMap<number, { amountMinor: number; purchases: number }>;
  readonly withoutSum: number;
  readonly withoutRate: number;
  readonly future: number;
  readonly refunds: number;
  readonly lastRefundDay: Day | null;
}

interface SumRow {
  readonly day: Day;
  readonly amount_minor: number | null;
  readonly base_minor: number | null;
}

/** Everything that the card shows of single purchases, in one reading. */
export function sumPurchases(sql: SqlReader, key: string, today: Day): PurchaseSums {
  const months = new Map<number, { amountMinor: number; purchases: number }>();
  const sums = { withoutSum: 0, withoutRate: 0, future: 0, refunds: 0 };
  let lastRefundDay: Day | null = null;
  const from = monthIndex(today) - 11;
  const rows = sql.iterate<SumRow>(
    "select day, amount_minor, base_minor from purchase where client_key = ? order by day",
    key,
  );
  for (const row of rows) {
    if (row.day > today) {
      sums.future += 1;
      continue;
    }
    const isRefund = (row.amount_minor ?? 0) < 0;
    if (isRefund) {
      sums.refunds += 1;
      lastRefundDay = row.day;
    } else if (!row.amount_minor) sums.withoutSum += 1;
    else if (row.base_minor === null) sums.withoutRate += 1;
    const month = monthIndex(row.day);
    if (month < from) continue;
    const known = months.get(month) ?? { amountMinor: 0, purchases: 0 };
    months.set(month, {
      amountMinor: known.amountMinor + (row.base_minor ?? 0),
      purchases: known.purchases + (isRefund ? 0 : 1),
    });
  }
  return { months, ...sums, lastRefundDay };
}

export interface LastContact {
  readonly kind: string;
  readonly direction: "in" | "out" | null;
  readonly at: Instant;
}

export function lastContact(sql: SqlReader, key: string, now: Instant): LastContact | null {
  return (
    sql.get<LastContact>(
      `select kind, direction, at from (
         select kind, direction, at, is_done from activity where client_key = ?
         union all
         select a.kind, a.direction, a.at, a.is_done from deal d join activity a on a.deal_id = d.id
         where d.client_key = ?
       ) where is_done = 1 and at <= ? and kind in (${CONTACT_KINDS}) order by at desc limit 1`,
      key,
      key,
      now,
    ) ?? null
  );
}

const MONTH_DAYS = 30;
/** A missing week is stood in for by an older one, not by a much older one. */
const OLDEST_WEEKS = 2;

/**
 * Points since about thirty days ago, from the weekly scores: for a client whose purchases of that time are no longer in
 * the mirror. null when there is no score of that time.
 */
export function deltaOfMonth(sql: SqlReader, key: string, score: number, asOf: Day): number | null {
  const week = weekOf(asOf - MONTH_DAYS);
  const row = sql.get<{ score: number }>(
    `select score from weekly_score where client_key = ? and week between ? and ?
     order by week desc limit 1`,
    key,
    week - OLDEST_WEEKS,
    week,
  );
  return row ? score - row.score : null;
}

/** The segment before the present one. */
export function segmentBefore(sql: SqlReader, key: string): string | null {
  const row = sql.get<{ before: string | null }>(
    `select before from transition where client_key = ? and kind = 'segment' and before is not null
     order by id desc limit 1`,
    key,
  );
  return row?.before ?? null;
}

export function isHoldout(sql: SqlReader, key: string): boolean {
  return (
    sql.get(
      "select client_key from assignment where client_key = ? and arm = 'holdout' limit 1",
      key,
    ) !== undefined
  );
}
