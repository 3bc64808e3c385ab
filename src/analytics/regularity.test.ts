import { describe, expect, it } from "vitest";
import { buildHistories, historyOf, timingsOf } from "./history.ts";
import { fitPurchaseModel } from "./purchase-fit.ts";
import { pBuyWithin, posteriorOf, stateOf } from "./purchase-model.ts";
import { fitRegularity, regularityOf } from "./regularity.ts";
import { simulateBase } from "./simulate.ts";
import { makeSnapshot, scoreBase } from "./snapshot.ts";
import type { RegularityModel } from "./types.ts";

function fitBase(regularity: readonly [number, number, number]) {
  const base = simulateBase({ clients: 600, days: 800, seed: 8, regularity });
  const histories = buildHistories(base, 799);
  const options = { kind: "mbgnbd", k: 1, hasPrior: false, unit: "day" } as const;
  const { model } = fitPurchaseModel(timingsOf(histories, 799), options);
  return { model, mixture: fitRegularity(histories, 799, model) };
}

const history = (days: readonly number[]) =>
  historyOf(
    "c",
    days.map((day) => ({ day, amountMinor: 100 })),
  );
const SHAPE = { r: 1.2, alpha: 40, a: 0.5, b: 3, logLikelihood: 0, clients: 600 };
const MIXED: RegularityModel = { ...SHAPE, weights: [0.4, 0.3, 0.2, 0.1] };
const CLOCKWORK = history([0, 30, 61, 90, 120, 151, 180]);
const RANDOM = history([0, 2, 61, 64, 66, 151, 180]);

describe("fitRegularity", () => {
  it("sees regular clients where there are some and is better than one class for all", () => {
    const { model, mixture } = fitBase([0.3, 0.2, 0.5]);
    expect(mixture?.weights.reduce((sum, weight) => sum + weight, 0)).toBeCloseTo(1, 12);
    expect((mixture?.weights[2] ?? 0) + (mixture?.weights[3] ?? 0)).toBeGreaterThan(0.25);
    expect(mixture?.logLikelihood).toBeGreaterThan(model.logLikelihood);
  });

  it("stays with the simple model where all buy at random", () => {
    const { mixture } = fitBase([1, 0, 0]);
    expect(mixture === null || mixture.weights[0] > 0.8).toBe(true);
  });

  it("has nothing to say about nobody", () => {
    expect(fitRegularity([], 10, fitBase([1, 0, 0]).model)).toBeNull();
  });
});

describe("regularityOf", () => {
  it("tells a clockwork client from a random one by the gaps alone", () => {
    expect(regularityOf(MIXED, CLOCKWORK, 190).pRegular).toBeGreaterThan(0.9);
    expect(regularityOf(MIXED, RANDOM, 190).pRegular).toBeLessThan(0.3);
  });

  it("gives a late clockwork client up sooner", () => {
    const asOf = 180 + 100;
    expect(regularityOf(MIXED, CLOCKWORK, asOf).pAlive).toBeLessThan(
      regularityOf(MIXED, RANDOM, asOf).pAlive,
    );
  });

  it("is the simple model when all the weight is on random buyers", () => {
    const belief = regularityOf({ ...SHAPE, weights: [1, 0, 0, 0] }, RANDOM, 200);
    const one = { ...SHAPE, kind: "mbgnbd", k: 1, unit: "day" } as const;
    const posterior = posteriorOf(one, stateOf(RANDOM.days, 200));
    expect(belief.pRegular).toBe(0);
    expect(belief.pAlive).toBeCloseTo(posterior.pAlive, 12);
    expect(belief.pBuyIfAlive(60)).toBeCloseTo(pBuyWithin(posterior, 60) / posterior.pAlive, 12);
  });
});

describe("dates of the next purchase", () => {
  it("are given to regular clients only, and hold about their share", () => {
    const base = simulateBase({ clients: 1500, days: 1000, seed: 13 });
    const cutoff = 800;
    const snapshot = makeSnapshot(base, cutoff);
    const later = new Map(buildHistories(base).map(({ id, days }) => [id, days]));
    let inside = 0;
    let bought = 0;
    let dated = 0;
    for (const { id, forecast } of scoreBase(base, new Map(), cutoff, snapshot)) {
      const window = forecast?.nextPurchase;
      if (!window) continue;
      dated += 1;
      expect(window.p20).toBeLessThanOrEqual(window.p50);
      expect(window.p50).toBeLessThanOrEqual(window.p80);
      const next = later.get(id)?.find((day) => day > cutoff);
      if (next === undefined) continue;
      bought += 1;
      if (next - cutoff >= window.p20 && next - cutoff <= window.p80) inside += 1;
    }
    expect(dated).toBeGreaterThan(50);
    expect(dated).toBeLessThan(750);
    expect(inside / bought).toBeGreaterThan(0.45);
    expect(inside / bought).toBeLessThan(0.75);
  });
});
