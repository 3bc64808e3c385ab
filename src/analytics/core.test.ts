import { describe, expect, it } from "vitest";
import { type Belief, countsOf, makeBeliever, pBuy } from "./core.ts";
import { countQuantile, withNone } from "./count-law.ts";
import { historyOf } from "./history.ts";
import { logGapsOf } from "./log-gaps.ts";
import { type Posterior, pBuyWithin, posteriorOf, stateOf } from "./purchase-model.ts";
import { seededRandom } from "./simulate.ts";
import type { PurchaseModel, RegularityModel } from "./types.ts";

const SHAPE = { r: 1.2, alpha: 40, a: 0.5, b: 3, logLikelihood: 0, clients: 600 };
const PLAIN: PurchaseModel = { ...SHAPE, kind: "mbgnbd", k: 1, unit: "day" };
const MIXED: RegularityModel = { ...SHAPE, weights: [0.4, 0.3, 0.2, 0.1] };

const daysOf = (days: readonly number[]) =>
  historyOf(
    "c",
    days.map((day) => ({ day, amountMinor: 100 })),
  ).days;
const CLOCKWORK = daysOf([0, 30, 61, 90, 120, 151, 180]);
const RANDOM = daysOf([0, 2, 61, 64, 66, 151, 180]);

const believed = (model: RegularityModel | null, days: Int32Array, asOf: number): Belief =>
  makeBeliever(PLAIN, model)(stateOf(days, asOf), logGapsOf(days));

const RUNS = 20_000;

/** Gamma numbers by Marsaglia and Tsang (2000). */
function makeGamma(random: () => number): (shape: number) => number {
  const gamma = (shape: number): number => {
    if (shape < 1) return gamma(shape + 1) * random() ** (1 / shape);
    const d = shape - 1 / 3;
    const c = 1 / Math.sqrt(9 * d);
    for (;;) {
      const z = Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
      const v = (1 + c * z) ** 3;
      if (v > 0 && Math.log(random()) < (z * z) / 2 + d - d * v + d * Math.log(v)) return d * v;
    }
  };
  return gamma;
}

/** Odds of the stages of the running gap. */
function stagesOf({ shape, rate, silence, stageSum, k }: Posterior): number[] {
  const stages = [1 / stageSum];
  for (let j = 1; j < k; j += 1) {
    stages.push(((stages[j - 1] as number) * ((shape + j - 1) / j) * silence) / rate);
  }
  return stages;
}

/** Purchases of one future drawn from a belief, stage by stage. */
function makeDraw(random: () => number): (belief: Belief, days: number) => number {
  const gamma = makeGamma(random);
  const pick = (weights: ArrayLike<number>) => {
    let left = random();
    for (let at = 0; at < weights.length; at += 1) {
      left -= weights[at] as number;
      if (left < 0) return at;
    }
    return weights.length - 1;
  };
  return (belief, days) => {
    const posterior = belief.posteriors[pick(belief.weights)];
    if (!posterior || random() > posterior.pAlive) return 0;
    let stage = pick(stagesOf(posterior));
    const rate = gamma(posterior.shape + stage) / posterior.rate;
    const [a, b] = [gamma(posterior.leaveA), gamma(posterior.leaveB)];
    let purchases = 0;
    for (let time = 0; ; ) {
      time -= Math.log(1 - random()) / rate;
      if (time > days) return purchases;
      stage = (stage + 1) % posterior.k;
      if (stage > 0) continue;
      purchases += 1;
      if (random() < a / (a + b)) return purchases;
    }
  };
}

