import type { Buckets } from "./buckets.ts";

/**
 * Log-likelihood of BG/NBD and MBG/NBD with Erlang-k gaps (k = 1: exponential), in closed form:
 *
 *   alpha^r / Gamma(r) * (A + D) * exp((k - 1) L) / Gamma(k)^x
 *   A = B(a, b+x+m) / B(a, b) * sum over j < k of Gamma(n+j) / j! * (T-t)^j / (alpha+T)^(n+j)      still a client
 *   D = B(a+1, b+x+m-1) / B(a, b) * Gamma(n) / (alpha+t)^n                                         gone; BG: only x > 0
 *
 * with n = r + k x, L = the sum of the logs of the client's gaps, m = 1 for MBG/NBD (a client may leave after the first
 * purchase, Batislam et al. 2007) and 0 for BG/NBD (Fader, Hardie & Lee 2005).
 */
export interface LikelihoodOptions {
  readonly kind: "bgnbd" | "mbgnbd";
  readonly k: number;
  /** Days in one unit of time, so that numbers stay near 1. */
  readonly unitDays: number;
}

/**
 * Total log-likelihood at natural parameters (r, alpha, a, b), alpha in the unit; writes the derivatives with respect to
 * the natural parameters. Cost: one exponential and one division a bucket for k = 1.
 */
export type PurchaseLikelihood = (parameters: ArrayLike<number>, gradient: Float64Array) => number;

interface Tables {
  /** Days that occur: tables by day are filled for these alone. */
  readonly days: Int32Array;
  readonly logTime: Float64Array;
  readonly inverseTime: Float64Array;
  /** ln of the odds of having left, without its part that depends on time. */
  readonly logOdds: Float64Array;
  readonly inverseStays: Float64Array;
}

interface Sums {
  value: number;
  r: number;
  alpha: number;
  /** Expected number of clients who left. */
  gone: number;
  goneByStays: number;
}

export function makePurchaseLikelihood(
  buckets: Buckets,
  options: LikelihoodOptions,
): PurchaseLikelihood {
  const { k, unitDays } = options;
  const m = options.kind === "mbgnbd" ? 1 : 0;
  const clientsByFrequency = countByFrequency(buckets);
  const frequencies = clientsByFrequency.length;
  const days = buckets.age.reduce((max, age) => Math.max(max, age), 0) + 1;
  const tables: Tables = {
    days: daysIn(buckets, days),
    logTime: new Float64Array(days),
    inverseTime: new Float64Array(days),
    logOdds: new Float64Array(frequencies),
    inverseStays: new Float64Array(frequencies),
  };
  const constant = gapConstant(buckets, clientsByFrequency, k, unitDays);
  return (parameters, gradient) => {
    const [r = 1, alpha = 1, a = 1, b = 1] = Array.from(parameters);
    fillTables(tables, { alpha, a, b, m, unitDays });
    const perFrequency = frequencyPart({ r, alpha, a, b, m, k }, clientsByFrequency, gradient);
    const sums =
      k === 1 ? sumExponential(buckets, tables, r) : sumErlang(buckets, tables, r, k, unitDays);
    gradient[0] = (gradient[0] as number) + sums.r;
    gradient[1] = (gradient[1] as number) + sums.alpha;
    gradient[2] = (gradient[2] as number) + sums.gone / a;
    gradient[3] = (gradient[3] as number) - sums.goneByStays;
    return constant + perFrequency + sums.value;
  };
}

function daysIn({ size, age, recency }: Buckets, days: number): Int32Array {
  const occurs = new Uint8Array(days);
  for (let at = 0; at < size; at += 1) {
    occurs[age[at] as number] = 1;
    occurs[recency[at] as number] = 1;
  }
  return Int32Array.from(occurs.keys()).filter((day) => occurs[day] === 1);
}

function countByFrequency(buckets: Buckets): Float64Array {
  const most = buckets.frequency.reduce((max, x) => Math.max(max, x), 0);
  const counts = new Float64Array(most + 1);
  for (let at = 0; at < buckets.size; at += 1) {
    const x = buckets.frequency[at] as number;
    counts[x] = (counts[x] as number) + (buckets.weight[at] as number);
  }
  return counts;
}

/** (k - 1) L - x ln Gamma(k), summed; no parameter in it. */
function gapConstant(
  buckets: Buckets,
  clientsByFrequency: Float64Array,
  k: number,
  unitDays: number,
): number {
  if (k === 1) return 0;
  let repeats = 0;
  for (let x = 0; x < clientsByFrequency.length; x += 1) {
    repeats += x * (clientsByFrequency[x] as number);
  }
  let logFactorial = 0;
  for (let i = 2; i < k; i += 1) logFactorial += Math.log(i);
  return (k - 1) * (buckets.logGapSum - repeats * Math.log(unitDays)) - repeats * logFactorial;
}

function fillTables(
  tables: Tables,
  p: { alpha: number; a: number; b: number; m: number; unitDays: number },
): void {
  const { logTime, inverseTime, logOdds, inverseStays } = tables;
  for (const day of tables.days) {
    const time = p.alpha + day / p.unitDays;
    logTime[day] = Math.log(time);
    inverseTime[day] = 1 / time;
  }
  const logA = Math.log(p.a);
  for (let x = 0; x < logOdds.length; x += 1) {
    // The whole numbers first: b may be far below the rounding of 1.
    const stays = p.b + (x + p.m - 1);
    const mayHaveLeft = x + p.m > 0;
    logOdds[x] = mayHaveLeft ? logA - Math.log(stays) : Number.NEGATIVE_INFINITY;
    inverseStays[x] = mayHaveLeft ? 1 / stays : 0;
  }
}

