import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { calibrationTable, churnMetrics, levelledTo, logLossOf } from "./backtest-metrics.ts";

const figures = (p: number[], labels: number[], draws = 50) =>
  churnMetrics({ it: Float64Array.from(p) }, Uint8Array.from(labels), { draws, seed: 3 }).it;

describe("churnMetrics", () => {
  it("agrees with figures counted by hand", () => {
    const found = figures([0.9, 0.8, 0.3, 0.6, 0.1], [1, 0, 0, 1, 0]);
    // Pairs (away, bought): .9 beats all three, .6 beats two of three.
    expect(found.auc).toBeCloseTo(5 / 6, 12);
    expect(found.brier).toBeCloseTo((0.01 + 0.64 + 0.09 + 0.16 + 0.01) / 5, 12);
    expect(found.logLoss).toBeCloseTo(-Math.log(0.9 * 0.2 * 0.7 * 0.6 * 0.9) / 5, 12);
    expect(found).toMatchObject({ n: 5, k: 1, precisionAtK: 1, baseRate: 0.4, errorRate: 0.2 });
  });

  it("counts ties as one half, so that one rate for all ranks like chance", () => {
    const found = figures(new Array(40).fill(0.3), [
      ...new Array(10).fill(1),
      ...new Array(30).fill(0),
    ]);
    expect(found).toMatchObject({ auc: 0.5, aucLow: 0.5, aucHigh: 0.5 });
    expect(found.ece).toBeGreaterThan(0);
  });

  it("has no order to speak of where all clients did the same, and no figures for nobody", () => {
    expect(figures([0.2, 0.4], [1, 1])).toMatchObject({
      auc: null,
      aucLow: null,
      aucHigh: null,
      baseRate: 1,
    });
    expect(figures([], [])).toMatchObject({
      auc: null,
      brier: null,
      logLoss: null,
      ece: null,
      n: 0,
      k: 0,
    });
  });

  it("keeps its interval around the estimate, and the interval narrows with more clients", () => {
    const width = (n: number) => {
      const p = Array.from({ length: n }, (_, at) => ((at * 37) % 101) / 101);
      const labels = p.map((chance, at) => (chance > ((at * 61) % 97) / 97 ? 1 : 0));
      const { auc, aucLow, aucHigh } = figures(p, labels, 200);
      expect(aucLow).toBeLessThan(auc ?? 0);
      expect(aucHigh).toBeGreaterThan(auc ?? 1);
      return (aucHigh ?? 0) - (aucLow ?? 0);
    };
    expect(width(2000)).toBeLessThan(width(100) / 2);
  });

  it("is not turned over by one client who was called certain", () => {
    expect(logLossOf(0, 1)).toBeCloseTo(-Math.log(1e-6), 9);
    expect(logLossOf(1, 1)).toBeLessThan(1e-5);
  });

  it("stays within bounds for any probabilities", () => {
    const row = fc.record({ p: fc.double({ min: 0, max: 1, noNaN: true }), label: fc.nat(1) });
    fc.assert(
      fc.property(fc.array(row, { minLength: 1, maxLength: 60 }), (rows) => {
        const found = figures(
          rows.map(({ p }) => p),
          rows.map(({ label }) => label),
          5,
        );
        for (const key of ["auc", "brier", "ece", "precisionAtK", "errorRate"] as const) {
          const value = found[key] ?? 0.5;
          expect(value >= 0 && value <= 1, `${key} ${value}`).toBe(true);
        }
      }),
      { seed: 5, numRuns: 100 },
    );
  });
});

describe("calibrationTable", () => {
  it("rises, counts everybody once and holds means of the bins", () => {
    const p = Float64Array.from({ length: 95 }, (_, at) => ((at * 29) % 95) / 95);
    const bins = calibrationTable(
      p,
      Uint8Array.from(p, (chance) => (chance > 0.5 ? 1 : 0)),
    );
    expect(bins.reduce((sum, { n }) => sum + n, 0)).toBe(95);
    expect(bins).toHaveLength(10);
    const said = bins.map(({ predicted }) => predicted);
    expect(said).toEqual([...said].sort((left, right) => left - right));
    expect(bins[0]?.observed).toBe(0);
    expect(bins[9]?.observed).toBe(1);
  });
});

describe("levelledTo", () => {
  it("moves all chances by one number, so that their mean is the rate and their order stays", () => {
    const chances = fc.array(fc.double({ min: 0.001, max: 0.999, noNaN: true }), { minLength: 2 });
    const rates = fc.double({ min: 0.02, max: 0.98, noNaN: true });
    const logit = (p: number) => Math.log(p / (1 - p));
    fc.assert(
      fc.property(chances, rates, (p, rate) => {
        const levelled = levelledTo(Float64Array.from(p), rate);
        const mean = levelled.reduce((sum, one) => sum + one, 0) / p.length;
        expect(mean).toBeCloseTo(rate, 6);
        const shift = logit(levelled[0] ?? 0) - logit(p[0] ?? 0);
        p.forEach((one, at) => {
          expect(logit(levelled[at] ?? 0) - logit(one)).toBeCloseTo(shift, 4);
        });
      }),
      { seed: 4 },
    );
  });
});
