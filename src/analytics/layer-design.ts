import type { LayerRows } from "./layer.ts";
import type { Design } from "./layer-newton.ts";
import { quantileOfSorted } from "./quantile.ts";

const KNOT_SHARES = [0.2, 0.4, 0.6, 0.8] as const;
/** Quintiles of an even sample of so many rows are those of all. */
const KNOT_ROWS = 2_500;
const TOO_CLOSE = 1e-9;

/** Where f_j of one feature bends; it is flat beyond `last`. */
export interface BasisPart {
  readonly feature: number;
  /** Rising; the first is the least value that occurs. */
  readonly knots: readonly number[];
  readonly last: number;
}

/** Knots at the quintiles; values that many share give one knot, a feature that never changes none. */
export function makeBasis(rows: LayerRows): BasisPart[] {
  const count = rows.coreLogit.length;
  const every = Math.max(1, Math.ceil(count / KNOT_ROWS));
  const sample = new Float64Array(Math.ceil(count / every));
  return rows.features.flatMap((_, feature) => {
    const { first, last, size } = takeSample(rows, feature, every, sample);
    if (!(last - first > TOO_CLOSE)) return [];
    const sorted = sample.subarray(0, size).sort();
    const knots = [first];
    for (const share of KNOT_SHARES) {
      const knot = quantileOfSorted(sorted, share) ?? first;
      const before = knots[knots.length - 1] as number;
      if (last - knot > TOO_CLOSE && knot - before > TOO_CLOSE) knots.push(knot);
    }
    return [{ feature, knots, last }];
  });
}

/** The least and the greatest known value of a feature; every so many rows one that is known goes into `sample`. */
function takeSample(rows: LayerRows, feature: number, every: number, sample: Float64Array) {
  const width = rows.features.length;
  let [first, last, size] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 0];
  let wait = 0;
  for (let at = feature; at < rows.values.length; at += width, wait -= 1) {
    const isTaken = wait === 0;
    if (isTaken) wait = every;
    const value = rows.values[at] as number;
    if (value - value !== 0) continue;
    if (value < first) first = value;
    if (value > last) last = value;
    if (!isTaken) continue;
    sample[size] = value;
    size += 1;
  }
  return { first, last, size };
}

/** Columns: 1, the core, then the hinges, centred and scaled to unit spread. Unknown values are the feature's mean. */
export interface HingeDesign extends Design {
  readonly scale: Float64Array;
  readonly mean: Float64Array;
}

/** Every row as the piece of each f_j that it lies on: its hinges are never written down. */
interface Pieces {
  readonly rows: number;
  /** Parts of the basis. */
  readonly width: number;
  readonly core: Float64Array;
  /** By row and part: the piece, numbered through all parts. The first of every part is "unknown". */
  readonly piece: Uint16Array;
  /** By row and part: the value above the part's first knot; 0 where it is unknown. */
  readonly x: Float64Array;
  /** Of each part, its first piece; then the number of all. */
  readonly from: Int32Array;
  /** By piece: its knot above the part's first one. */
  readonly knot: Float64Array;
}

function makePieces(rows: LayerRows, core: Float64Array, basis: readonly BasisPart[]): Pieces {
  const count = core.length;
  const width = basis.length;
  const from = new Int32Array(width + 1);
  basis.forEach(({ knots }, part) => {
    from[part + 1] = (from[part] as number) + knots.length + 1;
  });
  const knot = new Float64Array(from[width] as number);
  const piece = new Uint16Array(count * width);
  const x = new Float64Array(count * width);
  basis.forEach(({ feature, knots, last }, part) => {
    const unknown = from[part] as number;
    const least = knots[0] as number;
    knots.forEach((at, number) => {
      knot[unknown + 1 + number] = at - least;
    });
    const top = unknown + knots.length;
    const wide = rows.features.length;
    for (let row = 0; row < count; row += 1) {
      const value = rows.values[row * wide + feature] as number;
      const to = row * width + part;
      if (value - value !== 0) {
        piece[to] = unknown;
        continue;
      }
      const above = (value < last ? value : last) - least;
      let line = top;
      while (line > unknown + 1 && !(above > (knot[line] as number))) line -= 1;
      piece[to] = line;
      x[to] = above;
    }
  });
  return { rows: count, width, core, piece, x, from, knot };
}

/** The design of these rows; a step of the descent costs two numbers a row and feature, however many knots there are. */
export function makeHinges(
  rows: LayerRows,
  core: Float64Array,
  basis: readonly BasisPart[],
): HingeDesign {
  const pieces = makePieces(rows, core, basis);
  const { mean, scale } = spreadOf(pieces);
  return {
    rows: pieces.rows,
    columns: scale.length,
    mean,
    scale,
    logits: (beta, into) => writeLogits(pieces, scale, mean, beta, into),
    gradient: (pull, into) => writeGradient(pieces, scale, mean, pull, into),
    row: (row, into) => writeRow(pieces, scale, mean, row, into),
  };
}

/** Columns of a hinge design: 1 and the core, then one a knot. */
const FIRST_HINGE = 2;

function columnsOf({ from, width }: Pieces): number {
  return FIRST_HINGE + (from[width] as number) - width;
}

