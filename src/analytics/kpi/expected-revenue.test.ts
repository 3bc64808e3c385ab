import { describe, expect, it } from "vitest";
import { spendOf } from "../gamma-gamma.ts";
import { buildHistories, repeatSpend } from "../history.ts";
import { makeScorer } from "../scoring.ts";
import { simulateBase } from "../simulate.ts";
import { makeSnapshot } from "../snapshot.ts";
import type { SpendModel } from "../types.ts";
import { expectedMoney } from "./expected-revenue.ts";
import { figuresOf, logOf, rowsOf } from "./test-log.ts";

const LOG = simulateBase({
  clients: 1500,
  days: 1000,
  seed: 21,
  season: { share: 0, strength: 0 },
});
const AS_OF = 900;
const CLIENTS = buildHistories(LOG, AS_OF).filter(({ days }) => days.length > 0);
const SNAPSHOT = makeSnapshot(LOG, AS_OF);

describe("expected revenue", () => {
  it("is the sum over clients of expected purchases times expected money", () => {
    const spend = SNAPSHOT.spend as SpendModel;
    const score = makeScorer({ ...SNAPSHOT, horizonDays: 90 });
    const sum = CLIENTS.reduce((all, client) => {
      const known = repeatSpend(client, spend.capMinor);
      const money = spendOf(spend, known.purchases, known.meanMinor).mean;
      const side = { hasOpenDeal: null, silentDays: null };
      return all + (score(client, side, AS_OF).forecast?.expectedPurchases ?? 0) * money;
    }, 0);
    const expected = expectedMoney(CLIENTS, AS_OF, SNAPSHOT, 90);
    // The layer, where the snapshot has one, moves single clients; the core is what is summed here.
    expect(Math.abs((expected?.meanMinor ?? 0) / sum - 1)).toBeLessThan(0.05);
    expect(expected?.counted).toBe(CLIENTS.length);
  });

  it("comes close to what the same clients then bring, with a range around it", () => {
    const expected = expectedMoney(CLIENTS, AS_OF, SNAPSHOT, 90);
    const known = new Set(CLIENTS.map(({ id }) => id));
    const actual = LOG.day.reduce(
      (sum, day, row) =>
        day > AS_OF && day <= AS_OF + 90 && known.has(LOG.clients[LOG.client[row] as number] ?? "")
          ? sum + (LOG.amountMinor[row] as number)
          : sum,
      0,
    );
    const mean = expected?.meanMinor ?? 0;
    expect(Math.abs(mean / actual - 1)).toBeLessThan(0.15);
    expect(expected?.lowMinor).toBeLessThan(mean);
    expect(expected?.highMinor).toBeGreaterThan(mean);
  });

  it("grows with time and is scaled up from a sample of a large base", () => {
    const at = (days: number, most?: number) => expectedMoney(CLIENTS, AS_OF, SNAPSHOT, days, most);
    expect(at(30)?.meanMinor ?? 0).toBeLessThan(at(90)?.meanMinor ?? 0);
    const sample = at(90, 500);
    const whole = at(90);
    expect(sample?.counted).toBeLessThanOrEqual(500);
    expect(Math.abs((sample?.meanMinor ?? 0) / (whole?.meanMinor ?? 1) - 1)).toBeLessThan(0.25);
    const width = (one: typeof whole) => (one?.highMinor ?? 0) - (one?.lowMinor ?? 0);
    expect(width(sample)).toBeGreaterThan(width(whole));
  });

  it("is not given where there is no forecast", () => {
    expect(expectedMoney(CLIENTS, AS_OF, { ...SNAPSHOT, model: null }, 30)).toBeNull();
    const log = logOf(rowsOf("a 2025-01-01 100"));
    const { by } = figuresOf(log, { asOf: "2025-01-02", snapshot: { ...SNAPSHOT, spend: null } });
    expect(by.expected_revenue_30).toMatchObject({ value: null, note: "no_forecast" });
  });
});
