import { describe, expect, it } from "vitest";
import { paretoCurve } from "./abc.ts";
import { buildHistories } from "./history.ts";
import { comparePeriods } from "./periods.ts";
import type { PurchaseLog } from "./types.ts";

function logOf(rows: readonly (readonly [string, number, number])[]): PurchaseLog {
  const clients = [...new Set(rows.map(([id]) => id))].sort();
  const sorted = rows.toSorted((a, b) => a[0].localeCompare(b[0]) || a[1] - b[1]);
  return {
    clients,
    client: Int32Array.from(sorted, ([id]) => clients.indexOf(id)),
    day: Int32Array.from(sorted, ([, day]) => day),
    amountMinor: Float64Array.from(sorted, ([, , minor]) => minor),
  };
}

function compare(rows: readonly (readonly [string, number, number])[], asOf: number) {
  const log = logOf(rows);
  return comparePeriods(
    log,
    buildHistories(log, asOf).filter(({ days }) => days.length > 0),
    asOf,
  );
}

describe("two periods side by side", () => {
  it("are the last year and the year before, each row in exactly one of them", () => {
    const rows = [
      ["a", 0, 100],
      ["a", 364, 200],
      ["a", 365, 300],
      ["b", 729, 500],
      ["b", 729, -50],
    ] as const;
    const { days, current, previous } = compare(rows, 729);
    expect(days).toBe(365);
    expect(current).toEqual({
      from: 365,
      to: 729,
      revenueMinor: 750,
      purchasesWithSum: 2,
      purchases: 2,
      buyers: 2,
      newClients: 1,
    });
    expect(previous).toMatchObject({ from: 0, to: 364, revenueMinor: 300, buyers: 1 });
  });

  it("get shorter with the history, and one is left when it is too short", () => {
    const span = (last: number) =>
      compare(
        [
          ["a", 0, 1],
          ["a", last, 1],
        ],
        last,
      );
    expect(span(200)).toMatchObject({ days: 90, previous: { from: 21, to: 110, buyers: 0 } });
    expect(span(70).days).toBe(30);
    expect(span(10)).toMatchObject({ days: 11, previous: null, current: { purchases: 2 } });
    expect(span(0)).toMatchObject({ days: 1, previous: null, current: { buyers: 1 } });
  });

  it("know no money where no row has a sum", () => {
    const { current } = compare([["a", 0, Number.NaN]], 0);
    expect(current).toMatchObject({ revenueMinor: null, purchases: 1, purchasesWithSum: 0 });
  });

  it("are nothing for nobody", () => {
    expect(compare([], 100)).toMatchObject({ previous: null, current: { buyers: 0 } });
  });
});

describe("the Pareto curve", () => {
  it("rises from nothing to all the money, steepest first", () => {
    const curve = paretoCurve([100, 50, 30, 20, 0, -10]);
    expect(curve[0]).toEqual({ clientsShare: 0, moneyShare: 0 });
    expect(curve[1]).toEqual({ clientsShare: 1 / 6, moneyShare: 0.5 });
    expect(curve.at(-1)).toEqual({ clientsShare: 4 / 6, moneyShare: 1 });
  });

  it("has few points however many clients there are, and none without money", () => {
    const curve = paretoCurve(Array.from({ length: 1000 }, (_, at) => 1000 - at));
    expect(curve).toHaveLength(41);
    expect(curve.at(-1)?.moneyShare).toBeCloseTo(1, 12);
    expect(paretoCurve([0, -5])).toEqual([]);
  });
});
