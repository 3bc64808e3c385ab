import {
  type ChurnMetrics,
  calibrationTable,
  churnMetrics,
  resolutionOf,
} from "./backtest-metrics.ts";
import { type Foretold, foretell, rangeCoverage } from "./backtest-ranges.ts";
import { type DaysOfWarning, daysOfWarning } from "./backtest-warning.ts";
import { baseGaps, buildBase, buyersOf, type ClientBase } from "./base.ts";
import { baseRateOf, chooseMethod, type Method, predictionsAt } from "./choose.ts";
import type { CalibrationBin, ChosenMethod, Population, Signal } from "./churn-types.ts";
import { proposeHorizon } from "./lifecycle.ts";
import { makePast, type Past } from "./past.ts";
import type { PastView } from "./past-view.ts";
import { medianOfWhole } from "./quantile.ts";
import { sampleLog } from "./sample.ts";
import { MIN_CLIENTS, MIN_REPEAT_BUYERS, tierOf } from "./tier.ts";
import type { Day, PurchaseLog } from "./types.ts";

export interface BacktestOptions {
  /** Rows after this day are left out; default: none. */
  readonly asOf?: Day;
  /** Default: proposed from the base's rhythm. */
  readonly horizonDays?: number;
  /** Default: three, half a horizon apart, the newest one horizon before the last purchase. */
  readonly cutoffs?: readonly Day[];
  /**
   * How many clients of the whole base the team can call: K of the precision at the top, brought down to the size of a
   * sample; default: a tenth of the clients.
   */
  readonly calls?: number;
  /** Bootstrap draws; default 200. */
  readonly draws?: number;
  /** Methods whose bootstrap interval is asked; default: all. That of `chosen` is always needed. */
  readonly intervals?: readonly Method[];
  /** Nothing is missing up to this day, even if nobody bought lately; default: the last purchase. */
  readonly completeUntil?: Day;
  /** The past of the log or of a sample of it, where somebody looks at it too; else it is made here. */
  readonly past?: Past;
  /** Larger bases are tested on an even sample of about this many clients; default: everybody. */
  readonly maxClients?: number;
}

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
  /** Purchase days of everybody: said and seen. */
  readonly totals: { readonly predicted: number; readonly actual: number; readonly level: number };
  /** What is left of the log-loss of one rate for all, known in hindsight, when only the order counts: share told apart. */
  readonly resolution: Readonly<Record<Population, number | null>>;
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
  readonly signal: Signal;
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
  /** Too short a history: the day from which a window can be tested if clients go on buying; null otherwise. */
  readonly testableFrom: Day | null;
  readonly windows: readonly BacktestWindow[];
}

const WINDOWS = 3;
const ACTIVE_HORIZONS = 2;
const DRAWS = 200;
const SEED = 20_240_229;
/**
 * A forecast that tells apart less than this share of what one rate for all leaves open helps nobody to choose whom to
 * call, however well its level is met.
 */
const LEAST_RESOLUTION = 0.02;

/**
 * Tests the forecasts on the log's own past, by a rolling origin: everything said about a window uses only what was known
 * when it opened, also the choice of the method. Cutoffs whose window has not closed, or that had too few clients to be
 * modelled, are left out. Total: any log gives a result.
 */
export function backtest(log: PurchaseLog, options: BacktestOptions = {}): Backtest {
  const base = buildBase(log, options.asOf);
  const buyers = buyersOf(base);
  const repeatBuyers = buyers.reduce(
    (sum, at) => sum + ((base.offset[at + 1] ?? 0) - (base.offset[at] ?? 0) > 1 ? 1 : 0),
    0,
  );
  const end = base.days.reduce((last, day) => Math.max(last, day), 0);
  const horizonDays = options.horizonDays ?? proposeHorizon(medianOfWhole(baseGaps(base, buyers)));
  const facts = { horizonDays, end, clients: buyers.length, repeatBuyers };
  const { tier, tierReason } = tierOf(buyers.length, repeatBuyers);
  const refused = (reason: BacktestReason | null, testableFrom: Day | null): Backtest => {
    return {
      signal: "refused",
      reason,
      chosen: null,
      ...facts,
      sampled: 0,
      testableFrom,
      windows: [],
    };
  };
  if (tier === 0) return refused(tierReason, null);
  const past =
    options.past?.horizonDays === horizonDays
      ? options.past
      : makePast(sampleLog(log, options.maxClients ?? Number.POSITIVE_INFINITY), horizonDays);
  const sample = past.log;
  const closed = Math.max(end, options.completeUntil ?? end);
  const tested = { ...options, ...callsInSample(options.calls, log, sample) };
  const windows = [...new Set(options.cutoffs ?? usualCutoffs(end, horizonDays))]
    .filter((cutoff) => cutoff + horizonDays <= closed)
    .sort((left, right) => right - left)
    .flatMap((cutoff) => windowAt(past, cutoff, tested) ?? []);
  if (windows.length === 0) {
    return refused("short_history", testableDay(buildBase(sample, options.asOf), horizonDays, end));
  }
  const reason = whyNoSignal(windows);
  return {
    signal: reason === null ? "usable" : "none",
    reason,
    chosen: windows[0]?.method ?? null,
    ...facts,
    sampled: sample.clients.length,
    testableFrom: null,
    windows,
  };
}

