import {
  addClass,
  type ClassRows,
  type MixtureRows,
  type Sums,
  weighClass,
} from "./mixture-rows.ts";
import {
  CLASSES,
  fillClass,
  fillStays,
  makeClassTables,
  makeStayTables,
  type Shape,
  type StayTables,
  zeros,
} from "./mixture-tables.ts";

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
  const stays = makeStayTables(most);
  const tables = makeClassTables(most, days);
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

function daysOf({ recency, age }: MixtureRows, days: number): Int32Array {
  const occurs = new Uint8Array(days);
  for (let row = 0; row < age.length; row += 1) {
    occurs[age[row] as number] = 1;
    occurs[recency[row] as number] = 1;
  }
  return Int32Array.from(occurs.keys()).filter((day) => occurs[day] === 1);
}
