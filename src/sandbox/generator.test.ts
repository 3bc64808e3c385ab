import { describe, expect, it } from "vitest";
import { demoLog, type SeedOptions, seedFromLog } from "./generator.ts";

const NOW = Date.parse("2026-11-24T00:20:00Z");
const OPTIONS: SeedOptions = {
  now: NOW,
  offsetMinutes: 180,
  currency: "RUB",
  users: 4,
  seed: 7,
  hasExtras: true,
};
const portalDay = (at: number) => Math.floor((at + 180 * 60_000) / 86_400_000);

describe("the demo's base", () => {
  const log = demoLog(400, 7);
  const data = seedFromLog(log, OPTIONS);
  const won = data.deals.filter((deal) => deal.outcome === "won");

  it("is the same for the same seed and another for another", () => {
    expect(seedFromLog(demoLog(400, 7), OPTIONS)).toEqual(data);
    expect(seedFromLog(demoLog(400, 8), OPTIONS)).not.toEqual(data);
  });

  it("keeps every purchase, moved by one number of days, the last one today", () => {
    expect(won).toHaveLength(log.day.length);
    const last = Math.max(...won.map((deal) => portalDay(deal.closedAt ?? 0)));
    expect(last).toBe(portalDay(NOW));
    const shift = portalDay(NOW) - log.day.reduce((most, day) => Math.max(most, day), 0);
    const days = won.map((deal) => portalDay(deal.closedAt ?? 0) - shift).sort((a, b) => a - b);
    expect(days).toEqual([...log.day].sort((a, b) => a - b));
  });

  it("holds nothing of the future and no deal that closes before it opens", () => {
    for (const deal of data.deals) {
      expect(deal.createdAt).toBeLessThanOrEqual(NOW);
      expect(deal.closedAt ?? deal.createdAt).toBeGreaterThanOrEqual(deal.createdAt);
      expect(deal.closedAt ?? 0).toBeLessThanOrEqual(NOW);
    }
  });

  it("has about four thousand clients and twenty-eight thousand purchases at the demo's size", () => {
    const full = demoLog(4_000, 1);
    expect(full.clients).toHaveLength(4_000);
    expect(full.day.length).toBeGreaterThan(24_000);
    expect(full.day.length).toBeLessThan(32_000);
  });
});
