import { chanceLevel } from "./chance-level.ts";
import { pBuy } from "./core.ts";
import { type PastView, stateAt } from "./past-view.ts";
import { quantileOfSorted } from "./quantile.ts";

/** How much earlier than the silence rule the core doubts clients who do stay away. */
export interface DaysOfWarning {
  /** Repeat buyers, active at the cutoff, who then stayed away. */
  readonly clients: number;
  /** Of these, doubted on the very day of their last purchase: no warning, the core never counted on them. */
  readonly doubtedAtOnce: number;
  /** Of the others, how many the core doubts before the rule does. */
  readonly earlier: number;
  /** Days between both for these others; negative = the rule is earlier. null without any. */
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
  view: PastView,
  labels: Uint8Array,
  rows: Int32Array,
  horizonDays: number,
): DaysOfWarning {
  const days: number[] = [];
  let doubtedAtOnce = 0;
  for (const row of rows) {
    const { frequency, recencyDays } = stateAt(view, row);
    if (labels[row] !== 1 || frequency === 0) continue;
    const isDoubted = (silent: number) =>
      pBuy(
        view.believe(
          { frequency, recencyDays, ageDays: recencyDays + silent },
          view.timings.logGaps[row] ?? 0,
        ),
        chanceLevel(view.level) * horizonDays,
      ) <=
      1 - DOUBT;
    const silent = firstDay(isDoubted, LONGEST_HORIZONS * horizonDays);
    if (silent === 0) doubtedAtOnce += 1;
    else days.push(horizonDays - silent);
  }
  days.sort((left, right) => left - right);
  return {
    clients: doubtedAtOnce + days.length,
    doubtedAtOnce,
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
