import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { buildHistories } from "../history.ts";
import { simulateBase } from "../simulate.ts";
import type { ClientHistory } from "../types.ts";
import { churnThresholdOf, personalLimitDays } from "./churn-threshold.ts";
import { historyAtDays } from "./test-base.ts";

const AS_OF = 1000;

describe("the churn threshold", () => {
  it("has both errors, by hand", () => {
    // History of 1000 days, follow-up of 500: silences that begin after day 500 do not count.
    const regular = historyAtDays([0, 20, 40, 60]); // Loses interest at 60: gaps 20, 20, then a real loss.
    const slow = historyAtDays([0, 100, 300]); // Gap 200 after a second purchase, then a real loss.
    const once = historyAtDays([0]);
    const young = historyAtDays([0, 600, 700]); // 600 is beyond the follow-up: a loss after a first purchase.
    const base = [
      ...Array.from({ length: 20 }, () => regular),
      ...Array.from({ length: 5 }, () => slow),
      ...Array.from({ length: 3 }, () => once),
      young,
    ];
    const found = churnThresholdOf(base, AS_OF, 20);
    expect(found).toMatchObject({ kind: "measured", followUpDays: 500, repeatBuyers: 26 });
    // Repeat silences: regular 20 x (20, 20, loss), slow 5 x (200, loss).
    expect(found.silences).toBe(20 * 3 + 5 * 2);
    expect(found.realLosses).toBe(25);
    const at = (days: number) => found.candidates.find((row) => row.days === days);
    expect(at(14)).toMatchObject({ calledLost: 70, cameBack: 45, foundLate: 0 });
    expect(at(21)).toMatchObject({ calledLost: 30, cameBack: 5, falseAlarms: 1 / 6 });
    // Own limits at the loss: regular 60; slow (gaps 100, 200): 60^(3/5) x 450^(2/5) = 134.4.
    expect(at(60)).toMatchObject({ foundLate: 0 });
    expect(at(75)).toMatchObject({ foundLate: 20, late: 0.8 });
    expect(at(150)).toMatchObject({ foundLate: 25, late: 1 });
    expect(at(240)).toMatchObject({ calledLost: 25, cameBack: 0, falseAlarms: 0 });
    expect(at(300)).toBeUndefined();
    expect(found.recommended).toEqual(at(21));
    // After a first purchase: 20 x 20, 5 x 100, 3 losses, 1 loss.
    expect(at(60)?.oneTime).toEqual({ calledLost: 9, cameBack: 5, falseAlarms: 5 / 9 });
  });

  it("does not count a silence that began too late to be judged, however it ended", () => {
    const base = Array.from({ length: 25 }, () => historyAtDays([0, 30, 60, 90]));
    const before = churnThresholdOf(base, AS_OF, 30);
    const later = base.map(() => historyAtDays([0, 30, 60, 90, 591, 600, 605]));
    const after = churnThresholdOf(later, AS_OF, 30);
    expect(after.candidates).toEqual(before.candidates);
  });

  it("is refused with a reason below 20 repeat buyers and for a short history", () => {
    const repeated = (count: number, days: number[]) =>
      Array.from({ length: count }, () => historyAtDays(days));
    expect(churnThresholdOf([], AS_OF, null)).toMatchObject({
      kind: "refused",
      reason: "few_repeat_buyers",
    });
    expect(churnThresholdOf(repeated(19, [0, 30]), AS_OF, 30).reason).toBe("few_repeat_buyers");
    expect(churnThresholdOf(repeated(20, [950, 980]), AS_OF, 30).reason).toBe("short_history");
    const frequent = repeated(
      20,
      Array.from({ length: 100 }, (_, at) => 10 * at),
    );
    expect(churnThresholdOf(frequent, AS_OF, 10)).toMatchObject({
      kind: "refused",
      reason: "few_silences",
      recommended: null,
    });
  });

  it("has fewer false alarms and more late finds the longer one waits, and finds the truth of a simulation", () => {
    const log = simulateBase({ clients: 1500, days: 1277, seed: 3 });
    const histories = buildHistories(log, 1277).filter(({ days }) => days.length > 0);
    const found = churnThresholdOf(histories, 1277, 30);
    expect(found.kind).toBe("measured");
    for (const [at, row] of found.candidates.entries()) {
      const before = found.candidates[at - 1] ?? row;
      expect(row.calledLost).toBeLessThanOrEqual(before.calledLost);
      expect(row.late ?? 0).toBeGreaterThanOrEqual(before.late ?? 0);
      expect(row.falseAlarms).toBeLessThanOrEqual((before.falseAlarms ?? 1) + 1e-9);
      for (const share of [row.falseAlarms, row.late]) expect(share ?? 0).toBeLessThanOrEqual(1);
    }
    // Nearly all silences called real losses belong to clients who had left for good.
    const gone = [...log.leftDay].filter((day) => day <= 1277 - found.followUpDays).length;
    const once = found.candidates[0]?.oneTime;
    const firstLosses = (once?.calledLost ?? 0) - (once?.cameBack ?? 0);
    expect((found.realLosses + firstLosses) / gone).toBeGreaterThan(0.97);
    expect((found.realLosses + firstLosses) / gone).toBeLessThan(1.05);
  });

  it("never throws and never has a share out of bounds", () => {
    const client = fc
      .uniqueArray(fc.nat(1000), { minLength: 1, maxLength: 8 })
      .map((days): ClientHistory => historyAtDays(days.sort((a, b) => a - b)));
    fc.assert(
      fc.property(
        fc.array(client, { maxLength: 40 }),
        fc.option(fc.integer({ min: 1, max: 400 })),
        (base, gap) => {
          const found = churnThresholdOf(base, AS_OF, gap);
          expect(found.recommended === null).toBe(found.kind === "refused");
          expect(found.reason === null).toBe(found.kind === "measured");
          expect(found.personal.over).toBeLessThanOrEqual(found.personal.clients);
        },
      ),
      { seed: 9, numRuns: 200 },
    );
  });
});

describe("the own limit", () => {
  it("is three median gaps, drawn to the base's, from three gaps on", () => {
    expect(personalLimitDays(Int32Array.of(0, 10, 20), 40)).toBeNull();
    expect(personalLimitDays(Int32Array.of(0, 10, 20, 30), null)).toBeNull();
    // Half-way (geometrically) between 3 x 10 and 3 x 40.
    expect(personalLimitDays(Int32Array.of(0, 10, 20, 30), 40)).toBeCloseTo(60, 9);
    const long = Int32Array.from({ length: 60 }, (_, at) => 10 * at);
    expect(personalLimitDays(long, 40)).toBeLessThan(33);
  });
});
