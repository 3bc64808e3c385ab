import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { changeSince, healthChange } from "./health-change.ts";
import { historyOf } from "./history.ts";
import { makeScorer } from "./scoring.ts";
import { simulateBase } from "./simulate.ts";
import { makeSnapshot } from "./snapshot.ts";
import type { SideFacts, Snapshot } from "./types.ts";

const DAYS = 700;
const SMALL = makeSnapshot(simulateBase({ clients: 300, days: DAYS, seed: 4 }), DAYS);
const LARGE = makeSnapshot(simulateBase({ clients: 1_500, days: DAYS, seed: 8 }), DAYS);
const SILENT_FACTS: SideFacts = { hasOpenDeal: null, silentDays: null };

const historyTo = (days: readonly number[], day: number) =>
  historyOf(
    "one",
    days.filter((bought) => bought <= day).map((bought) => ({ day: bought, amountMinor: 10_000 })),
  );

function change(
  snapshot: Snapshot,
  days: readonly number[],
  [from, to]: readonly [number, number],
  [sideThen, sideNow]: readonly [SideFacts, SideFacts] = [SILENT_FACTS, SILENT_FACTS],
) {
  const score = makeScorer(snapshot);
  const { health } = score(historyTo(days, to), sideNow, to);
  const then = { history: historyTo(days, from), side: sideThen, day: from };
  return { health, change: changeSince(score, then, { health, day: to }), score };
}

const day = fc.integer({ min: 0, max: DAYS });
const side: fc.Arbitrary<SideFacts> = fc.record({
  hasOpenDeal: fc.constantFrom(true, false, null),
  silentDays: fc.option(fc.integer({ min: 0, max: 300 })),
});

describe("why a score changed", () => {
  it("adds up exactly, in points, for any client, any two days and any facts beside the purchases", () => {
    fc.assert(
      fc.property(
        fc.constantFrom(SMALL, LARGE),
        fc.uniqueArray(day, { minLength: 1, maxLength: 25 }),
        fc.tuple(day, fc.integer({ min: 1, max: 200 })),
        fc.tuple(side, side),
        (snapshot, days, [from, elapsed], sides) => {
          const sorted = days.toSorted((left, right) => left - right);
          const result = change(snapshot, sorted, [from, from + elapsed], sides);
          if ((sorted[0] ?? 0) > from) {
            expect(result.change).toBeNull();
            return;
          }
          const { delta, behaviour, time, factors } = result.change ?? {
            delta: Number.NaN,
            behaviour: 0,
            time: 0,
            factors: [],
          };
          const before = result.score(historyTo(sorted, from), sides[0], from).health;
          expect(delta).toBe((result.health?.score ?? 0) - (before?.score ?? 0));
          const sum = (value: (factor: (typeof factors)[number]) => number) =>
            factors.reduce((total, factor) => total + value(factor), 0);
          expect(sum(({ points }) => points)).toBe(delta);
          expect(sum((factor) => factor.behaviour)).toBe(behaviour);
          expect(sum((factor) => factor.time)).toBe(time);
          expect(behaviour + time).toBe(delta);
          expect(new Set(factors.map(({ code }) => code)).size).toBe(factors.length);
          for (const factor of factors) expect(factor.behaviour + factor.time).toBe(factor.points);
        },
      ),
      { numRuns: 300 },
    );
  });

  it("is time alone where nothing happened: the same facts grow older", () => {
    const days = [400, 430, 460, 490, 520, 550];
    const { change: found } = change(
      SMALL,
      days,
      [560, 590],
      [
        { hasOpenDeal: false, silentDays: 3 },
        { hasOpenDeal: false, silentDays: 33 },
      ],
    );
    expect(found?.behaviour).toBe(0);
    expect(found?.time).toBeLessThan(0);
    expect(found?.factors[0]).toMatchObject({ code: "silence", behaviour: 0 });
    expect(found?.factors.every((factor) => factor.behaviour === 0)).toBe(true);
  });

  it("credits a purchase and a call to behaviour, against the silence that would have been", () => {
    const days = [400, 430, 460, 490, 520, 585];
    const sides = [
      { hasOpenDeal: false, silentDays: 40 },
      { hasOpenDeal: true, silentDays: 1 },
    ] as const;
    const { change: found } = change(SMALL, days, [560, 590], sides);
    expect(found?.behaviour).toBeGreaterThan(0);
    expect(found?.time).toBeLessThanOrEqual(0);
    const codes = found?.factors.map(({ code }) => code);
    expect(codes).toContain("open_deal");
    expect(codes).toContain("contact");
    const moved = found?.factors.map(({ points }) => Math.abs(points)) ?? [];
    expect(moved).toEqual(moved.toSorted((left, right) => right - left));
  });

  it("is unknown without a score, and nothing where nothing differs", () => {
    const none = makeSnapshot(simulateBase({ clients: 10, days: 100, seed: 1 }), 100);
    expect(change(none, [10, 20], [50, 80]).change).toBeNull();
    expect(change(SMALL, [400, 430], [590, 590]).change).toBeNull();
    const { health } = change(SMALL, [400, 430], [500, 590]);
    if (health === null) throw new Error("no score");
    expect(healthChange(health, health, health)).toEqual({
      delta: 0,
      behaviour: 0,
      time: 0,
      factors: [],
    });
  });
});
