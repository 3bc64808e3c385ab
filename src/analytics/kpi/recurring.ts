import { monthIndex, monthStart } from "../calendar.ts";
import { medianOfWhole, quantileOfSorted } from "../quantile.ts";
import type { ClientHistory, Day, Kpi } from "../types.ts";
import {
  figure,
  firstDayOf,
  hasSums,
  type KpiBase,
  moneyWithin,
  ratio,
  YEAR_DAYS,
} from "./figure.ts";
import { gapsOf } from "./lifetime.ts";
import { noMoneyNote } from "./money.ts";

/** A contract pays by the calendar, monthly to quarterly: this many payments at the least, nearly all on time. */
const FEWEST_PAYMENTS = 4;
const LONGEST_GAP_DAYS = 100;
const SHORTEST_GAP_DAYS = 20;
const GAP_TOLERANCE = 0.2;
const ON_TIME_SHARE = 0.75;
/** Fewer recurring clients than this have no rate worth a name. */
const FEWEST_RECURRING = 10;
const MONTHS_COMPARED = 3;
const SEASON_DAYS = 90;
/** A window may begin this share of its length before the first purchase: bases rarely start on a round day. */
const WINDOW_TOLERANCE = 0.1;

/** Money of the same clients, and of the same season, a year later. */
export function revenueRetentionKpis(base: KpiBase): Kpi[] {
  return [cohortRevenueRetention(base), seasonRevenue(base), ...recurringRates(base)];
}

/**
 * Pays like a contract: at least four purchase days, a usual gap of 20 to 100 days, and three gaps in four within a fifth of
 * it. Everybody else buys when there is need.
 */
export function isRecurring(days: Int32Array): boolean {
  if (days.length < FEWEST_PAYMENTS) return false;
  const gaps = new Int32Array(days.length - 1);
  for (let at = 0; at < gaps.length; at += 1) {
    gaps[at] = (days[at + 1] as number) - (days[at] as number);
  }
  const usual = quantileOfSorted(gaps.sort(), 0.5) ?? 0;
  if (usual < SHORTEST_GAP_DAYS || usual > LONGEST_GAP_DAYS) return false;
  let onTime = 0;
  for (let at = 0; at < gaps.length; at += 1) {
    if (Math.abs((gaps[at] as number) - usual) <= GAP_TOLERANCE * usual) onTime += 1;
  }
  return onTime >= ON_TIME_SHARE * gaps.length;
}

/**
 * Clients who paid in the year before the last one: their money of the last year / their money then. For trade without
 * contracts; the season is the same by construction.
 */
function cohortRevenueRetention(base: KpiBase): Kpi {
  const start = base.asOf - YEAR_DAYS;
  const isLongEnough = reachesBack(base, 2 * YEAR_DAYS, YEAR_DAYS);
  let before = 0;
  let after = 0;
  let population = 0;
  let others = 0;
  for (const client of base.clients.filter(hasSums)) {
    const then = moneyWithin(client, start - YEAR_DAYS, start);
    if (!(then > 0)) {
      others += 1;
      continue;
    }
    population += 1;
    before += then;
    after += moneyWithin(client, start, base.asOf);
  }
  return figure("cohort_revenue_retention", base.asOf, {
    unit: "percent",
    value: isLongEnough ? ratio(after, before) : null,
    population: isLongEnough ? population : 0,
    exclusions: isLongEnough ? { not_active_before: others } : {},
    note: !base.clients.some(hasSums)
      ? noMoneyNote(base)
      : isLongEnough
        ? population > 0
          ? null
          : "nobody_was_active"
        : "history_too_short",
    period: [start + 1, base.asOf],
    basis: "revenue",
    inputs: { nowMinor: after, yearAgoMinor: before },
  });
}

/** Money of the last 90 days / of the same 90 days a year earlier, all clients: a season is compared with itself. */
function seasonRevenue(base: KpiBase): Kpi {
  const start = base.asOf - SEASON_DAYS;
  const isLongEnough = reachesBack(base, YEAR_DAYS + SEASON_DAYS, SEASON_DAYS);
  let before = 0;
  let after = 0;
  for (const client of base.clients) {
    before += moneyWithin(client, start - YEAR_DAYS, base.asOf - YEAR_DAYS);
    after += moneyWithin(client, start, base.asOf);
  }
  return figure("season_revenue", base.asOf, {
    unit: "percent",
    value: isLongEnough ? ratio(after, before) : null,
    population: base.clients.length,
    note: !base.clients.some(hasSums)
      ? noMoneyNote(base)
      : !isLongEnough
        ? "history_too_short"
        : before > 0
          ? null
          : "nobody_bought",
    period: [start + 1, base.asOf],
    basis: "revenue",
    inputs: { nowMinor: after, yearAgoMinor: before },
  });
}

