/** Erlang stages of the classes: random, fairly regular, regular, clockwork. */
export const CLASSES = [1, 2, 4, 8] as const;

/** Parameters of the mixture that all classes share; class k has the rate alpha / k. */
export interface Shape {
  readonly r: number;
  readonly alpha: number;
  readonly a: number;
  readonly b: number;
}

/** Parts of one class's likelihood that depend on the frequency alone or on a whole day alone (purchase-likelihood.ts). */
export interface ClassTables {
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
export interface StayTables {
  readonly value: Float64Array;
  readonly byA: Float64Array;
  readonly byB: Float64Array;
  readonly logOdds: Float64Array;
  /** ln (1 + odds to leave). */
  readonly logEither: Float64Array;
}

/** A column of zeros. */
export function zeros(size: number): Float64Array {
  return new Float64Array(size);
}

/** Sets the tables to the parameters. */
export function fillStays(tables: StayTables, p: Shape): void {
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

/** Sets the tables of one class to the parameters, for the days that occur. */
export function fillClass(tables: ClassTables, p: Shape, days: Int32Array): void {
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

/** Empty tables for frequencies below `most`. */
export function makeStayTables(most: number): StayTables {
  return {
    value: zeros(most),
    byA: zeros(most),
    byB: zeros(most),
    logOdds: zeros(most),
    logEither: zeros(most),
  };
}

/** Empty tables of every class for frequencies below `most` and days below `days`. */
export function makeClassTables(most: number, days: number): ClassTables[] {
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
