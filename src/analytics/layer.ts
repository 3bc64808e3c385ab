import type { LayerModel, LayerPart } from "./churn-types.ts";
import { type Design, descend, type Solver } from "./layer-newton.ts";
import { quantileOfSorted } from "./quantile.ts";

/** Rows of features with the core's opinion, for training: `rows * features` values, row by row. */
export interface LayerRows {
  readonly features: readonly string[];
  readonly values: Float64Array;
  /** logit of the core's P(no purchase); clipped inside. */
  readonly coreLogit: Float64Array;
}

export interface LayerExamples extends LayerRows {
  /** 1 = no purchase. */
  readonly labels: Uint8Array;
  readonly weight: Float64Array;
}

/** Beyond these odds the core knows no better: one client must not pull the slope. */
const CORE_CLIP = 5;
const KNOT_SHARES = [0.2, 0.4, 0.6, 0.8] as const;

export function logitOf(p: number): number {
  return Math.log(p / (1 - p));
}

export function clipCore(logit: number): number {
  return Number.isNaN(logit) ? 0 : Math.min(CORE_CLIP, Math.max(-CORE_CLIP, logit));
}

export function sigmoid(logit: number): number {
  return 1 / (1 + Math.exp(-logit));
}

/** The model that repeats the core; what a base without examples gets. */
export const CORE_ALONE: LayerModel = {
  slope: 1,
  intercept: 0,
  ridge: Number.MAX_VALUE,
  parts: [],
};

/**
 * Fits the layer for every ridge of a falling path, each from the last one's solution. The ridge pulls the slope to 1 and
 * every f_j to 0, so thin data give the core back; the intercept is all but free. Damped Newton: the curvature is kept for a few
 * steps, a step that does not lower the loss is halved, so extreme offsets cannot make it diverge.
 */
export function fitLayers(examples: LayerExamples, ridges: readonly number[]): LayerModel[] {
  if (examples.labels.length === 0) return ridges.map(() => CORE_ALONE);
  const basis = makeBasis(examples);
  const design = makeDesign(examples, basis);
  const beta = new Float64Array(design.columns);
  beta[1] = 1;
  const state: Solver = { beta, curvature: null };
  return ridges.map((ridge) => {
    descend(design, examples, ridge, state);
    return modelOf(state.beta, basis, design, ridge, examples.features);
  });
}

/** P(no purchase) of every row under the model. */
export function applyLayer(model: LayerModel, rows: LayerRows): Float64Array {
  const explain = makeExplainer(model, rows.features);
  const width = rows.features.length;
  const contributions = new Float64Array(width);
  return rows.coreLogit.map((coreLogit, at) => {
    const values = rows.values.subarray(at * width, (at + 1) * width);
    return sigmoid(explain(coreLogit, values, contributions).logit);
  });
}

/** Exact parts of one client's log-odds of no purchase: core + all contributions = logit. */
export interface LayerExplanation {
  readonly logit: number;
  /** slope * clipped core logit + intercept. */
  readonly core: number;
}

/** Explains one client; the contributions are written by feature, in log-odds. */
export type Explainer = (
  coreLogit: number,
  values: ArrayLike<number>,
  contributions: Float64Array,
) => LayerExplanation;

/** The model made ready for rows with these features; one that the model does not know contributes nothing. */
export function makeExplainer(model: LayerModel, features: readonly string[]): Explainer {
  const parts = features.map((name) => model.parts.find(({ feature }) => feature === name));
  // Every piece of every f_j as a line, all in a row: no object is looked at for a client.
  const from = new Int32Array(features.length + 1);
  const lines: { readonly knot: number; readonly slope: number; readonly at0: number }[] = [];
  parts.forEach((part, at) => {
    let slope = 0;
    let at0 = -(part?.centre ?? 0);
    lines.push({ knot: Number.NEGATIVE_INFINITY, slope, at0 });
    for (const [knot, coefficient] of hingesOf(part)) {
      slope += coefficient;
      at0 -= coefficient * knot;
      lines.push({ knot, slope, at0 });
    }
    from[at + 1] = lines.length;
  });
  const knots = Float64Array.from(lines, ({ knot }) => knot);
  const slopes = Float64Array.from(lines, ({ slope }) => slope);
  const at0 = Float64Array.from(lines, (line) => line.at0);
  const last = Float64Array.from(parts, (part) => part?.last ?? 0);
  return (coreLogit, values, contributions) => {
    const core = model.slope * clipCore(coreLogit) + model.intercept;
    let logit = core;
    for (let at = 0; at < last.length; at += 1) {
      const value = values[at] as number;
      let logOdds = 0;
      // An unknown value is the average one.
      if (value - value === 0) {
        const x = value < (last[at] as number) ? value : (last[at] as number);
        const first = from[at] as number;
        let line = (from[at + 1] as number) - 1;
        while (line > first && !(x > (knots[line] as number))) line -= 1;
        logOdds = (slopes[line] as number) * x + (at0[line] as number);
        logit += logOdds;
      }
      contributions[at] = logOdds;
    }
    return { logit, core };
  };
}

