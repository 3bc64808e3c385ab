import {
  baseSpending,
  baseTimings,
  buildBase,
  buyersOf,
  historyAt,
} from "../../../src/analytics/base.ts";
import { fitSpendModel, type SpendFit } from "../../../src/analytics/gamma-gamma.ts";
import { fitPurchaseModel, type PurchaseFit } from "../../../src/analytics/purchase-fit.ts";
import { makeScorer } from "../../../src/analytics/scoring.ts";
import { makeSnapshot } from "../../../src/analytics/snapshot.ts";
import type { Insight, PurchaseLog } from "../../../src/analytics/types.ts";
import { LAST_DAY, randomBase } from "./random-bases.ts";

export interface FitsProof {
  readonly bases: number;
  readonly clients: number;
  readonly fits: number;
  readonly scored: number;
  /** Largest slope that a fit has left. */
  readonly worstSlope: number;
  readonly violations: readonly string[];
}

const MOST_CLIENTS = 500;
/** So many clients of a base are scored, evenly spread. */
const SCORED = 12;
/** Loss a client by a log-parameter: a percent of a parameter then moves it by less than a millionth. */
const FLAT = 1e-4;
/** Log-likelihood a client by which a fit without prior may stay below the one with it. */
const SAME_LIKELIHOOD = 1e-6;

/**
 * Fits and scores so many random bases, degenerate ones included. A violation is an exception, a number that is not finite or
 * not possible, or a fit that has not converged.
 */
export function proveFits(bases: number, firstSeed = 1): FitsProof {
  const total = { clients: 0, fits: 0, scored: 0, worstSlope: 0 };
  const violations: string[] = [];
  for (let seed = firstSeed; seed < firstSeed + bases; seed += 1) {
    const { name, log } = randomBase(seed, MOST_CLIENTS);
    const blame = (text: string) => violations.push(`seed ${seed} (${name}): ${text}`);
    try {
      total.clients += log.clients.length;
      for (const fit of fitsOf(log)) {
        total.fits += 1;
        total.worstSlope = Math.max(total.worstSlope, fit.usual.slope);
        for (const fault of fitFaults(fit)) blame(`${fit.name}: ${fault}`);
      }
      for (const fault of scoreFaults(log)) {
        if (fault !== null) blame(fault);
        total.scored += 1;
      }
    } catch (thrown) {
      blame(`throws ${String(thrown)}`);
    }
  }
  return { bases, ...total, violations };
}

type Fit = PurchaseFit | SpendFit;

interface Fits {
  readonly name: string;
  /** With the weak prior, as the product fits. */
  readonly usual: Fit;
  /** Plain maximum likelihood. */
  readonly plain: Fit;
}

function fitsOf(log: PurchaseLog): Fits[] {
  const base = buildBase(log, LAST_DAY);
  const timings = baseTimings(base, buyersOf(base), LAST_DAY);
  const spending = baseSpending(base);
  const purchase = (["bgnbd", "mbgnbd"] as const).map((kind): Fits => {
    const fitted = (hasPrior: boolean) =>
      fitPurchaseModel(timings, { kind, k: 1, hasPrior, unit: "day" });
    return { name: kind, usual: fitted(true), plain: fitted(false) };
  });
  const usual = fitSpendModel(spending, true);
  const plain = fitSpendModel(spending, false);
  return usual && plain ? [...purchase, { name: "gammagamma", usual, plain }] : purchase;
}

/**
 * Without a prior many small bases have no finite optimum (their best parameters lie at infinity, behind the walls), so a
 * plain fit is judged by its likelihood: no prior can make a base more likely than the maximum.
 */
function fitFaults({ usual, plain }: Fits): string[] {
  const faults = [usual, plain].flatMap(({ model }) => oddNumbers(model));
  if (!(usual.slope < FLAT)) faults.push(`ends at a slope of ${usual.slope}`);
  const most = usual.model.logLikelihood - SAME_LIKELIHOOD * (1 + usual.model.clients);
  if (!(plain.model.logLikelihood >= most)) {
    faults.push(`likelihood ${plain.model.logLikelihood}, with prior ${usual.model.logLikelihood}`);
  }
  return faults;
}

/** One entry a scored client: null = nothing wrong. */
function* scoreFaults(log: PurchaseLog): Generator<string | null> {
  const snapshot = makeSnapshot(log, LAST_DAY);
  const [odd] = oddNumbers(snapshot);
  if (odd !== undefined) yield `the snapshot's ${odd} is not finite`;
  const score = makeScorer(snapshot);
  const base = buildBase(log, LAST_DAY);
  const buyers = buyersOf(base);
  const step = Math.max(1, Math.floor(buyers.length / SCORED));
  for (let at = 0; at < buyers.length; at += step) {
    const history = historyAt(base, buyers[at] as number);
    const side = { hasOpenDeal: at % 2 === 0, silentDays: at % 3 === 0 ? null : at };
    yield faultOf(score(history, side, LAST_DAY));
  }
}

function faultOf(insight: Insight): string | null {
  const { id, forecast, health } = insight;
  const [odd] = oddNumbers(insight);
  if (odd !== undefined) return `${id}${odd} is not finite`;
  if (forecast) {
    const { pAlive, pChurn, expectedPurchases, ltv } = forecast;
    if (!(pAlive >= 0 && pAlive <= 1)) return `${id}: pAlive ${pAlive}`;
    if (!(pChurn >= 0 && pChurn <= 1)) return `${id}: pChurn ${pChurn}`;
    if (!(expectedPurchases >= 0)) return `${id}: ${expectedPurchases} purchases expected`;
    if (ltv && !(ltv.lowMinor <= ltv.minor && ltv.minor <= ltv.highMinor))
      return `${id}: LTV range`;
  }
  if (health) {
    const points = health.factors.reduce((sum, factor) => sum + factor.points, 0);
    if (health.base + points !== health.score) return `${id}: points do not add up`;
    if (!(health.score >= 0 && health.score <= 100)) return `${id}: score ${health.score}`;
  }
  return null;
}

/** Paths of numbers that are not finite. */
function oddNumbers(value: unknown, path = ""): string[] {
  if (typeof value === "number") return Number.isFinite(value) ? [] : [path];
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) => oddNumbers(inner, `${path}.${key}`));
}
