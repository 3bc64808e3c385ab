import { buildBase, historyAt } from "./base.ts";
import type { GapTimings } from "./buckets.ts";
import type { Spending } from "./gamma-gamma.ts";
import { logGapsOf } from "./log-gaps.ts";
import { medianOfFirst } from "./quantile.ts";
import type { ClientHistory, Day, PurchaseLog } from "./types.ts";

/** One history for every client of the log, in the log's order; rows after `asOf` are left out. See `historyOf`. */
export function buildHistories(
  log: PurchaseLog,
  asOf: Day = Number.POSITIVE_INFINITY,
): ClientHistory[] {
  const base = buildBase(log, asOf);
  return base.clients.map((_, client) => historyAt(base, client));
}

export interface Row {
  readonly day: Day;
  /** NaN = no sum; negative = refund. */
  readonly amountMinor: number;
}

/**
 * The history of one client from rows in order of days. Purchases of one day are one purchase day. A row with a negative sum
 * is a refund: it lowers money and never makes a purchase; a day whose purchases were all paid back on that day is none, and a
 * client whose money was all paid back has no purchase days. Purchases with sum 0 or no sum count for rhythm and add no money.
 */
export function historyOf(id: string, rows: readonly Row[]): ClientHistory {
  const merged = mergeDays(rows);
  const bought = merged.filter((day) => !isPaidBack(day));
  const netMinor = sumOf(merged, (day) => day.netMinor);
  const purchases = sumOf(bought, (day) => day.purchases);
  const withSum = sumOf(bought, (day) => day.withSum);
  const days = isPaidBack({ purchases, withSum, netMinor }) ? [] : bought;
  const isClient = days.length > 0;
  const paid = new Set(days.filter((day) => day.withSum > 0 && day.netMinor > 0));
  const refunds = isClient ? merged.filter((day) => !paid.has(day) && day.netMinor < 0) : [];
  return {
    id,
    days: Int32Array.from(days, (day) => day.day),
    dayAmountMinor: Float64Array.from(days, (day) => (paid.has(day) ? day.netMinor : Number.NaN)),
    purchases: isClient ? purchases : 0,
    totalMinor: netMinor,
    refunds: refunds.map((day) => ({ day: day.day, amountMinor: day.netMinor })),
    purchasesWithSum: isClient ? withSum : 0,
  };
}

interface Takings {
  /** Rows that are no refunds. */
  readonly purchases: number;
  /** Of these, with a sum above zero. */
  readonly withSum: number;
  readonly netMinor: number;
}

/** All purchases have sums and nothing of the money is left. */
function isPaidBack(takings: Takings): boolean {
  return takings.purchases === takings.withSum && takings.netMinor <= 0;
}

function mergeDays(rows: readonly Row[]): (Takings & { readonly day: Day })[] {
  const merged: { day: Day; purchases: number; withSum: number; netMinor: number }[] = [];
  for (const { day, amountMinor } of rows) {
    let last = merged[merged.length - 1];
    if (last?.day !== day) {
      last = { day, purchases: 0, withSum: 0, netMinor: 0 };
      merged.push(last);
    }
    if (!(amountMinor < 0)) last.purchases += 1;
    if (amountMinor > 0) last.withSum += 1;
    if (Number.isFinite(amountMinor)) last.netMinor += amountMinor;
  }
  return merged;
}

/** BTYD columns of the clients among the histories at the end of `asOf`. */
export function timingsOf(histories: readonly ClientHistory[], asOf: Day): GapTimings {
  const clients = histories.filter((history) => history.days.length > 0);
  const frequency = new Int32Array(clients.length);
  const recency = new Int32Array(clients.length);
  const age = new Int32Array(clients.length);
  const logGaps = new Float64Array(clients.length);
  let logGapSum = 0;
  for (let client = 0; client < clients.length; client += 1) {
    const { days } = clients[client] as ClientHistory;
    const first = days[0] as number;
    frequency[client] = days.length - 1;
    recency[client] = (days[days.length - 1] as number) - first;
    age[client] = Math.max(asOf, days[days.length - 1] as number) - first;
    const own = logGapsOf(days);
    logGaps[client] = own;
    logGapSum += own;
  }
  return { frequency, recency, age, logGaps, logGapSum };
}

/** Days between neighbouring purchase days. */
export function gapsOf(days: Int32Array): number[] {
  const gaps: number[] = [];
  for (let at = 1; at < days.length; at += 1) {
    gaps.push((days[at] as number) - (days[at - 1] as number));
  }
  return gaps;
}

/** Days and median of the client asked for last: every figure of one client wants it. */
let last: { readonly days: Int32Array; readonly gap: number | null } | null = null;
let scratch = new Float64Array(64);

/** Median of the gaps between neighbouring purchase days; null without a repeat. */
export function usualGapOf(days: Int32Array): number | null {
  if (last?.days === days) return last.gap;
  const gaps = days.length - 1;
  if (gaps > scratch.length) scratch = new Float64Array(2 * gaps);
  for (let at = 0; at < gaps; at += 1) {
    scratch[at] = (days[at + 1] as number) - (days[at] as number);
  }
  const gap = medianOfFirst(scratch, gaps);
  last = { days, gap };
  return gap;
}

/** Median of the known sums of purchase days; null without any. */
export function usualSumOf({ dayAmountMinor }: ClientHistory): number | null {
  const size = dayAmountMinor.length;
  if (size > scratch.length) scratch = new Float64Array(2 * size);
  let known = 0;
  for (let at = 0; at < size; at += 1) {
    const minor = dayAmountMinor[at] as number;
    if (!(minor > 0)) continue;
    scratch[known] = minor;
    known += 1;
  }
  return medianOfFirst(scratch, known);
}

/**
 * Money of repeat purchase days with a known sum: count and mean. The first purchase is left out, as in the model's source:
 * it is often unlike the later ones. A day above `capMinor` counts as that much: one large deal is no habit.
 */
export function repeatSpend(
  history: ClientHistory,
  capMinor = Number.POSITIVE_INFINITY,
): { purchases: number; meanMinor: number } {
  let purchases = 0;
  let money = 0;
  for (let at = 1; at < history.dayAmountMinor.length; at += 1) {
    const minor = history.dayAmountMinor[at] as number;
    if (!(minor > 0)) continue;
    purchases += 1;
    money += Math.min(minor, capMinor);
  }
  return { purchases, meanMinor: purchases > 0 ? money / purchases : 0 };
}

/** Rows of the Gamma-Gamma model. */
export function spendingOf(histories: readonly ClientHistory[]): Spending {
  const rows = histories.map((history) => repeatSpend(history)).filter((row) => row.purchases > 0);
  return {
    purchases: Float64Array.from(rows, (row) => row.purchases),
    meanMinor: Float64Array.from(rows, (row) => row.meanMinor),
  };
}

function sumOf<Item>(items: readonly Item[], value: (item: Item) => number): number {
  return items.reduce((total, item) => total + value(item), 0);
}
