/** Erlang stages of the classes: random, fairly regular, regular, clockwork. */
export const CLASSES = [1, 2, 4, 8] as const;

/** Clients as columns; `weight` counts clients that are alike. */
export interface MixtureRows {
  readonly clients: number;
  readonly weight: Float64Array;
  readonly frequency: Int32Array;
  readonly recency: Int32Array;
  readonly age: Int32Array;
  readonly logGaps: Float64Array;
}

interface Shape {
  readonly r: number;
  readonly alpha: number;
  readonly a: number;
  readonly b: number;
}

/** Parts of one class's likelihood that depend on the frequency alone or on a whole day alone (purchase-likelihood.ts). */
interface ClassTables {
  readonly k: number;
  readonly value: Float64Array;
  readonly byR: Float64Array;
  /** Of the days that occur. */
  readonly logTime: Float64Array;
  readonly inverseTime: Float64Array;
  /** By frequency and stage: what a term is multiplied by to become the next, and the slope of its logarithm in r. */
  readonly rise: Float64Array;
  readonly slope: Float64Array;
}

/** By frequency, the same for every class: chances to stay. */
interface StayTables {
  readonly value: Float64Array;
  readonly byA: Float64Array;
  readonly byB: Float64Array;
  readonly logOdds: Float64Array;
  /** ln (1 + odds to leave). */
  readonly logEither: Float64Array;
}

function zeros(size: number): Float64Array {
  return new Float64Array(size);
}

function fillStays(tables: StayTables, p: Shape): void {
  let [value, byA, byB] = [0, 0, 0];
  for (let x = 0; x < tables.value.length; x += 1) {
    const stays = p.b + x;
    value += Math.log(stays / (p.a + stays));
    byA -= 1 / (p.a + stays);
    byB += p.a / (stays * (p.a + stays));
    tables.value[x] = value;
    tables.byA[x] = byA;
    tables.byB[x] = byB;
    tables.logOdds[x] = Math.log(p.a / stays);
    tables.logEither[x] = Math.log1p(p.a / stays);
  }
}

function fillClass(tables: ClassTables, p: Shape, days: Int32Array): void {
  const { k } = tables;
  const alpha = p.alpha / k;
  for (const day of days) {
    const time = alpha + day;
    tables.logTime[day] = Math.log(time);
    tables.inverseTime[day] = 1 / time;
  }
  const logFactorial = logFactorialBelow(k);
  let value = p.r * Math.log(alpha);
  let byR = Math.log(alpha);
  for (let x = 0; x < tables.value.length; x += 1) {
    let slope = 0;
    for (let j = 0; j < k - 1; j += 1) {
      const n = p.r + k * x + j;
      slope += 1 / n;
      tables.rise[x * k + j] = n / (j + 1);
      tables.slope[x * k + j] = slope;
    }
    tables.value[x] = value;
    tables.byR[x] = byR;
    for (let i = k * x; i < k * (x + 1); i += 1) {
      value += Math.log(p.r + i);
      byR += 1 / (p.r + i);
    }
    value -= logFactorial;
  }
}

/** ln (k - 1)! */
export function logFactorialBelow(k: number): number {
  let sum = 0;
  for (let i = 2; i < k; i += 1) sum += Math.log(i);
  return sum;
}

/** By row, what is known so far of the classes: those that cannot matter are left out. */
interface Sums {
  /** The largest logarithm that a class is at least worth. */
  readonly top: Float64Array;
  /** Sums over the classes, over exp(top): the likelihood, and weighted by it the derivatives and the chance to be gone. */
  readonly whole: Float64Array;
  readonly byR: Float64Array;
  readonly byAlpha: Float64Array;
  readonly gone: Float64Array;
}

/** By row, one class: ln of its likelihood but for `stages + exp(z)`, z, and its part of the whole. */
interface ClassRows {
  readonly base: Float64Array;
  readonly z: Float64Array;
  readonly part: Float64Array;
}

/** A class worth less than this share of another, in logarithms, is below the rounding of the sum. */
const NOTHING = -37;

