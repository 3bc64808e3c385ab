import type { LayerModel, LayerPart } from "./churn-types.ts";
import { type BasisPart, type HingeDesign, makeBasis, makeHinges } from "./layer-design.ts";
import { descend, type Solver } from "./layer-newton.ts";

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

/** The layers of a falling path of ridges by their place on it. */
export type LayerPath = (at: number) => LayerModel;

/**
 * Fits the layer for every ridge of a falling path, each from the last one's solution and not before it is asked for. The
 * ridge pulls the slope to 1 and every f_j to 0, so thin data give the core back; the intercept is all but free. Damped
 * Newton: the curvature is kept for a few steps, a step that does not lower the loss is halved, so extreme offsets cannot
 * make it diverge.
 */
export function makeLayerPath(examples: LayerExamples, ridges: readonly number[]): LayerPath {
  if (examples.labels.length === 0) return () => CORE_ALONE;
  const basis = makeBasis(examples);
  const design = makeHinges(examples, examples.coreLogit.map(clipCore), basis);
  const beta = new Float64Array(design.columns);
  beta[1] = 1;
  const state: Solver = { beta, curvature: null };
  const layers: LayerModel[] = [];
  return (at) => {
    for (let next = layers.length; next <= at; next += 1) {
      const ridge = ridges[next] ?? 0;
      descend(design, examples, ridge, state);
      layers.push(modelOf(state.beta, basis, design, ridge, examples.features));
    }
    return layers[at] ?? CORE_ALONE;
  };
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
