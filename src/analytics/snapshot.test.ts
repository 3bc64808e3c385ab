import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { buildHistories } from "./history.ts";
import { kpiSet } from "./kpi/all-kpis.ts";
import { scoreBase, scoreClient } from "./scoring.ts";
import { simulateBase } from "./simulate.ts";
import { makeSnapshot } from "./snapshot.ts";
import { tierOf } from "./tier.ts";
import type { Insight, PurchaseLog, SideFacts, Snapshot } from "./types.ts";

const UNKNOWN: SideFacts = { hasOpenDeal: null, silentDays: null };
const BASE = simulateBase({ clients: 700, days: 900, seed: 21, withoutSum: 0.02, refunds: 0.03 });
const AS_OF = 899;
const SNAPSHOT = makeSnapshot(BASE, AS_OF);
const INSIGHTS = scoreBase(BASE, new Map(), AS_OF, SNAPSHOT);

/** Every number inside, with its path; JSON has no NaN, so it is looked for before. */
function oddNumbers(value: unknown, path = ""): string[] {
  if (typeof value === "number") return Number.isFinite(value) ? [] : [path];
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) => oddNumbers(inner, `${path}.${key}`));
}

function logOf(rows: readonly (readonly [number, number, number])[], clients: number): PurchaseLog {
  const sorted = [...rows].sort((left, right) => left[0] - right[0] || left[1] - right[1]);
  return {
    clients: Array.from({ length: clients }, (_, at) => `c${at}`),
    client: Int32Array.from(sorted, ([client]) => client),
    day: Int32Array.from(sorted, ([, day]) => day),
    amountMinor: Float64Array.from(sorted, ([, , minor]) => minor),
  };
}

function expectHonest(snapshot: Snapshot, insights: readonly Insight[]): void {
  expect(oddNumbers(snapshot)).toEqual([]);
  expect(oddNumbers(insights)).toEqual([]);
  for (const { forecast, health } of insights) {
    expect(forecast === null).toBe(snapshot.tier === 0);
    expect(health === null).toBe(snapshot.tier === 0);
    if (!forecast || !health) continue;
    expect(forecast.pChurn).toBeGreaterThanOrEqual(0);
    expect(forecast.pChurn).toBeLessThanOrEqual(1);
    expect(forecast.pAlive).toBeGreaterThanOrEqual(1 - forecast.pChurn - 1e-12);
    expect(forecast.expectedPurchases).toBeGreaterThanOrEqual(1 - forecast.pChurn - 1e-9);
    const points = health.factors.reduce((sum, factor) => sum + factor.points, 0);
    expect(health.base + points).toBe(health.score);
    expect(health.factors.every((factor) => Number.isInteger(factor.points))).toBe(true);
    expect(health.score).toBeGreaterThanOrEqual(0);
    expect(health.score).toBeLessThanOrEqual(100);
  }
}

