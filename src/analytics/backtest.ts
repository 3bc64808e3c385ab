import {
  baseRateOf,
  type ChosenMethod,
  chooseMethod,
  type Method,
  makePast,
  type Past,
  predictionsAt,
} from "./backtest-methods.ts";
import {
  type CalibrationBin,
  type ChurnMetrics,
  calibrationTable,
  churnMetrics,
} from "./backtest-metrics.ts";
import { type Foretold, foretell, rangeCoverage } from "./backtest-ranges.ts";
import { type BaseView, purchasesAfter } from "./backtest-view.ts";
import { type DaysOfWarning, daysOfWarning } from "./backtest-warning.ts";
import { buildHistories } from "./history.ts";
import { proposeHorizon, usualGapDays } from "./lifecycle.ts";
import { tierOf } from "./snapshot.ts";
import type { Day, PurchaseLog } from "./types.ts";

export interface BacktestOptions {
  /** Rows after this day are left out; default: none. */
  readonly asOf?: Day;
  /** Default: proposed from the base's rhythm. */
  readonly horizonDays?: number;
  /** Default: three, half a horizon apart, the newest one horizon before the last purchase. */
  readonly cutoffs?: readonly Day[];
  /** Bootstrap draws; default 200. */
  readonly draws?: number;
  /** Larger bases are tested on an even sample of about this many clients; default: everybody. */
  readonly maxClients?: number;
}

export type Population = "all" | "active";

/** How good every method was for the window after one past day, with data as known on that day. */
export interface BacktestWindow {
  readonly cutoff: Day;
  /** What `chosen` stands for here, settled by older windows alone. */
  readonly method: ChosenMethod;
  /** Everybody who had bought, and of these who had bought within the last two horizons. */
  readonly populations: Readonly<Record<Population, Readonly<Record<Method, ChurnMetrics>>>>;
  /** Said and seen, for `chosen`. */
  readonly calibration: Readonly<Record<Population, readonly CalibrationBin[]>>;
  /** Share of clients whose purchases fell into their 80 % range; null without clients. */
  readonly rangeCoverage: Readonly<Record<Population, number | null>>;
  readonly warning: DaysOfWarning;
  /** One row a client. */
  readonly predictions: readonly Foretold[];
}

export type BacktestReason =
  | "few_clients"
  | "few_repeat_buyers"
  | "nobody_returns"
  | "short_history"
  | "ranking_is_chance"
  | "no_better_than_base_rate";

export interface Backtest {
  /** May the probabilities be used at all: `refused` = too little to test, `none` = tested and found useless. */
  readonly signal: "usable" | "none" | "refused";
  readonly reason: BacktestReason | null;
  /** What the newest window used; null when nothing could be tested. */
  readonly chosen: ChosenMethod | null;
  readonly horizonDays: number;
  /** Last purchase day up to asOf. */
  readonly end: Day;
  readonly clients: number;
  readonly repeatBuyers: number;
  /** Clients the figures are made of, if a sample was taken. */
  readonly sampled: number;
  readonly windows: readonly BacktestWindow[];
}

const WINDOWS = 3;
const ACTIVE_HORIZONS = 2;
const DRAWS = 200;
const SEED = 20_240_229;
/** A gain over the base rate below this share of its log-loss helps nobody to choose whom to call. */
const LEAST_GAIN = 0.02;

/**
 * Tests the forecasts on the log's own past, by a rolling origin: everything said about a window uses only what was known
 * when it opened, also the choice of the method. Cutoffs whose window has not closed, or that had too few clients to be
 * modelled, are left out. Total: any log gives a result.
 */
export function backtest(log: PurchaseLog, options: BacktestOptions = {}): Backtest {
  const histories = buildHistories(log, options.asOf).filter(({ days }) => days.length > 0);
  const repeated = histories.filter(({ days }) => days.length > 1);
  const end = histories.reduce((last, { days }) => Math.max(last, days.at(-1) ?? last), 0);
  const horizonDays = options.horizonDays ?? proposeHorizon(usualGapDays(repeated));
  const facts = { horizonDays, end, clients: histories.length, repeatBuyers: repeated.length };
  const { tier, tierReason } = tierOf(histories.length, repeated.length);
  const refused = (reason: BacktestReason | null): Backtest => {
    return { signal: "refused", reason, chosen: null, ...facts, sampled: 0, windows: [] };
  };
  if (tier === 0) return refused(tierReason);
  const sample = sampleOf(log, options.maxClients ?? Number.POSITIVE_INFINITY);
  const past = makePast(sample, horizonDays);
  const windows = [...new Set(options.cutoffs ?? usualCutoffs(end, horizonDays))]
    .filter((cutoff) => cutoff + horizonDays <= end)
    .sort((left, right) => right - left)
    .flatMap((cutoff) => windowAt(sample, past, cutoff, options.draws ?? DRAWS) ?? []);
  if (windows.length === 0) return refused("short_history");
  const reason = whyNoSignal(windows);
  return {
    signal: reason === null ? "usable" : "none",
    reason,
    chosen: windows[0]?.method ?? null,
    ...facts,
    sampled: sample.clients.length,
    windows,
  };
}

