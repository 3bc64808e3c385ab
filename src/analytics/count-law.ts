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
 * All terms are positive. Cost: two products a stage.
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

/** Stages of the running gap that may be behind a client, one walker each; used again for every client. */
const MOST_STAGES = 8;
const term = new Float64Array(MOST_STAGES);
const below = new Float64Array(MOST_STAGES);
/** Below this logarithm a first term would be lost to underflow: such walkers go by logarithms. */
const UNDERFLOW = -600;
const INVERSE = Float64Array.from({ length: 1_024 }, (_, count) => 1 / count);

function walkCounts(posterior: Posterior, days: number, tails: number[] | null): CountMoments {
  const { shape, rate, leaveA, leaveB, pAlive, stages } = posterior;
  const k = stages.length;
  const odds = Math.max(0, days) / posterior.unitDays / rate;
  const logStill = -Math.log1p(odds);
  const isPlain = (shape + k) * logStill > UNDERFLOW;
  const move = odds / (1 + odds);
  const logMove = Math.log(move);
  const still = 1 / (1 + odds);
  term[0] = isPlain ? Math.exp(shape * logStill) : shape * logStill;
  below.fill(0);
  for (let i = 1; i < k; i += 1) {
    const last = term[i - 1] as number;
    term[i] = isPlain ? last * still : last + logStill;
  }
  let stays = pAlive;
  let mean = 0;
  let second = 0;
  let first = 0;
  for (let j = 1; j <= MAX_COUNT && odds > 0; j += 1) {
    let tail = 0;
    for (let i = 0; i < k; i += 1) {
      const end = k * j - i;
      const from = j === 1 ? 0 : end - k;
      if (isPlain) advance(i, shape + i, from, end, move);
      else advanceByLogs(i, shape + i, from, end, logMove);
      const sum = below[i] as number;
      if (sum < 1) tail += (stages[i] as number) * (1 - sum);
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

/** Adds the stages `from` to `end` of one walker's negative binomial of this size. */
function advance(walker: number, size: number, from: number, end: number, move: number): void {
  let sum = below[walker] as number;
  let next = term[walker] as number;
  for (let done = from; done < end; done += 1) {
    sum += next;
    next *= riseOf(size, done) * move;
  }
  below[walker] = sum;
  term[walker] = next;
}

function advanceByLogs(
  walker: number,
  size: number,
  from: number,
  end: number,
  logMove: number,
): void {
  for (let done = from; done < end; done += 1) {
    below[walker] = (below[walker] as number) + Math.exp(term[walker] as number);
    term[walker] = (term[walker] as number) + Math.log(riseOf(size, done)) + logMove;
  }
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