function reachesBack(base: KpiBase, days: number, windowDays: number): boolean {
  return firstDayOf(base) <= base.asOf - days + WINDOW_TOLERANCE * windowDays;
}

/**
 * NRR and GRR over clients who paid like a contract a year ago: the last three whole months against the same three months a
 * year earlier. Expansion never raises GRR; new clients are in neither.
 */
function recurringRates(base: KpiBase): Kpi[] {
  const { from, to, fromBefore, toBefore } = comparedMonths(base.asOf);
  let before = 0;
  let after = 0;
  let kept = 0;
  let population = 0;
  for (const client of base.clients) {
    if (!isRecurring(daysUpTo(client.days, toBefore))) continue;
    const then = moneyWithin(client, fromBefore - 1, toBefore);
    if (!(then > 0)) continue;
    const now = Math.max(0, moneyWithin(client, from - 1, to));
    population += 1;
    before += then;
    after += now;
    kept += Math.min(then, now);
  }
  const applies = population >= FEWEST_RECURRING;
  const common = {
    unit: "percent",
    population,
    exclusions: { not_recurring: base.clients.length - population },
    note: applies ? null : "not_recurring",
    period: [from, to],
    basis: "revenue",
  } as const;
  const inputs = { yearAgoMinor: before, nowMinor: after, keptMinor: kept };
  return [
    figure("nrr", base.asOf, { ...common, value: applies ? ratio(after, before) : null, inputs }),
    figure("grr", base.asOf, {
      ...common,
      unit: "share",
      value: applies ? ratio(kept, before) : null,
      inputs,
    }),
  ];
}

function daysUpTo(days: Int32Array, limit: Day): Int32Array {
  let count = days.length;
  while (count > 0 && (days[count - 1] as number) > limit) count -= 1;
  return days.subarray(0, count);
}

/** First and last days of the last three whole months, and of the same months a year earlier. */
function comparedMonths(asOf: Day): { from: Day; to: Day; fromBefore: Day; toBefore: Day } {
  const end = monthIndex(asOf + 1);
  const start = end - MONTHS_COMPARED;
  return {
    from: monthStart(start),
    to: monthStart(end) - 1,
    fromBefore: monthStart(start - 12),
    toBefore: monthStart(end - 12) - 1,
  };
}

/** How one half of a base behaves: contracts and purchases at need are different trades and share no average. */
export interface PopulationRow {
  readonly code: "recurring" | "one_off";
  readonly clients: number;
  readonly share: number;
  /** Net; null = no sums. */
  readonly revenueMinor: number | null;
  readonly repeatPurchaseRate: number | null;
  readonly medianIntervalDays: number | null;
  readonly averageOrderMinor: number | null;
}

/** Both populations where there are at least ten recurring clients and as many others; else none: one average will do. */
export function populationsOf(clients: readonly ClientHistory[]): PopulationRow[] {
  const parts = { recurring: [] as ClientHistory[], one_off: [] as ClientHistory[] };
  for (const client of clients)
    parts[isRecurring(client.days) ? "recurring" : "one_off"].push(client);
  if (Math.min(parts.recurring.length, parts.one_off.length) < FEWEST_RECURRING) return [];
  return (["recurring", "one_off"] as const).map((code) => {
    const part = parts[code];
    const known = part.filter(hasSums);
    const money = known.reduce((sum, client) => sum + client.totalMinor, 0);
    const orders = known.reduce((sum, client) => sum + client.purchasesWithSum, 0);
    const average = ratio(money, orders);
    return {
      code,
      clients: part.length,
      share: part.length / clients.length,
      revenueMinor: known.length > 0 ? money : null,
      repeatPurchaseRate: ratio(part.filter(({ days }) => days.length > 1).length, part.length),
      medianIntervalDays: medianOfWhole(gapsOf(part)),
      averageOrderMinor: average === null ? null : Math.round(average),
    };
  });
}
