import { usualGapOf } from "./history.ts";
import { quantileOfSorted } from "./quantile.ts";
import type { Day, LifecycleState, LifecycleThresholds } from "./types.ts";

/** The horizons a portal can choose from, in days. */
const HORIZONS_DAYS = [30, 60, 90, 180, 365] as const;
const HORIZON_IN_GAPS = 2.5;
const HORIZON_WITHOUT_RHYTHM_DAYS = 90;

/** About 2.5 usual gaps, at the nearest round horizon on a logarithmic scale; 90 days without a rhythm. */
export function proposeHorizon(gapDays: number | null): number {
  if (gapDays === null) return HORIZON_WITHOUT_RHYTHM_DAYS;
  const wanted = Math.log(Math.max(1, HORIZON_IN_GAPS * gapDays));
  let best: number = HORIZONS_DAYS[0];
  for (const days of HORIZONS_DAYS) {
    if (Math.abs(Math.log(days) - wanted) < Math.abs(Math.log(best) - wanted)) best = days;
  }
  return best;
}

const SLEEPING_IN_HORIZONS = 2;
const LOST_IN_HORIZONS = 4;
const MIN_LOYAL_PURCHASES = 3;
const MAX_LOYAL_PURCHASES = 10;

/**
 * Thresholds from the base's own rhythm, of which the purchase days of each client are told: active up to one horizon of silence, at risk up to two, sleeping up to four, then
 * lost; loyal from the upper quartile of purchase days of repeat buyers, between 3 and 10.
 */
export function proposeLifecycle(
  purchaseDays: Int32Array,
  horizonDays: number,
): LifecycleThresholds {
  const repeated = purchaseDays.filter((days) => days > 1).sort();
  const quartile = quantileOfSorted(repeated, 0.75) ?? 0;
  return {
    newDays: horizonDays,
    activeDays: horizonDays,
    sleepingDays: SLEEPING_IN_HORIZONS * horizonDays,
    lostDays: LOST_IN_HORIZONS * horizonDays,
    loyalPurchases: Math.min(
      MAX_LOYAL_PURCHASES,
      Math.max(MIN_LOYAL_PURCHASES, Math.round(quartile)),
    ),
  };
}

/** So many own gaps weigh as much as the base's limit. */
const GAPS_OF_EQUAL_WEIGHT = 3;

/**
 * Exactly one state a client. Silence is measured against twice the client's own median gap, drawn (geometrically) to the base's
 * limit: with three own gaps half-way, with one gap three quarters of the way. `returned` = came back after a silence that had already
 * made the client sleeping, and has not fallen silent again.
 */
export function lifecycleOf(
  days: Int32Array,
  asOf: Day,
  thresholds: LifecycleThresholds,
): LifecycleState {
  const last = days[days.length - 1];
  if (last === undefined) return "lead";
  const silent = Math.max(0, asOf - last);
  if (silent > thresholds.lostDays) return "lost";
  if (silent > thresholds.sleepingDays) return "sleeping";
  if (days.length === 1) return silent <= thresholds.newDays ? "new" : "at_risk";
  if (silent > activeLimit(days, thresholds)) return "at_risk";
  if (last - (days[days.length - 2] ?? last) > thresholds.sleepingDays) return "returned";
  return days.length >= thresholds.loyalPurchases ? "loyal" : "active";
}

function activeLimit(days: Int32Array, thresholds: LifecycleThresholds): number {
  const own = usualGapOf(days);
  if (own === null || own <= 0) return thresholds.activeDays;
  const gaps = days.length - 1;
  const weight = gaps / (gaps + GAPS_OF_EQUAL_WEIGHT);
  const limit = thresholds.activeDays ** (1 - weight) * (2 * own) ** weight;
  return Math.min(limit, thresholds.sleepingDays);
}
