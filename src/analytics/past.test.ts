import { describe, expect, it } from "vitest";
import { chooseMethod } from "./choose.ts";
import { makePast } from "./past.ts";
import { sampleLog } from "./sample.ts";
import { simulateBase } from "./simulate.ts";
import type { PurchaseLog } from "./types.ts";

const HORIZON = 60;
const BASE = simulateBase({ clients: 700, days: 900, seed: 12, refunds: 0.02 });

/** The log without anything after `day`; clients who are still to come stay in the list. */
function until(log: PurchaseLog, day: number): PurchaseLog {
  const rows = Int32Array.from(log.day, (_, row) => row).filter(
    (row) => (log.day[row] ?? 0) <= day,
  );
  return {
    clients: log.clients,
    client: rows.map((row) => log.client[row] ?? 0),
    day: rows.map((row) => log.day[row] ?? 0),
    amountMinor: Float64Array.from(rows, (row) => log.amountMinor[row] ?? 0),
  };
}

/** Everybody buys at random all year, and three times as often in every fourth quarter. */
function seasonal(): PurchaseLog {
  let state = 7;
  const random = () => {
    state = (state * 48_271) % 2_147_483_647;
    return state / 2_147_483_647;
  };
  const rows: [number, number][] = [];
  for (let client = 0; client < 300; client += 1) {
    for (let day = 0; day < 1095; day += 1) {
      const rate = day % 365 >= 273 ? 3 / 60 : 1 / 60;
      if (random() < rate) rows.push([client, day]);
    }
  }
  return {
    clients: Array.from({ length: 300 }, (_, at) => `c${at}`),
    client: Int32Array.from(rows, ([client]) => client),
    day: Int32Array.from(rows, ([, day]) => day),
    amountMinor: new Float64Array(rows.length).fill(100),
  };
}

describe("the past of a base", () => {
  it("knows on a day what was known then: what came later changes nothing", () => {
    const day = 700;
    const all = makePast(BASE, HORIZON);
    const then = makePast(until(BASE, day), HORIZON);
    expect(all.view(day).pCore).toEqual(then.view(day).pCore);
    expect(all.view(day).values).toEqual(then.view(day).values);
    expect(all.level(day, HORIZON)).toBe(then.level(day, HORIZON));
    expect(chooseMethod(all, day)).toEqual(chooseMethod(then, day));
    expect(all.labels(day - HORIZON)).toEqual(then.labels(day - HORIZON));
  });

  it("labels those who stayed away, and counts what the others bought", () => {
    const past = makePast(BASE, HORIZON);
    const counts = past.bought(600, HORIZON);
    past.labels(600).forEach((label, at) => {
      expect(label).toBe((counts[at] ?? 0) === 0 ? 1 : 0);
    });
    expect(counts.some((count) => count > 1)).toBe(true);
  });

  it("reads the level of a season from the same season last year, and nothing from a young base", () => {
    const log = seasonal();
    const past = makePast(log, 90);
    // Before the high season and before the low one.
    expect(past.level(730 + 272, 90)).toBeGreaterThan(1.6);
    expect(past.level(730 + 364, 90)).toBeLessThan(0.85);
    const totals = [730 + 180, 730 + 272].map((day) => {
      const view = past.view(day);
      const actual = past.bought(day, 90).reduce((sum, count) => sum + count, 0);
      return { level: view.level, actual };
    });
    const [low, high] = totals;
    expect((high?.level ?? 0) / (low?.level ?? 1)).toBeCloseTo(
      (high?.actual ?? 0) / (low?.actual ?? 1),
      0,
    );
    expect(past.level(300, 90)).toBe(1);
    expect(past.level(730, 400)).toBe(1);
  });

  it("is total: a base of nobody has empty views and keeps the core", () => {
    const nobody: PurchaseLog = {
      clients: [],
      client: new Int32Array(0),
      day: new Int32Array(0),
      amountMinor: new Float64Array(0),
    };
    const past = makePast(nobody, HORIZON);
    expect(past.view(10).client).toHaveLength(0);
    expect(past.labels(10)).toHaveLength(0);
    expect(chooseMethod(past, 500)).toEqual({ method: "core" });
  });
});

describe("a sample of a log", () => {
  it("takes whole clients, evenly, and keeps small logs as they are", () => {
    const sample = sampleLog(BASE, 100);
    expect(sample.clients).toEqual(BASE.clients.filter((_, at) => at % 7 === 0));
    for (const client of [0, 5, 99]) {
      const own = (log: PurchaseLog, number: number) =>
        Array.from(log.day).filter((_, row) => log.client[row] === number);
      expect(own(sample, client)).toEqual(own(BASE, client * 7));
    }
    expect(sampleLog(BASE, 700)).toBe(BASE);
  });
});
