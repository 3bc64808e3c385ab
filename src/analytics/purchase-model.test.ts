import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { countLaw, countQuantile, makeExpectation } from "./count-law.ts";
import { betaRule } from "./gauss-jacobi.ts";
import { nextPurchaseQuantile, pBuyWithin, posteriorOf, stateOf } from "./purchase-model.ts";
import type { PurchaseModel } from "./types.ts";

const known = { k: 1, unit: "week", logLikelihood: 0, clients: 2357 } as const;
/** Parameters of the CDNOW sample in weeks: Fader, Hardie & Lee 2005; lifetimes and BTYDplus for MBG/NBD. */
const BG: PurchaseModel = {
  ...known,
  kind: "bgnbd",
  r: 0.24259452,
  alpha: 4.41360202,
  a: 0.79292202,
  b: 2.42590679,
};
const MBG: PurchaseModel = {
  ...known,
  kind: "mbgnbd",
  r: 0.5248429,
  alpha: 6.18308176,
  a: 0.89135952,
  b: 1.61400293,
};
const state = (frequency: number, recency: number, age: number) => ({
  frequency,
  recencyDays: recency * 7,
  ageDays: age * 7,
});

const model = fc.record({
  kind: fc.constantFrom("bgnbd" as const, "mbgnbd" as const),
  k: fc.constantFrom(1 as const, 2 as const, 4 as const, 8 as const),
  r: fc.double({ min: 0.05, max: 20, noNaN: true }),
  alpha: fc.double({ min: 0.1, max: 500, noNaN: true }),
  a: fc.double({ min: 0.01, max: 20, noNaN: true }),
  b: fc.double({ min: 0.01, max: 50, noNaN: true }),
  unit: fc.constant("day" as const),
  logLikelihood: fc.constant(0),
  clients: fc.constant(1),
});
const anyState = fc
  .tuple(fc.integer({ min: 0, max: 40 }), fc.nat(600), fc.nat(900))
  .map(([frequency, recencyDays, silent]) => ({
    frequency,
    recencyDays: frequency === 0 ? 0 : Math.max(frequency, recencyDays),
    ageDays: (frequency === 0 ? 0 : Math.max(frequency, recencyDays)) + silent,
  }));

describe("posteriorOf", () => {
  it("gives the published chances of the first CDNOW clients", () => {
    const cases = [
      [2, 30.428571, 38.857143, 0.72662, 1.225994, 0.706138, 1.262759],
      [0, 0, 38.428571, 1, 0.196549, 0.390917, 0.155744],
      [1, 1.714286, 38.857143, 0.212391, 0.203419, 0.170951, 0.188945],
      [0, 0, 34.428571, 1, 0.214616, 0.402718, 0.174209],
    ] as const;
    const expectation = makeExpectation();
    const expectationBg = makeExpectation();
    for (const [x, t, T, bgAlive, bgCount, mbgAlive, mbgCount] of cases) {
      const bg = posteriorOf(BG, state(x, t, T));
      const mbg = posteriorOf(MBG, state(x, t, T));
      expect(bg.pAlive).toBeCloseTo(bgAlive, 5);
      expect(expectationBg(bg, 273)).toBeCloseTo(bgCount, 5);
      expect(mbg.pAlive).toBeCloseTo(mbgAlive, 5);
      expect(expectation(mbg, 273)).toBeCloseTo(mbgCount, 5);
    }
  });

  it("stays a probability and falls with silence for every k", () => {
    fc.assert(
      fc.property(model, anyState, fc.integer({ min: 1, max: 400 }), (m, s, more) => {
        const now = posteriorOf(m, s);
        const later = posteriorOf(m, { ...s, ageDays: s.ageDays + more });
        expect(now.pAlive).toBeGreaterThanOrEqual(0);
        expect(now.pAlive).toBeLessThanOrEqual(1);
        expect(later.pAlive).toBeLessThanOrEqual(now.pAlive + 1e-12);
      }),
      { seed: 1 },
    );
  });
});

describe("pBuyWithin", () => {
  it("rises from 0 to at most P(alive) and equals P(N >= 1) of the count law", () => {
    fc.assert(
      fc.property(model, anyState, fc.integer({ min: 1, max: 400 }), (m, s, days) => {
        const posterior = posteriorOf(m, s);
        const p = pBuyWithin(posterior, days);
        expect(pBuyWithin(posterior, 0)).toBe(0);
        expect(p).toBeLessThanOrEqual(pBuyWithin(posterior, days + 10) + 1e-12);
        expect(p).toBeLessThanOrEqual(posterior.pAlive + 1e-12);
        const law = countLaw(posterior, days);
        expect(1 - law.pNone).toBeCloseTo(p, 8);
      }),
      { seed: 2 },
    );
  });

  it("has the closed-form quantile when gaps are exponential", () => {
    const posterior = posteriorOf(MBG, state(2, 30.4, 38.9));
    const half = 7 * posterior.rate * (0.5 ** (-1 / posterior.shape) - 1);
    expect(nextPurchaseQuantile(posterior, 0.5)).toBeCloseTo(half, 5);
  });

  it("has no date where half of the living would need more than a century", () => {
    const posterior = posteriorOf({ ...MBG, r: 0.01 }, state(0, 0, 30));
    expect(nextPurchaseQuantile(posterior, 0.5)).toBeNull();
  });
});

describe("countLaw", () => {
  it("has the mean that the integral over the chance to leave gives", () => {
    fc.assert(
      fc.property(model, anyState, (m, s) => {
        const posterior = posteriorOf({ ...m, k: 1 }, s);
        const law = countLaw(posterior, 90);
        const mean = makeExpectation()(posterior, 90);
        expect(Math.abs(law.mean - mean)).toBeLessThan(1e-6 * (1 + mean));
      }),
      { seed: 3 },
    );
  });

  it("gives ranges that hold their share", () => {
    const law = countLaw(posteriorOf(MBG, state(7, 36.7, 38.9)), 273);
    const low = countQuantile(law, 0.1);
    const high = countQuantile(law, 0.9);
    expect(low).toBeLessThan(law.mean);
    expect(high).toBeGreaterThan(law.mean);
    expect(law.tails[high] ?? 0).toBeLessThanOrEqual(0.1);
    expect(law.tails[high - 1]).toBeGreaterThan(0.1);
    expect(countQuantile(countLaw(posteriorOf(MBG, state(0, 0, 30)), 0), 0.9)).toBe(0);
  });
});

describe("betaRule", () => {
  it("integrates powers exactly, also at a = 1 and for a + b below 1", () => {
    for (const [a, b] of [
      [1, 1],
      [0.3, 0.4],
      [0.01, 900],
      [12, 3],
    ] as const) {
      const { nodes, weights } = betaRule(a, b);
      let moment = 1;
      for (let power = 0; power < 12; power += 1) {
        const sum = nodes.reduce((total, x, at) => total + (weights[at] ?? 0) * x ** power, 0);
        expect(Math.abs(sum - moment)).toBeLessThan(1e-12);
        moment *= (a + power) / (a + b + power);
      }
    }
  });
});

describe("stateOf", () => {
  it("counts repeats and days from the first purchase", () => {
    expect(stateOf([10, 14, 30], 50)).toEqual({ frequency: 2, recencyDays: 20, ageDays: 40 });
    expect(stateOf([10], 10)).toEqual({ frequency: 0, recencyDays: 0, ageDays: 0 });
  });
});