function usualCutoffs(end: Day, horizonDays: number): Day[] {
  const half = Math.max(1, Math.floor(horizonDays / 2));
  return Array.from({ length: WINDOWS }, (_, at) => end - horizonDays - at * half);
}

function windowAt(log: PurchaseLog, past: Past, cutoff: Day, draws: number): BacktestWindow | null {
  const view = past.view(cutoff);
  if (tierOf(view.client.length, view.repeatBuyers).tier === 0) return null;
  const choice = chooseMethod(past, cutoff);
  const predictions = predictionsAt(past, cutoff, choice);
  const labels = past.labels(cutoff);
  const { horizonDays } = past;
  const rows = { all: rowsOf(view), active: rowsOf(view, ACTIVE_HORIZONS * horizonDays) };
  const metrics = (at: Int32Array, baseRate: number) =>
    churnMetrics(
      {
        chosen: pick(predictions.chosen, at),
        core: pick(predictions.core, at),
        hiatus: pick(predictions.hiatus, at),
        ownGap: pick(predictions.ownGap, at),
        baseRate: new Float64Array(at.length).fill(baseRate),
      },
      Uint8Array.from(at, (row) => labels[row] ?? 0),
      { draws, seed: SEED },
    );
  const table = (at: Int32Array) =>
    calibrationTable(
      pick(predictions.chosen, at),
      Uint8Array.from(at, (row) => labels[row] ?? 0),
    );
  const foretold = foretell(log, view, predictions.chosen, horizonDays);
  const counts = purchasesAfter(log, view, horizonDays);
  return {
    cutoff,
    method: choice.method,
    populations: {
      all: metrics(rows.all, baseRateOf(past, cutoff, Number.POSITIVE_INFINITY)),
      active: metrics(rows.active, baseRateOf(past, cutoff, ACTIVE_HORIZONS * horizonDays)),
    },
    calibration: { all: table(rows.all), active: table(rows.active) },
    rangeCoverage: {
      all: rangeCoverage(foretold, counts, rows.all),
      active: rangeCoverage(foretold, counts, rows.active),
    },
    warning: daysOfWarning(view, labels, rows.active, horizonDays),
    predictions: foretold,
  };
}

function rowsOf(view: BaseView, mostDays = Number.POSITIVE_INFINITY): Int32Array {
  return Int32Array.from(view.recencyDays, (_, at) => at).filter(
    (at) => (view.recencyDays[at] ?? 0) <= mostDays,
  );
}

function pick(values: Float64Array, rows: Int32Array): Float64Array {
  return Float64Array.from(rows, (row) => values[row] ?? Number.NaN);
}

/**
 * null = usable. Judged on active clients, the ones one can still act on: days of silence alone tell the long gone from
 * the others, which is no forecast. Usable takes an order better than chance in most windows and odds better than one rate for all.
 */
function whyNoSignal(windows: readonly BacktestWindow[]): BacktestReason | null {
  const active = windows.map(({ populations }) => populations.active);
  const clear = active.filter(({ chosen }) => (chosen.aucLow ?? 0) > 0.5);
  if (2 * clear.length <= windows.length) return "ranking_is_chance";
  for (const population of ["active", "all"] as const) {
    const sum = (method: Method) =>
      windows.reduce(
        (total, window) => total + (window.populations[population][method].logLoss ?? 0),
        0,
      );
    if (!(sum("chosen") < (1 - LEAST_GAIN) * sum("baseRate"))) return "no_better_than_base_rate";
  }
  return null;
}

/** Whole clients, evenly spread over the log. */
function sampleOf(log: PurchaseLog, maxClients: number): PurchaseLog {
  const every = Math.ceil(log.clients.length / Math.max(1, maxClients));
  if (every <= 1) return log;
  const rows = Int32Array.from(log.client, (_, row) => row).filter(
    (row) => (log.client[row] ?? 0) % every === 0,
  );
  return {
    clients: log.clients.filter((_, client) => client % every === 0),
    client: Int32Array.from(rows, (row) => (log.client[row] ?? 0) / every),
    day: Int32Array.from(rows, (row) => log.day[row] ?? 0),
    amountMinor: Float64Array.from(rows, (row) => log.amountMinor[row] ?? Number.NaN),
  };
}
