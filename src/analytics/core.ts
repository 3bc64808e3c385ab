import {
  type CountLaw,
  type CountMoments,
  countLaw,
  countMoments,
  mixLaws,
  mixMoments,
} from "./count-law.ts";
import { CLASSES, logFactorialBelow } from "./mixture-tables.ts";
import {
  chanceIfAlive,
  type Posterior,
  type PurchaseState,
  pBuyWithin,
  posteriorOf,
  stageSum,
} from "./purchase-model.ts";
import type { PurchaseModel, RegularityModel } from "./types.ts";

/** What the purchase model believes about one client: a posterior for every class of regularity that it may be of. */
export interface Belief {
  /** P(class) of each posterior; they add up to 1. */
  readonly weights: readonly number[];
  readonly posteriors: readonly Posterior[];
  /** P(still a client). */
  readonly pAlive: number;
  /** P(at least fairly regular, k >= 2); 0 where the base shows no regularity. */
  readonly pRegular: number;
}

/** The state of a client and the sum of the logarithms of its gaps. */
export type Believer = (state: PurchaseState, logGaps: number) => Belief;

/** Classes less likely than this change no figure that is shown. */
const LEAST_WEIGHT = 1e-4;

/** What the purchase model says of the clients of one base. */
export interface Core {
  readonly believe: Believer;
  /** `pBuy` of what is believed, where nothing else is asked. */
  chance(state: PurchaseState, logGaps: number, days: number): number;
}

/** `makeCore` of which only beliefs are asked. */
export function makeBeliever(model: PurchaseModel, regularity: RegularityModel | null): Believer {
  return makeCore(model, regularity).believe;
}

/**
 * Bayes' rule for the clients of one base: with the plain model alone, or over the classes of regularity where the base
 * has them. Tables by frequency and by day are kept, so one core serves a whole base.
 */
export function makeCore(model: PurchaseModel, regularity: RegularityModel | null): Core {
  if (regularity !== null) return makeMixture(regularity);
  return {
    believe(state) {
      const posterior = posteriorOf(model, state);
      return { weights: [1], posteriors: [posterior], pAlive: posterior.pAlive, pRegular: 0 };
    },
    chance(state, _, days) {
      return pBuyWithin(posteriorOf(model, state), days);
    },
  };
}

/** Above this size of the gamma law a difference of two logarithms would lose digits. */
const MOST_BY_TABLE = 64;
/** A class below this in logarithms of the best one is left out before its chances are worked out. */
const LOG_LEAST = Math.log(LEAST_WEIGHT) - 1e-3;

/** One client, class by class: made anew by every `weigh`. */
function makeScales({ weights, r, alpha, a, b }: RegularityModel) {
  const classes = CLASSES.map((k, at) => ({
    k,
    rate: alpha / k,
    logWeight: Math.log(weights[at] ?? 0) + r * Math.log(alpha / k),
    rises: makeRises(r, k),
    logTime: makeLogTable(alpha / k),
  }));
  const logLeaves = makeTable((x) => Math.log(a / (b + x)));
  const size = CLASSES.length;
  // Weights that add up to 1; 0 = a class that changes nothing.
  const parts = new Float64Array(size);
  const alive = new Float64Array(size);
  const sums = new Float64Array(size);

  /** Bought on the day itself: no class says more than another of whether the client has left. */
  const weighToday = (x: number, age: number, logGaps: number) => {
    let top = Number.NEGATIVE_INFINITY;
    const stays = 1 / (1 + Math.exp(logLeaves(x)));
    for (let at = 0; at < size; at += 1) {
      const { k, logWeight, rises, logTime } = classes[at] as (typeof classes)[number];
      const score = logWeight + rises(x) + (k - 1) * logGaps - (r + k * x) * logTime(age);
      alive[at] = stays;
      sums[at] = 1;
      parts[at] = score;
      if (score > top) top = score;
    }
    normalise(parts, top);
  };
  const weigh = ({ frequency: x, recencyDays: t, ageDays: T }: PurchaseState, logGaps: number) => {
    if (t === T) {
      weighToday(x, T, logGaps);
      return;
    }
    let top = Number.NEGATIVE_INFINITY;
    const logLeave = logLeaves(x);
    for (let at = 0; at < size; at += 1) {
      const { k, rate, logWeight, rises, logTime } = classes[at] as (typeof classes)[number];
      const shape = r + k * x;
      const logAge = logTime(T);
      const span = shape < MOST_BY_TABLE ? logAge - logTime(t) : Math.log1p((T - t) / (rate + t));
      const sum = stageSum(shape, (T - t) / (rate + T), k);
      const logSum = k === 1 ? 0 : Math.log(sum);
      const logGone = logLeave + shape * span;
      const known = logWeight + rises(x) + (k - 1) * logGaps - shape * logAge;
      // The sum of both is at most twice the larger.
      if (known + Math.max(logSum, logGone) + Math.LN2 < top + LOG_LEAST) {
        parts[at] = Number.NEGATIVE_INFINITY;
        continue;
      }
      const logOdds = logGone - logSum;
      const e = Math.exp(-Math.abs(logOdds));
      alive[at] = (logOdds > 0 ? e : 1) / (1 + e);
      sums[at] = sum;
      const score = known + Math.max(logSum, logGone) + Math.log1p(e);
      parts[at] = score;
      if (score > top) top = score;
    }
    normalise(parts, top);
  };
  return { classes, parts, alive, sums, weigh };
}

