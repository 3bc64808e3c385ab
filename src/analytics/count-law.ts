import { betaRule, type Rule } from "./gauss-jacobi.ts";
import type { Posterior } from "./purchase-model.ts";

/** Distribution of the number of purchases of one client in a coming window. */
export interface CountLaw {
  readonly mean: number;
  readonly variance: number;
  readonly pNone: number;
  /** P(N >= j) at index j - 1. */
  readonly tails: Float64Array;
}

/** Tails below this are left out; the mean of what is left out is far below any figure shown. */
const TAIL_END = 1e-10;
const MAX_COUNT = 5_000;

/**
 * Exact law of the number of purchases within `days`: the running gap has i of k stages behind it, every purchase needs k
 * more stages, the stages of a living client are a negative binomial count, and after every purchase a client may leave:
 *
 *   P(N >= j) = P(alive) * B(a, b' + j - 1) / B(a, b') * sum over i of P(i) * P(NegBin(n + i) >= k j - i)
 *
 * All terms are positive. Cost: a division and two products a stage.
 */
export function countLaw(posterior: Posterior, days: number): CountLaw {
  const { shape, rate, leaveA, leaveB, pAlive, stages } = posterior;
  const k = stages.length;
  const time = Math.max(0, days) / posterior.unitDays;
  const walkers = Array.from(stages, (weight, done) => ({
    weight,
    next: k - done,
    steps: makeSteps(shape + done, time / rate),
  }));
  const tails: number[] = [];
  let stays = pAlive;
  let mean = 0;
  let second = 0;
  for (let j = 1; j <= MAX_COUNT && time > 0; j += 1) {
    let tail = 0;
    for (const walker of walkers) {
      tail += walker.weight * Math.max(0, 1 - walker.steps.below(walker.next));
      walker.next += k;
    }
    tail *= stays;
    if (tail < TAIL_END) break;
    tails.push(tail);
    mean += tail;
    second += (2 * j - 1) * tail;
    stays *= (leaveB + j - 1) / (leaveA + leaveB + j - 1);
  }
  return {
    mean,
    variance: Math.max(0, second - mean * mean),
    pNone: 1 - (tails[0] ?? 0),
    tails: Float64Array.from(tails),
  };
}

/** Below this logarithm a first term would be lost to underflow. */
const UNDERFLOW = -600;

/** P(fewer than `count` stages) of a negative binomial with this size and odds time / rate, for rising counts. */
function makeSteps(size: number, odds: number) {
  const logStart = -size * Math.log1p(odds);
  const isPlain = logStart > UNDERFLOW;
  const move = odds / (1 + odds);
  const logMove = isPlain ? 0 : Math.log(move);
  let term = isPlain ? Math.exp(logStart) : logStart;
  let sum = 0;
  let done = 0;
  return {
    below(count: number): number {
      for (; done < count; done += 1) {
        const rise = (size + done) / (done + 1);
        if (isPlain) {
          sum += term;
          term *= rise * move;
        } else {
          sum += Math.exp(term);
          term += Math.log(rise) + logMove;
        }
      }
      return sum;
    },
  };
}

/** The law of a client who is of one of several kinds. Weights add up to 1. */
export function mixLaws(laws: readonly CountLaw[], weights: readonly number[]): CountLaw {
  const longest = laws.reduce((most, law) => Math.max(most, law.tails.length), 0);
  const tails = new Float64Array(longest);
  let [mean, second, pNone] = [0, 0, 0];
  laws.forEach((law, kind) => {
    const weight = weights[kind] ?? 0;
    mean += weight * law.mean;
    second += weight * (law.variance + law.mean ** 2);
    pNone += weight * law.pNone;
    law.tails.forEach((tail, at) => {
      tails[at] = (tails[at] as number) + weight * tail;
    });
  });
  return { mean, variance: Math.max(0, second - mean * mean), pNone, tails };
}

/** The law brought to another chance of no purchase: given that a client buys at all, the counts stay what they were. */
export function withNone(law: CountLaw, pNone: number): CountLaw {
  const share = law.pNone < 1 ? (1 - pNone) / (1 - law.pNone) : 0;
  const mean = share * law.mean;
  const second = share * (law.variance + law.mean ** 2);
  return {
    mean,
    variance: Math.max(0, second - mean * mean),
    pNone,
    tails: law.tails.map((tail) => share * tail),
  };
}

/** Smallest count that is not exceeded with probability `share`. */
export function countQuantile(law: CountLaw, share: number): number {
  let count = 0;
  while (count < law.tails.length && (law.tails[count] as number) > 1 - share) count += 1;
  return count;
}

/** Expected purchases within `days`. */
export type Expectation = (posterior: Posterior, days: number) => number;

/**
 * Expected purchases: for k = 1 the integral of [1 - (1 + p h / rate)^-shape] / p over the Beta law of p with 16 nodes
 * (agrees with the exact law to 1e-12), else the sum of the tails. The rule depends on the frequency alone and is kept, so
 * one `makeExpectation` serves a whole base.
 */
export function makeExpectation(): Expectation {
  const rules = new Map<number, Rule>();
  return (posterior, days) => {
    if (posterior.stages.length > 1) return countLaw(posterior, days).mean;
    const { leaveA, leaveB, shape, rate, pAlive } = posterior;
    const known = rules.get(leaveB);
    const rule = known ?? betaRule(leaveA, leaveB);
    if (!known) rules.set(leaveB, rule);
    const step = Math.max(0, days) / posterior.unitDays / rate;
    let sum = 0;
    for (let at = 0; at < rule.nodes.length; at += 1) {
      const p = rule.nodes[at] as number;
      const inside = p > 1e-12 ? -Math.expm1(-shape * Math.log1p(p * step)) / p : shape * step;
      sum += (rule.weights[at] as number) * inside;
    }
    return pAlive * sum;
  };
}
