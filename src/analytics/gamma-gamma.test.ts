import { describe, expect, it } from "vitest";
import { fitSpendModel, spendOf } from "./gamma-gamma.ts";
import { seededRandom } from "./simulate.ts";

/** Sum of `shape` exponentials: a gamma variable with a whole shape. */
function gamma(shape: number, random: () => number): number {
  let sum = 0;
  for (let i = 0; i < shape; i += 1) sum -= Math.log(1 - random());
  return sum;
}

function simulate(clients: number, seed: number) {
  const random = seededRandom(seed);
  const purchases = Float64Array.from({ length: clients }, () => 1 + Math.floor(6 * random()));
  const meanMinor = purchases.map((x) => {
    const rate = gamma(4, random) / 150_000;
    return gamma(6 * x, random) / rate / x;
  });
  return { purchases, meanMinor };
}

describe("fitSpendModel", () => {
  it("finds the parameters that made the data", () => {
    const model = fitSpendModel(simulate(20_000, 3), false)?.model;
    // p is weakly identified: its standard error is about 0.3 here.
    expect(model?.p).toBeGreaterThan(5);
    expect(model?.p).toBeLessThan(7);
    expect(model?.q).toBeGreaterThan(3.7);
    expect(model?.q).toBeLessThan(4.3);
    expect((model?.p ?? 0) * (model?.v ?? 0)).toBeGreaterThan(860_000);
    expect((model?.p ?? 0) * (model?.v ?? 0)).toBeLessThan(940_000);
  });

  it("does not run away when all clients spend the same", () => {
    const same = {
      purchases: new Float64Array(50).fill(3),
      meanMinor: new Float64Array(50).fill(9900),
    };
    for (const hasPrior of [true, false]) {
      const model = fitSpendModel(same, hasPrior)?.model;
      expect(Number.isFinite(model?.logLikelihood)).toBe(true);
      expect(model && Math.abs(spendOf(model, 3, 9900).mean - 9900)).toBeLessThan(1500);
    }
  });

  it("comes to rest where hardly anybody differs and the gamma functions are large", () => {
    const alike = {
      purchases: new Float64Array(245).fill(1),
      meanMinor: new Float64Array(245).fill(5000),
    };
    const fit = fitSpendModel(alike, true);
    expect(fit?.model.p).toBeGreaterThan(1e4);
    expect(fit?.slope).toBeLessThan(1e-5);
  });

  it("has nothing to say without a row", () => {
    expect(
      fitSpendModel({ purchases: new Float64Array(0), meanMinor: new Float64Array(0) }, true),
    ).toBeNull();
  });
});

describe("spendOf", () => {
  const model = { p: 6.25, q: 3.74, v: 1544, logLikelihood: 0, clients: 946, fallbackMinor: 3300 };

  it("moves from the population's mean to the client's own with every purchase", () => {
    const population = spendOf(model, 0, 0).mean;
    expect(population).toBeCloseTo((6.25 * 1544) / 2.74, 6);
    const one = spendOf(model, 1, 9000);
    const ten = spendOf(model, 10, 9000);
    expect(one.mean).toBeGreaterThan(population);
    expect(ten.mean).toBeGreaterThan(one.mean);
    expect(ten.mean).toBeLessThan(9000);
    expect(ten.meanVariance / ten.mean ** 2).toBeLessThan(one.meanVariance / one.mean ** 2);
  });

  it("falls back to the winsorised mean where the population's mean is infinite", () => {
    expect(spendOf({ ...model, q: 0.9 }, 0, 0).mean).toBe(3300);
  });
});
