import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { lifecycleOf } from "./lifecycle.ts";
import type { LifecycleThresholds } from "./types.ts";

const THRESHOLDS: LifecycleThresholds = {
  newDays: 60,
  activeDays: 60,
  sleepingDays: 120,
  lostDays: 240,
  loyalPurchases: 4,
};

/** Purchases with these gaps, then silence. */
function stateAfter(gaps: readonly number[], silentDays: number) {
  const days = [0];
  for (const gap of gaps) days.push((days.at(-1) ?? 0) + gap);
  return lifecycleOf(Int32Array.from(days), (days.at(-1) ?? 0) + silentDays, THRESHOLDS);
}

describe("the lifecycle state", () => {
  it("follows the client's own rhythm, the more so the more of it is known", () => {
    // Once a year: a month or three of silence is nothing.
    expect(stateAfter([250], 31)).not.toBe("at_risk");
    expect(stateAfter([250, 250, 250], 110)).not.toBe("at_risk");
    // Every week: five weeks of silence are much, and surely so after many purchases.
    expect(stateAfter([7, 7, 7, 7, 7, 7, 7, 7, 7], 35)).toBe("at_risk");
    expect(stateAfter([7], 35)).toBe("active");
    expect(stateAfter([7], 45)).toBe("at_risk");
  });

  it("goes from new through at risk and sleeping to lost as silence grows", () => {
    expect([10, 61, 121, 241].map((silent) => stateAfter([], silent))).toEqual([
      "new",
      "at_risk",
      "sleeping",
      "lost",
    ]);
    expect(stateAfter([20, 20, 20], 5)).toBe("loyal");
    expect(stateAfter([200], 5)).toBe("returned");
    expect(lifecycleOf(new Int32Array(0), 10, THRESHOLDS)).toBe("lead");
  });

  it("never gets better by waiting", () => {
    const order = ["new", "returned", "loyal", "active", "at_risk", "sleeping", "lost"];
    const rank = (state: string) => Math.max(3, order.indexOf(state));
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 1, max: 400 }), { maxLength: 6 }),
        fc.integer({ min: 0, max: 400 }),
        fc.integer({ min: 0, max: 400 }),
        (gaps, silent, more) => {
          expect(rank(stateAfter(gaps, silent + more))).toBeGreaterThanOrEqual(
            rank(stateAfter(gaps, silent)),
          );
        },
      ),
    );
  });
});
