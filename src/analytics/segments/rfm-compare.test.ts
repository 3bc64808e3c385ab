import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { RFM_SEGMENTS, type RfmScores, rfmLimits, scoreRfm, segmentOf } from "../rfm.ts";
import type { RfmBoundaries } from "../types.ts";
import { rfmFactsOf } from "./client-view.ts";
import { boundaryWords, compareRfm } from "./rfm-compare.ts";
import { type TestBase, testBase } from "./test-base.ts";

const compare = ({ clients, asOf, snapshot }: TestBase, wanted: RfmBoundaries | null = null) =>
  compareRfm(clients, {
    asOf,
    usualGapDays: snapshot.usualGapDays,
    current: snapshot.rfm,
    wanted,
  });

const LIMITS: RfmBoundaries = {
  method: "thresholds",
  recencyDays: [30, 90, 180, 365],
  frequency: [2, 3, 5, 10],
  monetaryMinor: [1000, 5000, 20_000, 90_000],
};

type Scored = RfmScores & {
  readonly daysSinceLast: number;
  readonly purchaseDays: number;
  readonly totalMinor: number;
};

const factsArbitrary = fc.record({
  daysSinceLast: fc.nat(500),
  purchaseDays: fc.integer({ min: 1, max: 30 }),
  totalMinor: fc.integer({ min: -5000, max: 500_000 }),
});

describe("the map of names", () => {
  it("holds each of the 125 codes exactly once", () => {
    const codes = Object.values(RFM_SEGMENTS).flatMap((text) => text.split(" "));
    expect(codes).toHaveLength(125);
    expect(new Set(codes).size).toBe(125);
    for (const code of codes) expect(code).toMatch(/^[1-5]{3}$/);
  });
});

describe("a score", () => {
  const columns = (
    facts: readonly { daysSinceLast: number; purchaseDays: number; totalMinor: number }[],
  ) => ({
    daysSinceLast: Int32Array.from(facts, (one) => one.daysSinceLast),
    purchaseDays: Int32Array.from(facts, (one) => one.purchaseDays),
    totalMinor: Float64Array.from(facts, (one) => one.totalMinor),
  });

  it("never falls when an axis gets better, under either method, and equal values share it", () => {
    fc.assert(
      fc.property(
        fc.array(factsArbitrary, { minLength: 1, maxLength: 120 }),
        fc.constantFrom("quintiles" as const, "thresholds" as const),
        (facts, method) => {
          const limits = rfmLimits(columns(facts), 30, method);
          const scored: readonly Scored[] = facts.map((one) => ({
            ...one,
            ...scoreRfm(one, limits),
          }));
          const axes = [
            (one: Scored) => [-one.daysSinceLast, one.rScore] as const,
            (one: Scored) => [one.purchaseDays, one.fScore] as const,
            (one: Scored) => [one.totalMinor, one.mScore] as const,
          ];
          for (const axis of axes) {
            const rising = scored.map(axis).sort(([left], [right]) => left - right);
            for (const [at, [value, score]] of rising.entries()) {
              const [before, scoreBefore] = rising[at - 1] ?? [value, score];
              expect(score).toBeGreaterThanOrEqual(scoreBefore);
              expect(value !== before || score === scoreBefore).toBe(true);
            }
          }
        },
      ),
      { seed: 3, numRuns: 60 },
    );
  });

  it("is the one its row of the boundaries says, for every value", () => {
    const words = boundaryWords(LIMITS);
    const find = (
      rows: readonly { score: number; from: number | null; to: number | null }[],
      value: number,
    ) => rows.filter(({ from, to }) => (from ?? value) <= value && value <= (to ?? value));
    fc.assert(
      fc.property(factsArbitrary, (facts) => {
        const scores = scoreRfm(facts, LIMITS);
        const only = (rows: Parameters<typeof find>[0], value: number) => {
          const found = find(rows, value);
          expect(found).toHaveLength(1);
          return found[0]?.score;
        };
        expect(only(words.recencyDays, facts.daysSinceLast)).toBe(scores.rScore);
        expect(only(words.purchaseDays, facts.purchaseDays)).toBe(scores.fScore);
        expect(only(words.moneyMinor ?? [], facts.totalMinor)).toBe(scores.mScore);
      }),
      { seed: 5, numRuns: 500 },
    );
  });
});

