import type { Backtest, BacktestWindow } from "./backtest.ts";
import type { ChurnMetrics } from "./backtest-metrics.ts";
import type {
  CalibrationBin,
  MethodQuality,
  ModelQuality,
  Population,
  QualityMethod,
  QualityWindow,
  TeamCalls,
} from "./churn-types.ts";
import type { Day } from "./types.ts";

/** A week's calls that are more than this share of the clients choose nobody; the riskiest tenth does. */
const MOST_CALLED = 0.1;

/** K of the precision at the top, from what the team can call in a working week (null = unknown) and the clients there are. */
export function teamCalls(perWeek: number | null, clients: number): TeamCalls {
  const isChoice = perWeek !== null && perWeek >= 1 && perWeek <= MOST_CALLED * clients;
  return { basis: isChoice ? "team" : "tenth", perWeek };
}

const TENTH: TeamCalls = { basis: "tenth", perWeek: null };

/** What a snapshot keeps of a test made on `asOf`: everything that a screen shows, no single clients. */
export function qualityOf(test: Backtest, asOf: Day, calls: TeamCalls = TENTH): ModelQuality {
  const newest = test.windows[0];
  return {
    asOf,
    horizonDays: test.horizonDays,
    signal: test.signal,
    reason: test.reason,
    chosen: test.chosen,
    clients: newest?.populations.all.chosen.n ?? 0,
    isSample: test.sampled > 0 && test.sampled < test.clients,
    baseRate: newest?.populations.all.baseRate.baseRate ?? null,
    calibration: newest?.calibration.all ?? [],
    windows: test.windows.map(windowOf),
    calls,
    testableFrom: test.testableFrom,
  };
}

function windowOf(window: BacktestWindow): QualityWindow {
  const { cutoff, method, populations, calibration, warning, totals, rangeCoverage } = window;
  const figures = (population: Population): Record<QualityMethod, MethodQuality> => {
    const { chosen, hiatus, baseRate } = populations[population];
    return { chosen: figuresOf(chosen), hiatus: figuresOf(hiatus), baseRate: figuresOf(baseRate) };
  };
  return {
    cutoff,
    method,
    populations: { all: figures("all"), active: figures("active") },
    buyers: buyersIn(calibration.all),
    warning,
    totals: { ...totals, predicted: short(totals.predicted), level: short(totals.level) },
    rangeCoverage: { all: rounded(rangeCoverage.all), active: rounded(rangeCoverage.active) },
  };
}

function figuresOf({ k, n, ...metrics }: ChurnMetrics): MethodQuality {
  return {
    auc: rounded(metrics.auc),
    aucLow: rounded(metrics.aucLow),
    aucHigh: rounded(metrics.aucHigh),
    brier: rounded(metrics.brier),
    logLoss: rounded(metrics.logLoss),
    ece: rounded(metrics.ece),
    precisionAtK: rounded(metrics.precisionAtK),
    k,
    n,
    baseRate: rounded(metrics.baseRate),
  };
}

function buyersIn(table: readonly CalibrationBin[]): QualityWindow["buyers"] {
  const sum = (value: (bin: CalibrationBin) => number) =>
    table.reduce((total, bin) => total + value(bin), 0);
  return {
    clients: sum(({ n }) => n),
    predicted: short(sum(({ n, predicted }) => n * (1 - predicted))),
    actual: Math.round(sum(({ n, observed }) => n * (1 - observed))),
  };
}

/** Four digits: no screen shows more, and every snapshot carries them. */
function short(value: number): number {
  return Math.round(value * 10_000) / 10_000;
}

function rounded(value: number | null): number | null {
  return value === null ? null : short(value);
}

/** What is shown beside the silence rule, over the clients one can still act on. */
export interface RuleComparison {
  readonly windows: number;
  /** Windows in which the odds were better than the rule's, by log-loss. */
  readonly won: number;
  /** Better in most windows and on the whole. */
  readonly isBetter: boolean;
}

/** null where no window could be compared. */
export function compareWithRule(windows: readonly QualityWindow[]): RuleComparison | null {
  const gains = windows.flatMap(({ populations }) => {
    const { chosen, hiatus } = populations.active;
    return chosen.logLoss === null || hiatus.logLoss === null
      ? []
      : hiatus.logLoss - chosen.logLoss;
  });
  if (gains.length === 0) return null;
  const won = gains.filter((gain) => gain > 0).length;
  const whole = gains.reduce((sum, gain) => sum + gain, 0);
  return { windows: gains.length, won, isBetter: 2 * won > gains.length && whole > 0 };
}

/** Buyers seen against buyers said, window by window. */
export interface Drift {
  readonly windows: number;
  /** Windows with more, and with fewer buyers than said, by more than is allowed. */
  readonly more: number;
  readonly fewer: number;
  /** Off twice: the figures deserve a warning. */
  readonly isAlarm: boolean;
}

/** Allowed share of the buyers seen (models.md 7.10 of the reference study: 15 %). */
const ALLOWED = 0.15;
const ALARM_WINDOWS = 2;
/** Standard errors that chance alone explains; a small base is off by 15 % every other month. */
const CHANCE_ERRORS = 2;

/** Are the levels of the forecasts still true: predicted against actual buyers of every closed window. */
export function driftOf(windows: readonly Pick<QualityWindow, "buyers">[]): Drift {
  const off = windows.map(({ buyers: { clients, predicted, actual } }) => {
    const gap = actual - predicted;
    const rate = clients > 0 ? predicted / clients : 0;
    // The variance of unlike chances is at most that of their mean.
    const chance = CHANCE_ERRORS * Math.sqrt(Math.max(0, clients * rate * (1 - rate)));
    return Math.abs(gap) > Math.max(ALLOWED * actual, chance) ? Math.sign(gap) : 0;
  });
  const more = off.filter((side) => side > 0).length;
  const fewer = off.filter((side) => side < 0).length;
  return { windows: windows.length, more, fewer, isAlarm: more + fewer >= ALARM_WINDOWS };
}
