import type { BaseView } from "./backtest-view.ts";
import { pBuyWithin, posteriorOf } from "./purchase-model.ts";
import { quantileOfSorted } from "./quantile.ts";

/** How much earlier than the silence rule the core doubts clients who do stay away. */
export interface DaysOfWarning {
  /** Repeat buyers, active at the cutoff, who then stayed away. */
  readonly clients: number;
  /** Of these, how many the core doubts before the rule does. */
  readonly earlier: number;
  /** Days between both; negative = the rule is earlier. null without clients. */
  readonly medianDays: number | null;
}

/** Doubt: staying away is more likely than buying. */
const DOUBT = 0.5;
/** A client who is not doubted after so many horizons of silence counts as doubted then. */
const LONGEST_HORIZONS = 4;

/**
 * The silence rule calls a client lost after one horizon without a purchase. The core, fitted at the cutoff, calls it
 * lost on the first day of silence on which no purchase is more likely than one.
 */
export function daysOfWarning(
  view: BaseView,
  labels: Uint8Array,
  rows: Int32Array,
  horizonDays: number,
): DaysOfWarning {
  const days: number[] = [];
  for (const row of rows) {
    const bought = view.histories[row]?.days ?? new Int32Array(0);
    if (labels[row] !== 1 || bought.length < 2) continue;
    const frequency = bought.length - 1;
    const recencyDays = (bought[frequency] ?? 0) - (bought[0] ?? 0);
    const isDoubted = (silent: number) =>
      pBuyWithin(
        posteriorOf(view.model, { frequency, recencyDays, ageDays: recencyDays + silent }),
        horizonDays,
      ) <=
      1 - DOUBT;
    days.push(horizonDays - firstDay(isDoubted, LONGEST_HORIZONS * horizonDays));
  }
  days.sort((left, right) => left - right);
  return {
    clients: days.length,
    earlier: days.filter((warning) => warning > 0).length,
    medianDays: quantileOfSorted(days, 0.5),
  };
}

/** The first whole day of which it is true, by bisection; `most` if none before. */
function firstDay(isTrue: (day: number) => boolean, most: number): number {
  let [low, high] = [0, most];
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    if (isTrue(middle)) high = middle;
    else low = middle + 1;
  }
  return low;
}
