import type { Day, PurchaseModel } from "./types.ts";

/** What the purchase model knows about one client, in days; BTYD's x, t_x and T. */
export interface PurchaseState {
  /** Repeat purchase days: the first is not counted. */
  readonly frequency: number;
  /** Age at the last purchase; 0 without a repeat. */
  readonly recencyDays: number;
  /** Days since the first purchase, at least `recencyDays`. */
  readonly ageDays: number;
}

/** The state at the end of `asOf` of a client with these rising purchase days (at least one, none later than asOf). */
export function stateOf(days: ArrayLike<Day>, asOf: Day): PurchaseState {
  const first = days[0] ?? asOf;
  const last = days[days.length - 1] ?? asOf;
  return {
    frequency: Math.max(0, days.length - 1),
    recencyDays: last - first,
    ageDays: Math.max(asOf, last) - first,
  };
}

/** Posterior quantities of one client that every forecast is made of; time is in the model's unit. */
export interface Posterior {
  /** Shape and rate of the gamma distribution of the client's rate, before stages. */
  readonly shape: number;
  readonly rate: number;
  /** Beta distribution of the chance to leave after a purchase, given still a client. */
  readonly leaveA: number;
  readonly leaveB: number;
  readonly pAlive: number;
  /** Stages of a gap. */
  readonly k: number;
  /**
   * Sum over j < k of Gamma(n+j) / (j! Gamma(n)) w^j, w = silence / rate: its j-th term over it is P(j stages of the running
   * gap are done | still a client).
   */
  readonly stageSum: number;
  readonly silence: number;
  readonly unitDays: number;
}

/**
 * Bayes' rule for one client (formulas: purchase-likelihood.ts). Finite for every valid state: odds are kept as logarithms.
 */
export function posteriorOf(model: PurchaseModel, state: PurchaseState): Posterior {
  const unitDays = model.unit === "week" ? 7 : 1;
  const m = model.kind === "mbgnbd" ? 1 : 0;
  const { frequency: x } = state;
  const age = state.ageDays / unitDays;
  const recency = state.recencyDays / unitDays;
  const shape = model.r + model.k * x;
  const rate = model.alpha + age;
  const sum = stageSum(shape, (age - recency) / rate, model.k);
  const stays = model.b + (x + m - 1);
  const logOdds =
    x + m > 0
      ? Math.log(model.a / stays) +
        shape * Math.log1p((age - recency) / (model.alpha + recency)) -
        Math.log(sum)
      : Number.NEGATIVE_INFINITY;
  return {
    shape,
    rate,
    leaveA: model.a,
    leaveB: model.b + x + m,
    pAlive: 1 / (1 + Math.exp(logOdds)),
    k: model.k,
    stageSum: sum,
    silence: age - recency,
    unitDays,
  };
}

/**
 * P(at least one purchase within `days` from now); 1 minus it is pChurn. Exact for every k:
 * (A(0) - A(h)) / (A(0) + D). 0 for 0 days, rising, at most pAlive.
 */
export function pBuyWithin(posterior: Posterior, days: number): number {
  return posterior.pAlive * pBuyWithinIfAlive(posterior, days);
}

/** Days from now until a client who is still one buys with probability `share`; null beyond a century. */
export function nextPurchaseQuantile(posterior: Posterior, share: number): number | null {
  return daysUntil((days) => pBuyWithinIfAlive(posterior, days), share);
}

/** Days at which a rising chance reaches `share`, by bisection; null beyond a century. */
export function daysUntil(chance: (days: number) => number, share: number): number | null {
  let high = 1;
  while (chance(high) < share) {
    high *= 2;
    if (high > CENTURY_DAYS) return null;
  }
  let low = high === 1 ? 0 : high / 2;
  for (let step = 0; step < 60 && high - low > 1e-9 * high; step += 1) {
    const middle = (low + high) / 2;
    if (chance(middle) < share) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}

/**
 * `daysUntil` to the nearest whole day: the last day whose middle of the night before does not reach `share` yet. Found from
 * `guess` in a few steps, as the logarithm of the chance of none falls nearly in a line.
 */
export function wholeDaysUntil(
  chance: (days: number) => number,
  share: number,
  guess: number,
): number | null {
  const target = Math.log(1 - share);
  // The days lie between low - 1/2, where the chance is too small, and high - 1/2.
  let low = 0;
  let logLow = 0;
  let high = MOST_WHOLE_DAYS + 1;
  let logHigh = Number.NEGATIVE_INFINITY;
  let next = Math.max(1, Math.round(guess));
  for (let step = 0; high - low > 1; step += 1) {
    if (next >= MOST_WHOLE_DAYS && logHigh === Number.NEGATIVE_INFINITY) {
      if (chance(MOST_WHOLE_DAYS) < share) return null;
      logHigh = target - 1;
    }
    const at = Math.min(high - 1, Math.max(low + 1, next));
    const reached = chance(at - 0.5);
    if (Number.isNaN(reached)) return null;
    const log = Math.log(Math.max(1e-300, 1 - reached));
    if (reached < share) {
      low = at;
      logLow = log;
    } else {
      high = at;
      logHigh = log;
    }
    next =
      logHigh === Number.NEGATIVE_INFINITY
        ? Math.ceil(low * Math.min(8, Math.max(1.1, (1.05 * target) / logLow)))
        : step % 4 === 3
          ? (low + high) >> 1
          : Math.round(low + ((high - low) * (target - logLow)) / (logHigh - logLow));
  }
  return low;
}

/** Later than this nothing is foretold by whole days. */
const MOST_WHOLE_DAYS = 32_768;

const CENTURY_DAYS = 36_525;

function pBuyWithinIfAlive(posterior: Posterior, days: number): number {
  const { shape, rate, k, silence, stageSum: now } = posterior;
  return chanceIfAlive(shape, rate, k, silence, now, days / posterior.unitDays);
}

/** P(a purchase within `time` | still a client) from the parts of a posterior, time in its unit. */
export function chanceIfAlive(
  shape: number,
  rate: number,
  k: number,
  silence: number,
  now: number,
  time: number,
): number {
  if (!(time > 0)) return 0;
  const logStill = -shape * Math.log1p(time / rate);
  if (k === 1) return -Math.expm1(logStill);
  const later = stageSum(shape, (silence + time) / (rate + time), k);
  return Math.min(1, Math.max(0, 1 - (later / now) * Math.exp(logStill)));
}

/** Sum of Gamma(n+j) / (j! Gamma(n)) w^j over j < k. */
export function stageSum(shape: number, w: number, k: number): number {
  let term = 1;
  let sum = 1;
  for (let j = 1; j < k; j += 1) {
    term *= ((shape + j - 1) / j) * w;
    sum += term;
  }
  return sum;
}
