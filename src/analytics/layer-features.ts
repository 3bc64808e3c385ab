import { gapsOf } from "./history.ts";
import { SIGNAL_FEATURES, signalFeatures } from "./signals.ts";
import type { ClientHistory, Day } from "./types.ts";

/**
 * What the layer looks at beside the core's opinion. Not the age of a client: in every window it can learn from, clients
 * were younger than they are now.
 */
export const LAYER_FEATURES = [
  "recency",
  "purchases",
  "ownGap",
  "recencyOverGap",
  "regularSilence",
  "recencyOverLongestGap",
  "gapTrend",
  "purchasesInH",
  "purchasesIn2H",
  "purchasesIn4H",
  "sameSeasonLastYear",
  "meanSum",
  "lastSum",
  "lastThreeSums",
  "sumInH",
  ...SIGNAL_FEATURES,
] as const;

/** What a client is compared with where its own history is short. */
export interface BaseRhythm {
  /** Mean gap of the base in days. */
  readonly gapDays: number;
}

const YEAR_DAYS = 365;
/** The base's gap counts as so many own gaps. */
const GAP_PRIOR = 1;
/** A client's spread of gaps is believed as if two gaps of a random buyer had been seen before. */
const SPREAD_PRIOR = 2;
const LAST_SUMS = 3;

/** The features of one client who has bought, as known at the end of `asOf`, in the order of LAYER_FEATURES. */
export function layerFeatures(
  history: ClientHistory,
  asOf: Day,
  horizonDays: number,
  rhythm: BaseRhythm,
): number[] {
  const { days } = history;
  const gaps = gapsOf(days);
  const first = days[0] ?? asOf;
  const last = days[days.length - 1] ?? asOf;
  const recency = Math.max(0, asOf - last);
  const gap = (last - first + GAP_PRIOR * rhythm.gapDays) / (gaps.length + GAP_PRIOR);
  const longest = gaps.reduce((most, days) => Math.max(most, days), gaps.length === 0 ? gap : 0);
  const bought = (from: Day, to: Day) =>
    days.reduce((count, day) => count + (day > from && day <= to ? 1 : 0), 0);
  const lastGap = gaps[gaps.length - 1] ?? gap;
  return [
    Math.log1p(recency),
    Math.log(Math.max(1, days.length)),
    Math.log(gap),
    Math.log((recency + 1) / gap),
    Math.log1p(recency / gap / spreadOf(gaps)),
    Math.log((recency + 1) / (longest + 1)),
    gaps.length < 2 ? 0 : Math.log((lastGap + gap) / (2 * gap)),
    Math.log1p(bought(asOf - horizonDays, asOf)),
    Math.log1p(bought(asOf - 2 * horizonDays, asOf)),
    Math.log1p(bought(asOf - 4 * horizonDays, asOf)),
    // Nothing can be said of the season before the client was one.
    first > asOf - YEAR_DAYS
      ? Number.NaN
      : Math.log1p(bought(asOf - YEAR_DAYS, asOf - YEAR_DAYS + horizonDays)),
    ...moneyOf(history, asOf - horizonDays),
    ...signalFeatures(history.signals, asOf, horizonDays),
  ];
}

/** Standard deviation of the gaps over their mean, drawn to 1, the value of a random buyer. */
function spreadOf(gaps: readonly number[]): number {
  if (gaps.length < 2) return 1;
  const mean = gaps.reduce((sum, gap) => sum + gap, 0) / gaps.length;
  const squares = gaps.reduce((sum, gap) => sum + (gap / mean - 1) ** 2, 0);
  return Math.sqrt((squares + SPREAD_PRIOR) / (gaps.length - 1 + SPREAD_PRIOR));
}

/** Logarithms of money; NaN where a client has no sums, which the layer takes as the average. */
function moneyOf(history: ClientHistory, since: Day): number[] {
  let [count, total, recent] = [0, 0, 0];
  const known: number[] = [];
  history.dayAmountMinor.forEach((minor, at) => {
    if (!(minor > 0)) return;
    count += 1;
    total += minor;
    known.push(minor);
    if ((history.days[at] ?? since) > since) recent += minor;
  });
  if (count === 0) return [Number.NaN, Number.NaN, Number.NaN, Number.NaN];
  const mean = total / count;
  const lastOnes = known.slice(-LAST_SUMS);
  const lately = lastOnes.reduce((sum, minor) => sum + minor, 0) / lastOnes.length;
  return [
    Math.log(mean),
    Math.log((known[known.length - 1] ?? mean) / mean),
    Math.log(lately / mean),
    Math.log1p(recent / mean),
  ];
}
