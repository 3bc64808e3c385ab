import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { dayOf, dayText } from "../calendar.ts";
import { buildHistories } from "../history.ts";
import { simulateBase } from "../simulate.ts";
import type { ClientHistory } from "../types.ts";
import { churnThresholdOf, personalLimitDays } from "./churn-threshold.ts";
import { historyAtDays } from "./test-base.ts";

const AS_OF = 1000;

describe("the churn threshold", () => {
  /** So many clients with these purchases. */
  const clients = (count: number, ...days: number[]) =>
    Array.from({ length: count }, () => historyAtDays(days));

  it("has both errors, by hand", () => {
    // 300 days from day 0: follow-up 100, check days from 100 to 200, nine days apart (101, 110, ... 200).
    const base = [
      ...clients(20, 0, 95), // lost: silent 6 to 105 on the check days
      ...clients(10, 50, 95, 240), // comes back on day 240: in the future of checks from 140 on
      ...clients(5, 0), // one purchase
    ];
    const found = churnThresholdOf(base, 300, 30);
    expect(found).toMatchObject({ kind: "measured", followUpDays: 100, repeatBuyers: 30 });
    expect(found.checkDays).toHaveLength(12);
    expect([found.checkDays[0], found.checkDays.at(-1)]).toEqual([dayText(101), dayText(200)]);
    // The last check day, 200, is 105 days after 95: out of the window. 11 check days are judged.
    expect(found.judged).toBe(30 * 11);
    // Day 240 is within 100 days of the checks 146 ... 191 (6 of them): not of 101 ... 137 (5).
    expect(found.realLosses).toBe(20 * 11 + 10 * 5);
    const at = (days: number) => found.candidates.find((row) => row.days === days);
    // Silent for more than 45 days: checks 146 ... 191.
    expect(at(45)).toMatchObject({
      calledLost: 30 * 6,
      cameBack: 10 * 6,
      falseAlarms: 1 / 3,
      missed: 20 * 5 + 10 * 5,
      missedShare: 150 / 270,
    });
    expect(at(14)).toMatchObject({ calledLost: 30 * 10, cameBack: 60, falseAlarms: 0.2 });
    expect(at(60)).toBeUndefined();
    expect(found.recommended).toEqual(at(7));
    // One purchase on day 0 is silent for more than 100 days on every check day.
    expect(at(7)?.oneTime).toMatchObject({ calledLost: 0, falseAlarms: null, missedShare: null });
    // Own limits: (95 -> 90^(3/4) x 285^(1/4) = 120), (45 -> 90^(3/4) x 135^(1/4) = 99.6): nobody is over.
    expect(found.personal.errors).toMatchObject({ calledLost: 0, missed: found.realLosses });
  });

  it("judges nobody by a future that is not over", () => {
    const before = churnThresholdOf(clients(25, 0, 30, 60, 90), 600, 30);
    // Check days end on day 400 and look 200 days ahead: a purchase on the last day counts.
    const after = churnThresholdOf(clients(25, 0, 30, 60, 90, 600), 600, 30);
    expect(before.checkDays).toEqual(after.checkDays);
    expect(before.checkDays.at(-1)).toBe(dayText(400));
    expect(after.realLosses).toBeLessThanOrEqual(before.realLosses);
  });

  it("is refused with a reason below 20 repeat buyers and for a short history", () => {
    expect(churnThresholdOf([], AS_OF, null)).toMatchObject({
      kind: "refused",
      reason: "few_repeat_buyers",
    });
    expect(churnThresholdOf(clients(19, 0, 30), AS_OF, 30).reason).toBe("few_repeat_buyers");
    expect(churnThresholdOf(clients(20, 950, 980), AS_OF, 30).reason).toBe("short_history");
    const regular = clients(20, ...Array.from({ length: 100 }, (_, at) => 10 * at));
    expect(churnThresholdOf(regular, AS_OF, 10)).toMatchObject({
      kind: "refused",
      reason: "few_silences",
      recommended: null,
    });
  });

  it("is refused where silence does not tell who leaves", () => {
    // Hardly anybody leaves and everybody buys at random, seldom: a long silence is as likely as a short one.
    const log = simulateBase({
      clients: 400,
      days: 1460,
      seed: 2,
      medianGapDays: 120,
      leave: [1, 300],
      regularity: [1, 0, 0],
      growth: 1,
    });
    const histories = buildHistories(log, 1460).filter(({ days }) => days.length > 0);
    const found = churnThresholdOf(histories, 1460, 110);
    expect(found).toMatchObject({ kind: "refused", reason: "no_signal", recommended: null });
    expect(found.candidates.length).toBeGreaterThan(5);
    for (const row of found.candidates) {
      expect(Math.max(row.falseAlarms ?? 1, row.missedShare ?? 1)).toBeGreaterThan(0.5);
    }
  });

  it("has fewer false alarms and more misses the longer one waits, and finds who has left for good", () => {
    const log = simulateBase({ clients: 1500, days: 1277, seed: 3 });
    const histories = buildHistories(log, 1277).filter(({ days }) => days.length > 0);
    const found = churnThresholdOf(histories, 1277, 30);
    expect(found.kind).toBe("measured");
    expect(found.followUpDays).toBe(365);
    for (const [at, row] of found.candidates.entries()) {
      const before = found.candidates[at - 1] ?? row;
      expect(row.calledLost).toBeLessThanOrEqual(before.calledLost);
      expect(row.missedShare ?? 0).toBeGreaterThanOrEqual(before.missedShare ?? 0);
      expect(row.falseAlarms ?? 0).toBeLessThanOrEqual(before.falseAlarms ?? 1);
    }
  });

  it("calls real losses clients who, but for a few long breaks, had left for good", () => {
    const log = simulateBase({ clients: 1500, days: 1277, seed: 3 });
    const histories = buildHistories(log, 1277);
    const found = churnThresholdOf(histories, 1277, 30);
    const lost = found.checkDays.map(dayOf).flatMap((check) =>
      [...histories.entries()].flatMap(([client, { days }]) => {
        const known = days.filter((day) => day <= check);
        const isJudged = known.length > 1 && check - (known.at(-1) ?? 0) <= 365;
        const isLost = !days.some((day) => day > check && day <= check + 365);
        return isJudged && isLost ? [(log.leftDay[client] ?? 1e6) <= check] : [];
      }),
    );
    expect(found.realLosses).toBe(lost.length);
    expect(lost.filter(Boolean).length / lost.length).toBeGreaterThan(0.9);
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
