import { dayOf } from "../../src/analytics/calendar.ts";
import { makeExpectation } from "../../src/analytics/count-law.ts";
import { type FitOptions, type FitResult, fitModel } from "../../src/analytics/fit.ts";
import { spendOf } from "../../src/analytics/gamma-gamma.ts";
import { buildHistories, repeatSpend } from "../../src/analytics/history.ts";
import { pBuyWithin, posteriorOf, stateOf } from "../../src/analytics/purchase-model.ts";
import type { ClientHistory, PurchaseModel } from "../../src/analytics/types.ts";
import { readLog } from "./read-log.ts";

/** One comparison with a published or independently computed number. */
export interface Check {
  readonly name: string;
  readonly ok: boolean;
  readonly detail: string;
}

const CALIBRATION_END = "1997-09-30";
const FORECAST_DAYS = 39 * 7;
const TOLERANCE = 1e-4;

/** Fader, Hardie & Lee 2005 (BG/NBD), lifetimes and BTYDplus (MBG/NBD), Fader & Hardie 2013 note 025 (Gamma-Gamma), to full length. */
const REFERENCE = {
  bgnbd: {
    logLikelihood: -9582.4292,
    params: { r: 0.24259452, alpha: 4.41360202, a: 0.79292202, b: 2.42590679 },
  },
  mbgnbd: {
    logLikelihood: -9582.1357,
    params: { r: 0.5248429, alpha: 6.18308176, a: 0.89135952, b: 1.61400293 },
  },
  gammagamma: { logLikelihood: -4055.9177, params: { p: 6.24957, q: 3.74422, v: 15.44352 } },
} as const;

/** The first five clients: BG P(alive), BG E[N], MBG P(alive), MBG E[N], mean spend. */
const CLIENTS: Readonly<Record<string, readonly [number, number, number, number, number]>> = {
  "00004": [0.72662, 1.225994, 0.706138, 1.262759, 24.653919],
  "00018": [1, 0.196549, 0.390917, 0.155744, 35.170371],
  "00021": [0.212391, 0.203419, 0.170951, 0.188945, 18.910018],
  "00050": [1, 0.194794, 0.389723, 0.153966, 35.170371],
  "00060": [1, 0.214616, 0.402718, 0.174209, 35.170371],
};

/** Fits the CDNOW sample and compares with the reference numbers; reads `cdnow_sample.csv.gz` in the folder. */
export async function checkModels(dataFolder: string): Promise<Check[]> {
  const log = readLog(`${dataFolder}/cdnow_sample.csv.gz`);
  const until = dayOf(CALIBRATION_END);
  const fitPlain = (model: FitOptions["model"]) =>
    fitModel(log, { model, k: 1, prior: false, until, unit: "week" });
  const fits = {
    bgnbd: fitPlain("bgnbd"),
    mbgnbd: fitPlain("mbgnbd"),
    gammagamma: fitPlain("gammagamma"),
  };
  const histories = new Map(buildHistories(log, until).map((history) => [history.id, history]));
  const checks = (["bgnbd", "mbgnbd", "gammagamma"] as const).flatMap((model) =>
    checkFit(fits[model], REFERENCE[model]),
  );
  checks.push(checkRegular(dataFolder));
  for (const [id, expected] of Object.entries(CLIENTS)) {
    checks.push(checkClient(id, expected, fits, histories.get(id), until));
  }
  return checks;
}

function checkFit(
  fit: FitResult,
  reference: {
    readonly logLikelihood: number;
    readonly params: Readonly<Record<string, number>>;
  },
): Check[] {
  const off = Math.abs(fit.logLikelihood - reference.logLikelihood);
  const worst = Math.max(
    ...Object.entries(reference.params).map(([name, value]) =>
      Math.abs((fit.params[name] ?? Number.NaN) / value - 1),
    ),
  );
  return [
    {
      name: `${fit.model}: log-likelihood of the CDNOW sample`,
      ok: off <= TOLERANCE,
      detail: `${fit.logLikelihood.toFixed(4)}, expected ${reference.logLikelihood}, ${fit.clients} clients, ${fit.iterations} evaluations`,
    },
    {
      name: `${fit.model}: parameters of the CDNOW sample`,
      ok: worst <= TOLERANCE,
      detail: `largest relative difference ${worst.toExponential(1)}`,
    },
  ];
}

/** BTYDplus, MBG/CNBD-k with k = 2 on the grocery log, calibrated to the end of 2006. */
const GROCERY = { until: "2006-12-31", logLikelihood: -14978.2107, tolerance: 1e-3 } as const;

function checkRegular(dataFolder: string): Check {
  const log = readLog(`${dataFolder}/grocery.csv.gz`);
  const until = dayOf(GROCERY.until);
  const fit = fitModel(log, { model: "mbgnbd", k: 2, prior: false, until, unit: "week" });
  return {
    name: "mbgnbd with k = 2: log-likelihood of the grocery log",
    ok: Math.abs(fit.logLikelihood - GROCERY.logLikelihood) <= GROCERY.tolerance,
    detail: `${fit.logLikelihood.toFixed(4)}, expected ${GROCERY.logLikelihood}`,
  };
}

function checkClient(
  id: string,
  expected: readonly number[],
  fits: { readonly bgnbd: FitResult; readonly mbgnbd: FitResult; readonly gammagamma: FitResult },
  history: ClientHistory | undefined,
  until: number,
): Check {
  const name = `client ${id}: P(alive), expected purchases and spend of the CDNOW sample`;
  const { spend } = fits.gammagamma;
  if (!history || !spend || !fits.bgnbd.purchase || !fits.mbgnbd.purchase) {
    return { name, ok: false, detail: "client or model missing" };
  }
  const known = repeatSpend(history);
  const bg = forecast(fits.bgnbd.purchase, history, until);
  const mbg = forecast(fits.mbgnbd.purchase, history, until);
  const actual = [...bg, ...mbg, spendOf(spend, known.purchases, known.meanMinor).mean / 100];
  const worst = Math.max(...actual.map((value, at) => Math.abs(value - (expected[at] ?? NaN))));
  return { name, ok: worst <= TOLERANCE, detail: `largest difference ${worst.toExponential(1)}` };
}

function forecast(model: PurchaseModel, history: ClientHistory, until: number): [number, number] {
  const posterior = posteriorOf(model, stateOf(history.days, until));
  const expected = makeExpectation()(posterior, FORECAST_DAYS);
  // A purchase can only be as likely as there are purchases to expect.
  const isCoherent = pBuyWithin(posterior, FORECAST_DAYS) <= expected;
  return [posterior.pAlive, isCoherent ? expected : Number.NaN];
}
