/** Writes the gradient at `point` into `gradient` and returns the value. */
export type Objective = (point: Float64Array, gradient: Float64Array) => number;

export interface Minimum {
  readonly point: Float64Array;
  readonly value: number;
  /** Largest slope that is left: how far the search has converged. */
  readonly slope: number;
  /** Evaluations of the objective. */
  readonly evaluations: number;
}

const MAX_ITERATIONS = 200;
const MAX_STEP = 2;
const GRADIENT_SMALL_ENOUGH = 1e-9;
const ARMIJO = 1e-4;
/** A flat valley: this many steps in a row that each gain less than this share of the value. */
const IDLE_STEPS = 3;
const IDLE_GAIN = 1e-13;
/** A line search that needs more halvings than this is at the precision of the function. */
const MAX_TRIALS = 20;
/** A pivot that elimination has brought below this share of what it was is rounding. */
const LEAST_PIVOT = 1e-9;

export interface MinimiseOptions {
  /** Largest slope at which the search may stop; default 1e-9. */
  readonly smallSlope?: number;
  /** Share of the value that a step must gain not to count as idle; default 1e-13. */
  readonly idleGain?: number;
  /** What the curvature at the start is about, row by row: a first step of the right size and direction. */
  readonly curvature?: Float64Array;
}

/**
 * Minimises a smooth function of a few variables by BFGS with a backtracking line search (Nocedal & Wright, algorithm 6.1).
 * Always returns its best point: a search that cannot get lower is at the precision of the function, not a failure.
 */
export function minimise(
  objective: Objective,
  start: ArrayLike<number>,
  options: MinimiseOptions = {},
): Minimum {
  const { smallSlope = GRADIENT_SMALL_ENOUGH, idleGain = IDLE_GAIN } = options;
  const size = start.length;
  let point = Float64Array.from(start);
  let gradient = new Float64Array(size);
  let value = objective(point, gradient);
  let evaluations = 1;
  let inverse = inverseOf(options.curvature, size) ?? identity(size);
  let isFresh = options.curvature === undefined;
  let idle = 0;
  for (let iteration = 0; iteration < MAX_ITERATIONS; iteration += 1) {
    if (maxAbs(gradient) < smallSlope) break;
    let direction = descent(inverse, gradient);
    if (dot(direction, gradient) >= 0) {
      inverse = identity(size);
      isFresh = true;
      direction = descent(inverse, gradient);
    }
    const step = search(objective, point, value, gradient, direction);
    evaluations += step.evaluations;
    if (step.point === null) {
      if (isFresh) break;
      inverse = identity(size);
      isFresh = true;
      continue;
    }
    updateInverse(
      inverse,
      difference(step.point, point),
      difference(step.gradient, gradient),
      isFresh,
    );
    isFresh = false;
    const gained = value - step.value;
    point = step.point;
    gradient = step.gradient;
    value = step.value;
    idle = gained <= idleGain * (Math.abs(value) + IDLE_GAIN) ? idle + 1 : 0;
    if (idle === IDLE_STEPS) break;
  }
  return { point, value, slope: maxAbs(gradient), evaluations };
}

interface Step {
  /** null = no lower point along the direction. */
  readonly point: Float64Array<ArrayBuffer> | null;
  readonly gradient: Float64Array<ArrayBuffer>;
  readonly value: number;
  readonly evaluations: number;
}

function search(
  objective: Objective,
  from: Float64Array,
  value: number,
  gradient: Float64Array,
  direction: Float64Array,
): Step {
  const slope = dot(direction, gradient);
  let length = Math.min(1, MAX_STEP / maxAbs(direction));
  let evaluations = 0;
  const nextGradient = new Float64Array(from.length);
  for (let trial = 0; trial < MAX_TRIALS; trial += 1) {
    const next = from.map((x, at) => x + length * (direction[at] as number));
    const nextValue = objective(next, nextGradient);
    evaluations += 1;
    if (nextValue <= value + ARMIJO * length * slope && nextValue <= value) {
      return { point: next, gradient: nextGradient, value: nextValue, evaluations };
    }
    // The minimum of the parabola through both values and the slope, kept within a tenth and a half of the step.
    const curvature = nextValue - value - slope * length;
    const best = Number.isFinite(curvature) ? (-slope * length * length) / (2 * curvature) : 0;
    length = Math.min(length / 2, Math.max(length / 10, best));
    if (length < 1e-14) break;
  }
  return { point: null, gradient: nextGradient, value, evaluations };
}

