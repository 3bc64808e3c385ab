import { minimise } from "./bfgs.ts";
import type { GapTimings } from "./buckets.ts";
import { makeMixtureLikelihood, weightsOf } from "./mixture-likelihood.ts";
import type { MixtureRows } from "./mixture-rows.ts";
import { CLASSES } from "./mixture-tables.ts";
import { TIER_2_CLIENTS } from "./tier.ts";
import type { PurchaseModel, RegularityModel } from "./types.ts";

/** Free parameters that the mixture has beyond the model with one class. */
const EXTRA_PARAMETERS = CLASSES.length - 1;
/** A fit needs a few dozen passes over all clients and classes: beyond this many an even sample is used. */
const MAX_CLIENTS = 8_000;
/** Beyond e^14 a parameter means "infinite"; a soft wall there keeps a flat likelihood from running away. */
const WALL = 14;
const WALL_FORCE = 0.1;
/** Loss a client, far below anything that moves a figure: the surface is flat around its optimum. */
const PRECISION = { smallSlope: 1e-4, idleGain: 1e-7 } as const;
/** Added to the curvature a client at the start. */
const LEAST_CURVATURE = 1e-3;
/** Logits of k = 2, 4, 8 against k = 1 to start from: most bases have some regular clients, few have clockwork. */
const START_LOGITS = [-0.5, -1.2, -2] as const;
/** Everybody of class k = 2, 4 or 8. */
const ONE_CLASS = [
  [60, -60, -60],
  [-60, 60, -60],
  [-60, -60, 60],
] as const;

/**
 * Log-likelihood a gap that a base under 500 clients must gain. BIC alone believes in regularity that does not last: over sub-bases
 * of 60 to 400 clients of public and simulated logs every one that lost more than .005 log-loss had gained less than .43, up to .4 of
 * them where people buy by the week. Those that gain more are subscriptions and standing orders, and win .09 in the mean.
 */
const SMALL_BASE_GAIN = 0.45;
/** What one class alone must gain before a small base is worth a fit, which finds little more. */
const SMALL_BASE_HINT = 0.3;

/**
 * Fits how regular the clients of a base are: every client is of one of four classes with the same mean gap and k = 1, 2, 4
 * or 8 stages (MBG/CNBD-k of Platzer & Reutterer, mixed over k). Starts from the fitted k = 1 model. null where the
 * mixture does not beat that model by BIC, or a small base by much more: then regularity is not visible in this base.
 */
export function fitRegularity(
  timings: GapTimings,
  model: PurchaseModel,
  mostClients = MAX_CLIENTS,
): RegularityModel | null {
  const rows = rowsOf(timings, mostClients);
  const { clients } = rows;
  if (clients === 0 || model.kind !== "mbgnbd" || model.unit !== "day") return null;
  const likelihood = makeMixtureLikelihood(rows);
  const plain = [model.r, model.alpha, model.a, model.b].map(Math.log);
  const scratch = new Float64Array(4 + EXTRA_PARAMETERS);
  const alone = likelihood.at([...plain, -60, -60, -60], scratch);
  const isSmall = timings.frequency.length < TIER_2_CLIENTS;
  const gaps = rows.frequency.reduce((sum, count) => sum + count, 0);
  const start = [...plain, ...START_LOGITS];
  if (isSmall) {
    const best = Math.max(
      ...[start, ...ONE_CLASS.map((logits) => [...plain, ...logits])].map((point) =>
        likelihood.at(point, scratch),
      ),
    );
    if (!(best - alone > SMALL_BASE_HINT * gaps)) return null;
  }
  likelihood.at(start, scratch);
  const curvature = likelihood.information().map((sum) => sum / clients);
  // Where the clients tell nothing of a direction, a step of its own size is a fair one.
  for (let at = 0; at < curvature.length; at += start.length + 1) {
    curvature[at] = (curvature[at] as number) + LEAST_CURVATURE;
  }
  const found = minimise(
    (point, gradient) => {
      let loss = -likelihood.at(point, gradient);
      for (let at = 0; at < point.length; at += 1) {
        const theta = point[at] as number;
        const over = Math.max(0, Math.abs(theta) - WALL) * Math.sign(theta);
        loss += (WALL_FORCE * over * over) / 2;
        gradient[at] = (WALL_FORCE * over - (gradient[at] as number)) / clients;
      }
      return loss / clients;
    },
    start,
    { ...PRECISION, curvature },
  );
  const logLikelihood = likelihood.at(found.point, scratch);
  const isWorthIt = 2 * (logLikelihood - alone) > EXTRA_PARAMETERS * Math.log(clients);
  if (isSmall && !(logLikelihood - alone > SMALL_BASE_GAIN * gaps)) return null;
  if (!isWorthIt || !Number.isFinite(logLikelihood)) return null;
  const [r = 1, alpha = 1, a = 1, b = 1] = found.point.slice(0, 4).map(Math.exp);
  const [w1 = 1, w2 = 0, w4 = 0, w8 = 0] = weightsOf(found.point);
  return { weights: [w1, w2, w4, w8], r, alpha, a, b, logLikelihood, clients };
}

/**
 * An even sample as rows of the likelihood. Clients without a repeat differ in their age alone and are counted by it: they are
 * most of many bases.
 */
function rowsOf(timings: GapTimings, mostClients: number): MixtureRows {
  const { frequency, recency, age, logGaps } = timings;
  const step = Math.max(1, Math.ceil(frequency.length / mostClients));
  const rows: number[] = [];
  const byAge = new Map<number, number>();
  let clients = 0;
  for (let at = 0; at < frequency.length; at += step) {
    clients += 1;
    if ((frequency[at] as number) > 0) rows.push(at);
    else byAge.set(age[at] as number, (byAge.get(age[at] as number) ?? 0) + 1);
  }
  const once = [...byAge];
  const size = rows.length + once.length;
  const take = (column: ArrayLike<number>) => {
    const taken = new Float64Array(size);
    rows.forEach((row, at) => {
      taken[at] = column[row] as number;
    });
    return taken;
  };
  const ages = take(age);
  const weight = new Float64Array(size).fill(1);
  once.forEach(([days, count], at) => {
    ages[rows.length + at] = days;
    weight[rows.length + at] = count;
  });
  return {
    clients,
    weight,
    frequency: Int32Array.from(take(frequency)),
    recency: Int32Array.from(take(recency)),
    age: Int32Array.from(ages),
    logGaps: take(logGaps),
  };
}
