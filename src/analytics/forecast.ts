import { type CountLaw, countLaw, type Expectation } from "./count-law.ts";
import { type SpendEstimate, spendOf } from "./gamma-gamma.ts";
import { repeatSpend } from "./history.ts";
import {
  daysUntil,
  nextPurchaseQuantile,
  type Posterior,
  pBuyWithin,
  posteriorOf,
  stateOf,
} from "./purchase-model.ts";
import { regularityOf } from "./regularity.ts";
import type {
  ClientHistory,
  Day,
  Insight,
  PurchaseModel,
  RegularityModel,
  Snapshot,
} from "./types.ts";

type Forecast = NonNullable<Insight["forecast"]>;

/** Below this chance to be a client at all, a date would be a promise about nobody. */
const MIN_ALIVE_FOR_DATE = 0.5;
const MIN_REGULAR_FOR_DATE = 0.5;
const RANGE_LOW = 0.1;
const RANGE_HIGH = 0.9;

/** Churn, purchases, money and date of one client who has bought, under the snapshot's model. */
export function forecastOf(
  history: ClientHistory,
  asOf: Day,
  snapshot: Snapshot,
  model: PurchaseModel,
  expectation: Expectation,
): Forecast {
  const posterior = posteriorOf(model, stateOf(history.days, asOf));
  const { horizonDays } = snapshot;
  return {
    pAlive: posterior.pAlive,
    pChurn: 1 - pBuyWithin(posterior, horizonDays),
    horizonDays,
    expectedPurchases: expectation(posterior, horizonDays),
    ltv: ltvOf(history, posterior, snapshot),
    nextPurchase: nextPurchaseOf(history, asOf, posterior, snapshot.regularity ?? null),
  };
}

function ltvOf(history: ClientHistory, posterior: Posterior, snapshot: Snapshot): Forecast["ltv"] {
  if (snapshot.spend === null) return null;
  const known = repeatSpend(history, snapshot.spend.capMinor);
  const spend = spendOf(snapshot.spend, known.purchases, known.meanMinor);
  const horizonDays = snapshot.ltvHorizonDays;
  const counts = countLaw(posterior, horizonDays);
  const minor = Math.round(counts.mean * spend.mean);
  const [low, high] = moneyRange(counts, spend);
  return {
    minor,
    lowMinor: Math.min(minor, Math.round(low)),
    highMinor: Math.max(minor, Math.round(high)),
    horizonDays,
  };
}

/**
 * 80 % range of the money of a window: nothing with P(N = 0), else a gamma law with the mean and variance that counts,
 * purchases around the client's mean and doubt about that mean give together (quantiles by Wilson & Hilferty 1931).
 */
function moneyRange(counts: CountLaw, spend: SpendEstimate): readonly [number, number] {
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
function nextPurchaseOf(
  history: ClientHistory,
  asOf: Day,
  posterior: Posterior,
  regularity: RegularityModel | null,
): Forecast["nextPurchase"] {
  if (posterior.pAlive < MIN_ALIVE_FOR_DATE) return null;
  const belief = regularity === null ? null : regularityOf(regularity, history, asOf);
  if (belief !== null && belief.pAlive < MIN_ALIVE_FOR_DATE) return null;
  const quantile = (share: number) =>
    belief === null ? nextPurchaseQuantile(posterior, share) : daysUntil(belief.pBuyIfAlive, share);
  const p20 = quantile(0.2);
  const p50 = quantile(0.5);
  const p80 = quantile(0.8);
  if (p20 === null || p50 === null || p80 === null) return null;
  const isRegular = belief !== null && belief.pRegular > MIN_REGULAR_FOR_DATE;
  if (!isRegular && p80 - p20 >= p50) return null;
  return { p20: Math.round(p20), p50: Math.round(p50), p80: Math.round(p80) };
}