/** Column of the hinge at this piece's knot. */
function columnOf(part: number, piece: number): number {
  return FIRST_HINGE + piece - part - 1;
}

/** Mean and spread of every column over the rows where its feature is known. */
function spreadOf(pieces: Pieces): { readonly mean: Float64Array; readonly scale: Float64Array } {
  const { rows, width, piece, x, from, knot } = pieces;
  const counts = new Float64Array(knot.length);
  const sums = new Float64Array(knot.length);
  const squares = new Float64Array(knot.length);
  for (let at = 0; at < rows * width; at += 1) {
    const line = piece[at] as number;
    const above = x[at] as number;
    counts[line] = (counts[line] as number) + 1;
    sums[line] = (sums[line] as number) + above;
    squares[line] = (squares[line] as number) + above * above;
  }
  const mean = new Float64Array(columnsOf(pieces));
  const scale = new Float64Array(mean.length).fill(1);
  for (let part = 0; part < width; part += 1) {
    const unknown = from[part] as number;
    let known = 0;
    for (let line = unknown + 1; line < (from[part + 1] as number); line += 1) {
      known += counts[line] as number;
    }
    let [count, sum, square] = [0, 0, 0];
    for (let line = (from[part + 1] as number) - 1; line > unknown; line -= 1) {
      count += counts[line] as number;
      sum += sums[line] as number;
      square += squares[line] as number;
      const at = knot[line] as number;
      const middle = (sum - at * count) / known;
      const second = (square - 2 * at * sum + at * at * count) / known;
      const column = columnOf(part, line);
      mean[column] = middle;
      scale[column] = Math.sqrt(Math.max(1e-12, second - middle * middle));
    }
  }
  return { mean, scale };
}

function writeLogits(
  { rows, width, core, piece, x, from, knot }: Pieces,
  scale: Float64Array,
  mean: Float64Array,
  beta: Float64Array,
  into: Float64Array,
): void {
  // Every piece as a line.
  const slopes = new Float64Array(knot.length);
  const at0 = new Float64Array(knot.length);
  for (let part = 0; part < width; part += 1) {
    const unknown = from[part] as number;
    let [slope, level, centre] = [0, 0, 0];
    for (let line = unknown + 1; line < (from[part + 1] as number); line += 1) {
      const column = columnOf(part, line);
      const coefficient = (beta[column] as number) / (scale[column] as number);
      slope += coefficient;
      level -= coefficient * (knot[line] as number);
      centre += coefficient * (mean[column] as number);
      slopes[line] = slope;
      at0[line] = level;
    }
    for (let line = unknown + 1; line < (from[part + 1] as number); line += 1) {
      at0[line] = (at0[line] as number) - centre;
    }
  }
  const intercept = beta[0] as number;
  const ofCore = beta[1] as number;
  for (let row = 0, at = 0; row < rows; row += 1) {
    let logit = intercept + ofCore * (core[row] as number);
    for (const end = at + width; at < end; at += 1) {
      const line = piece[at] as number;
      logit += (at0[line] as number) + (slopes[line] as number) * (x[at] as number);
    }
    into[row] = logit;
  }
}

function writeGradient(
  { rows, width, core, piece, x, from, knot }: Pieces,
  scale: Float64Array,
  mean: Float64Array,
  pull: Float64Array,
  into: Float64Array,
): void {
  const sums = new Float64Array(knot.length);
  const moments = new Float64Array(knot.length);
  let [all, byCore] = [0, 0];
  for (let row = 0, at = 0; row < rows; row += 1) {
    const force = pull[row] as number;
    all += force;
    byCore += force * (core[row] as number);
    for (const end = at + width; at < end; at += 1) {
      const line = piece[at] as number;
      sums[line] = (sums[line] as number) + force;
      moments[line] = (moments[line] as number) + force * (x[at] as number);
    }
  }
  into[0] = all;
  into[1] = byCore;
  for (let part = 0; part < width; part += 1) {
    const unknown = from[part] as number;
    const known = all - (sums[unknown] as number);
    let [sum, moment] = [0, 0];
    for (let line = (from[part + 1] as number) - 1; line > unknown; line -= 1) {
      sum += sums[line] as number;
      moment += moments[line] as number;
      const column = columnOf(part, line);
      const hinge = moment - (knot[line] as number) * sum;
      into[column] = (hinge - (mean[column] as number) * known) / (scale[column] as number);
    }
  }
}

function writeRow(
  { width, core, piece, x, from, knot }: Pieces,
  scale: Float64Array,
  mean: Float64Array,
  row: number,
  into: Float64Array,
): void {
  into[0] = 1;
  into[1] = core[row] as number;
  for (let part = 0; part < width; part += 1) {
    const unknown = from[part] as number;
    const isKnown = piece[row * width + part] !== unknown;
    const above = x[row * width + part] as number;
    for (let line = unknown + 1; line < (from[part + 1] as number); line += 1) {
      const column = columnOf(part, line);
      const hinge = above - (knot[line] as number);
      into[column] = isKnown
        ? ((hinge > 0 ? hinge : 0) - (mean[column] as number)) / (scale[column] as number)
        : 0;
    }
  }
}
