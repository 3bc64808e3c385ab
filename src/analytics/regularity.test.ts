import { describe, expect, it } from "vitest";
import { buildHistories, timingsOf } from "./history.ts";
import { fitPurchaseModel } from "./purchase-fit.ts";
import { fitRegularity } from "./regularity.ts";
import { scoreBase } from "./scoring.ts";
import { simulateBase } from "./simulate.ts";
import { makeSnapshot } from "./snapshot.ts";

function fitBase(regularity: readonly [number, number, number]) {
  const base = simulateBase({ clients: 600, days: 800, seed: 8, regularity });
  const histories = buildHistories(base, 799);
  const options = { kind: "mbgnbd", k: 1, hasPrior: false, unit: "day" } as const;
  const { model } = fitPurchaseModel(timingsOf(histories, 799), options);
  return { model, mixture: fitRegularity(timingsOf(histories, 799), model) };
}

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
    expect(fitRegularity(timingsOf([], 10), fitBase([1, 0, 0]).model)).toBeNull();
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
