import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { buildHistories, historyOf, repeatSpend, timingsOf } from "./history.ts";
import type { PurchaseLog } from "./types.ts";

const history = (rows: readonly (readonly [number, number])[]) =>
  historyOf(
    "c",
    rows.map(([day, amountMinor]) => ({ day, amountMinor })),
  );

describe("historyOf", () => {
  it("merges purchases of one day", () => {
    const merged = history([
      [5, 100],
      [5, 300],
      [9, 200],
    ]);
    expect([...merged.days]).toEqual([5, 9]);
    expect([...merged.dayAmountMinor]).toEqual([400, 200]);
    expect(merged).toMatchObject({ purchases: 3, purchasesWithSum: 3, totalMinor: 600 });
  });

  it("takes a refund off the money and never makes it a purchase", () => {
    const partly = history([
      [5, 1000],
      [20, -300],
    ]);
    expect([...partly.days]).toEqual([5]);
    expect([...partly.dayAmountMinor]).toEqual([1000]);
    expect(partly).toMatchObject({ purchases: 1, totalMinor: 700 });
    expect([
      ...history([
        [5, 1000],
        [5, -300],
      ]).dayAmountMinor,
    ]).toEqual([700]);
  });

  it("does not count a purchase paid back on its day, nor a client paid back in full", () => {
    expect([
      ...history([
        [5, 1000],
        [9, 400],
        [9, -400],
      ]).days,
    ]).toEqual([5]);
    const gone = history([
      [5, 1000],
      [9, 400],
      [30, -1400],
    ]);
    expect(gone.days.length).toBe(0);
    expect(gone).toMatchObject({ purchases: 0, purchasesWithSum: 0, totalMinor: 0 });
    expect(history([[5, -100]])).toMatchObject({ purchases: 0, totalMinor: -100 });
  });

  it("counts purchases without a sum for rhythm and not for money", () => {
    const unknown = history([
      [5, Number.NaN],
      [9, 0],
      [12, 500],
    ]);
    expect([...unknown.days]).toEqual([5, 9, 12]);
    expect([...unknown.dayAmountMinor]).toEqual([Number.NaN, Number.NaN, 500]);
    expect(unknown).toMatchObject({ purchases: 3, purchasesWithSum: 1, totalMinor: 500 });
  });

  it("keeps a client whose paid-back purchases are not all it had", () => {
    expect([
      ...history([
        [5, 1000],
        [9, Number.NaN],
        [30, -1000],
      ]).days,
    ]).toEqual([5, 9]);
  });
});

describe("refunds of a history", () => {
  it("complete the money of the days to the net total", () => {
    const sums = fc.constantFrom(Number.NaN, 0, 100, 250, -100, -400, 70);
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(12), sums), { maxLength: 12 }), (rows) => {
        const made = history(rows.sort(([left], [right]) => left - right));
        if (made.days.length === 0) return;
        const known = made.dayAmountMinor.filter((minor) => minor > 0);
        const money = known.reduce((sum, minor) => sum + minor, 0);
        const back = (made.refunds ?? []).reduce((sum, refund) => sum + refund.amountMinor, 0);
        expect(money + back).toBe(made.totalMinor);
      }),
      { seed: 4, numRuns: 500 },
    );
  });
});

describe("buildHistories", () => {
  const log: PurchaseLog = {
    clients: ["a", "b", "nobody"],
    client: Int32Array.of(1, 0, 0),
    day: Int32Array.of(7, 9, 3),
    amountMinor: Float64Array.of(10, 20, 30),
  };

  it("keeps the order of clients and forgives unsorted rows", () => {
    const histories = buildHistories(log);
    expect(histories.map(({ id, days }) => [id, [...days]])).toEqual([
      ["a", [3, 9]],
      ["b", [7]],
      ["nobody", []],
    ]);
  });

  it("leaves out what happens after asOf", () => {
    expect(buildHistories(log, 7).map(({ days }) => [...days])).toEqual([[3], [7], []]);
  });

  it("gives BTYD columns without those who never bought", () => {
    const rows = timingsOf(buildHistories(log), 20);
    expect([...rows.frequency]).toEqual([1, 0]);
    expect([...rows.recency]).toEqual([6, 0]);
    expect([...rows.age]).toEqual([17, 13]);
    expect(rows.logGapSum).toBeCloseTo(Math.log(6), 12);
  });
});

describe("repeatSpend", () => {
  it("leaves out the first purchase and days without a sum", () => {
    expect(
      repeatSpend(
        history([
          [1, 900],
          [2, 100],
          [3, Number.NaN],
          [4, 300],
        ]),
      ),
    ).toEqual({
      purchases: 2,
      meanMinor: 200,
    });
  });
});
