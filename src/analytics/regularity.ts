import { minimise } from "./bfgs.ts";
import { gapsOf } from "./history.ts";
import { pBuyWithin, posteriorOf, stateOf } from "./purchase-model.ts";
import type { ClientHistory, Day, PurchaseModel, RegularityModel } from "./types.ts";

/** Erlang stages of the classes: random, fairly regular, regular, clockwork. */
const CLASSES = [1, 2, 4, 8] as const;
/** Free parameters that the mixture has beyond the model with one class. */
const EXTRA_PARAMETERS = CLASSES.length - 1;
/** A fit needs a few dozen passes over all clients and classes: beyond this many clients an even sample is enough. */
export const REGULARITY_CLIENTS = 5_000;
const WALL = 14;
const WALL_FORCE = 0.1;

/**
 * Fits how regular the clients of a base are: every client is of one of four classes with the same mean gap and k = 1, 2, 4
 * or 8 stages (MBG/CNBD-k of Platzer & Reutterer, mixed over k). Starts from the fitted k = 1 model. null where the
 * mixture does not beat that model by BIC: then regularity is not visible in this base.
 */
export function fitRegularity(
  histories: readonly ClientHistory[],
  asOf: Day,
  model: PurchaseModel,
): RegularityModel | null {
  const clients = histories.map((history) => summaryOf(history, asOf));
  if (clients.length === 0 || model.kind !== "mbgnbd" || model.unit !== "day") return null;
  const passes = new Float64Array(4 + EXTRA_PARAMETERS);
  const start = [model.r, model.alpha, model.a, model.b].map(Math.log);
  const alone = mixtureLogLikelihood(clients, [...start, -60, -60, -60], passes);
  const found = minimise(
    (point, gradient) => {
      let loss = -mixtureLogLikelihood(clients, point, gradient);
      for (let at = 0; at < point.length; at += 1) {
        const theta = point[at] as number;
        const over = Math.max(0, Math.abs(theta) - WALL) * Math.sign(theta);
        loss += (WALL_FORCE * over * over) / 2;
        gradient[at] = (WALL_FORCE * over - (gradient[at] as number)) / clients.length;
      }
      return loss / clients.length;
    },
    [...start, 0, 0, 0],
  );
  const logLikelihood = mixtureLogLikelihood(clients, found.point, passes);
  const isWorthIt = 2 * (logLikelihood - alone) > EXTRA_PARAMETERS * Math.log(clients.length);
  if (!isWorthIt || !Number.isFinite(logLikelihood)) return null;
  const [r = 1, alpha = 1, a = 1, b = 1] = found.point.slice(0, 4).map(Math.exp);
  const [w1 = 1, w2 = 0, w4 = 0, w8 = 0] = weightsOf(found.point);
  return { weights: [w1, w2, w4, w8], r, alpha, a, b, logLikelihood, clients: clients.length };
}

/** What the classes say together about one client. */
export interface RegularityBelief {
  /** P(the client is at least fairly regular). */
  readonly pRegular: number;
  /** P(still a client): a clockwork buyer who is late is gone sooner than a random one. */
  readonly pAlive: number;
  /** P(a purchase within `days` | still a client). */
  readonly pBuyIfAlive: (days: number) => number;
}

/** Bayes' rule over the classes from the client's own gaps. */
export function regularityOf(
  model: RegularityModel,
  history: ClientHistory,
  asOf: Day,
): RegularityBelief {
  const client = summaryOf(history, asOf);
  const tables = CLASSES.map((k) => makeTable(model, k, client.x));
  const scores = CLASSES.map((k, at) => {
    const weight = model.weights[at] ?? 0;
    return Math.log(weight) + classTerms(client, tables[at] as Table, model, k).value;
  });
  const top = Math.max(...scores);
  const parts = scores.map((score) => Math.exp(score - top));
  const state = stateOf(history.days, asOf);
  const posteriors = CLASSES.map((k) => {
    const { r, alpha, a, b } = model;
    return posteriorOf(
      { kind: "mbgnbd", k, r, alpha: alpha / k, a, b, unit: "day", logLikelihood: 0, clients: 0 },
      state,
    );
  });
  const alive = posteriors.map((posterior, at) => (parts[at] ?? 0) * posterior.pAlive);
  const sum = alive.reduce((total, x) => total + x, 0);
  const all = parts.reduce((total, x) => total + x, 0);
  return {
    pRegular: 1 - (parts[0] ?? 0) / all,
    pAlive: sum / all,
    pBuyIfAlive: (days) =>
      sum > 0
        ? posteriors.reduce((p, belief, at) => p + (parts[at] ?? 0) * pBuyWithin(belief, days), 0) /
          sum
        : 0,
  };
}

interface Summary {
  readonly x: number;
  readonly t: number;
  readonly T: number;
  readonly logGaps: number;
}

function summaryOf(history: ClientHistory, asOf: Day): Summary {
  const state = stateOf(history.days, asOf);
  const logGaps = gapsOf(history.days).reduce((sum, gap) => sum + Math.log(gap), 0);
  return { x: state.frequency, t: state.recencyDays, T: state.ageDays, logGaps };
}