function makeMixture(regularity: RegularityModel): Core {
  const { r, a, b } = regularity;
  const { classes, parts, alive, sums, weigh } = makeScales(regularity);
  const size = parts.length;
  const believe: Believer = (state, logGaps) => {
    weigh(state, logGaps);
    const { frequency: x, recencyDays: t, ageDays: T } = state;
    const kept: number[] = [];
    const posteriors: Posterior[] = [];
    let pAlive = 0;
    let pRegular = 0;
    for (let at = 0; at < size; at += 1) {
      const weight = parts[at] as number;
      if (weight === 0) continue;
      const { k, rate } = classes[at] as (typeof classes)[number];
      kept.push(weight);
      posteriors.push({
        shape: r + k * x,
        rate: rate + T,
        leaveA: a,
        leaveB: b + x + 1,
        pAlive: alive[at] as number,
        k,
        stageSum: sums[at] as number,
        silence: T - t,
        unitDays: 1,
      });
      pAlive += weight * (alive[at] as number);
      if (at > 0) pRegular += weight;
    }
    return { weights: kept, posteriors, pAlive, pRegular };
  };
  return {
    believe,
    chance(state, logGaps, days) {
      weigh(state, logGaps);
      const { frequency: x, recencyDays: t, ageDays: T } = state;
      let buys = 0;
      for (let at = 0; at < size; at += 1) {
        const weight = parts[at] as number;
        if (weight === 0) continue;
        const { k, rate } = classes[at] as (typeof classes)[number];
        buys +=
          weight *
          (alive[at] as number) *
          chanceIfAlive(r + k * x, rate + T, k, T - t, sums[at] as number, days);
      }
      return buys;
    },
  };
}

/** Weights from log-scores; classes that matter nothing are left out. */
function normalise(scores: Float64Array, top: number): void {
  let sum = 0;
  for (let at = 0; at < scores.length; at += 1) {
    const score = scores[at] as number;
    const part = score === top ? 1 : Math.exp(score - top);
    scores[at] = part;
    sum += part;
  }
  const least = LEAST_WEIGHT * sum;
  let left = 0;
  for (let at = 0; at < scores.length; at += 1) {
    const part = scores[at] as number;
    if (part >= least) left += part;
    else scores[at] = 0;
  }
  if (!(left > 0)) return;
  for (let at = 0; at < scores.length; at += 1) scores[at] = (scores[at] as number) / left;
}

/** P(at least one purchase within `days` from now); 1 minus it is pChurn. */
export function pBuy(belief: Belief, days: number): number {
  let sum = 0;
  for (let at = 0; at < belief.weights.length; at += 1) {
    sum += (belief.weights[at] as number) * pBuyWithin(belief.posteriors[at] as Posterior, days);
  }
  return sum;
}

/** Law of the number of purchases within `days`. */
export function countsOf(belief: Belief, days: number): CountLaw {
  const laws = belief.posteriors.map((posterior) => countLaw(posterior, days));
  return laws.length === 1 && laws[0] !== undefined ? laws[0] : mixLaws(laws, belief.weights);
}

/** The moments of `countsOf` alone. */
export function momentsOf(belief: Belief, days: number): CountMoments {
  const kinds = belief.posteriors.map((posterior) => countMoments(posterior, days));
  return kinds.length === 1 && kinds[0] !== undefined
    ? kinds[0]
    : mixMoments(kinds, belief.weights);
}

/** ln [Gamma(r + k x) / Gamma(r) / Gamma(k)^x], by running sums that are kept. */
function makeRises(r: number, k: number): (frequency: number) => number {
  const sums = [0];
  const logFactorial = logFactorialBelow(k);
  return (frequency) => {
    for (let x = sums.length; x <= frequency; x += 1) {
      let sum = (sums[x - 1] as number) - logFactorial;
      for (let i = k * (x - 1); i < k * x; i += 1) sum += Math.log(r + i);
      sums.push(sum);
    }
    return sums[frequency] as number;
  };
}

/** A function of whole numbers whose values are kept. */
function makeTable(compute: (x: number) => number): (x: number) => number {
  const values: number[] = [];
  return (x) => {
    for (let next = values.length; next <= x; next += 1) values.push(compute(next));
    return values[x] as number;
  };
}

/** A century of days is kept. */
const MOST_DAYS = 36_525;

/** ln (rate + days), kept for whole days. */
function makeLogTable(rate: number): (days: number) => number {
  const logs = makeTable((days) => Math.log(rate + days));
  return (days) =>
    days >= 0 && days < MOST_DAYS && Number.isInteger(days) ? logs(days) : Math.log(rate + days);
}