describe("the core", () => {
  it("tells a clockwork client from a random one by the gaps alone", () => {
    expect(believed(MIXED, CLOCKWORK, 190).pRegular).toBeGreaterThan(0.9);
    expect(believed(MIXED, RANDOM, 190).pRegular).toBeLessThan(0.3);
  });

  it("gives a late clockwork client up sooner", () => {
    const asOf = 180 + 100;
    expect(believed(MIXED, CLOCKWORK, asOf).pAlive).toBeLessThan(
      believed(MIXED, RANDOM, asOf).pAlive,
    );
  });

  it("is the plain model without regularity, and when all the weight is on random buyers", () => {
    const posterior = posteriorOf(PLAIN, stateOf(RANDOM, 200));
    for (const model of [null, { ...MIXED, weights: [1, 0, 0, 0] } as RegularityModel]) {
      const belief = believed(model, RANDOM, 200);
      expect(belief.pRegular).toBe(0);
      expect(belief.pAlive).toBeCloseTo(posterior.pAlive, 12);
      expect(pBuy(belief, 60)).toBeCloseTo(pBuyWithin(posterior, 60), 12);
    }
  });

  it("weighs the classes by Bayes' rule over their likelihoods, written out for two gaps", () => {
    const days = daysOf([0, 10, 20]);
    const [x, t, T] = [2, 20, 26];
    // A + D of purchase-likelihood.ts without the parts that all classes share.
    const likelihood = (k: number) => {
      const { r, a, b } = SHAPE;
      const alpha = SHAPE.alpha / k;
      const n = r + k * x;
      let rises = 1;
      for (let i = 0; i < k * x; i += 1) rises *= r + i;
      let factorial = 1;
      for (let i = 2; i < k; i += 1) factorial *= i;
      let alive = 0;
      let term = 1;
      for (let j = 0; j < k; j += 1) {
        alive += (term * (T - t) ** j) / (alpha + T) ** (n + j);
        term *= (n + j) / (j + 1);
      }
      const gone = (a / (b + x)) * (alpha + t) ** -n;
      return ((alpha ** r * rises) / factorial ** x) * (alive + gone) * 100 ** (k - 1);
    };
    const parts = [1, 2, 4, 8].map((k, at) => (MIXED.weights[at] ?? 0) * likelihood(k));
    const sum = parts.reduce((total, part) => total + part, 0);
    expect(believed(MIXED, days, T).pRegular).toBeCloseTo(1 - (parts[0] ?? 0) / sum, 10);
  });

  it("counts as a renewal process does: the law agrees with a simulation of the posterior", () => {
    const belief = believed(MIXED, CLOCKWORK, 200);
    const law = countsOf(belief, 120);
    expect(law.pNone).toBeCloseTo(1 - pBuy(belief, 120), 9);
    expect(law.mean).toBeGreaterThan(1 - law.pNone);
    const draw = makeDraw(seededRandom(3));
    let purchases = 0;
    for (let run = 0; run < RUNS; run += 1) purchases += draw(belief, 120);
    expect(purchases / RUNS).toBeGreaterThan(law.mean - 0.04);
    expect(purchases / RUNS).toBeLessThan(law.mean + 0.04);
  });

  it("keeps the counts of those who buy when the chance to buy is put right", () => {
    const law = countsOf(believed(MIXED, RANDOM, 200), 200);
    const moved = withNone(law, 0.5);
    expect(moved.pNone).toBe(0.5);
    expect(moved.mean / 0.5).toBeCloseTo(law.mean / (1 - law.pNone), 12);
    expect(countQuantile(withNone(law, 1), 0.9)).toBe(0);
    expect(withNone({ ...law, pNone: 1, mean: 0, variance: 0 }, 0.3).mean).toBe(0);
  });

  it("stays finite for a client of a thousand purchases and for a century of silence", () => {
    const busy = daysOf(Array.from({ length: 1000 }, (_, at) => at));
    for (const [days, asOf] of [
      [busy, 1000],
      [busy, 40_000],
      [daysOf([0]), 36_500],
    ] as const) {
      const belief = believed(MIXED, days, asOf);
      const law = countsOf(belief, 365);
      for (const value of [belief.pAlive, belief.pRegular, law.mean, law.variance, law.pNone]) {
        expect(Number.isFinite(value)).toBe(true);
      }
    }
  });
});
