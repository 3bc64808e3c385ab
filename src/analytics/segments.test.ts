import { describe, expect, it } from "vitest";
import { abcClass, abcLimits, clientsShareFor80 } from "./abc.ts";
import { lifecycleOf, proposeHorizon } from "./lifecycle.ts";
import { RFM_SEGMENTS, type RfmFacts, rfmLimits, type Score, scoreRfm, segmentOf } from "./rfm.ts";
import { xyzClass } from "./xyz.ts";

const SCORES: readonly Score[] = [1, 2, 3, 4, 5];

describe("segmentOf", () => {
  it("names every one of the 125 codes", () => {
    const named = Object.values(RFM_SEGMENTS).flatMap((codes) => codes.split(" "));
    const all = SCORES.flatMap((r) => SCORES.flatMap((f) => SCORES.map((m) => `${r}${f}${m}`)));
    expect(new Set(named)).toEqual(new Set(all));
  });

  it("gives the names of the map", () => {
    const name = (rScore: Score, fScore: Score, mScore: Score) =>
      segmentOf({ rScore, fScore, mScore });
    expect(name(5, 5, 5)).toBe("champions");
    expect(name(5, 1, 1)).toBe("new");
    expect(name(2, 1, 4)).toBe("cannot_lose");
    expect(name(3, 3, 2)).toBe("hibernating");
    expect(name(1, 2, 1)).toBe("lost");
  });
});

describe("scoreRfm", () => {
  const facts = (count: number, of: (at: number) => Partial<RfmFacts>): RfmFacts[] =>
    Array.from({ length: count }, (_, at) => ({
      daysSinceLast: 10,
      purchaseDays: 1,
      totalMinor: 100,
      ...of(at),
    }));

  const columns = (base: readonly RfmFacts[]) => ({
    daysSinceLast: Int32Array.from(base, (fact) => fact.daysSinceLast),
    purchaseDays: Int32Array.from(base, (fact) => fact.purchaseDays),
    totalMinor: Float64Array.from(base, (fact) => fact.totalMinor ?? Number.NaN),
  });

  it("gives every fifth of a varied base its score, best for few days, many orders and much money", () => {
    const base = facts(100, (at) => ({
      daysSinceLast: at,
      purchaseDays: at + 1,
      totalMinor: 100 * at,
    }));
    const limits = rfmLimits(columns(base), 30);
    const scores = base.map((fact) => scoreRfm(fact, limits));
    for (const score of SCORES) {
      expect(scores.filter((s) => s.rScore === score)).toHaveLength(20);
      expect(scores.filter((s) => s.fScore === score)).toHaveLength(20);
      expect(scores.filter((s) => s.mScore === score)).toHaveLength(20);
    }
    expect(scores[0]).toEqual({ rScore: 5, fScore: 1, mScore: 1 });
  });

  it("gives equal values equal scores however many there are", () => {
    const base = facts(100, (at) => ({ purchaseDays: at < 70 ? 1 : at - 60 }));
    const limits = rfmLimits(columns(base), null);
    expect(scoreRfm(facts(1, () => ({}))[0]!, limits).fScore).toBe(1);
    expect(scoreRfm(facts(1, () => ({ purchaseDays: 10 }))[0]!, limits).fScore).toBe(4);
    expect(scoreRfm(facts(1, () => ({ purchaseDays: 39 }))[0]!, limits).fScore).toBe(5);
  });

  it("uses thresholds below 50 clients and repeats F where no sum is known", () => {
    const base = facts(49, () => ({ totalMinor: null, purchaseDays: 6 }));
    const limits = rfmLimits(columns(base), 20);
    expect(limits.method).toBe("thresholds");
    expect(limits.recencyDays).toEqual([20, 40, 80, 160]);
    expect(limits.monetaryMinor).toBeNull();
    expect(scoreRfm(base[0]!, limits)).toEqual({ rScore: 5, fScore: 4, mScore: 4 });
  });
});

describe("abc", () => {
  it("puts the client who crosses a line and its equals into the upper class", () => {
    const limits = abcLimits([500, 250, 100, 60, 60, 30, -40, 0]);
    expect(limits).toEqual({ aFromMinor: 100, bFromMinor: 60 });
    const classes = [500, 100, 60, 30, 0, -40].map((minor) => limits && abcClass(minor, limits));
    expect(classes).toEqual(["A", "A", "B", "C", "C", "C"]);
  });

  it("counts how many clients bring 80 %, not how many should", () => {
    expect(clientsShareFor80([80, 5, 5, 5, 5])).toBe(0.2);
    expect(clientsShareFor80([10, 10, 10, 10, 10])).toBe(0.8);
    expect(clientsShareFor80([0, -5])).toBeNull();
    expect(abcLimits([])).toBeNull();
  });
});

describe("xyzClass", () => {
  it("reads regularity off the intervals and keeps silent below three", () => {
    expect(xyzClass(Int32Array.of(0, 30, 60, 91))).toBe("X");
    expect(xyzClass(Int32Array.of(0, 10, 60, 70))).toBe("Y");
    expect(xyzClass(Int32Array.of(0, 1, 2, 3, 200))).toBe("Z");
    expect(xyzClass(Int32Array.of(0, 30, 60))).toBeNull();
  });
});

describe("lifecycleOf", () => {
  const limits = {
    newDays: 90,
    activeDays: 90,
    sleepingDays: 180,
    lostDays: 360,
    loyalPurchases: 4,
  };
  const state = (days: readonly number[], asOf: number) =>
    lifecycleOf(Int32Array.from(days), asOf, limits);

  it("gives a one-time buyer the way from new to lost", () => {
    expect(state([], 100)).toBe("lead");
    expect([50, 120, 250, 400].map((asOf) => state([0], asOf))).toEqual([
      "new",
      "at_risk",
      "sleeping",
      "lost",
    ]);
  });

  it("tells active, loyal and returned clients apart", () => {
    expect(state([0, 80], 100)).toBe("active");
    expect(state([0, 80, 160, 240], 250)).toBe("loyal");
    expect(state([0, 300], 310)).toBe("returned");
  });

  it("worries earlier about a client with a quick rhythm and later about a slow one", () => {
    expect(state([0, 7, 14, 21, 28], 80)).toBe("at_risk");
    expect(state([0, 120, 240, 360], 480)).toBe("loyal");
  });
});

describe("proposeHorizon", () => {
  it("takes the round horizon nearest to two and a half gaps", () => {
    expect([null, 1, 12, 26, 34, 60, 129].map(proposeHorizon)).toEqual([
      90, 30, 30, 60, 90, 180, 365,
    ]);
  });
});
