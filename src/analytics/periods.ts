import type { ClientHistory, Day, PurchaseLog } from "./types.ts";

/** What a stretch of days brought. */
export interface PeriodTotals {
  /** First and last day, both inside. */
  readonly from: Day;
  readonly to: Day;
  /** Net: a refund is booked on its own day. null = no row of the period has a sum. */
  readonly revenueMinor: number | null;
  /** Purchases with a sum, and all; refunds not counted. */
  readonly purchasesWithSum: number;
  readonly purchases: number;
  /** Clients who bought. */
  readonly buyers: number;
  /** Clients whose first purchase is in the period. */
  readonly newClients: number;
}

/** The newest stretch and the equally long one right before it; `previous` is null when the history does not reach so far. */
export interface PeriodComparison {
  readonly days: number;
  readonly current: PeriodTotals;
  readonly previous: PeriodTotals | null;
}

/** Longest first: whole years have no seasons in them. */
const LENGTHS_DAYS = [365, 90, 30] as const;
/** A year that is a few days short is still a year. */
const LEAST_COVERED = 0.97;

/**
 * The last year beside the year before, where the history holds both; else 90 or 30 days; else the whole history alone.
 * One pass over the log and the histories.
 */
export function comparePeriods(
  log: PurchaseLog,
  histories: readonly ClientHistory[],
  asOf: Day,
): PeriodComparison {
  const first = histories.reduce((least, { days }) => Math.min(least, days[0] ?? asOf), asOf);
  const span = asOf - first + 1;
  const days = LENGTHS_DAYS.find((length) => span >= LEAST_COVERED * 2 * length) ?? null;
  if (days === null) {
    return { days: span, current: periodTotals(log, histories, first, asOf), previous: null };
  }
  const start = asOf - days + 1;
  return {
    days,
    current: periodTotals(log, histories, start, asOf),
    previous: periodTotals(log, histories, start - days, start - 1),
  };
}

function periodTotals(
  log: PurchaseLog,
  histories: readonly ClientHistory[],
  from: Day,
  to: Day,
): PeriodTotals {
  let money = 0;
  let rowsWithSum = 0;
  let purchases = 0;
  let purchasesWithSum = 0;
  for (let row = 0; row < log.day.length; row += 1) {
    const day = log.day[row] as number;
    if (day < from || day > to) continue;
    const minor = log.amountMinor[row] as number;
    if (!(minor < 0)) purchases += 1;
    if (!Number.isFinite(minor) || minor === 0) continue;
    rowsWithSum += 1;
    money += minor;
    if (minor > 0) purchasesWithSum += 1;
  }
  let buyers = 0;
  let newClients = 0;
  for (const { days } of histories) {
    if (days.some((day) => day >= from && day <= to)) buyers += 1;
    const first = days[0];
    if (first !== undefined && first >= from && first <= to) newClients += 1;
  }
  const revenueMinor = rowsWithSum === 0 ? null : money;
  return { from, to, revenueMinor, purchasesWithSum, purchases, buyers, newClients };
}
