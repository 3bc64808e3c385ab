import { describe, expect, it } from "vitest";
import { makeBuckets, type Timings } from "./buckets.ts";
import { buildHistories, timingsOf } from "./history.ts";
import { fitPurchaseModel } from "./purchase-fit.ts";
import { makePurchaseLikelihood } from "./purchase-likelihood.ts";
import { simulateBase } from "./simulate.ts";

function timings(rows: readonly (readonly [number, number, number])[], logGapSum = 0): Timings {
  return {
    frequency: Int32Array.from(rows, ([x]) => x),
    recency: Int32Array.from(rows, ([, t]) => t),
    age: Int32Array.from(rows, ([, , T]) => T),
    logGapSum,
  };
}

const SMALL = timings(
  [
    [0, 0, 30],
    [0, 0, 30],
    [2, 20, 60],
    [5, 90, 95],
    [1, 3, 80],
    [0, 0, 0],
    [3, 40, 40],
  ],
  12.3,
);

describe("makePurchaseLikelihood", () => {
  it("has the gradient of its value for both models and every k", () => {
    const at = [0.7, 1.3, 0.8, 2.1];
    for (const kind of ["bgnbd", "mbgnbd"] as const) {
      for (const k of [1, 2, 4, 8]) {
        const likelihood = makePurchaseLikelihood(makeBuckets(SMALL), { kind, k, unitDays: 40 });
        const gradient = new Float64Array(4);
        likelihood(at, gradient);
        const scratch = new Float64Array(4);
        at.forEach((x, index) => {
          const step = 1e-5 * x;
          const up = likelihood(at.with(index, x + step), scratch);
          const down = likelihood(at.with(index, x - step), scratch);
          expect(gradient[index], `${kind} ${k} ${index}`).toBeCloseTo((up - down) / (2 * step), 5);
        });
      }
    }
  });

  it("is the textbook formula for one client", () => {
    // BG/NBD, x = 0: (alpha / (alpha + T))^r; MBG adds the chance a / (a + b) to have left at once.
    const one = makeBuckets(timings([[0, 0, 30]]));
    const bg = makePurchaseLikelihood(one, { kind: "bgnbd", k: 1, unitDays: 1 });
    const mbg = makePurchaseLikelihood(one, { kind: "mbgnbd", k: 1, unitDays: 1 });
    const stay = (10 / 40) ** 0.5;
    expect(bg([0.5, 10, 0.8, 2.4], new Float64Array(4))).toBeCloseTo(Math.log(stay), 12);
    const left = 0.8 / 3.2;
    expect(mbg([0.5, 10, 0.8, 2.4], new Float64Array(4))).toBeCloseTo(
      Math.log(left + (1 - left) * stay),
      12,
    );
  });
});

describe("makePurchaseLikelihood at the edge", () => {
  it("stays finite for parameters far below the rounding of 1", () => {
    for (const kind of ["bgnbd", "mbgnbd"] as const) {
      for (const k of [1, 4]) {
        const likelihood = makePurchaseLikelihood(makeBuckets(SMALL), { kind, k, unitDays: 40 });
        const gradient = new Float64Array(4);
        for (const at of [
          [8, 2, 1e-15, 1e-17],
          [1e-9, 2, 1e12, 1e-12],
          [1e-6, 1e6, 1e6, 1e-6],
        ]) {
          expect(Number.isFinite(likelihood(at, gradient))).toBe(true);
          expect(gradient.every(Number.isFinite)).toBe(true);
        }
      }
    }
  });
});

describe("makeBuckets", () => {
  it("counts equal clients once and keeps every other apart", () => {
    const buckets = makeBuckets(SMALL);
    expect(buckets.clients).toBe(7);
    expect(buckets.size).toBe(6);
    expect(buckets.weight.reduce((sum, x) => sum + x, 0)).toBe(7);
    expect(buckets.weight[0]).toBe(2);
  });
});

describe("fitPurchaseModel", () => {
  const options = { kind: "mbgnbd", k: 1, hasPrior: false, unit: "day" } as const;

  it("finds the parameters a simulated base was made with", () => {
    const base = simulateBase({
      clients: 6000,
      days: 1000,
      seed: 11,
      regularity: [1, 0, 0],
      leave: [1.2, 4],
      season: { share: 0, strength: 0 },
    });
    const { model } = fitPurchaseModel(timingsOf(buildHistories(base), 999), options);
    // The chance to leave has mean 1.2 / 5.2; gaps are log-normal, not gamma, so r and alpha have no truth to hit.
    expect(model.a / (model.a + model.b)).toBeGreaterThan(0.2);
    expect(model.a / (model.a + model.b)).toBeLessThan(0.26);
  });

  it("prefers k = 4 for clockwork buyers and k = 1 for random ones", () => {
    const likelihoods = (regularity: readonly [number, number, number]) => {
      const base = simulateBase({ clients: 400, days: 600, seed: 5, regularity });
      const rows = timingsOf(buildHistories(base), 599);
      return ([1, 4] as const).map(
        (k) => fitPurchaseModel(rows, { ...options, k }).model.logLikelihood,
      );
    };
    const [random1 = 0, random4 = 0] = likelihoods([1, 0, 0]);
    const [clock1 = 0, clock4 = 0] = likelihoods([0, 0, 1]);
    expect(random1).toBeGreaterThan(random4);
    expect(clock4).toBeGreaterThan(clock1);
  });

  it("says the same in weeks as in days", () => {
    const days = fitPurchaseModel(SMALL, { ...options, hasPrior: true }).model;
    const weeks = fitPurchaseModel(SMALL, { ...options, hasPrior: true, unit: "week" }).model;
    expect(weeks.alpha * 7).toBeCloseTo(days.alpha, 9);
    expect(weeks.logLikelihood - 11 * Math.log(7)).toBeCloseTo(days.logLikelihood, 9);
  });

  it("stays finite for bases without any information", () => {
    for (const rows of [
      [],
      [[0, 0, 0]],
      [
        [0, 0, 5],
        [0, 0, 9],
      ],
      [[3, 3, 3]],
    ] as const) {
      for (const hasPrior of [true, false]) {
        for (const kind of ["bgnbd", "mbgnbd"] as const) {
          const { model } = fitPurchaseModel(timings(rows), { ...options, kind, hasPrior });
          for (const value of [model.r, model.alpha, model.a, model.b]) {
            expect(Number.isFinite(value) && value > 0).toBe(true);
          }
          expect(Number.isFinite(model.logLikelihood)).toBe(true);
        }
      }
    }
  });
});