describe("makeSnapshot and scoreBase", () => {
  it("are finite and add up on any small base, however odd", () => {
    const amount = fc.oneof(
      fc.integer({ min: -5000, max: 100_000 }),
      fc.constantFrom(Number.NaN, 0, -1, 100, 100_000_000),
    );
    const bases = fc.integer({ min: 1, max: 90 }).chain((clients) =>
      fc.record({
        clients: fc.constant(clients),
        rows: fc.array(fc.tuple(fc.nat(clients - 1), fc.nat(800), amount), { maxLength: 400 }),
        asOf: fc.integer({ min: 0, max: 1200 }),
        prior: fc.boolean(),
      }),
    );
    fc.assert(
      fc.property(bases, ({ clients, rows, asOf, prior }) => {
        const log = logOf(rows, clients);
        const snapshot = makeSnapshot(log, asOf, { prior });
        expectHonest(snapshot, scoreBase(log, new Map(), asOf, snapshot));
        const histories = buildHistories(log, asOf);
        const kpis = kpiSet({ log, histories, asOf, horizonDays: 60, snapshot });
        expect(oddNumbers(kpis)).toEqual([]);
      }),
      { seed: 7, numRuns: 150 },
    );
  });

  it("stay finite on degenerate bases of hundreds of clients", () => {
    // From 500 clients the regularity mixture is tried as well.
    const CLIENTS = 510;
    const everybody = Array.from({ length: CLIENTS }, (_, at) => at);
    const rows = (of: (client: number) => (readonly [number, number])[]) =>
      everybody.flatMap((client) =>
        of(client).map(([day, minor]) => [client, day, minor] as const),
      );
    const bases = [
      rows(() => [[5, 100]]),
      rows(() => [
        [5, 100],
        [15, 100],
      ]),
      rows((client) => [
        [client, 100],
        [client + 1, -100],
      ]),
      rows((client) => [
        [client, Number.NaN],
        [client + 9, Number.NaN],
      ]),
      rows(() => Array.from({ length: 150 }, (_, day) => [day, 100] as const)),
      rows((client) =>
        client < 50
          ? [
              [0, 100],
              [399, 100],
            ]
          : [[400, 100]],
      ),
    ];
    for (const base of bases) {
      for (const prior of [true, false]) {
        const log = logOf(base, CLIENTS);
        const snapshot = makeSnapshot(log, 400, { prior });
        expectHonest(snapshot, scoreBase(log, new Map(), 400, snapshot));
      }
    }
  });

  it("give a simulated base numbers that can be true", () => {
    expectHonest(SNAPSHOT, INSIGHTS);
    expect(SNAPSHOT.tier).toBe(2);
    const mean = INSIGHTS.reduce((sum, insight) => sum + (insight.health?.score ?? 0), 0);
    expect(Math.abs(mean / INSIGHTS.length - (SNAPSHOT.health?.base ?? 0))).toBeLessThan(1);
    const gone = (id: string) => Number.isFinite(BASE.leftDay[BASE.clients.indexOf(id)]);
    const pAlive = (hasLeft: boolean) => {
      const group = INSIGHTS.filter((insight) => gone(insight.id) === hasLeft);
      return group.reduce((sum, { forecast }) => sum + (forecast?.pAlive ?? 0), 0) / group.length;
    };
    expect(pAlive(true)).toBeLessThan(0.35);
    expect(pAlive(false)).toBeGreaterThan(0.7);
  });

  it("survive a journey through JSON with the same result", () => {
    const stored: Snapshot = JSON.parse(JSON.stringify(SNAPSHOT));
    expect(scoreBase(BASE, new Map(), AS_OF, stored)).toEqual(INSIGHTS);
  });

  it("score one client as in the whole base", () => {
    const histories = buildHistories(BASE, AS_OF).filter(({ days }) => days.length > 0);
    for (const at of [0, 10, 333]) {
      const history = histories[at];
      expect(history && scoreClient(history, UNKNOWN, AS_OF, SNAPSHOT)).toEqual(INSIGHTS[at]);
    }
  });

  it("call somebody who never bought a lead without a forecast", () => {
    const log = logOf([], 1);
    const [history] = buildHistories(log);
    const insight = history && scoreClient(history, UNKNOWN, AS_OF, SNAPSHOT);
    expect(insight).toMatchObject({
      lifecycle: "lead",
      forecast: null,
      health: null,
      purchases: 0,
    });
    expect(scoreBase(log, new Map(), AS_OF, SNAPSHOT)).toEqual([]);
  });

  it("take a chosen horizon and id", () => {
    const snapshot = makeSnapshot(BASE, AS_OF, { id: "night-1", horizonDays: 180 });
    expect(snapshot).toMatchObject({ id: "night-1", horizonDays: 180 });
    expect(SNAPSHOT.id).toBe("1972-06-18");
  });
});

describe("tierOf", () => {
  it("names the reason why a base gets no probabilities", () => {
    expect(tierOf(49, 49)).toEqual({ tier: 0, tierReason: "few_clients" });
    expect(tierOf(6800, 50)).toEqual({ tier: 0, tierReason: "nobody_returns" });
    expect(tierOf(60, 19)).toEqual({ tier: 0, tierReason: "few_repeat_buyers" });
    expect([tierOf(60, 20), tierOf(500, 100), tierOf(2000, 900)].map(({ tier }) => tier)).toEqual([
      1, 2, 3,
    ]);
  });
});

describe("health", () => {
  const history = buildHistories(BASE, AS_OF).find(({ days }) => days.length > 6);
  if (!history) throw new Error("The simulated base has no regular client.");
  const last = history.days[history.days.length - 1] ?? 0;
  const health = (side: SideFacts, asOf: number) => {
    const found = scoreClient(history, side, asOf, SNAPSHOT).health;
    if (!found) throw new Error("No health.");
    return found;
  };
  const points = (code: string, asOf: number, side = UNKNOWN) =>
    health(side, asOf).factors.find((factor) => factor.code === code)?.points;

  it("falls while a client is silent, and blames the silence", () => {
    const scores = [0, 30, 90, 300].map((silent) => health(UNKNOWN, last + silent).score);
    expect(scores).toEqual([...scores].sort((a, b) => b - a));
    expect(points("silence", last)).toBeGreaterThan(0);
    expect(points("silence", last + 300)).toBeLessThan(0);
  });

  it("moves by facts the model does not see, within 15 points, and lists what is unknown", () => {
    const plain = health(UNKNOWN, last + 60);
    expect(plain.factors.map((factor) => factor.code)).toEqual(
      expect.arrayContaining(["open_deal_unknown", "contact_unknown"]),
    );
    const warm = health({ hasOpenDeal: true, silentDays: 2 }, last + 60);
    const cold = health({ hasOpenDeal: false, silentDays: 400 }, last + 60);
    expect(warm.score - plain.score).toBeGreaterThan(0);
    expect(warm.score - plain.score).toBeLessThanOrEqual(15);
    expect(plain.score - cold.score).toBeGreaterThan(0);
    expect(plain.score - cold.score).toBeLessThanOrEqual(15);
  });

  it("offers an order as the way up, never to a client who cannot gain by it", () => {
    const [order] = health(UNKNOWN, last + 200).wouldChange;
    expect(order?.code).toBe("order_by");
    expect(order?.score).toBeGreaterThan(health(UNKNOWN, last + 200).score);
    expect(
      health(UNKNOWN, last).wouldChange.every((o) => o.score > health(UNKNOWN, last).score),
    ).toBe(true);
  });
});
