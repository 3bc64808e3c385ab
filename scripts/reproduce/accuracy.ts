import { type Backtest, backtest } from "../../src/analytics/backtest.ts";
import { churnMetrics, logLossOf } from "../../src/analytics/backtest-metrics.ts";
import { chooseMethod, type Method, predictionsAt } from "../../src/analytics/choose.ts";
import { type FitResult, fitModel } from "../../src/analytics/fit.ts";
import { makePast } from "../../src/analytics/past.ts";
import { stateAt } from "../../src/analytics/past-view.ts";
import { pBuyWithin, posteriorOf } from "../../src/analytics/purchase-model.ts";
import { scoreBase } from "../../src/analytics/scoring.ts";
import { seededRandom } from "../../src/analytics/simulate.ts";
import { makeSnapshot } from "../../src/analytics/snapshot.ts";
import type { PurchaseLog } from "../../src/analytics/types.ts";
import type { Check } from "./models.ts";
import { readLog } from "./read-log.ts";

/** One public purchase log and what the forecasts on its own past must reach. */
interface SetPlan {
  readonly name: string;
  readonly about: string;
  readonly horizonDays: number;
  /** Log-loss of the reference study's anchored model over the same cutoffs; null = no signal is the right answer. */
  readonly anchored: number | null;
  readonly hasCalibrationBar: boolean;
}

const SETS: readonly SetPlan[] = [
  {
    name: "cdnow_sample",
    about: "real; online music shop, one cohort, 2 357 clients",
    horizonDays: 90,
    anchored: 0.3235,
    hasCalibrationBar: false,
  },
  {
    name: "grocery",
    about: "real; online grocer, one cohort, 1 525 clients, no amounts",
    horizonDays: 90,
    anchored: 0.2261,
    hasCalibrationBar: true,
  },
  {
    name: "smb_sim",
    about: "simulated with known truth, 4 000 clients",
    horizonDays: 90,
    anchored: 0.3723,
    hasCalibrationBar: true,
  },
  {
    name: "superstore",
    about: "fictional, 793 clients, no client-level signal",
    horizonDays: 180,
    anchored: null,
    hasCalibrationBar: false,
  },
  {
    name: "northwind_b2b",
    about: "fictional, tiny B2B base of 89 clients",
    horizonDays: 60,
    anchored: null,
    hasCalibrationBar: false,
  },
];

export interface HealthFigures {
  /** Mean over the cutoffs: AUC of minus the score, and of the probability behind it. */
  readonly healthAuc: number;
  readonly chosenAuc: number;
  /** Clients whose base and points do not add up to the score. */
  readonly broken: number;
  readonly clients: number;
}

export interface SetResult {
  readonly plan: SetPlan;
  readonly result: Backtest;
  readonly health: HealthFigures;
  readonly plain: FitResult;
  readonly withPrior: FitResult;
}

/** Sub-bases of one size: mean log-loss of what is shown and of plain MBG/NBD. */
export interface SmallResult {
  readonly name: string;
  readonly clients: number;
  readonly chosen: number;
  readonly mbgnbd: number;
}

export interface Accuracy {
  readonly sets: readonly SetResult[];
  readonly small: readonly SmallResult[];
}

/** Tests the forecasts on the past of the public sets in the folder; prints each set's name as it is done. */
export function measureAccuracy(dataFolder: string, note: (text: string) => void): Accuracy {
  const sets = SETS.map((plan) => {
    note(plan.name);
    const log = readLog(`${dataFolder}/${plan.name}.csv.gz`);
    const result = backtest(log, { horizonDays: plan.horizonDays });
    const fitted = (prior: boolean) =>
      fitModel(log, { model: "mbgnbd", k: 1, prior, until: null, unit: "day" });
    return {
      plan,
      result,
      health: healthOf(log, result),
      plain: fitted(false),
      withPrior: fitted(true),
    };
  });
  const small = SETS.slice(0, 3).flatMap((plan) => {
    note(`sub-bases of ${plan.name}`);
    return smallBases(plan, readLog(`${dataFolder}/${plan.name}.csv.gz`));
  });
  return { sets, small };
}

/** The score is what people see: it must rank as well as the probability that it is made of. */
function healthOf(log: PurchaseLog, result: Backtest): HealthFigures {
  let [healthAuc, chosenAuc, broken, clients] = [0, 0, 0, 0];
  const past = makePast(log, result.horizonDays);
  for (const { cutoff, populations } of result.windows) {
    const snapshot = makeSnapshot(log, cutoff, { horizonDays: result.horizonDays });
    const insights = scoreBase(log, new Map(), cutoff, snapshot);
    const risk = Float64Array.from(insights, ({ health }) => -(health?.score ?? 0));
    const { score } = churnMetrics({ score: risk }, past.labels(cutoff), { draws: 0, seed: 1 });
    healthAuc += (score.auc ?? 0) / result.windows.length;
    chosenAuc += (populations.all.chosen.auc ?? 0) / result.windows.length;
    clients += insights.length;
    for (const { health } of insights) {
      const points = health?.factors.reduce((sum, factor) => sum + factor.points, 0) ?? 0;
      if (health === null || health.base + points !== health.score) broken += 1;
    }
  }
  return { healthAuc, chosenAuc, broken, clients };
}

const SMALL_SIZES = [60, 120, 250, 500] as const;
const SUB_BASES = 12;
const CUTOFFS = 3;