describe("both methods side by side", () => {
  it("say who changes the name, and the rows are the whole base in clients and money", () => {
    const base = testBase(200);
    const found = compare(base);
    expect(found).toMatchObject({ method: "quintiles", alternativeReason: null });
    expect(found.alternative?.method).toBe("thresholds");
    const rows = found.switching?.rows ?? [];
    const money = base.clients.reduce((sum, { history }) => sum + history.totalMinor, 0);
    const sum = (list: readonly { clients: number; moneyMinor: number }[]) => [
      list.reduce((total, row) => total + row.clients, 0),
      list.reduce((total, row) => total + row.moneyMinor, 0),
    ];
    expect(sum(rows)).toEqual([base.clients.length, money]);
    expect(sum(found.segments)).toEqual([base.clients.length, money]);
    expect(sum(found.alternative?.segments ?? [])).toEqual([base.clients.length, money]);
    const moved = rows.filter(({ from, to }) => from !== to);
    expect(found.switching?.changed).toBe(moved.reduce((total, row) => total + row.clients, 0));
    expect(found.switching?.changed).toBeGreaterThan(0);
    const limits = rfmLimits(
      {
        daysSinceLast: Int32Array.from(
          base.clients,
          (one) => rfmFactsOf(one.history, base.asOf).daysSinceLast,
        ),
        purchaseDays: Int32Array.from(base.clients, (one) => one.history.days.length),
        totalMinor: Float64Array.from(
          base.clients,
          (one) => rfmFactsOf(one.history, base.asOf).totalMinor ?? Number.NaN,
        ),
      },
      base.snapshot.usualGapDays,
      "thresholds",
    );
    const changed = base.clients.filter(
      (one) => segmentOf(scoreRfm(rfmFactsOf(one.history, base.asOf), limits)) !== one.segment,
    );
    expect(found.switching?.changed).toBe(changed.length);
  });

  it("has no quintiles to offer below 50 clients, but compares the limits somebody asks for", () => {
    const small = testBase(49);
    expect(compare(small)).toMatchObject({
      method: "thresholds",
      alternative: null,
      alternativeReason: "few_clients",
      switching: null,
      minClients: 50,
    });
    const wanted = compare(small, LIMITS);
    expect(wanted.alternative?.boundaries.recencyDays).toEqual([
      { score: 5, from: 0, to: 30 },
      { score: 4, from: 31, to: 90 },
      { score: 3, from: 91, to: 180 },
      { score: 2, from: 181, to: 365 },
      { score: 1, from: 366, to: null },
    ]);
    expect(wanted.switching?.clients).toBe(small.clients.length);
  });

  it("of an empty base are empty", () => {
    const found = compareRfm([], { asOf: 0, usualGapDays: null, current: LIMITS, wanted: null });
    expect(found).toMatchObject({ alternative: null, switching: null, largeDeals: null });
  });
});

describe("one large deal", () => {
  it("is told by what capping it would change, and no money is touched", () => {
    const base = testBase(120, 4);
    const found = compare(base).largeDeals;
    expect(found?.purchaseDays).toBeGreaterThan(0);
    expect(found?.clients).toBeLessThanOrEqual(found?.purchaseDays ?? 0);
    expect(found?.changedSegment).toBeLessThanOrEqual(base.clients.length);
    const days = base.clients
      .flatMap(({ history }) => [...history.dayAmountMinor])
      .filter((x) => x > 0);
    const above = days.filter((x) => x > (found?.capMinor ?? 0));
    expect(above).toHaveLength(found?.purchaseDays ?? -1);
    expect(above.length).toBeLessThanOrEqual(0.01 * days.length + 1);
  });
});
