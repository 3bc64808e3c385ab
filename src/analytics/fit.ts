import { makeExpectation } from "./count-law.ts";
import { fitSpendModel, spendOf } from "./gamma-gamma.ts";
import { buildHistories, repeatSpend, spendingOf, timingsOf } from "./history.ts";
import { fitPurchaseModel } from "./purchase-fit.ts";
import { posteriorOf, stateOf } from "./purchase-model.ts";
import type { Day, PurchaseLog, PurchaseModel, SpendModel } from "./types.ts";

export interface FitOptions {
  readonly model: "bgnbd" | "mbgnbd" | "gammagamma";
  /** Regularity of the gaps; without meaning for Gamma-Gamma. */
  readonly k: PurchaseModel["k"];
  /** false = plain maximum likelihood. */
  readonly prior: boolean;
  /** Last day of the calibration; null = the log's last day. */
  readonly until: Day | null;
  readonly unit: PurchaseModel["unit"];
  /** Gamma-Gamma is reported in major units of money, as published figures are; default 100 minor units in one. */
  readonly minorPerMajor?: number;
}

export interface FitResult {
  readonly model: FitOptions["model"];
  /** r, alpha, a, b or p, q, v (v in major units of money); empty when there is nothing to fit. */
  readonly params: Readonly<Record<string, number>>;
  readonly logLikelihood: number;
  readonly clients: number;
  readonly unit: PurchaseModel["unit"];
  /** Evaluations of the likelihood. */
  readonly iterations: number;
  /** The fitted model itself, for forecasts. */
  readonly purchase: PurchaseModel | null;
  readonly spend: SpendModel | null;
  readonly until: Day;
}

/** Fits one model to a log, for people who want the bare numbers. Total: an empty log gives 0 clients and no params. */
export function fitModel(log: PurchaseLog, options: FitOptions): FitResult {
  const until = options.until ?? log.day.reduce((last, day) => Math.max(last, day), 0);
  const histories = buildHistories(log, until);
  const { model, unit } = options;
  const nothing = { model, unit, until, params: {}, logLikelihood: 0, clients: 0, iterations: 0 };
  if (model === "gammagamma") {
    const fit = fitSpendModel(spendingOf(histories), options.prior);
    if (fit === null) return { ...nothing, purchase: null, spend: null };
    const { p, q, v, logLikelihood, clients } = fit.model;
    const scale = options.minorPerMajor ?? 100;
    return {
      ...nothing,
      params: { p, q, v: v / scale },
      logLikelihood: logLikelihood + clients * Math.log(scale),
      clients,
      iterations: fit.iterations,
      purchase: null,
      spend: fit.model,
    };
  }
  const timings = timingsOf(histories, until);
  if (timings.age.length === 0) return { ...nothing, purchase: null, spend: null };
  const fit = fitPurchaseModel(timings, {
    kind: model,
    k: options.k,
    hasPrior: options.prior,
    unit,
  });
  const { r, alpha, a, b, logLikelihood, clients } = fit.model;
  return {
    ...nothing,
    params: { r, alpha, a, b },
    logLikelihood,
    clients,
    iterations: fit.iterations,
    purchase: fit.model,
    spend: null,
  };
}

/** One client under a fitted model; x, tx and T are BTYD's columns in the fit's unit. */
export interface Prediction {
  readonly id: string;
  readonly x: number;
  readonly tx: number;
  readonly T: number;
  /** null under Gamma-Gamma, which knows nothing of time. */
  readonly pAlive: number | null;
  readonly expectedPurchases: number | null;
  /** Major units; null where no spend model was given. */
  readonly meanSpend: number | null;
}

/** Forecasts of all clients of the log for the `days` after the fit's `until`; `spend` as fitted for the same log. */
export function predictClients(
  log: PurchaseLog,
  fit: FitResult,
  spend: SpendModel | null,
  days: number,
  minorPerMajor = 100,
): Prediction[] {
  const expectation = makeExpectation();
  const unitDays = fit.unit === "week" ? 7 : 1;
  const clients = buildHistories(log, fit.until).filter((history) => history.days.length > 0);
  return clients.map((history) => {
    const state = stateOf(history.days, fit.until);
    const posterior = fit.purchase === null ? null : posteriorOf(fit.purchase, state);
    const known = repeatSpend(history);
    return {
      id: history.id,
      x: state.frequency,
      tx: state.recencyDays / unitDays,
      T: state.ageDays / unitDays,
      pAlive: posterior?.pAlive ?? null,
      expectedPurchases: posterior === null ? null : expectation(posterior, days),
      meanSpend:
        spend === null
          ? null
          : spendOf(spend, known.purchases, known.meanMinor).mean / minorPerMajor,
    };
  });
}
