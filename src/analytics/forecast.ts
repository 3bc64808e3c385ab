import type { ClientChurn } from "./churn-score.ts";
import { type Belief, momentsOf, pBuy } from "./core.ts";
import type { CountMoments } from "./count-law.ts";
import { type SpendEstimate, spendOf } from "./gamma-gamma.ts";
import { repeatSpend } from "./history.ts";
import { daysUntil, wholeDaysUntil } from "./purchase-model.ts";
import { shiftMoments } from "./shift-law.ts";
import type { ClientHistory, Insight, Snapshot } from "./types.ts";

type Forecast = NonNullable<Insight["forecast"]>;

/** Below this chance to be a client at all, a date would be a promise about nobody. */
const MIN_ALIVE_FOR_DATE = 0.5;
const MIN_REGULAR_FOR_DATE = 0.5;
const RANGE_LOW = 0.1;
const RANGE_HIGH = 0.9;

/** Churn, purchases, money and date of one client who has bought, under the snapshot's model. */
export function forecastOf(
  history: ClientHistory,
  churn: ClientChurn,
  snapshot: Snapshot,
): Forecast {
  const { horizonDays, level } = snapshot;
  const counts = shiftMoments(
    momentsOf(churn.belief, level.horizon * horizonDays),
    churn.pCore,
    churn.pChurn,
  );
  return {
    pAlive: churn.pAlive,
    pChurn: churn.pChurn,
    horizonDays,
    expectedPurchases: Math.max(counts.mean, 1 - churn.pChurn),
    ltv: ltvOf(history, churn, snapshot),
    nextPurchase: nextPurchaseOf(churn, level.horizon),
  };
}

/**
 * Purchases of the LTV's horizon: the core's law at the level of last year, moved by as many log-odds as the shown chance of
 * no purchase differs from the core's.
 */
export function ltvCounts(churn: ClientChurn, snapshot: Snapshot): CountMoments {
  const law = momentsOf(churn.belief, snapshot.level.ltv * snapshot.ltvHorizonDays);
  return shiftMoments(law, churn.pCore, churn.pChurn);
}

function ltvOf(history: ClientHistory, churn: ClientChurn, snapshot: Snapshot): Forecast["ltv"] {
  if (snapshot.spend === null) return null;
  const known = repeatSpend(history, snapshot.spend.capMinor);
  const spend = spendOf(snapshot.spend, known.purchases, known.meanMinor);
  const counts = ltvCounts(churn, snapshot);
  const minor = Math.round(counts.mean * spend.mean);
  const [low, high] = moneyRange(counts, spend);
  return {
    minor,
    lowMinor: Math.min(minor, Math.round(low)),
    highMinor: Math.max(minor, Math.round(high)),
    horizonDays: snapshot.ltvHorizonDays,
  };
}

/**
 * 80 % range of the money of a window: nothing with P(N = 0), else a gamma law with the mean and variance that counts,
 * purchases around the client's mean and doubt about that mean give together (quantiles by Wilson & Hilferty 1931).
 */
function moneyRange(counts: CountMoments, spend: SpendEstimate): readonly [number, number] {
  const some = 1 - counts.pNone;
  if (!(some > 0) || !(spend.mean > 0)) return [0, 0];
  const secondCount = counts.variance + counts.mean ** 2;
  const second =
    counts.mean * spend.purchaseVariance + secondCount * (spend.meanVariance + spend.mean ** 2);
  const mean = (counts.mean * spend.mean) / some;
  const variance = Math.max(1e-12 * mean * mean, second / some - mean * mean);
  const at = (share: number) =>
    share <= counts.pNone ? 0 : gammaQuantile(mean, variance, (share - counts.pNone) / some);
  return [at(RANGE_LOW), at(RANGE_HIGH)];
}

function gammaQuantile(mean: number, variance: number, share: number): number {
  const ninth = variance / (9 * mean * mean);
  return mean * Math.max(0, 1 - ninth + normalQuantile(share) * Math.sqrt(ninth)) ** 3;
}

/** Abramowitz & Stegun 26.2.23; absolute error below 4.5e-4, plenty for a range that is rounded for people. */
function normalQuantile(share: number): number {
  const tail = Math.min(0.5, Math.max(1e-9, Math.min(share, 1 - share)));
  const t = Math.sqrt(-2 * Math.log(tail));
  const z =
    t -
    (2.515517 + t * (0.802853 + t * 0.010328)) /
      (1 + t * (1.432788 + t * (0.189269 + t * 0.001308)));
  return share < 0.5 ? -z : z;
}

/**
 * A date only for a client who is probably still one and either buys regularly (more likely than not of a class with k >= 2)
 * or has a 20-80 range narrower than its median: for random buyers no date is honest.
 */
function nextPurchaseOf(churn: ClientChurn, level: number): Forecast["nextPurchase"] {
  const { belief } = churn;
  if (belief.pAlive < MIN_ALIVE_FOR_DATE || churn.pAlive < MIN_ALIVE_FOR_DATE) return null;
  const isRegular = belief.pRegular > MIN_REGULAR_FOR_DATE;
  // One gap of a random buyer spreads over more than its median, whatever the rate.
  if (!isRegular && isRandom(belief)) return null;
  const chance = (days: number) => pBuy(belief, level * days) / belief.pAlive;
  // Guesses of where to look: a random buyer's spread, then the spread that was found.
  const p20 = wholeDaysUntil(chance, 0.2, EARLY_SHARE * gapOf(belief));
  if (p20 === null) return null;
  const p50 = wholeDaysUntil(chance, 0.5, MIDDLE_OF_EARLY * p20);
  if (p50 === null) return null;
  // Most are no regular buyers: one look tells that their range is too wide.
  if (!isRegular && chance(p20 + p50 + MOST_ROUNDED) < 0.8) return null;
  const p80 = wholeDaysUntil(chance, 0.8, p50 + LATE_OF_SPREAD * (p50 - p20));
  if (p80 === null) return null;
  const range = { p20, p50, p80 };
  return isRegular || isNarrow(chance, range) ? range : null;
}

/** The 20 % quantile of an exponential gap in means, the median in 20 % quantiles, and what follows it in what is between. */
const EARLY_SHARE = 0.22;
const MIDDLE_OF_EARLY = 3.1;
const LATE_OF_SPREAD = 1.95;

/** Mean gap under the likeliest class. */
function gapOf({ weights, posteriors }: Belief): number {
  let gap = 1;
  let most = 0;
  for (let at = 0; at < weights.length; at += 1) {
    const { shape, rate, k } = posteriors[at] as Belief["posteriors"][number];
    if ((weights[at] as number) <= most) continue;
    most = weights[at] as number;
    gap = (k * rate) / shape;
  }
  return gap;
}

/** Three quantiles, each rounded by at most half a day. */
const MOST_ROUNDED = 1.5;

/** The 20-80 range is narrower than the median; looked at closely only where rounding could decide. */
function isNarrow(
  chance: (days: number) => number,
  { p20, p50, p80 }: NonNullable<Forecast["nextPurchase"]>,
): boolean {
  const excess = p80 - p20 - p50;
  if (Math.abs(excess) > MOST_ROUNDED) return excess < 0;
  const exactly = (share: number) => daysUntil(chance, share) ?? Number.NaN;
  return exactly(0.8) - exactly(0.2) < exactly(0.5);
}

/** With exponential gaps alone the 20-80 range is always wider than the median (1.39 against 0.69 of a mean gap). */
function isRandom(belief: Belief): boolean {
  return belief.pRegular === 0;
}
