import { describe, expect, it } from "vitest";
import { monthTable } from "./months.ts";
import { seededRandom, simulateBase } from "./simulate.ts";

describe("simulateBase", () => {
  it("gives the same base for the same seed and another for another", () => {
    const make = (seed: number) => simulateBase({ clients: 50, days: 400, seed, withoutSum: 0.1 });
    expect(make(4)).toEqual(make(4));
    expect(make(4).day).not.toEqual(make(5).day);
  });

  it("has the size and the growth of the demo base", () => {
    const base = simulateBase({ clients: 4000, days: 1277, seed: 1, startDay: 19_000 });
    expect(base.day.length).toBeGreaterThan(25_000);
    expect(base.day.length).toBeLessThan(31_000);
    const rows = monthTable(base, 19_000 + 1276);
    const joined = (from: number) =>
      rows.slice(from, from + 6).reduce((sum, row) => sum + row.newClients, 0);
    expect(joined(35)).toBeGreaterThan(1.8 * joined(1));
    expect(base.day.every((day) => day >= 19_000 && day < 19_000 + 1277)).toBe(true);
    expect(base.regularity.every((k) => [1, 2, 4].includes(k))).toBe(true);
  });

  it("keeps rows in order of client and day, refunds included", () => {
    const base = simulateBase({ clients: 300, days: 700, seed: 2, refunds: 0.2, withoutSum: 0.1 });
    for (let row = 1; row < base.day.length; row += 1) {
      const before = (base.client[row - 1] ?? 0) * 1e6 + (base.day[row - 1] ?? 0);
      expect((base.client[row] ?? 0) * 1e6 + (base.day[row] ?? 0)).toBeGreaterThanOrEqual(before);
    }
    expect(base.amountMinor.some((minor) => minor < 0)).toBe(true);
    expect(base.amountMinor.some(Number.isNaN)).toBe(true);
  });
});

describe("seededRandom", () => {
  it("is uniform enough in the mean", () => {
    const random = seededRandom(9);
    let sum = 0;
    for (let i = 0; i < 10_000; i += 1) sum += random();
    expect(sum / 10_000).toBeCloseTo(0.5, 1);
  });
});
