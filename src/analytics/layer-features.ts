import { logOf } from "./log-gaps.ts";
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

/** One more order, of whose money NaN = the sum is not known. */
export interface OneMore {
  readonly amountMinor: number;
}

/**
 * The features of one client who has bought, as known at the end of `asOf`, in the order of LAYER_FEATURES. With `order` as
 * they would be had the client made it on `asOf`, after all the others. Written to `into`, which is returned.
 */
export function layerFeatures(
  history: ClientHistory,
  asOf: Day,
  horizonDays: number,
  rhythm: BaseRhythm,
  into: Float64Array = new Float64Array(LAYER_FEATURES.length),
  order: OneMore | null = null,
): Float64Array {
  const { days } = history;
  const known = days.length;
  const purchases = known + (order === null ? 0 : 1);
  const first = known > 0 ? (days[0] as number) : asOf;
  const latest = known > 0 ? (days[known - 1] as number) : asOf;
  const last = order === null ? latest : asOf;
  const gaps = purchases - 1;
  const own = summaryOf(history);
  let { longest, squares, lastGap } = own;
  if (order !== null && known > 0) {
    lastGap = asOf - latest;
    squares += lastGap * lastGap;
    longest = Math.max(longest, lastGap);
  }
  const recency = Math.max(0, asOf - last);
  const gap = (last - first + GAP_PRIOR * rhythm.gapDays) / (Math.max(0, gaps) + GAP_PRIOR);
  if (gaps < 1) longest = gap;
  const now = boughtUpTo(days, asOf, known);
  const h1 = boughtUpTo(days, asOf - horizonDays, now);
  const h2 = boughtUpTo(days, asOf - 2 * horizonDays, h1);
  const h4 = boughtUpTo(days, asOf - 4 * horizonDays, h2);
  const lately = purchases - known + now;
  const logGap = Math.log(gap);
  const logSilence = logOf(recency + 1);
  into[0] = logSilence;
  into[1] = logOf(Math.max(1, purchases));
  into[2] = logGap;
  into[3] = logSilence - logGap;
  into[4] = recency === 0 ? 0 : Math.log1p(recency / gap / spreadOf(gaps, last - first, squares));
  into[5] = logSilence - logOf(longest + 1);
  into[6] = gaps < 2 ? 0 : Math.log((lastGap + gap) / (2 * gap));
  into[7] = logOf(1 + lately - h1);
  into[8] = logOf(1 + lately - h2);
  into[9] = logOf(1 + lately - h4);
  into[10] = sameSeason(days, first, asOf, horizonDays, order === null ? 0 : 1);
  moneyOf(history, asOf - horizonDays, order, own, into);
  const [contactSilence, contacts, openDeals, refusals] = signalFeatures(
    history.signals,
    asOf,
    horizonDays,
  );
  into[15] = contactSilence;
  into[16] = contacts;
  into[17] = openDeals;
  into[18] = refusals;
  return into;
}

/** How many of the first `among` of these rising days are not after `day`. */
function boughtUpTo(days: Int32Array, day: Day, among: number): number {
  let count = among;
  while (count > 0 && (days[count - 1] as number) > day) count -= 1;
  return count;
}

/** `ordersToday` more orders on `asOf`. */
function sameSeason(
  days: Int32Array,
  first: Day,
  asOf: Day,
  horizonDays: number,
  ordersToday: number,
): number {
  const from = asOf - YEAR_DAYS;
  // Nothing can be said of the season before the client was one.
  if (first > from) return Number.NaN;
  const to = boughtUpTo(days, from + horizonDays, days.length);
  const today = horizonDays >= YEAR_DAYS ? ordersToday : 0;
  return logOf(1 + to - boughtUpTo(days, from, to) + today);
}

/** Standard deviation of the gaps over their mean, drawn to 1, the value of a random buyer. */
function spreadOf(gaps: number, days: number, squares: number): number {
  if (gaps < 2) return 1;
  const mean = days / gaps;
  const around = Math.max(0, squares / (mean * mean) - gaps);
  return Math.sqrt((around + SPREAD_PRIOR) / (gaps - 1 + SPREAD_PRIOR));
}

/** What of one history does not depend on the day. */
interface Summary {
  readonly days: Int32Array;
  readonly dayAmountMinor: Float64Array;
  /** Of the gaps: the longest, the sum of squares, the last; 0 without any. */
  readonly longest: number;
  readonly squares: number;
  readonly lastGap: number;
  /** Known sums: how many, all, and the newest three, newest first. */
  readonly count: number;
  readonly total: number;
  readonly newest: readonly [number, number, number];
}

/** Of the client asked for last: what it might do is asked right after what it did. */
let summary: Summary | null = null;

function summaryOf({ days, dayAmountMinor }: ClientHistory): Summary {
  if (summary?.days === days && summary.dayAmountMinor === dayAmountMinor) return summary;
  let [longest, squares, lastGap] = [0, 0, 0];
  for (let at = 1; at < days.length; at += 1) {
    lastGap = (days[at] as number) - (days[at - 1] as number);
    squares += lastGap * lastGap;
    if (lastGap > longest) longest = lastGap;
  }
  let [count, total, last, second, third] = [0, 0, 0, 0, 0];
  for (let at = 0; at < dayAmountMinor.length; at += 1) {
    const minor = dayAmountMinor[at] as number;
    if (!(minor > 0)) continue;
    count += 1;
    total += minor;
    third = second;
    second = last;
    last = minor;
  }
  const newest = [last, second, third] as const;
  summary = { days, dayAmountMinor, longest, squares, lastGap, count, total, newest };
  return summary;
}

/** Logarithms of money; NaN where a client has no sums, which the layer takes as the average. */
function moneyOf(
  { days, dayAmountMinor }: ClientHistory,
  since: Day,
  order: OneMore | null,
  own: Summary,
  into: Float64Array,
): void {
  let { count, total } = own;
  let [last, second, third] = own.newest;
  let recent = 0;
  for (let at = days.length - 1; at >= 0 && (days[at] as number) > since; at -= 1) {
    const minor = dayAmountMinor[at] as number;
    if (minor > 0) recent += minor;
  }
  if (order !== null && order.amountMinor > 0) {
    count += 1;
    total += order.amountMinor;
    recent += order.amountMinor;
    [last, second, third] = [order.amountMinor, last, second];
  }
  if (count === 0) {
    into.fill(Number.NaN, 11, 15);
    return;
  }
  const mean = total / count;
  const lately = (third + second + last) / Math.min(LAST_SUMS, count);
  into[11] = Math.log(mean);
  into[12] = Math.log(last / mean);
  into[13] = Math.log(lately / mean);
  into[14] = recent === 0 ? 0 : Math.log1p(recent / mean);
}
