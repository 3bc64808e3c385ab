import { describe, expect, it } from "vitest";
import { fitModel, predictClients } from "./fit.ts";
import { simulateBase } from "./simulate.ts";
import type { PurchaseLog } from "./types.ts";

const BASE = simulateBase({ clients: 300, days: 600, seed: 6 });
const EMPTY: PurchaseLog = {
  clients: [],
  client: new Int32Array(0),
  day: new Int32Array(0),
  amountMinor: new Float64Array(0),
};
const OPTIONS = { k: 1, prior: false, until: null, unit: "week" } as const;

describe("fitModel", () => {
  it("takes the last day of the log as the end of the calibration", () => {
    const fit = fitModel(BASE, { ...OPTIONS, model: "mbgnbd" });
    expect(fit.until).toBe(Math.max(...BASE.day));
    expect(fit).toMatchObject({ clients: 300, unit: "week", spend: null });
    expect(Object.keys(fit.params)).toEqual(["r", "alpha", "a", "b"]);
    expect(fitModel(BASE, { ...OPTIONS, model: "mbgnbd", until: 200 }).clients).toBeLessThan(300);
  });

  it("has no better parameters than those it finds", () => {
    const plain = fitModel(BASE, { ...OPTIONS, model: "bgnbd" });
    const pulled = fitModel(BASE, { ...OPTIONS, model: "bgnbd", prior: true });
    expect(plain.logLikelihood).toBeGreaterThanOrEqual(pulled.logLikelihood - 1e-7);
  });

  it("reports money in major units whatever the minor ones are", () => {
    const cents = fitModel(BASE, { ...OPTIONS, model: "gammagamma" });
    const whole = fitModel(BASE, { ...OPTIONS, model: "gammagamma", minorPerMajor: 1 });
    expect((whole.params.v ?? 0) / 100).toBeCloseTo(cents.params.v ?? Number.NaN, 6);
    expect(cents.logLikelihood - whole.logLikelihood).toBeCloseTo(cents.clients * Math.log(100), 6);
  });

  it("fits nothing to an empty log and says so", () => {
    for (const model of ["bgnbd", "mbgnbd", "gammagamma"] as const) {
      expect(fitModel(EMPTY, { ...OPTIONS, model })).toMatchObject({ clients: 0, params: {} });
    }
  });
});

describe("predictClients", () => {
  it("gives one row a client in the fit's unit", () => {
    const fit = fitModel(BASE, { ...OPTIONS, model: "mbgnbd" });
    const { spend } = fitModel(BASE, { ...OPTIONS, model: "gammagamma" });
    const rows = predictClients(BASE, fit, spend, 90);
    expect(rows).toHaveLength(300);
    for (const row of rows) {
      expect(row.tx).toBeLessThanOrEqual(row.T);
      expect(row.T).toBeLessThanOrEqual(600 / 7);
      expect(row.pAlive).toBeGreaterThan(0);
      expect(row.expectedPurchases).toBeGreaterThan(0);
      expect(row.meanSpend).toBeGreaterThan(0);
    }
    const moneyOnly = predictClients(BASE, { ...fit, purchase: null }, null, 90)[0];
    expect(moneyOnly).toMatchObject({ pAlive: null, expectedPurchases: null, meanSpend: null });
  });
});
