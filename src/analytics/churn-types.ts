/**
 * logit P(no purchase) = slope * logit P_core + intercept + sum of f_j(x_j), every f_j piecewise linear. Plain JSON.
 * f_j are centred on the training rows, so a contribution says how a client differs from the average one.
 */
export interface LayerModel {
  readonly slope: number;
  readonly intercept: number;
  readonly ridge: number;
  readonly parts: readonly LayerPart[];
}

export interface LayerPart {
  readonly feature: string;
  /** f(x) = sum of coefficients[i] * max(0, x - knots[i]) - centre; x is held inside [knots[0], last]. */
  readonly knots: readonly number[];
  readonly coefficients: readonly number[];
  readonly last: number;
  readonly centre: number;
}

/** P(no purchase) as a logistic function of ln(1 + x), x = some measure of silence. Plain JSON. */
export interface SilenceRule {
  readonly intercept: number;
  readonly slope: number;
  /** Never surer than as many clients can make it. */
  readonly least: number;
}

/** How P(no purchase within the horizon) is made from the core and a client's facts. Plain JSON. */
export type ChurnModel =
  | { readonly method: "core" }
  | { readonly method: "layer"; readonly layer: LayerModel }
  | { readonly method: "hiatus"; readonly rule: SilenceRule }
  | { readonly method: "baseRate"; readonly rate: number };

/** What speaks for a base: the purchase model, the layer on it, or a simple rule where that was better. */
export type ChosenMethod = ChurnModel["method"];

/** What was said against what came true in one group of clients. */
export interface CalibrationBin {
  readonly n: number;
  /** Mean probability of no purchase said, and the share that came true. */
  readonly predicted: number;
  readonly observed: number;
}

/** May the probabilities be used at all: `refused` = too little to test, `none` = tested and found useless. */
export type Signal = "usable" | "none" | "refused";

/** What a test on the base's own past said; kept with the snapshots made after it. */
export interface ModelQuality {
  /** Day of the test. */
  readonly asOf: number;
  readonly horizonDays: number;
  readonly signal: Signal;
  readonly reason: string | null;
  readonly chosen: ChosenMethod | null;
  /** Clients of the newest window; 0 when nothing could be tested. */
  readonly clients: number;
  /** Base rate of no purchase in the newest window; null when nothing could be tested. */
  readonly baseRate: number | null;
  /** The newest window, all clients. */
  readonly calibration: readonly CalibrationBin[];
}
