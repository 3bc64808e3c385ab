import { type CountLaw, countLaw, mixLaws } from "./count-law.ts";
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
  return (state, logGaps) => {
    const all = models.map((one) => posteriorOf(one, state));
    const scores = all.map((posterior, at) => {
      const k = CLASSES[at] as number;
      const { frequency: x, recencyDays: t, ageDays: T } = state;
      const shape = r + k * x;
      const rate = alpha / k;
      // A + D = A / P(alive): the living part and the odds are all that is needed.
      const logAlive = Math.log(posterior.stageSum) - shape * Math.log(rate + T);
      return (
        (logWeights[at] ?? Number.NEGATIVE_INFINITY) +
        (tables[at] as Rises)(x) +
        r * Math.log(rate) +
        (k - 1) * logGaps +
        (posterior.pAlive > 0
          ? logAlive - Math.log(posterior.pAlive)
          : Math.log(a / (b + x)) - shape * Math.log(rate + t))
      );
    });
    const top = Math.max(...scores);
    const parts = scores.map((score) => Math.exp(score - top));
    const sum = parts.reduce((total, part) => total + part, 0);
    const kept = parts.map((part) => part / sum >= LEAST_WEIGHT);
    const left = parts.reduce((total, part, at) => total + (kept[at] ? part : 0), 0);
    const weights: number[] = [];
    const posteriors: Posterior[] = [];
    let pAlive = 0;
    let pRegular = 0;
    all.forEach((posterior, at) => {
      if (!kept[at]) return;
      const weight = (parts[at] as number) / left;
      weights.push(weight);
      posteriors.push(posterior);
      pAlive += weight * posterior.pAlive;
      if (at > 0) pRegular += weight;
    });
    return { weights, posteriors, pAlive, pRegular };
  };
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
