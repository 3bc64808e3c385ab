import type { Analysis } from "./analysis.ts";

/** How often the forecasts would have been wrong on past windows, beside the silence rule. */
export interface Accuracy {
  readonly windows: number;
  /** Share of active clients on the wrong side of one half, mean over the windows; null without any. */
  readonly wrong: number | null;
  readonly ruleWrong: number | null;
  /** The clients doubted most in the newest window, and how many of them did stay away. */
  readonly top: { readonly k: number; readonly hits: number } | null;
}

/** Judged is what was chosen: its probabilities are the ones the report is made of. */
const JUDGED = "chosen";

export function accuracyOf({ backtest }: Pick<Analysis, "backtest">): Accuracy {
  const { cutoffs } = backtest;
  const mean = (method: "chosen" | "hiatus"): number | null => {
    const known = cutoffs.flatMap(({ active }) => active[method].errorRate ?? []);
    return known.length === 0 ? null : known.reduce((sum, rate) => sum + rate, 0) / known.length;
  };
  const newest = cutoffs[0]?.active[JUDGED];
  return {
    windows: cutoffs.length,
    wrong: mean(JUDGED),
    ruleWrong: mean("hiatus"),
    top:
      newest === undefined || newest.precisionAtK === null || newest.k === 0
        ? null
        : { k: newest.k, hits: Math.round(newest.precisionAtK * newest.k) },
  };
}

/** Probabilities are shown only where they were tested and found useful. */
export function hasChances({ backtest, model }: Pick<Analysis, "backtest" | "model">): boolean {
  return model.tier > 0 && backtest.signal === "usable";
}

export interface CalibrationDot {
  readonly n: number;
  readonly said: number;
  readonly seen: number;
}

/** Said and seen over all windows, one dot for a tenth of the clients; the newest window alone where they do not match. */
export function calibrationDots({ backtest }: Pick<Analysis, "backtest">): CalibrationDot[] {
  const tables = backtest.cutoffs.map(({ calibration }) => calibration.active);
  const newest = tables[0] ?? [];
  const used = tables.every((table) => table.length === newest.length) ? tables : [newest];
  return newest.map((_, at) => {
    const bins = used.flatMap((table) => table[at] ?? []);
    const n = bins.reduce((sum, bin) => sum + bin.n, 0);
    const mean = (value: "predicted" | "observed") =>
      n === 0 ? 0 : bins.reduce((sum, bin) => sum + bin.n * bin[value], 0) / n;
    return { n, said: mean("predicted"), seen: mean("observed") };
  });
}