/** Fewer calls in a sample would measure chance. */
const LEAST_CALLS_IN_SAMPLE = 20;

/** The same share of a sample as the calls are of the base. */
function callsInSample(
  calls: number | undefined,
  log: PurchaseLog,
  sample: PurchaseLog,
): Pick<BacktestOptions, "calls"> {
  if (calls === undefined || sample === log) return {};
  const share = sample.clients.length / log.clients.length;
  return { calls: Math.max(LEAST_CALLS_IN_SAMPLE, Math.round(calls * share)) };
}

/**
 * One horizon after the day on which the base was first large enough to be modelled; null where that day has passed and
 * something else is missing.
 */
function testableDay(base: ClientBase, horizonDays: number, end: Day): Day | null {
  const nth = (purchase: number, count: number) =>
    Array.from(buyersOf(base), (at) =>
      (base.offset[at] ?? 0) + purchase - 1 < (base.offset[at + 1] ?? 0)
        ? (base.days[(base.offset[at] ?? 0) + purchase - 1] ?? end)
        : Number.POSITIVE_INFINITY,
    ).sort((left, right) => left - right)[count - 1] ?? end;
  const day = Math.max(nth(1, MIN_CLIENTS), nth(2, MIN_REPEAT_BUYERS)) + horizonDays;
  return Number.isFinite(day) && day > end ? day : null;
}

function usualCutoffs(end: Day, horizonDays: number): Day[] {
  const half = Math.max(1, Math.floor(horizonDays / 2));
  return Array.from({ length: WINDOWS }, (_, at) => end - horizonDays - at * half);
}

function windowAt(past: Past, cutoff: Day, options: BacktestOptions): BacktestWindow | null {
  const view = past.view(cutoff);
  if (tierOf(view.client.length, view.repeatBuyers).tier === 0) return null;
  const chosen = chooseMethod(past, cutoff);
  const predictions = predictionsAt(past, cutoff, chosen);
  const labels = past.labels(cutoff);
  const { horizonDays } = past;
  const rows = { all: rowsOf(view), active: rowsOf(view, ACTIVE_HORIZONS * horizonDays) };
  const labelsOf = (at: Int32Array) => {
    const picked = new Uint8Array(at.length);
    for (let row = 0; row < at.length; row += 1) picked[row] = labels[at[row] as number] as number;
    return picked;
  };
  const metrics = (at: Int32Array, baseRate: number) =>
    churnMetrics(
      {
        chosen: pick(predictions.chosen, at),
        core: pick(predictions.core, at),
        hiatus: pick(predictions.hiatus, at),
        ownGap: pick(predictions.ownGap, at),
        baseRate: new Float64Array(at.length).fill(baseRate),
      },
      labelsOf(at),
      {
        draws: options.draws ?? DRAWS,
        seed: SEED,
        ...(options.intervals === undefined ? {} : { intervals: options.intervals }),
        ...(options.calls === undefined ? {} : { calls: options.calls }),
      },
    );
  const table = (at: Int32Array) => calibrationTable(pick(predictions.chosen, at), labelsOf(at));
  const resolution = (at: Int32Array) => resolutionOf(pick(predictions.chosen, at), labelsOf(at));
  const foretold = foretell(past.log, view, predictions.chosen, horizonDays);
  const counts = past.bought(cutoff, horizonDays);
  return {
    cutoff,
    method: chosen.method,
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
    totals: {
      predicted: foretold.reduce((sum, row) => sum + row.expectedPurchases, 0),
      actual: counts.reduce((sum, count) => sum + count, 0),
      level: view.level,
    },
    resolution: { all: resolution(rows.all), active: resolution(rows.active) },
    predictions: foretold,
  };
}

function rowsOf(view: PastView, mostDays = Number.POSITIVE_INFINITY): Int32Array {
  const rows = new Int32Array(view.recencyDays.length);
  let size = 0;
  for (let at = 0; at < rows.length; at += 1) {
    if (!((view.recencyDays[at] as number) <= mostDays)) continue;
    rows[size] = at;
    size += 1;
  }
  return rows.subarray(0, size);
}

function pick(values: Float64Array, rows: Int32Array): Float64Array {
  const picked = new Float64Array(rows.length);
  for (let at = 0; at < rows.length; at += 1) picked[at] = values[rows[at] as number] as number;
  return picked;
}

/**
 * null = usable. Judged on active clients too, the ones one can still act on: days of silence alone tell the long gone from
 * the others, which is no forecast. Usable takes an order better than chance in most windows, odds better than one rate for
 * all, and enough told apart to matter.
 */
function whyNoSignal(windows: readonly BacktestWindow[]): BacktestReason | null {
  const active = windows.map(({ populations }) => populations.active);
  const clear = active.filter(({ chosen }) => (chosen.aucLow ?? 0) > 0.5);
  if (2 * clear.length <= windows.length) return "ranking_is_chance";
  const sum = (value: (window: BacktestWindow) => number | null) =>
    windows.reduce((total, window) => total + (value(window) ?? 0), 0);
  for (const population of ["active", "all"] as const) {
    const loss = (method: Method) =>
      sum((window) => window.populations[population][method].logLoss);
    const resolution = sum((window) => window.resolution[population]) / windows.length;
    if (!(loss("chosen") < loss("baseRate")) || resolution < LEAST_RESOLUTION) {
      return "no_better_than_base_rate";
    }
  }
  return null;
}
