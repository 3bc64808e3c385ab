import { betaRule, type Rule } from "./gauss-jacobi.ts";
import type { Posterior } from "./purchase-model.ts";

/** Mean, variance and the chance of none of the number of purchases of one client in a coming window. */
export interface CountMoments {
  readonly mean: number;
  readonly variance: number;
  readonly pNone: number;
}

/** The whole distribution. */
export interface CountLaw extends CountMoments {
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
 * All terms are positive. Cost: two products a purchase and stage.
 */
export function countLaw(posterior: Posterior, days: number): CountLaw {
  const tails: number[] = [];
  const moments = walkCounts(posterior, days, tails);
  return { ...moments, tails: Float64Array.from(tails) };
}

/** The moments of `countLaw` alone. */
export function countMoments(posterior: Posterior, days: number): CountMoments {
  return walkCounts(posterior, days, null);
}

/** Below this logarithm a first term would be lost to underflow: such terms are kept as logarithms. */
const UNDERFLOW = -600;
const INVERSE = Float64Array.from({ length: 1_024 }, (_, count) => 1 / count);

/**
 * One walk serves all stages: P(NegBin(n + i) >= m - i) is P(NegBin(n) >= m) and the first i of the terms
 * Gamma(n + m) / (Gamma(n + l) (m - l)!) still^(n + l - 1) move^(m - l), l = 1..i.
 */
function walkCounts(posterior: Posterior, days: number, tails: number[] | null): CountMoments {
  const { shape, rate, leaveA, leaveB, pAlive, k, silence, stageSum } = posterior;
  const odds = Math.max(0, days) / posterior.unitDays / rate;
  const logStill = -Math.log1p(odds);
  const isPlain = (shape + k) * logStill > UNDERFLOW;
  const move = odds / (1 + odds);
  const w = silence / rate;
  const logMove = isPlain ? 0 : Math.log(move);
  let logTerm = shape * logStill;
  let term = Math.exp(logTerm);
  let below = 0;
  let stays = pAlive;
  let mean = 0;
  let second = 0;
  let first = 0;
  for (let j = 1; j <= MAX_COUNT && odds > 0; j += 1) {
    const end = k * j;
    for (let done = end - k; done < end; done += 1) {
      below += term;
      if (isPlain) term *= riseOf(shape, done) * move;
      else {
        logTerm += Math.log(riseOf(shape, done)) + logMove;
        term = Math.exp(logTerm);
      }
    }
    let tail = Math.max(0, 1 - below);
    if (k > 1) {
      let stage = 1 / stageSum;
      let beyond = tail;
      let more = (term * end) / (shape * move);
      tail *= stage;
      for (let i = 1; i < k; i += 1) {
        beyond += more;
        more *= (end - i) / ((shape + i) * odds);
        stage *= (shape + i - 1) * (INVERSE[i] as number) * w;
        tail += stage * Math.min(1, beyond);
      }
    }
    tail *= stays;
    if (tail < TAIL_END) break;
    if (j === 1) first = tail;
    tails?.push(tail);
    mean += tail;
    second += (2 * j - 1) * tail;
    stays *= (leaveB + j - 1) / (leaveA + leaveB + j - 1);
  }
  return { mean, variance: Math.max(0, second - mean * mean), pNone: 1 - first };
}

function riseOf(size: number, done: number): number {
  return done + 1 < INVERSE.length
    ? (size + done) * (INVERSE[done + 1] as number)
    : (size + done) / (done + 1);
}

/** The law of a client who is of one of several kinds. Weights add up to 1. */
export function mixLaws(laws: readonly CountLaw[], weights: readonly number[]): CountLaw {
  const longest = laws.reduce((most, law) => Math.max(most, law.tails.length), 0);
  const tails = new Float64Array(longest);
  laws.forEach((law, kind) => {
    const weight = weights[kind] ?? 0;
    law.tails.forEach((tail, at) => {
      tails[at] = (tails[at] as number) + weight * tail;
    });
  });
  return { ...mixMoments(laws, weights), tails };
}

/** The moments of a client who is of one of several kinds. Weights add up to 1. */
export function mixMoments(
  kinds: readonly CountMoments[],
  weights: readonly number[],
): CountMoments {
  let [mean, second, pNone] = [0, 0, 0];
  for (let kind = 0; kind < kinds.length; kind += 1) {
    const law = kinds[kind] as CountMoments;
    const weight = weights[kind] as number;
    mean += weight * law.mean;
    second += weight * (law.variance + law.mean ** 2);
    pNone += weight * law.pNone;
  }
  return { mean, variance: Math.max(0, second - mean * mean), pNone };
}

/** The law brought to another chance of no purchase: given that a client buys at all, the counts stay what they were. */
export function withNone(law: CountLaw, pNone: number): CountLaw {
  const share = shareWithNone(law, pNone);
  return { ...momentsWithNone(law, pNone), tails: law.tails.map((tail) => share * tail) };
}

/** `withNone` of the moments alone. */
export function momentsWithNone(law: CountMoments, pNone: number): CountMoments {
  const share = shareWithNone(law, pNone);
  const mean = share * law.mean;
  const second = share * (law.variance + law.mean ** 2);
  return { mean, variance: Math.max(0, second - mean * mean), pNone };
}

function shareWithNone(law: CountMoments, pNone: number): number {
  return law.pNone < 1 ? (1 - pNone) / (1 - law.pNone) : 0;
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
    if (posterior.k > 1) return countLaw(posterior, days).mean;
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
