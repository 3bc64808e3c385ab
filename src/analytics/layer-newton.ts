/** What the descent needs to know of the examples. */
export interface Labelled {
  readonly labels: Uint8Array;
  readonly weight: Float64Array;
}

/** Columns of the examples: the first is 1 and all but free, the ridge pulls the second to 1 and the others to 0. */
export interface Design {
  readonly rows: number;
  readonly columns: number;
  /** Writes X beta, a number a row. */
  logits(beta: Float64Array, into: Float64Array): void;
  /** Writes X' pull, a number a column. */
  gradient(pull: Float64Array, into: Float64Array): void;
  /** Writes one row of X. */
  row(row: number, into: Float64Array): void;
}

const MAX_STEPS = 60;
/** Steps that may use the same curvature before it is computed anew. */
const STEPS_A_CURVATURE = 6;
const MAX_HALVINGS = 12;
const CURVATURE_ROWS = 1_500;
/** Pull of the level to 0, the core's own: as much as one client's, so that windows in which all did the same stay finite. */
const LEVEL_RIDGE = 1;
/** Armijo: the share of the promised descent that a step must bring. */
const ENOUGH = 1e-4;

/** Where a descent stands; handed on from one ridge to the next. */
export interface Solver {
  beta: Float64Array;
  /** Weighted X'X of the last computed curvature. */
  curvature: Float64Array | null;
}

/**
 * Lowers the ridge-regularised loss from where `state` stands: damped Newton on the logistic loss.
 */
export function descend(design: Design, examples: Labelled, ridge: number, state: Solver): void {
  const { columns } = design;
  let gradient = new Float64Array(columns);
  const scratch = new Float64Array(design.rows);
  let loss = lossAt(design, examples, ridge, state.beta, gradient, scratch);
  let factor: Float64Array | null = null;
  let age = 0;
  for (let step = 0; step < MAX_STEPS; step += 1) {
    if (factor === null) {
      state.curvature = state.curvature ?? curvatureAt(design, examples, state.beta);
      factor = cholesky(state.curvature, columns, ridge);
      age = 0;
    }
    const direction = solve(factor, gradient, columns);
    const slope = direction.reduce((sum, d, at) => sum + d * (gradient[at] as number), 0);
    if (!(slope > 1e-7 * (1 + Math.abs(loss)))) return;
    const line = { from: state.beta, loss, direction, slope, scratch };
    const next = search(design, examples, ridge, line);
    gradient = next.gradient;
    if (!(next.loss < loss)) {
      lossAt(design, examples, ridge, state.beta, gradient, scratch);
      if (age === 0) return;
      state.curvature = null;
      factor = null;
      continue;
    }
    const gained = loss - next.loss;
    state.beta = next.beta;
    loss = next.loss;
    age += 1;
    if (gained < 1e-7 * (1 + Math.abs(loss))) return;
    if (next.length < 1 || age >= STEPS_A_CURVATURE) {
      state.curvature = null;
      factor = null;
    }
  }
}

interface Line {
  readonly from: Float64Array;
  readonly loss: number;
  readonly direction: Float64Array;
  readonly slope: number;
  /** A number a row. */
  readonly scratch: Float64Array;
}

/** The first point of a halving line with enough descent, or the last one tried. */
function search(design: Design, examples: Labelled, ridge: number, line: Line) {
  const gradient = new Float64Array(design.columns);
  for (let length = 1, halving = 0; ; length /= 2, halving += 1) {
    const to = length;
    const beta = line.from.map((value, at) => value - to * (line.direction[at] as number));
    const loss = lossAt(design, examples, ridge, beta, gradient, line.scratch);
    const isEnough = loss <= line.loss - ENOUGH * length * line.slope;
    if (isEnough || halving === MAX_HALVINGS) return { beta, loss, length, gradient };
  }
}

/** Weighted negative log-likelihood with the ridge; sets its gradient. */
function lossAt(
  design: Design,
  { labels, weight: weights }: Labelled,
  ridge: number,
  beta: Float64Array,
  gradient: Float64Array,
  scratch: Float64Array,
): number {
  const { rows, columns } = design;
  design.logits(beta, scratch);
  let loss = 0;
  for (let row = 0; row < rows; row += 1) {
    const logit = scratch[row] as number;
    const label = labels[row] as number;
    const weight = weights[row] as number;
    const e = Math.exp(logit > 0 ? -logit : logit);
    loss += weight * (Math.log1p(e) + (logit > 0 ? logit : 0) - label * logit);
    const p = logit > 0 ? 1 / (1 + e) : e / (1 + e);
    scratch[row] = weight * (p - label);
  }
  design.gradient(scratch, gradient);
  for (let at = 0; at < columns; at += 1) {
    const off = (beta[at] as number) - (at === 1 ? 1 : 0);
    const force = at === 0 ? LEVEL_RIDGE : ridge;
    loss += (force * off * off) / 2;
    gradient[at] = (gradient[at] as number) + force * off;
  }
  return loss;
}

function curvatureAt(design: Design, examples: Labelled, beta: Float64Array): Float64Array {
  const { rows, columns } = design;
  const sum = new Float64Array(columns * columns);
  const x = new Float64Array(columns);
  // It only steers the steps: an even sample of the rows does that as well as all of them.
  const every = Math.max(1, Math.ceil(rows / CURVATURE_ROWS));
  for (let row = 0; row < rows; row += every) {
    design.row(row, x);
    let logit = 0;
    for (let at = 0; at < columns; at += 1) logit += (x[at] as number) * (beta[at] as number);
    const p = 1 / (1 + Math.exp(-logit));
    // A floor keeps the step bounded where all rows are certain.
    const weight = every * (examples.weight[row] as number) * Math.max(1e-4, p * (1 - p));
    for (let at = 0; at < columns; at += 1) {
      const left = weight * (x[at] as number);
      if (left === 0) continue;
      const line = at * columns;
      for (let to = 0; to <= at; to += 1) {
        sum[line + to] = (sum[line + to] as number) + left * (x[to] as number);
      }
    }
  }
  return sum;
}

/** Lower Cholesky factor of the curvature plus the ridge; a vanishing pivot is lifted. */
function cholesky(curvature: Float64Array, size: number, ridge: number): Float64Array {
  const factor = Float64Array.from(curvature);
  for (let row = 0; row < size; row += 1) {
    for (let column = 0; column <= row; column += 1) {
      let sum = factor[row * size + column] as number;
      if (row === column) sum += row === 0 ? LEVEL_RIDGE : ridge;
      for (let at = 0; at < column; at += 1) {
        sum -= (factor[row * size + at] as number) * (factor[column * size + at] as number);
      }
      factor[row * size + column] =
        row === column
          ? Math.sqrt(Math.max(1e-9, sum))
          : sum / (factor[column * size + column] as number);
    }
  }
  return factor;
}

function solve(factor: Float64Array, right: Float64Array, size: number): Float64Array {
  const y = Float64Array.from(right);
  for (let row = 0; row < size; row += 1) {
    let sum = y[row] as number;
    for (let at = 0; at < row; at += 1)
      sum -= (factor[row * size + at] as number) * (y[at] as number);
    y[row] = sum / (factor[row * size + row] as number);
  }
  for (let row = size - 1; row >= 0; row -= 1) {
    let sum = y[row] as number;
    for (let at = row + 1; at < size; at += 1) {
      sum -= (factor[at * size + row] as number) * (y[at] as number);
    }
    y[row] = sum / (factor[row * size + row] as number);
  }
  return y;
}