/** Knots, rising, with what the slope changes by at each. */
function hingesOf(part: LayerPart | undefined): (readonly [number, number])[] {
  if (part === undefined) return [];
  return part.knots
    .map((knot, at) => [knot, part.coefficients[at] ?? 0] as const)
    .sort(([left], [right]) => left - right);
}

interface BasisPart {
  readonly feature: number;
  readonly knots: readonly number[];
  readonly last: number;
}

/** Knots at the quintiles; values that many share give one knot, a feature that never changes none. */
function makeBasis(rows: LayerRows): BasisPart[] {
  const width = rows.features.length;
  return rows.features.flatMap((_, feature) => {
    const known = rows.coreLogit
      .map((_unused, row) => rows.values[row * width + feature] ?? Number.NaN)
      .filter(Number.isFinite)
      .sort();
    const first = known[0];
    const last = known[known.length - 1];
    if (first === undefined || last === undefined || !(last - first > 1e-9)) return [];
    const inner = KNOT_SHARES.map((share) => quantileOfSorted(known, share) ?? first);
    const knots = [first, ...inner].filter(
      (knot, at, all) => last - knot > 1e-9 && (at === 0 || knot - (all[at - 1] ?? 0) > 1e-9),
    );
    return [{ feature, knots, last }];
  });
}

/** Columns: 1, the core, then the hinges, centred and scaled to unit spread. Unknown values are the feature's mean. */
interface HingeDesign extends Design {
  readonly scale: Float64Array;
  readonly mean: Float64Array;
}

function makeDesign(rows: LayerRows, basis: readonly BasisPart[]): HingeDesign {
  const count = rows.coreLogit.length;
  const columns = 2 + basis.reduce((sum, part) => sum + part.knots.length, 0);
  const width = rows.features.length;
  const x = new Float64Array(count * columns);
  const scale = new Float64Array(columns).fill(1);
  const mean = new Float64Array(columns);
  for (let row = 0; row < count; row += 1) {
    x[row * columns] = 1;
    x[row * columns + 1] = clipCore(rows.coreLogit[row] as number);
  }
  let column = 2;
  for (const { feature, knots, last } of basis) {
    for (const knot of knots) {
      let [known, sum, squares] = [0, 0, 0];
      for (let row = 0; row < count; row += 1) {
        const value = rows.values[row * width + feature] as number;
        const hinge = Math.max(0, Math.min(last, value) - knot);
        x[row * columns + column] = hinge;
        if (!Number.isFinite(value)) continue;
        known += 1;
        sum += hinge;
        squares += hinge * hinge;
      }
      const middle = sum / known;
      const spread = Math.sqrt(Math.max(1e-12, squares / known - middle * middle));
      scale[column] = spread;
      mean[column] = middle;
      for (let row = 0; row < count; row += 1) {
        const hinge = x[row * columns + column] as number;
        x[row * columns + column] = Number.isFinite(hinge) ? (hinge - middle) / spread : 0;
      }
      column += 1;
    }
  }
  return { rows: count, columns, x, scale, mean };
}

function modelOf(
  beta: Float64Array,
  basis: readonly BasisPart[],
  design: HingeDesign,
  ridge: number,
  names: readonly string[],
): LayerModel {
  let column = 2;
  const parts = basis.map(({ feature, knots, last }) => {
    const from = column;
    column += knots.length;
    const coefficients = knots.map(
      (_, at) => (beta[from + at] as number) / (design.scale[from + at] as number),
    );
    const centre = coefficients.reduce(
      (sum, coefficient, at) => sum + coefficient * (design.mean[from + at] as number),
      0,
    );
    return { feature: names[feature] ?? String(feature), knots, coefficients, last, centre };
  });
  return { slope: beta[1] as number, intercept: beta[0] as number, ridge, parts };
}