/** Parts of the likelihood that depend on the frequency alone, by frequency (see purchase-likelihood.ts). */
interface Table {
  readonly value: Float64Array;
  readonly byR: Float64Array;
  readonly byA: Float64Array;
  readonly byB: Float64Array;
}

interface Shape {
  readonly r: number;
  readonly alpha: number;
  readonly a: number;
  readonly b: number;
}

function makeTable(p: Shape, k: number, mostRepeats: number): Table {
  const size = mostRepeats + 1;
  const [value, byR, byA, byB] = [0, 0, 0, 0].map(() => new Float64Array(size)) as [
    Float64Array,
    Float64Array,
    Float64Array,
    Float64Array,
  ];
  let logFactorial = 0;
  for (let i = 2; i < k; i += 1) logFactorial += Math.log(i);
  let sum = p.r * Math.log(p.alpha / k);
  let [r, a, b] = [Math.log(p.alpha / k), 0, 0];
  for (let x = 0; x < size; x += 1) {
    const stays = p.b + x;
    sum += Math.log(stays / (p.a + stays));
    a -= 1 / (p.a + stays);
    b += p.a / (stays * (p.a + stays));
    value[x] = sum - x * logFactorial;
    byR[x] = r;
    byA[x] = a;
    byB[x] = b;
    for (let i = k * x; i < k * (x + 1); i += 1) {
      sum += Math.log(p.r + i);
      r += 1 / (p.r + i);
    }
  }
  return { value, byR, byA, byB };
}

/** Log-likelihood of one client in one class and its derivatives; days throughout. */
function classTerms(client: Summary, table: Table, p: Shape, k: number) {
  const { x, t, T } = client;
  const alpha = p.alpha / k;
  const n = p.r + k * x;
  const now = 1 / (alpha + T);
  const logSpan = Math.log((alpha + T) / (alpha + t));
  let term = 1;
  let stages = 1;
  let stagesByR = 0;
  let stagesByAlpha = 0;
  let rises = 0;
  for (let j = 0; j < k - 1; j += 1) {
    term *= ((n + j) / (j + 1)) * (T - t) * now;
    rises += 1 / (n + j);
    stages += term;
    stagesByR += term * rises;
    stagesByAlpha -= (j + 1) * term * now;
  }
  const z = Math.log(p.a / (p.b + x)) + n * logSpan - Math.log(stages);
  const e = Math.exp(-Math.abs(z));
  const gone = z > 0 ? 1 / (1 + e) : e / (1 + e);
  const stayed = (1 - gone) / stages;
  const logNow = -Math.log(now);
  return {
    value:
      (table.value[x] ?? 0) +
      (k - 1) * client.logGaps +
      Math.log(stages) +
      Math.max(0, z) +
      Math.log1p(e) -
      n * logNow,
    r: (table.byR[x] ?? 0) + gone * logSpan + stayed * stagesByR - logNow,
    alpha:
      (p.r / alpha + gone * n * (now - 1 / (alpha + t)) + stayed * stagesByAlpha - n * now) / k,
    a: (table.byA[x] ?? 0) + gone / p.a,
    b: (table.byB[x] ?? 0) - gone / (p.b + x),
  };
}

/** Point: ln r, ln alpha, ln a, ln b, and the logits of k = 2, 4, 8 against k = 1. Sets the gradient. */
function mixtureLogLikelihood(
  clients: readonly Summary[],
  point: ArrayLike<number>,
  gradient: Float64Array,
): number {
  const [r = 1, alpha = 1, a = 1, b = 1] = Array.from(point).slice(0, 4).map(Math.exp);
  const shape = { r, alpha, a, b };
  const weights = weightsOf(point);
  const most = clients.reduce((max, { x }) => Math.max(max, x), 0);
  const tables = CLASSES.map((k) => makeTable(shape, k, most));
  gradient.fill(0);
  let value = 0;
  for (const client of clients) {
    const terms = CLASSES.map((k, at) => classTerms(client, tables[at] as Table, shape, k));
    const scores = terms.map((term, at) => term.value + Math.log(weights[at] ?? 0));
    const top = Math.max(...scores);
    const parts = scores.map((score) => Math.exp(score - top));
    const sum = parts.reduce((total, x) => total + x, 0);
    value += top + Math.log(sum);
    terms.forEach((term, at) => {
      const share = (parts[at] ?? 0) / sum;
      gradient[0] = (gradient[0] as number) + share * term.r * r;
      gradient[1] = (gradient[1] as number) + share * term.alpha * alpha;
      gradient[2] = (gradient[2] as number) + share * term.a * a;
      gradient[3] = (gradient[3] as number) + share * term.b * b;
      if (at > 0) gradient[3 + at] = (gradient[3 + at] as number) + share - (weights[at] ?? 0);
    });
  }
  return value;
}

function weightsOf(point: ArrayLike<number>): number[] {
  const logits = [0, ...Array.from(point).slice(4)];
  const top = Math.max(...logits);
  const parts = logits.map((logit) => Math.exp(logit - top));
  const sum = parts.reduce((total, x) => total + x, 0);
  return parts.map((x) => x / sum);
}