function smallBases(plan: SetPlan, log: PurchaseLog): SmallResult[] {
  const { horizonDays } = plan;
  return SMALL_SIZES.map((clients) => {
    let [chosen, mbgnbd, windows] = [0, 0, 0];
    for (let seed = 1; seed <= SUB_BASES; seed += 1) {
      const base = subBase(log, clients, seed);
      const past = makePast(base, horizonDays);
      const end = base.day.reduce((last, day) => Math.max(last, day), 0);
      for (let at = 0; at < CUTOFFS; at += 1) {
        const cutoff = end - horizonDays - at * Math.floor(horizonDays / 2);
        const view = past.view(cutoff);
        if (view.client.length === 0) continue;
        const labels = past.labels(cutoff);
        const shown = predictionsAt(past, cutoff, chooseMethod(past, cutoff)).chosen;
        const plain = shown.map((_, row) => {
          const posterior = posteriorOf(view.model, stateAt(view, row));
          return 1 - pBuyWithin(posterior, horizonDays);
        });
        chosen += meanLoss(shown, labels);
        mbgnbd += meanLoss(plain, labels);
        windows += 1;
      }
    }
    return { name: plan.name, clients, chosen: chosen / windows, mbgnbd: mbgnbd / windows };
  });
}

function meanLoss(p: Float64Array, labels: Uint8Array): number {
  return p.reduce((sum, said, at) => sum + logLossOf(said, labels[at] ?? 0), 0) / p.length;
}

/** So many clients of the log, drawn by a seed. */
function subBase(log: PurchaseLog, clients: number, seed: number): PurchaseLog {
  const random = seededRandom(seed);
  const order = log.clients.map((_, at) => ({ at, draw: random() }));
  order.sort((left, right) => left.draw - right.draw);
  const kept = new Map(
    order
      .slice(0, clients)
      .map(({ at }) => at)
      .sort((left, right) => left - right)
      .map((at, index) => [at, index]),
  );
  const rows = Int32Array.from(log.client, (_, row) => row).filter((row) =>
    kept.has(log.client[row] ?? -1),
  );
  return {
    clients: log.clients.filter((_, at) => kept.has(at)),
    client: Int32Array.from(rows, (row) => kept.get(log.client[row] ?? -1) ?? 0),
    day: Int32Array.from(rows, (row) => log.day[row] ?? 0),
    amountMinor: Float64Array.from(rows, (row) => log.amountMinor[row] ?? Number.NaN),
  };
}

/** Mean of one figure of one method over the cutoffs; NaN where it is not defined. */
export function meanOf(
  result: Backtest,
  population: "all" | "active",
  method: Method,
  figure: "logLoss" | "brier" | "auc" | "ece" | "precisionAtK",
): number {
  const values = result.windows.map(
    (window) => window.populations[population][method][figure] ?? Number.NaN,
  );
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** Mean share of clients whose count fell into the 80 % range. */
export function meanCoverage(result: Backtest): number {
  const values = result.windows.map((window) => window.rangeCoverage.active ?? Number.NaN);
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** Mean absolute error of the base's total of purchases. */
export function levelError(result: Backtest): number {
  const errors = result.windows.map(({ totals }) => Math.abs(totals.predicted / totals.actual - 1));
  return errors.reduce((sum, value) => sum + value, 0) / errors.length;
}

const MOST_OVER_ANCHORED = 0.003;
const MOST_OVER_MBGNBD = 0.005;
const MOST_AUC_LOST = 0.01;
const MOST_ECE = 0.03;
const COVERAGE = [0.78, 0.97] as const;

/** What must hold, one row a claim. */
export function checkAccuracy({ sets, small }: Accuracy): Check[] {
  return [...sets.flatMap(checkSet), ...small.map(checkSmall)];
}

function checkSet({ plan, result, health }: SetResult): Check[] {
  const name = (what: string) => `${plan.name}: ${what}`;
  const loss = (method: Method) => meanOf(result, "all", method, "logLoss");
  const healthCheck = {
    name: name("health adds up for every client and ranks as the model does"),
    ok: health.broken === 0 && health.chosenAuc - health.healthAuc <= MOST_AUC_LOST,
    detail: `AUC ${health.healthAuc.toFixed(4)} beside ${health.chosenAuc.toFixed(4)}, ${health.broken} of ${health.clients} do not add up`,
  };
  if (plan.anchored === null) {
    return [
      {
        name: name("no usable signal"),
        ok: result.signal === "none",
        detail: `${result.signal} (${result.reason}), log-loss ${loss("chosen").toFixed(4)}, base rate ${loss("baseRate").toFixed(4)}`,
      },
    ];
  }
  const ece = meanOf(result, "all", "chosen", "ece");
  const coverage = meanCoverage(result);
  return [
    {
      name: name("churn log-loss beside the reference study and the silence rule"),
      ok:
        result.signal === "usable" &&
        loss("chosen") <= plan.anchored + MOST_OVER_ANCHORED &&
        loss("chosen") < loss("hiatus"),
      detail: `${loss("chosen").toFixed(4)}, reference ${plan.anchored}, silence rule ${loss("hiatus").toFixed(4)}`,
    },
    healthCheck,
    ...(plan.hasCalibrationBar
      ? [{ name: name("calibration"), ok: ece <= MOST_ECE, detail: `ECE ${ece.toFixed(4)}` }]
      : []),
    {
      name: name("80 % ranges of active clients"),
      ok: coverage >= COVERAGE[0] && coverage <= COVERAGE[1],
      detail: `cover ${(100 * coverage).toFixed(1)} %`,
    },
  ];
}

function checkSmall({ name, clients, chosen, mbgnbd }: SmallResult): Check {
  return {
    name: `${name}: sub-bases of ${clients} clients are not worse than MBG/NBD`,
    ok: chosen <= mbgnbd + MOST_OVER_MBGNBD,
    detail: `${chosen.toFixed(4)} beside ${mbgnbd.toFixed(4)}`,
  };
}
