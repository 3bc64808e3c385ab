import type { ClassTables, Shape, StayTables } from "./mixture-tables.ts";

/** Clients as columns; `weight` counts clients that are alike. */
export interface MixtureRows {
  readonly clients: number;
  readonly weight: Float64Array;
  readonly frequency: Int32Array;
  readonly recency: Int32Array;
  readonly age: Int32Array;
  readonly logGaps: Float64Array;
}

/** By row, what is known so far of the classes: those that cannot matter are left out. */
export interface Sums {
  /** The largest logarithm that a class is at least worth. */
  readonly top: Float64Array;
  /** Sums over the classes, over exp(top): the likelihood, and weighted by it the derivatives and the chance to be gone. */
  readonly whole: Float64Array;
  readonly byR: Float64Array;
  readonly byAlpha: Float64Array;
  readonly gone: Float64Array;
}

/** By row, one class: ln of its likelihood but for `stages + exp(z)`, z, and its part of the whole. */
export interface ClassRows {
  readonly base: Float64Array;
  readonly z: Float64Array;
  readonly part: Float64Array;
}

/** A class worth less than this share of another, in logarithms, is below the rounding of the sum. */
const NOTHING = -37;

/** What each class is at least worth. */
export function weighClass(
  rows: MixtureRows,
  { top }: Sums,
  { base, z }: ClassRows,
  tables: ClassTables,
  stays: StayTables,
  p: Shape,
  logWeight: number,
): void {
  const { frequency, recency, age, logGaps } = rows;
  const { k, value, logTime } = tables;
  const { logOdds } = stays;
  for (let row = 0; row < frequency.length; row += 1) {
    const x = frequency[row] as number;
    const n = p.r + k * x;
    const logNow = logTime[age[row] as number] as number;
    const least =
      logWeight + (value[x] as number) + (k - 1) * (logGaps[row] as number) - n * logNow;
    const gone =
      (logOdds[x] as number) + n * (logNow - (logTime[recency[row] as number] as number));
    const worth = gone > 0 ? least + gone : least;
    base[row] = least;
    z[row] = gone;
    if (worth > (top[row] as number)) top[row] = worth;
  }
}

/** Adds one class to the sums. Two exponentials a row. */
export function addClass(
  rows: MixtureRows,
  sums: Sums,
  { base, z, part }: ClassRows,
  tables: ClassTables,
  stays: StayTables,
  p: Shape,
): void {
  const { frequency, recency, age } = rows;
  const { top, whole, byR, byAlpha, gone } = sums;
  const { k, logTime, inverseTime, rise, slope } = tables;
  const { logOdds, logEither } = stays;
  const rateByAlpha = (p.r * k) / p.alpha;
  for (let row = 0; row < frequency.length; row += 1) {
    const x = frequency[row] as number;
    const over = (base[row] as number) - (top[row] as number);
    const zed = z[row] as number;
    const grown = zed - (logOdds[x] as number);
    // The stages add up to at most what time has grown by.
    if (!(over + grown + (logEither[x] as number) > NOTHING)) {
      part[row] = 0;
      continue;
    }
    const t = recency[row] as number;
    const T = age[row] as number;
    const n = p.r + k * x;
    const now = inverseTime[T] as number;
    const silence = (T - t) * now;
    let term = 1;
    let stages = 1;
    let stagesByR = 0;
    let stagesDone = 0;
    for (let j = 0, at = x * k; j < k - 1; j += 1, at += 1) {
      term *= (rise[at] as number) * silence;
      stages += term;
      stagesByR += term * (slope[at] as number);
      stagesDone += (j + 1) * term;
    }
    const e = Math.exp(zed > 0 ? -zed : zed);
    const here = zed > 0 ? e : 1;
    const left = zed > 0 ? 1 : e;
    const scale = Math.exp(zed > 0 ? over + zed : over);
    const mine = scale * (stages * here + left);
    const stayed = scale * here;
    const wentAway = scale * left;
    const logNow = logTime[T] as number;
    const span = logNow - (logTime[t] as number);
    part[row] = mine;
    whole[row] = (whole[row] as number) + mine;
    gone[row] = (gone[row] as number) + wentAway;
    byR[row] =
      (byR[row] as number) +
      mine * ((tables.byR[x] as number) - logNow) +
      wentAway * span +
      stayed * stagesByR;
    byAlpha[row] =
      (byAlpha[row] as number) +
      (mine * (rateByAlpha - n * now) +
        wentAway * n * (now - (inverseTime[t] as number)) -
        stayed * stagesDone * now) /
        k;
  }
}
