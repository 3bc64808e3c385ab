import {
  type CountLaw,
  type CountMoments,
  countLaw,
  countMoments,
  mixLaws,
  mixMoments,
} from "./count-law.ts";
import { CLASSES, logFactorialBelow } from "./mixture-likelihood.ts";
import { type Posterior, type PurchaseState, pBuyWithin, posteriorOf } from "./purchase-model.ts";
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

/**
 * Bayes' rule for the clients of one base: with the plain model alone, or over the classes of regularity where the base
 * has them. Tables by frequency are kept, so one believer serves a whole base.
 */
export function makeBeliever(model: PurchaseModel, regularity: RegularityModel | null): Believer {
  if (regularity === null) {
    return (state) => {
      const posterior = posteriorOf(model, state);
      return { weights: [1], posteriors: [posterior], pAlive: posterior.pAlive, pRegular: 0 };
    };
  }
  const { r, alpha, a, b } = regularity;
  const models = CLASSES.map(
    (k): PurchaseModel => ({
      kind: "mbgnbd",
      k,
      r,
      alpha: alpha / k,
      a,
      b,
      unit: "day",
      logLikelihood: 0,
      clients: 0,
    }),
  );
  const tables = CLASSES.map((k) => makeRises(r, k));
  const logWeights = regularity.weights.map(Math.log);
  const scores = new Float64Array(CLASSES.length);
  return (state, logGaps) => {
    const { frequency: x, recencyDays: t, ageDays: T } = state;
    const all: Posterior[] = [];
    let top = Number.NEGATIVE_INFINITY;
    for (let at = 0; at < CLASSES.length; at += 1) {
      const k = CLASSES[at] as number;
      const posterior = posteriorOf(models[at] as PurchaseModel, state);
      all.push(posterior);
      const shape = r + k * x;
      const rate = alpha / k;
      // A + D = A / P(alive): the living part and the odds are all that is needed.
      const ofTimes =
        posterior.pAlive > 0
          ? Math.log(posterior.stageSum / posterior.pAlive) - shape * Math.log(rate + T)
          : Math.log(a / (b + x)) - shape * Math.log(rate + t);
      const score =
        (logWeights[at] ?? Number.NEGATIVE_INFINITY) +
        (tables[at] as Rises)(x) +
        r * Math.log(rate) +
        (k - 1) * logGaps +
        ofTimes;
      scores[at] = score;
      if (score > top) top = score;
    }
    return beliefOf(all, scores, top);
  };
}

/** Weights from log-scores; classes that matter nothing are left out. */
function beliefOf(all: readonly Posterior[], scores: Float64Array, top: number): Belief {
  let sum = 0;
  for (let at = 0; at < scores.length; at += 1) {
    const part = Math.exp((scores[at] as number) - top);
    scores[at] = part;
    sum += part;
  }
  const least = LEAST_WEIGHT * sum;
  let left = 0;
  for (const part of scores) if (part >= least) left += part;
  const weights: number[] = [];
  const posteriors: Posterior[] = [];
  let pAlive = 0;
  let pRegular = 0;
  for (let at = 0; at < scores.length; at += 1) {
    if (!((scores[at] as number) >= least)) continue;
    const weight = (scores[at] as number) / left;
    const posterior = all[at] as Posterior;
    weights.push(weight);
    posteriors.push(posterior);
    pAlive += weight * posterior.pAlive;
    if (at > 0) pRegular += weight;
  }
  return { weights, posteriors, pAlive, pRegular };
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

type Rises = (frequency: number) => number;

/** ln [Gamma(r + k x) / Gamma(r) / Gamma(k)^x], by running sums that are kept. */
function makeRises(r: number, k: number): Rises {
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
