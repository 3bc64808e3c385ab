import { type Minimum, minimise } from "./bfgs.ts";
import { type Buckets, makeBuckets, type Timings } from "./buckets.ts";
import { makePurchaseLikelihood } from "./purchase-likelihood.ts";
import { medianOf } from "./quantile.ts";
import type { PurchaseModel } from "./types.ts";

export interface PurchaseFitOptions {
  readonly kind: PurchaseModel["kind"];
  readonly k: PurchaseModel["k"];
  /** Adds the weak prior that keeps 20 clients finite; without it the fit is plain maximum likelihood. */
  readonly hasPrior: boolean;
  readonly unit: PurchaseModel["unit"];
  /** Stops where no forecast would change any more, digits before the published ones are met; default false. */
  readonly isRough?: boolean;
}

export interface PurchaseFit {
  readonly model: PurchaseModel;
  /** Evaluations of the likelihood. */
  readonly iterations: number;
  /** Largest slope of the loss a client that is left, by log-parameters. */
  readonly slope: number;
}

const DAYS_A_WEEK = 7;

/** Centres of the prior for r, a and b: what the reference sets have in common. alpha is centred by the base's own gap. */
const PRIOR_R = 0.8;
const PRIOR_A = 0.6;
const PRIOR_B = 4;
/** Gaps of repeat buyers are shorter than those of the whole base, about by this factor on the reference sets. */
const PRIOR_GAP_FACTOR = 2;
/**
 * Standard deviation of each log-parameter. Wide on purpose: narrower ones cost bases where nobody leaves more than they
 * gave to bases of 60 clients (log-loss of the coming window, sub-bases of the public sets).
 */
const PRIOR_SPREAD = 3;

/** Beyond e^14 units a parameter means "infinite"; a soft wall there keeps a flat likelihood from running away. */
const WALL = 14;
const WALL_FORCE = 0.1;
/** Loss a client at which a rough fit stops. */
const ROUGH = { smallSlope: 1e-5, idleGain: 1e-9 } as const;

/**
 * Fits BG/NBD or MBG/NBD by exact maximum likelihood on log-parameters with an analytic gradient. Time is scaled so that
 * the median age is 1. Total: an empty base gives the prior's centre with likelihood 0, a base without repeats finite values.
 */
export function fitPurchaseModel(timings: Timings, options: PurchaseFitOptions): PurchaseFit {
  const buckets = makeBuckets(timings);
  const unitDays = options.unit === "week" ? DAYS_A_WEEK : 1;
  const scaleDays = Math.max(1, medianOf(timings.age) ?? 1);
  const prior = makePrior(buckets, options, scaleDays);
  if (buckets.clients === 0) {
    const { alpha } = prior;
    return finish(options, prior, (alpha * scaleDays) / unitDays, 0, 0, NOT_SEARCHED);
  }
  const likelihood = makePurchaseLikelihood(buckets, { ...options, unitDays: scaleDays });
  const centre = [prior.r, prior.alpha, prior.a, prior.b].map(Math.log);
  const natural = new Float64Array(4);
  const search = (start: ArrayLike<number>, hasPrior: boolean) =>
    minimise(
      (point, gradient) => {
        for (let at = 0; at < 4; at += 1) natural[at] = Math.exp(point[at] as number);
        let loss = -likelihood(natural, gradient);
        for (let at = 0; at < 4; at += 1) {
          const theta = point[at] as number;
          const over = Math.max(0, Math.abs(theta) - WALL) * Math.sign(theta) * WALL_FORCE;
          const pull = hasPrior ? (theta - (centre[at] as number)) / PRIOR_SPREAD ** 2 : 0;
          loss += (pull * (theta - (centre[at] as number)) + (over * over) / WALL_FORCE) / 2;
          gradient[at] = -(gradient[at] as number) * (natural[at] as number) + pull + over;
        }
        for (let at = 0; at < 4; at += 1) gradient[at] = (gradient[at] as number) / buckets.clients;
        return loss / buckets.clients;
      },
      start,
      options.isRough ? ROUGH : {},
    );
  const usual = search(centre, true);
  // Plain likelihood begins where the prior ended: from elsewhere small bases run off to a wall or end at a lower maximum.
  const minimum = options.hasPrior ? usual : search(usual.point, false);
  const evaluations = usual.evaluations + (options.hasPrior ? 0 : minimum.evaluations);
  const [r = 1, alpha = 1, a = 1, b = 1] = minimum.point.map(Math.exp);
  const scaled = likelihood([r, alpha, a, b], new Float64Array(4));
  const repeats = buckets.frequency.reduce(
    (sum, x, at) => sum + x * (buckets.weight[at] as number),
    0,
  );
  // A density of times: every gap brings one factor of the unit.
  const logLikelihood = scaled - repeats * Math.log(scaleDays / unitDays);
  return finish(
    options,
    { r, a, b },
    (alpha * scaleDays) / unitDays,
    logLikelihood,
    buckets.clients,
    { evaluations, slope: minimum.slope },
  );
}

const NOT_SEARCHED = { evaluations: 0, slope: 0 };

function finish(
  options: PurchaseFitOptions,
  shape: { readonly r: number; readonly a: number; readonly b: number },
  alpha: number,
  logLikelihood: number,
  clients: number,
  { evaluations, slope }: Pick<Minimum, "evaluations" | "slope">,
): PurchaseFit {
  const { kind, k, unit } = options;
  const { r, a, b } = shape;
  return {
    model: { kind, k, r, alpha, a, b, unit, logLikelihood, clients },
    iterations: evaluations,
    slope,
  };
}

function makePrior(buckets: Buckets, options: PurchaseFitOptions, scaleDays: number) {
  let repeats = 0;
  let days = 0;
  for (let at = 0; at < buckets.size; at += 1) {
    const weight = buckets.weight[at] as number;
    repeats += weight * (buckets.frequency[at] as number);
    days += weight * (buckets.recency[at] as number);
  }
  const gap = repeats > 0 ? Math.max(days / repeats, 0.5) / scaleDays : 1;
  const alpha = Math.max(1e-4, (PRIOR_R * PRIOR_GAP_FACTOR * gap) / options.k);
  return { r: PRIOR_R, alpha, a: PRIOR_A, b: PRIOR_B };
}