function updateInverse(
  inverse: Float64Array,
  moved: Float64Array,
  turned: Float64Array,
  isFirst: boolean,
): void {
  const size = moved.length;
  const curvature = dot(moved, turned);
  // Without the curvature condition the update would lose positive definiteness: skip it.
  if (!(curvature > 1e-12 * Math.sqrt(dot(moved, moved) * dot(turned, turned)))) return;
  if (isFirst) {
    const scale = curvature / dot(turned, turned);
    for (let at = 0; at < size; at += 1) inverse[at * size + at] = scale;
  }
  const product = multiply(inverse, turned);
  const factor = (1 + dot(turned, product) / curvature) / curvature;
  for (let row = 0; row < size; row += 1) {
    for (let column = 0; column < size; column += 1) {
      const cross =
        (moved[row] as number) * (product[column] as number) +
        (product[row] as number) * (moved[column] as number);
      const outer = (moved[row] as number) * (moved[column] as number);
      const at = row * size + column;
      inverse[at] = (inverse[at] as number) + factor * outer - cross / curvature;
    }
  }
}

function descent(inverse: Float64Array, gradient: Float64Array): Float64Array {
  return multiply(inverse, gradient).map((x) => -x);
}

function multiply(matrix: Float64Array, vector: Float64Array): Float64Array {
  const size = vector.length;
  const result = new Float64Array(size);
  for (let row = 0; row < size; row += 1) {
    let sum = 0;
    for (let column = 0; column < size; column += 1) {
      sum += (matrix[row * size + column] as number) * (vector[column] as number);
    }
    result[row] = sum;
  }
  return result;
}

function identity(size: number): Float64Array {
  const matrix = new Float64Array(size * size);
  for (let at = 0; at < size; at += 1) matrix[at * size + at] = 1;
  return matrix;
}

/** By Gauss & Jordan with the diagonal as pivots, which serves a positive matrix; null for another one or none. */
function inverseOf(matrix: Float64Array | undefined, size: number): Float64Array | null {
  if (matrix === undefined) return null;
  const left = Float64Array.from(matrix);
  const inverse = identity(size);
  for (let pivot = 0; pivot < size; pivot += 1) {
    const least = LEAST_PIVOT * (matrix[pivot * size + pivot] as number);
    const by = left[pivot * size + pivot] as number;
    if (!(by > least)) return null;
    for (let at = 0; at < size; at += 1) {
      left[pivot * size + at] = (left[pivot * size + at] as number) / by;
      inverse[pivot * size + at] = (inverse[pivot * size + at] as number) / by;
    }
    for (let row = 0; row < size; row += 1) {
      const factor = left[row * size + pivot] as number;
      if (row === pivot || factor === 0) continue;
      for (let at = 0; at < size; at += 1) {
        const [to, from] = [row * size + at, pivot * size + at];
        left[to] = (left[to] as number) - factor * (left[from] as number);
        inverse[to] = (inverse[to] as number) - factor * (inverse[from] as number);
      }
    }
  }
  return inverse;
}

function difference(left: Float64Array, right: Float64Array): Float64Array {
  return left.map((x, at) => x - (right[at] as number));
}

function dot(left: Float64Array, right: Float64Array): number {
  let sum = 0;
  for (let at = 0; at < left.length; at += 1) sum += (left[at] as number) * (right[at] as number);
  return sum;
}

function maxAbs(vector: Float64Array): number {
  let max = 0;
  for (const x of vector) max = Math.max(max, Math.abs(x));
  return max;
}
