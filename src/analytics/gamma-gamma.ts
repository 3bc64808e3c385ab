import { minimise } from "./bfgs.ts";
import { digammaRest, stirlingRest } from "./log-gamma.ts";
import { medianOf, quantileOfSorted } from "./quantile.ts";
import type { SpendModel } from "./types.ts";

/** One row a client with money known: purchase days counted and their mean money, both above zero. */
export interface Spending {
  readonly purchases: Float64Array;
  readonly meanMinor: Float64Array;
}

export interface SpendFit {
  readonly model: SpendModel;
  /** Evaluations of the likelihood. */
  readonly iterations: number;
  /** Largest slope of the loss a client that is left, by log-parameters. */
  readonly slope: number;
}

/** Clients who do not differ in spend push q to infinity; a thousand is already "no difference". */
const LOG_WALLS = [14, Math.log(1e3), 14] as const;
/** A client: whatever their number, they cannot push a parameter through. */
const WALL_FORCE = 1;
/** Centre of the prior: p and q of the reference sets, rounded; v follows from the median. */
const PRIOR_P = 4;
const PRIOR_Q = 4;
const PRIOR_SPREAD = 1;
/** Loss a client at which a rough fit stops: no sum that is shown would change any more. */
const ROUGH = { smallSlope: 1e-5, idleGain: 1e-9 } as const;
/** Below this q the population mean p v / (q - 1) is infinite or close to it. */
const Q_WITH_MEAN = 1.05;

/**
 * Fits the Gamma-Gamma model of spend (Fader & Hardie 2013, note 025) by maximum likelihood on log-parameters. Money is
 * scaled by its median. null without a single row. Cost: a logarithm and a division a client and evaluation; a rough fit takes
 * fewer of these.
 */
export function fitSpendModel(
  spending: Spending,
  hasPrior: boolean,
  isRough = false,
): SpendFit | null {
  const rows = spending.purchases.length;
  const scale = medianOf(spending.meanMinor);
  if (rows === 0 || scale === null || !(scale > 0)) return null;
  const likelihood = makeSpendLikelihood(spending, scale);
  const centre = [Math.log(PRIOR_P), Math.log(PRIOR_Q), Math.log((PRIOR_Q - 1) / PRIOR_P)];
  const minimum = minimise(
    (point, gradient) => {
      const natural = point.map(Math.exp);
      let loss = -likelihood(natural, gradient);
      for (let at = 0; at < 3; at += 1) {
        const theta = point[at] as number;
        const beyond = Math.max(0, Math.abs(theta) - (LOG_WALLS[at] as number));
        const away = hasPrior ? (theta - (centre[at] as number)) / PRIOR_SPREAD : 0;
        const force = WALL_FORCE * rows;
        loss += (away * away + beyond * beyond * force) / 2;
        const pull = away / PRIOR_SPREAD + beyond * Math.sign(theta) * force;
        gradient[at] = (pull - (gradient[at] as number) * (natural[at] as number)) / rows;
      }
      return loss / rows;
    },
    centre,
    isRough ? ROUGH : {},
  );
  const [p = 1, q = 1, v = 1] = minimum.point.map(Math.exp);
  const logLikelihood = likelihood([p, q, v], new Float64Array(3)) - rows * Math.log(scale);
  const model = {
    p,
    q,
    v: v * scale,
    logLikelihood,
    clients: rows,
    fallbackMinor: winsorisedMean(spending.meanMinor),
  };
  return { model, iterations: minimum.evaluations, slope: minimum.slope };
}

/** Fewer sums than this have no tail to speak of. */
const FEWEST_FOR_LARGE = 100;
const LARGE_QUANTILE = 0.99;
const LARGE_FACTOR = 3;
const MOST_SORTED = 20_000;

/**
 * Above this a purchase day is a one-off deal rather than a habit: three times the 99th percentile of the base's own sums
 * (of every n-th one in a large base). NaN = no sum. null below 100 sums.
 */
export function largeOrderMinor(dayAmountMinor: Float64Array): number | null {
  const step = Math.ceil(dayAmountMinor.length / MOST_SORTED) || 1;
  const known = new Float64Array(Math.ceil(dayAmountMinor.length / step));
  let size = 0;
  for (let at = 0; at < dayAmountMinor.length; at += step) {
    const minor = dayAmountMinor[at] as number;
    if (!(minor > 0)) continue;
    known[size] = minor;
    size += 1;
  }
  const sums = known.subarray(0, size).sort();
  if (sums.length < FEWEST_FOR_LARGE) return null;
  return Math.round(LARGE_FACTOR * (quantileOfSorted(sums, LARGE_QUANTILE) ?? 0));
}