/** What each class is at least worth. */
function weighClass(
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
function addClass(
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

function daysOf({ recency, age }: MixtureRows, days: number): Int32Array {
  const occurs = new Uint8Array(days);
  for (let row = 0; row < age.length; row += 1) {
    occurs[age[row] as number] = 1;
    occurs[recency[row] as number] = 1;
  }
  return Int32Array.from(occurs.keys()).filter((day) => occurs[day] === 1);
}

function makeTables(most: number, days: number): ClassTables[] {
  return CLASSES.map((k) => ({
    k,
    value: zeros(most),
    byR: zeros(most),
    logTime: zeros(days),
    inverseTime: zeros(days),
    rise: zeros(most * k),
    slope: zeros(most * k),
  }));
}

export interface MixtureLikelihood {
  /**
   * Log-likelihood of the mixture at ln r, ln alpha, ln a, ln b and the logits of k = 2, 4, 8 against k = 1; sets the
   * gradient. Days throughout. Cost: at most nine exponentials and logarithms a client.
   */
  at(point: ArrayLike<number>, gradient: Float64Array): number;
  /**
   * Sum over the clients of the outer products of their own gradients at the point last asked for, row by row: about the
   * curvature of minus the log-likelihood there, and never negative (Berndt, Hall, Hall & Hausman 1974).
   */
  information(): Float64Array;
}

export function makeMixtureLikelihood(rows: MixtureRows): MixtureLikelihood {
  const { frequency, age, weight } = rows;
  const size = frequency.length;
  const most = frequency.reduce((max, x) => Math.max(max, x), 0) + 1;
  const days = age.reduce((max, T) => Math.max(max, T), 0) + 1;
  const occurring = daysOf(rows, days);
  const stays: StayTables = {
    value: zeros(most),
    byA: zeros(most),
    byB: zeros(most),
    logOdds: zeros(most),
    logEither: zeros(most),
  };
  const tables = makeTables(most, days);
  const classes = CLASSES.map(
    (): ClassRows => ({ base: zeros(size), z: zeros(size), part: zeros(size) }),
  );
  const sums: Sums = {
    top: zeros(size),
    whole: zeros(size),
    byR: zeros(size),
    byAlpha: zeros(size),
    gone: zeros(size),
  };
  let shape: Shape = { r: 1, alpha: 1, a: 1, b: 1 };
  let weights: readonly number[] = [];
  const at = (point: ArrayLike<number>, gradient: Float64Array): number => {
    const [r = 1, alpha = 1, a = 1, b = 1] = Array.from(point).slice(0, 4).map(Math.exp);
    shape = { r, alpha, a, b };
    weights = weightsOf(point);
    fillStays(stays, shape);
    sums.top.fill(Number.NEGATIVE_INFINITY);
    for (const column of [sums.whole, sums.byR, sums.byAlpha, sums.gone]) column.fill(0);
    tables.forEach((table, number) => {
      fillClass(table, shape, occurring);
      const own = classes[number] as ClassRows;
      weighClass(rows, sums, own, table, stays, shape, Math.log(weights[number] as number));
    });
    tables.forEach((table, number) => {
      addClass(rows, sums, classes[number] as ClassRows, table, stays, shape);
    });
    let [value, byR, byAlpha, byA, byB] = [0, 0, 0, 0, 0];
    for (let row = 0; row < size; row += 1) {
      const x = frequency[row] as number;
      const count = weight[row] as number;
      const whole = sums.whole[row] as number;
      const share = count / whole;
      const gone = share * (sums.gone[row] as number);
      value += count * ((sums.top[row] as number) + Math.log(whole) + (stays.value[x] as number));
      byR += share * (sums.byR[row] as number);
      byAlpha += share * (sums.byAlpha[row] as number);
      byA += count * (stays.byA[x] as number) + gone / a;
      byB += count * (stays.byB[x] as number) - gone / (b + x);
    }
    gradient[0] = byR * r;
    gradient[1] = byAlpha * alpha;
    gradient[2] = byA * a;
    gradient[3] = byB * b;
    for (let number = 1; number < CLASSES.length; number += 1) {
      gradient[3 + number] =
        membersOf(classes[number] as ClassRows, sums, weight) -
        rows.clients * (weights[number] as number);
    }
    return value;
  };
  return { at, information: () => informationOf(rows, sums, classes, stays, shape, weights) };
}

function informationOf(
  { frequency, weight }: MixtureRows,
  { whole, byR, byAlpha, gone }: Sums,
  classes: readonly ClassRows[],
  stays: StayTables,
  { r, alpha, a, b }: Shape,
  weights: readonly number[],
): Float64Array {
  const size = 3 + CLASSES.length;
  const own = zeros(size);
  const sum = zeros(size * size);
  for (let row = 0; row < frequency.length; row += 1) {
    const x = frequency[row] as number;
    const all = whole[row] as number;
    const away = (gone[row] as number) / all;
    own[0] = (r * (byR[row] as number)) / all;
    own[1] = (alpha * (byAlpha[row] as number)) / all;
    own[2] = a * (stays.byA[x] as number) + away;
    own[3] = b * ((stays.byB[x] as number) - away / (b + x));
    for (let at = 1; at < CLASSES.length; at += 1) {
      const { part } = classes[at] as ClassRows;
      own[3 + at] = (part[row] as number) / all - (weights[at] as number);
    }
    for (let line = 0; line < size; line += 1) {
      const left = (weight[row] as number) * (own[line] as number);
      for (let at = 0; at < size; at += 1) {
        sum[line * size + at] = (sum[line * size + at] as number) + left * (own[at] as number);
      }
    }
  }
  return sum;
}

/** Expected clients of a class. */
function membersOf({ part }: ClassRows, { whole }: Sums, weight: Float64Array): number {
  let members = 0;
  for (let row = 0; row < part.length; row += 1) {
    members += ((weight[row] as number) * (part[row] as number)) / (whole[row] as number);
  }
  return members;
}

/** Weights of the classes at a point of the likelihood. */
export function weightsOf(point: ArrayLike<number>): number[] {
  const logits = [0, ...Array.from(point).slice(4)];
  const top = Math.max(...logits);
  const parts = logits.map((logit) => Math.exp(logit - top));
  const sum = parts.reduce((total, x) => total + x, 0);
  return parts.map((x) => x / sum);
}
