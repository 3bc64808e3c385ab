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
  readonly value: Float64Array;
  readonly byR: Float64Array;
  readonly logTime: Float64Array;
  /** By frequency and stage: what a term is multiplied by to become the next, and what it adds to the slope in r. */
  readonly rise: Float64Array;
  readonly inverse: Float64Array;
}

/** By frequency, the same for every class: chances to stay. */
interface StayTables {
  readonly value: Float64Array;
  readonly byA: Float64Array;
  readonly byB: Float64Array;
  readonly logOdds: Float64Array;
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
  }
}

function fillClass(tables: ClassTables, p: Shape, k: number): void {
  const alpha = p.alpha / k;
  for (let day = 0; day < tables.logTime.length; day += 1) {
    tables.logTime[day] = Math.log(alpha + day);
  }
  const logFactorial = logFactorialBelow(k);
  for (let x = 0; x < tables.value.length; x += 1) {
    for (let j = 0; j < k - 1; j += 1) {
      const n = p.r + k * x + j;
      tables.rise[x * k + j] = n / (j + 1);
      tables.inverse[x * k + j] = 1 / n;
    }
  }
  let value = p.r * Math.log(alpha);
  let byR = Math.log(alpha);
  for (let x = 0; x < tables.value.length; x += 1) {
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

/** One client in one class: its likelihood and derivatives; one record is used again and again. */
interface Terms {
  value: number;
  byR: number;
  byAlpha: number;
  gone: number;
}

function classTerms(
  out: Terms,
  client: { readonly x: number; readonly t: number; readonly T: number; readonly logGaps: number },
  tables: ClassTables,
  logOdds: number,
  p: Shape,
  k: number,
): void {
  const { x, t, T } = client;
  const alpha = p.alpha / k;
  const n = p.r + k * x;
  const now = 1 / (alpha + T);
  const logNow = tables.logTime[T] as number;
  const logSpan = logNow - (tables.logTime[t] as number);
  const silence = (T - t) * now;
  let term = 1;
  let stages = 1;
  let stagesByR = 0;
  let stagesByAlpha = 0;
  let rises = 0;
  for (let j = 0; j < k - 1; j += 1) {
    term *= (tables.rise[x * k + j] as number) * silence;
    rises += tables.inverse[x * k + j] as number;
    stages += term;
    stagesByR += term * rises;
    stagesByAlpha -= (j + 1) * term * now;
  }
  const logStages = k === 1 ? 0 : Math.log(stages);
  const z = logOdds + n * logSpan - logStages;
  const e = Math.exp(-Math.abs(z));
  const gone = z > 0 ? 1 / (1 + e) : e / (1 + e);
  const stayed = (1 - gone) / stages;
  out.value =
    (tables.value[x] as number) +
    (k - 1) * client.logGaps +
    logStages +
    (z > 0 ? z : 0) +
    Math.log1p(e) -
    n * logNow;
  out.byR = (tables.byR[x] as number) + gone * logSpan + stayed * stagesByR - logNow;
  out.byAlpha =
    (p.r / alpha + gone * n * (now - 1 / (alpha + t)) + stayed * stagesByAlpha - n * now) / k;
  out.gone = gone;
}

/**
 * Log-likelihood of the mixture at ln r, ln alpha, ln a, ln b and the logits of k = 2, 4, 8 against k = 1; sets the
 * gradient. Days throughout. Cost: about sixteen exponentials and logarithms a client.
 */
export function makeMixtureLikelihood(rows: MixtureRows) {
  const { frequency, recency, age, logGaps, weight } = rows;
  const most = frequency.reduce((max, x) => Math.max(max, x), 0) + 1;
  const days = age.reduce((max, T) => Math.max(max, T), 0) + 1;
  const stays = { value: zeros(most), byA: zeros(most), byB: zeros(most), logOdds: zeros(most) };
  const tables = CLASSES.map((k) => ({
    value: zeros(most),
    byR: zeros(most),
    logTime: zeros(days),
    rise: zeros(most * k),
    inverse: zeros(most * k),
  }));
  const terms = CLASSES.map((): Terms => ({ value: 0, byR: 0, byAlpha: 0, gone: 0 }));
  const parts = zeros(CLASSES.length);
  const client = { x: 0, t: 0, T: 0, logGaps: 0 };
  return (point: ArrayLike<number>, gradient: Float64Array): number => {
    const [r = 1, alpha = 1, a = 1, b = 1] = Array.from(point).slice(0, 4).map(Math.exp);
    const shape = { r, alpha, a, b };
    const weights = weightsOf(point);
    const logWeights = weights.map(Math.log);
    fillStays(stays, shape);
    CLASSES.forEach((k, at) => {
      fillClass(tables[at] as ClassTables, shape, k);
    });
    const members = zeros(CLASSES.length);
    let [value, byR, byAlpha, byA, byB] = [0, 0, 0, 0, 0];
    for (let row = 0; row < frequency.length; row += 1) {
      client.x = frequency[row] as number;
      client.t = recency[row] as number;
      client.T = age[row] as number;
      client.logGaps = logGaps[row] as number;
      const logOdds = stays.logOdds[client.x] as number;
      let top = Number.NEGATIVE_INFINITY;
      for (let at = 0; at < CLASSES.length; at += 1) {
        const term = terms[at] as Terms;
        classTerms(term, client, tables[at] as ClassTables, logOdds, shape, CLASSES[at] as number);
        parts[at] = term.value + (logWeights[at] as number);
        if ((parts[at] as number) > top) top = parts[at] as number;
      }
      let sum = 0;
      for (let at = 0; at < CLASSES.length; at += 1) {
        parts[at] = Math.exp((parts[at] as number) - top);
        sum += parts[at] as number;
      }
      const count = weight[row] as number;
      value += count * (top + Math.log(sum) + (stays.value[client.x] as number));
      let gone = 0;
      for (let at = 0; at < CLASSES.length; at += 1) {
        const term = terms[at] as Terms;
        const share = (count * (parts[at] as number)) / sum;
        members[at] = (members[at] as number) + share;
        byR += share * term.byR;
        byAlpha += share * term.byAlpha;
        gone += share * term.gone;
      }
      byA += count * (stays.byA[client.x] as number) + gone / a;
      byB += count * (stays.byB[client.x] as number) - gone / (b + client.x);
    }
    gradient[0] = byR * r;
    gradient[1] = byAlpha * alpha;
    gradient[2] = byA * a;
    gradient[3] = byB * b;
    for (let at = 1; at < CLASSES.length; at += 1) {
      gradient[3 + at] = (members[at] as number) - rows.clients * (weights[at] as number);
    }
    return value;
  };
}

/** Weights of the classes at a point of the likelihood. */
export function weightsOf(point: ArrayLike<number>): number[] {
  const logits = [0, ...Array.from(point).slice(4)];
  const top = Math.max(...logits);
  const parts = logits.map((logit) => Math.exp(logit - top));
  const sum = parts.reduce((total, x) => total + x, 0);
  return parts.map((x) => x / sum);
}