/** What one client spends a purchase, given what is known: mean and squared spreads, minor units. */
export interface SpendEstimate {
  /** Expected mean of the client. */
  readonly mean: number;
  /** Variance of the client's own mean: what we do not know about the client. */
  readonly meanVariance: number;
  /** Variance of one purchase around the client's mean. */
  readonly purchaseVariance: number;
}

/**
 * E = p (v + x m) / (p x + q - 1) for a client with x purchases of mean m; x = 0 gives the population's mean. Where that is
 * infinite (q <= 1) the winsorised mean of the base stands in, and variances are bounded.
 */
export function spendOf(model: SpendModel, purchases: number, meanMinor: number): SpendEstimate {
  const known = purchases > 0 && meanMinor > 0 ? purchases : 0;
  const { p } = model;
  const shape = p * known + model.q;
  const rate = model.v + known * (known > 0 ? meanMinor : 0);
  const hasMean = shape > Q_WITH_MEAN;
  const mean = hasMean ? (p * rate) / (shape - 1) : (model.fallbackMinor ?? (p * rate) / shape);
  const spread = mean * mean;
  const freedom = Math.max(0.5, shape - 2);
  return {
    mean,
    meanVariance: spread / freedom,
    purchaseVariance: (spread * (1 + 1 / freedom)) / p,
  };
}

/**
 * With A = p x, n = A + q, u = x m / (x m + v) a client's part is ln of u^A (1 - u)^q / B(A, q), less ln m. Where clients hardly
 * differ A and q run to thousands and the gamma functions cancel to nothing, so it is summed as the saddle point leaves it
 * (Loader 2000, Fast and accurate computation of binomial probabilities):
 *
 *   ln(A q / (2 pi n)) / 2 + rest(n) - rest(A) - rest(q) + A ln(1 + g / A) + q ln(1 - g / q),  g = n u - A
 *
 * with rest = what Stirling's formula leaves. Its error is that of its own size, not that of ln Gamma(n).
 */
function makeSpendLikelihood(spending: Spending, scale: number) {
  const { purchases } = spending;
  const mean = spending.meanMinor.map((minor) => minor / scale);
  const counts = new Map<number, number>();
  let logMoney = 0;
  for (let at = 0; at < purchases.length; at += 1) {
    const x = purchases[at] as number;
    counts.set(x, (counts.get(x) ?? 0) + 1);
    logMoney += Math.log(mean[at] as number);
  }
  return (parameters: ArrayLike<number>, gradient: Float64Array): number => {
    const [p = 1, q = 1, v = 1] = Array.from(parameters);
    const rows = purchases.length;
    const restOfQ = stirlingRest(q);
    const slopeOfQ = digammaRest(q);
    let value = -logMoney;
    let [byP, byQ, byV] = [0, 0, 0];
    for (const [x, count] of counts) {
      const own = p * x;
      const shape = own + q;
      const rests = stirlingRest(shape) - stirlingRest(own) - restOfQ;
      value += count * (Math.log((own / shape) * (q / TWO_PI)) / 2 + rests);
      byP += count * x * (digammaRest(shape) - digammaRest(own));
      byQ += count * (digammaRest(shape) - slopeOfQ);
    }
    for (let at = 0; at < rows; at += 1) {
      const x = purchases[at] as number;
      const money = x * (mean[at] as number);
      const own = p * x;
      const rate = money + v;
      const beyond = (q * money - own * v) / rate;
      const logMore = logOfOnePlus(beyond / own, ((own + q) * money) / (own * rate));
      const logLess = logOfOnePlus(-beyond / q, ((own + q) * v) / (q * rate));
      value += own * logMore + q * logLess;
      byP += x * logMore;
      byQ += logLess;
      byV += beyond;
    }
    gradient[0] = byP;
    gradient[1] = byQ;
    gradient[2] = byV / v;
    return value;
  };
}

const TWO_PI = 2 * Math.PI;

/** ln `whole` where whole = 1 + `part`, by the one of them that has kept its digits. */
function logOfOnePlus(part: number, whole: number): number {
  return part > -0.5 && part < 1 ? Math.log1p(part) : Math.log(whole);
}

/** Mean after moving the extremes to the 2 % and 98 % quantiles. */
function winsorisedMean(numbers: Float64Array): number {
  const sorted = Float64Array.from(numbers).sort();
  const low = quantileOfSorted(sorted, 0.02) ?? 0;
  const high = quantileOfSorted(sorted, 0.98) ?? 0;
  let sum = 0;
  for (const x of sorted) sum += Math.min(high, Math.max(low, x));
  return sum / sorted.length;
}
