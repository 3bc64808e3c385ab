import { describe, expect, it } from "vitest";
import { backtest } from "./backtest.ts";
import { makeBeliever, pBuy } from "./core.ts";
import { buildHistories, timingsOf } from "./history.ts";
import { fitPurchaseModel } from "./purchase-fit.ts";
import { fitRegularity } from "./regularity.ts";
import { scoreBase } from "./scoring.ts";
import { seededRandom, simulateBase } from "./simulate.ts";
import { makeSnapshot } from "./snapshot.ts";
import type { PurchaseLog } from "./types.ts";

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

describe("a base under 500 clients", () => {
  it("with standing orders is foretold far better than by the plain model", () => {
    const base = standingOrders(120);
    expect(makeSnapshot(base, 899)).toMatchObject({ tier: 1, regularity: expect.anything() });
    const { windows, horizonDays } = backtest(base, { draws: 10 });
    expect(windows).toHaveLength(3);
    for (const { cutoff, populations } of windows) {
      expect(populations.active.core.logLoss).toBeLessThan(
        plainLoss(base, cutoff, horizonDays) - 0.02,
      );
    }
  });

  it("keeps the plain model where regularity is weak", () => {
    const base = simulateBase({ clients: 300, days: 800, seed: 8, regularity: [0.3, 0.4, 0.3] });
    const timings = timingsOf(buildHistories(base, 799), 799);
    const { model } = fitPurchaseModel(timings, {
      kind: "mbgnbd",
      k: 1,
      hasPrior: true,
      unit: "day",
    });
    expect(fitRegularity(timings, model)).toBeNull();
  });
});

/** Orders every 20 to 90 days, two days early or late; one in twenty-five is a client's last. */
function standingOrders(clients: number): PurchaseLog {
  const random = seededRandom(3);
  const rows: { client: number; day: number }[] = [];
  for (let client = 0; client < clients; client += 1) {
    const gap = 20 + Math.floor(70 * random());
    let day = Math.floor(150 * random());
    while (day < 900) {
      rows.push({ client, day });
      if (random() < 0.04) break;
      day += gap + Math.floor(5 * random()) - 2;
    }
  }
  return {
    clients: Array.from({ length: clients }, (_, at) => `c${String(at).padStart(3, "0")}`),
    client: Int32Array.from(rows, (row) => row.client),
    day: Int32Array.from(rows, (row) => row.day),
    amountMinor: new Float64Array(rows.length).fill(100_000),
  };
}

/** Log-loss of the model without regularity, of clients who had bought within two horizons. */
function plainLoss(base: PurchaseLog, cutoff: number, horizonDays: number): number {
  const histories = buildHistories(base, cutoff);
  const later = new Map(buildHistories(base).map(({ id, days }) => [id, days]));
  const options = { kind: "mbgnbd", k: 1, hasPrior: true, unit: "day" } as const;
  const timings = timingsOf(histories, cutoff);
  const { model } = fitPurchaseModel(timings, options);
  const believe = makeBeliever(model, null);
  let [loss, n] = [0, 0];
  histories.forEach(({ id, days }, at) => {
    const ageDays = cutoff - (days[0] ?? 0);
    const last = days.at(-1) ?? 0;
    if (cutoff - last > 2 * horizonDays) return;
    const state = { frequency: days.length - 1, recencyDays: last - (days[0] ?? 0), ageDays };
    const away = 1 - pBuy(believe(state, timings.logGaps[at] ?? 0), horizonDays);
    const isAway = !later.get(id)?.some((day) => day > cutoff && day <= cutoff + horizonDays);
    loss -= Math.log(isAway ? away : 1 - away);
    n += 1;
  });
  return loss / n;
}

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