/**
 * Everything that depends on the client's frequency alone. Ratios of gamma functions are running sums of logarithms, which
 * is exact where differences of large log-gammas would cancel. Sets the gradient.
 */
function frequencyPart(
  p: { r: number; alpha: number; a: number; b: number; m: number; k: number },
  clientsByFrequency: Float64Array,
  gradient: Float64Array,
): number {
  let clients = 0;
  let value = 0;
  let byR = 0;
  let byA = 0;
  let byB = 0;
  let logRises = 0;
  let inverseRises = 0;
  let logStays = 0;
  let byAStays = 0;
  let byBStays = 0;
  const stay = (i: number) => {
    logStays += Math.log((p.b + i) / (p.a + p.b + i));
    byAStays -= 1 / (p.a + p.b + i);
    byBStays += p.a / ((p.b + i) * (p.a + p.b + i));
  };
  if (p.m === 1) stay(0);
  for (let x = 0; x < clientsByFrequency.length; x += 1) {
    const weight = clientsByFrequency[x] as number;
    if (weight > 0) {
      clients += weight;
      value += weight * (logRises + logStays);
      byR += weight * inverseRises;
      byA += weight * byAStays;
      byB += weight * byBStays;
    }
    for (let i = p.k * x; i < p.k * (x + 1); i += 1) {
      logRises += Math.log(p.r + i);
      inverseRises += 1 / (p.r + i);
    }
    stay(x + p.m);
  }
  gradient[0] = byR + clients * Math.log(p.alpha);
  gradient[1] = (clients * p.r) / p.alpha;
  gradient[2] = byA;
  gradient[3] = byB;
  return value + clients * p.r * Math.log(p.alpha);
}

/** Products of at most this many factors in (1, 2] stay far from overflow. */
const FACTORS_A_LOGARITHM = 512;

function sumExponential(buckets: Buckets, tables: Tables, r: number): Sums {
  const { frequency, recency, age, weight, size } = buckets;
  const { logTime, inverseTime, logOdds, inverseStays } = tables;
  let value = 0;
  let byR = 0;
  let byAlpha = 0;
  let gone = 0;
  let goneByStays = 0;
  let product = 1;
  let factors = 0;
  for (let at = 0; at < size; at += 1) {
    const x = frequency[at] as number;
    const t = recency[at] as number;
    const T = age[at] as number;
    const w = weight[at] as number;
    const n = r + x;
    const logNow = logTime[T] as number;
    const logSpan = logNow - (logTime[t] as number);
    const z = (logOdds[x] as number) + n * logSpan;
    const e = Math.exp(z > 0 ? -z : z);
    const share = 1 / (1 + e);
    const left = w * (z > 0 ? share : 1 - share);
    value += w * ((z > 0 ? z : 0) - n * logNow);
    if (w === 1) {
      product *= 1 + e;
      factors += 1;
      if (factors === FACTORS_A_LOGARITHM) {
        value += Math.log(product);
        product = 1;
        factors = 0;
      }
    } else value += w * Math.log1p(e);
    const now = inverseTime[T] as number;
    byR += left * logSpan - w * logNow;
    byAlpha += n * (left * (now - (inverseTime[t] as number)) - w * now);
    gone += left;
    goneByStays += left * (inverseStays[x] as number);
  }
  return { value: value + Math.log(product), r: byR, alpha: byAlpha, gone, goneByStays };
}

function sumErlang(buckets: Buckets, tables: Tables, r: number, k: number, unitDays: number): Sums {
  const { frequency, recency, age, weight, size } = buckets;
  const sums: Sums = { value: 0, r: 0, alpha: 0, gone: 0, goneByStays: 0 };
  for (let at = 0; at < size; at += 1) {
    const x = frequency[at] as number;
    const t = recency[at] as number;
    const T = age[at] as number;
    const w = weight[at] as number;
    const n = r + k * x;
    const logNow = tables.logTime[T] as number;
    const now = tables.inverseTime[T] as number;
    const logSpan = logNow - (tables.logTime[t] as number);
    const silence = ((T - t) / unitDays) * now;
    let term = 1;
    let stages = 1;
    let stagesByR = 0;
    let stagesByAlpha = 0;
    let inverseRises = 0;
    for (let j = 0; j < k - 1; j += 1) {
      term *= ((n + j) / (j + 1)) * silence;
      inverseRises += 1 / (n + j);
      stages += term;
      stagesByR += term * inverseRises;
      stagesByAlpha -= (j + 1) * term * now;
    }
    const z = (tables.logOdds[x] as number) + n * logSpan - Math.log(stages);
    const e = Math.exp(z > 0 ? -z : z);
    const gone = z > 0 ? 1 / (1 + e) : e / (1 + e);
    const stayed = (1 - gone) / stages;
    sums.value += w * (Math.log(stages) + (z > 0 ? z : 0) + Math.log1p(e) - n * logNow);
    sums.r += w * (gone * logSpan + stayed * stagesByR - logNow);
    sums.alpha +=
      w * (gone * n * (now - (tables.inverseTime[t] as number)) + stayed * stagesByAlpha - n * now);
    sums.gone += w * gone;
    sums.goneByStays += w * gone * (tables.inverseStays[x] as number);
  }
  return sums;
}
