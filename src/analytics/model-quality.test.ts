import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type BacktestOptions, backtest } from "./backtest.ts";
import type { MethodQuality, QualityWindow } from "./churn-types.ts";
import { compareWithRule, driftOf, qualityOf, teamCalls } from "./model-quality.ts";
import { simulateBase } from "./simulate.ts";

const BASE = simulateBase({ clients: 900, days: 800, seed: 5 });
const test = (options: BacktestOptions = {}) =>
  backtest(BASE, { horizonDays: 60, draws: 40, ...options });

describe("what a snapshot keeps of the test", () => {
  const tested = test();
  const quality = qualityOf(tested, tested.end);

  it("is plain JSON of a few kB without a single client", () => {
    expect(JSON.parse(JSON.stringify(quality))).toEqual(quality);
    expect(JSON.stringify(quality).length).toBeLessThan(9_000);
    expect(JSON.stringify(quality)).not.toContain("predictions");
  });

  it("says what the test said, to four digits", () => {
    expect(quality.windows.map(({ cutoff }) => cutoff)).toEqual(
      tested.windows.map(({ cutoff }) => cutoff),
    );
    quality.windows.forEach((window, at) => {
      const source = tested.windows[at];
      for (const population of ["all", "active"] as const) {
        for (const method of ["chosen", "hiatus", "baseRate"] as const) {
          const said = source?.populations[population][method];
          const kept = window.populations[population][method];
          expect(kept.logLoss).toBeCloseTo(said?.logLoss ?? Number.NaN, 4);
          expect(kept.aucLow).toBeCloseTo(said?.aucLow ?? Number.NaN, 4);
          expect([kept.k, kept.n]).toEqual([said?.k, said?.n]);
        }
      }
    });
  });

  it("counts buyers said and seen: everybody either bought or stayed away", () => {
    for (const { buyers, populations } of quality.windows) {
      const { n, baseRate } = populations.all.chosen;
      expect(buyers.clients).toBe(n);
      expect(buyers.actual).toBe(Math.round(n * (1 - (baseRate ?? 0))));
      expect(buyers.predicted).toBeGreaterThan(0);
    }
  });

  it("of a base that could not be tested says from which day it can be", () => {
    const young = simulateBase({ clients: 300, days: 100, seed: 3, growth: 1, medianGapDays: 15 });
    const refused = backtest(young, { horizonDays: 90 });
    expect(refused.reason).toBe("short_history");
    const day = qualityOf(refused, 100).testableFrom ?? 0;
    expect(day).toBeGreaterThan(refused.end);
    expect(day).toBeLessThanOrEqual(refused.end + 90);
    // The same clients, seen when that day has come, are tested.
    const later = simulateBase({ clients: 300, days: 190, seed: 3, growth: 1, medianGapDays: 15 });
    expect(backtest(later, { horizonDays: 90, draws: 10 }).windows.length).toBeGreaterThan(0);
  });
});

describe("how many the team can call", () => {
  it("is a week of its work where that is a choice, else the riskiest tenth", () => {
    expect(teamCalls(75, 900)).toEqual({ basis: "team", perWeek: 75 });
    expect(teamCalls(75, 200)).toEqual({ basis: "tenth", perWeek: 75 });
    expect(teamCalls(null, 900)).toEqual({ basis: "tenth", perWeek: null });
    expect(teamCalls(0, 0)).toEqual({ basis: "tenth", perWeek: 0 });
  });

  it("is K of the precision, and its share in a sample", () => {
    const k = (options: BacktestOptions) => test(options).windows[0]?.populations.active.chosen.k;
    expect(k({ calls: 75 })).toBe(75);
    expect(k({ calls: 90, maxClients: 450 })).toBe(45);
    expect(k({ calls: 10, maxClients: 450 })).toBe(20);
  });
});

const buyers = (predicted: number, actual: number, clients = 4_000) => ({
  buyers: { clients, predicted, actual },
});

describe("the drift alarm", () => {
  it("needs two windows that are off by more than 15 % of what came true", () => {
    expect(driftOf([buyers(1_000, 1_200), buyers(1_000, 1_250), buyers(1_000, 1_010)])).toEqual({
      windows: 3,
      more: 2,
      fewer: 0,
      isAlarm: true,
    });
    expect(driftOf([buyers(1_000, 1_200), buyers(1_000, 1_170)]).isAlarm).toBe(false);
    expect(driftOf([buyers(1_000, 800), buyers(1_000, 1_300)])).toMatchObject({
      more: 1,
      fewer: 1,
      isAlarm: true,
    });
    expect(driftOf([])).toEqual({ windows: 0, more: 0, fewer: 0, isAlarm: false });
  });

  it("is silent about what chance explains in a small base", () => {
    expect(driftOf([buyers(20, 26, 80), buyers(20, 14, 80)]).isAlarm).toBe(false);
    expect(driftOf([buyers(0, 0, 0), buyers(0, 0, 0)]).isAlarm).toBe(false);
  });

  it("never rings within 15 %, and always beyond it where there are many clients", () => {
    const share = fc.double({ min: -0.6, max: 0.6, noNaN: true });
    fc.assert(
      fc.property(fc.integer({ min: 2_000, max: 100_000 }), share, (actual, off) => {
        const window = buyers(actual * (1 + off), actual, 4 * actual);
        const { isAlarm, more, fewer } = driftOf([window, window]);
        if (Math.abs(off) < 0.149) expect(isAlarm).toBe(false);
        if (Math.abs(off) > 0.151) {
          expect(isAlarm).toBe(true);
          expect([more, fewer]).toEqual(off < 0 ? [2, 0] : [0, 2]);
        }
      }),
    );
  });
});

describe("beside the silence rule", () => {
  const figures = (logLoss: number | null): MethodQuality => ({
    auc: 0.7,
    aucLow: 0.6,
    aucHigh: 0.8,
    brier: 0.2,
    logLoss,
    ece: 0.02,
    precisionAtK: 0.7,
    k: 10,
    n: 100,
    baseRate: 0.4,
  });
  const window = (chosen: number | null, hiatus: number | null): QualityWindow => {
    const one = { chosen: figures(chosen), hiatus: figures(hiatus), baseRate: figures(0.7) };
    return {
      cutoff: 0,
      method: "core",
      populations: { all: one, active: one },
      ...buyers(1, 1),
      warning: { clients: 0, doubtedAtOnce: 0, earlier: 0, medianDays: null },
      totals: { predicted: 0, actual: 0, level: 1 },
      rangeCoverage: { all: null, active: null },
    };
  };

  it("is better only in most windows and on the whole", () => {
    expect(compareWithRule([window(0.5, 0.6), window(0.5, 0.55), window(0.6, 0.59)])).toEqual({
      windows: 3,
      won: 2,
      isBetter: true,
    });
    expect(compareWithRule([window(0.5, 0.51), window(0.5, 0.51), window(0.9, 0.5)])).toEqual({
      windows: 3,
      won: 2,
      isBetter: false,
    });
    expect(compareWithRule([window(null, 0.5)])).toBeNull();
    expect(compareWithRule([])).toBeNull();
  });
});
