import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { makeChurnScorer } from "./churn-score.ts";
import { MODEL_FACTORS, referenceFor, toWholePoints } from "./health-factors.ts";
import { buildHistories } from "./history.ts";
import { pBuyWithin, posteriorOf } from "./purchase-model.ts";
import { scoreClient } from "./scoring.ts";
import { simulateBase } from "./simulate.ts";
import { makeSnapshot } from "./snapshot.ts";
import type { ClientHistory, PurchaseModel, SideFacts, Snapshot } from "./types.ts";

const MODEL: PurchaseModel = {
  kind: "mbgnbd",
  k: 1,
  r: 1,
  alpha: 40,
  a: 0.6,
  b: 4,
  unit: "day",
  logLikelihood: 0,
  clients: 100,
};
const UNKNOWN: SideFacts = { hasOpenDeal: null, silentDays: null };
const AS_OF = 1199;
const BASE = simulateBase({ clients: 1500, days: 1200, seed: 44 });
const FITTED = makeSnapshot(BASE, AS_OF);
const HISTORIES = buildHistories(BASE, AS_OF).filter(({ days }) => days.length > 0);

/** A layer that knows one thing: money spent lately keeps a client. */
const LAYERED: Snapshot = {
  ...FITTED,
  churn: {
    method: "layer",
    layer: {
      slope: 0.9,
      intercept: 0.1,
      ridge: 1,
      parts: [
        { feature: "sumInH", knots: [0], coefficients: [-0.8], last: 4, centre: -0.5 },
        { feature: "recency", knots: [0], coefficients: [0.2], last: 7, centre: 0.9 },
      ],
    },
  },
};

describe("factors of health", () => {
  it("add up to the score of every client, with a layer, without, and where one rate speaks", () => {
    const flat: Snapshot = { ...FITTED, churn: { method: "baseRate", rate: 0.4 } };
    const rule: Snapshot = {
      ...FITTED,
      churn: { method: "hiatus", rule: { intercept: -2, slope: 0.7, least: 0.01 } },
    };
    for (const snapshot of [FITTED, LAYERED, flat, rule]) {
      for (const history of HISTORIES.slice(0, 400)) {
        const { health, forecast } = scoreClient(history, UNKNOWN, AS_OF, snapshot);
        const points = health?.factors.reduce((sum, factor) => sum + factor.points, 0);
        expect((health?.base ?? 0) + (points ?? 0)).toBe(health?.score);
        expect(health?.score).toBe(Math.round(100 * (1 - (forecast?.pChurn ?? 0))));
      }
    }
  });

  it("say nothing of anybody where one rate speaks for all", () => {
    const flat: Snapshot = { ...FITTED, churn: { method: "baseRate", rate: 0.4 } };
    const scores = HISTORIES.slice(0, 50).map(
      (history) => scoreClient(history, UNKNOWN, AS_OF, flat).health?.score,
    );
    expect(new Set(scores)).toEqual(new Set([60]));
  });

  it("name what the layer knows: the money factor follows the layer's own contribution", () => {
    const score = makeChurnScorer(
      LAYERED,
      FITTED.model ?? MODEL,
      LAYERED.churn ?? { method: "core" },
    );
    const money = (history: ClientHistory) =>
      scoreClient(history, UNKNOWN, AS_OF, LAYERED).health?.factors.find(
        ({ code }) => code === "money",
      )?.points ?? 0;
    let [checked, agree] = [0, 0];
    for (const history of HISTORIES.slice(0, 300)) {
      const { contributions } = score.of(history, AS_OF);
      const logOdds = contributions?.reduce((sum, x) => sum + x, 0) ?? 0;
      const points = money(history);
      if (points === 0) continue;
      checked += 1;
      // Log-odds of no purchase: what keeps a client is negative there and positive in points.
      if (points > 0 === -(contributions?.[14] ?? 0) > 0) agree += 1;
      expect(Number.isFinite(logOdds)).toBe(true);
    }
    expect(checked).toBeGreaterThan(50);
    expect(agree).toBe(checked);
  });

  it("are measured against a client who has the wanted chance", () => {
    for (const wanted of [0.1, 0.4, 0.8]) {
      const { purchases, gapDays, silentDays } = referenceFor(
        MODEL,
        { purchases: 4, gapDays: 30 },
        90,
        wanted,
      );
      const recencyDays = (purchases - 1) * gapDays;
      const state = { frequency: purchases - 1, recencyDays, ageDays: recencyDays + silentDays };
      expect(pBuyWithin(posteriorOf(MODEL, state), 90)).toBeCloseTo(wanted, 6);
    }
  });
});

describe("whole points", () => {
  it("add up exactly, whatever the contributions", () => {
    const numbers = fc.array(fc.double({ min: -20, max: 20, noNaN: true }), {
      minLength: MODEL_FACTORS.length,
      maxLength: MODEL_FACTORS.length,
    });
    fc.assert(
      fc.property(numbers, fc.integer({ min: -100, max: 100 }), (contributions, points) => {
        const whole = toWholePoints(contributions, points);
        expect(whole.every(Number.isInteger)).toBe(true);
        expect(whole.reduce((sum, x) => sum + x, 0)).toBe(points);
      }),
      { seed: 5, numRuns: 500 },
    );
  });

  it("follow the contributions in sign and order where these explain the whole", () => {
    expect(toWholePoints([-2, 1, 0, 0, 0, 0], -20)).toEqual([-40, 20, 0, 0, 0, 0]);
  });
});
