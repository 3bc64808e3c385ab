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

/** Everybody who had bought by the cutoff, or of these who had bought within the last two horizons. */
export type Population = "all" | "active";

/** What stands beside each other on a screen: what is shown, the silence rule, one rate for everybody. */
export type QualityMethod = "chosen" | "hiatus" | "baseRate";

/** How good one method was for one group of clients, to four digits; null = not defined for this group. */
export interface MethodQuality {
  readonly auc: number | null;
  /** 95 % interval. */
  readonly aucLow: number | null;
  readonly aucHigh: number | null;
  readonly brier: number | null;
  readonly logLoss: number | null;
  readonly ece: number | null;
  /** Share of the `k` most doubtful clients who did stay away. */
  readonly precisionAtK: number | null;
  readonly k: number;
  readonly n: number;
  /** Share of the `n` clients who did stay away. */
  readonly baseRate: number | null;
}

/** One closed window of the past: what was said on `cutoff` against what came true in the horizon after it. */
export interface QualityWindow {
  /** Whole day. */
  readonly cutoff: number;
  /** What `chosen` stood for. */
  readonly method: ChosenMethod;
  readonly populations: Readonly<
    Record<Population, Readonly<Record<QualityMethod, MethodQuality>>>
  >;
  /** Of everybody who had bought: clients said to buy (a sum of chances) and who did. */
  readonly buyers: {
    readonly clients: number;
    readonly predicted: number;
    readonly actual: number;
  };
  /** How much earlier than the silence rule clients who stayed away were doubted; days, null without any. */
  readonly warning: {
    readonly clients: number;
    readonly doubtedAtOnce: number;
    readonly earlier: number;
    readonly medianDays: number | null;
  };
  /** Purchase days of everybody: said and seen. */
  readonly totals: { readonly predicted: number; readonly actual: number; readonly level: number };
  /** Share of clients whose purchases fell into their 80 % range. */
  readonly rangeCoverage: Readonly<Record<Population, number | null>>;
}

/** Where K of the precision at the top comes from: a week of the team's calls, or a tenth of the clients. */
export interface TeamCalls {
  readonly basis: "team" | "tenth";
  /** Calls the team can make in a working week; null = unknown. */
  readonly perWeek: number | null;
}

/** What a test on the base's own past said; kept with the snapshots made after it. Plain JSON, a few kB. */
export interface ModelQuality {
  /** Day of the test. */
  readonly asOf: number;
  readonly horizonDays: number;
  readonly signal: Signal;
  readonly reason: string | null;
  readonly chosen: ChosenMethod | null;
  /** Clients of the newest window; 0 when nothing could be tested. */
  readonly clients: number;
  /** The figures come from an even sample of the base. */
  readonly isSample: boolean;
  /** Base rate of no purchase in the newest window; null when nothing could be tested. */
  readonly baseRate: number | null;
  /** The newest window, all clients. */
  readonly calibration: readonly CalibrationBin[];
  /** Newest first, half a horizon apart. */
  readonly windows: readonly QualityWindow[];
  readonly calls: TeamCalls;
  /** Where the history was too short: the day from which a window can be tested if clients go on buying; else null. */
  readonly testableFrom: number | null;
}
