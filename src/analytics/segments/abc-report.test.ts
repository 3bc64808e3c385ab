import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { buildHistories } from "../history.ts";
import type { PurchaseLog } from "../types.ts";
import { abcClasses, abcReportOf, clientMoney } from "./abc-report.ts";
import { logOf } from "./test-base.ts";

const AS_OF = 1000;

function report(log: PurchaseLog) {
  const histories = buildHistories(log, AS_OF).filter(({ days }) => days.length > 0);
  const money = clientMoney(histories, log, AS_OF);
  const ids = histories.map(({ id }) => id);
  return { ids, money, classes: abcClasses(money), found: abcReportOf(ids, money) };
}

describe("ABC", () => {
  it("gives the client who crosses the line the upper class, by hand", () => {
    // 50 + 25 = 75 < 80: c crosses the line and is an A; d and e are equal and share B; f is C.
    const { classes, found } = report(
      logOf([
        ["a", 1, 5000],
        ["b", 1, 2500],
        ["c", 1, 1000],
        ["d", 1, 600],
        ["e", 1, 600],
        ["f", 1, 300],
        ["g", 1, null],
        ["h", 1, null],
        ["h", 2, 100],
        ["h", 9, -500],
      ]),
    );
    expect(classes).toEqual(["A", "A", "A", "B", "B", "C", null, "C"]);
    expect(found).toMatchObject({
      basis: "revenue",
      marginCoverage: null,
      unknown: 1,
      negative: { clients: 1, moneyMinor: -400, ids: ["h"] },
    });
    expect(found?.classes.map(({ clients, moneyMinor }) => [clients, moneyMinor])).toEqual([
      [3, 8500],
      [2, 1200],
      [2, -100],
    ]);
    expect(found?.pareto.clientsShareFor80).toBeCloseTo(3 / 7, 12);
    expect(found?.pareto.curve[0]).toEqual({ clientsShare: 0, moneyShare: 0 });
    expect(found?.pareto.curve.at(-1)?.moneyShare).toBe(1);
  });

  it("goes by margin when nearly all of it is known, and tells how much is", () => {
    const log = logOf([
      ["a", 1, 9000],
      ["b", 1, 1000],
    ]);
    const withMargin = (marginMinor: number[]) =>
      report({ ...log, details: { marginMinor: Float64Array.from(marginMinor) } });
    expect(withMargin([100, 900])).toMatchObject({
      classes: ["B", "A"],
      found: { basis: "margin", marginCoverage: 1 },
    });
    expect(withMargin([100, Number.NaN])).toMatchObject({
      classes: ["A", "B"],
      found: { basis: "revenue", marginCoverage: 0.5 },
    });
    expect(withMargin([Number.NaN, Number.NaN]).found?.marginCoverage).toBeNull();
  });

  it("is null without positive money and counts every client once", () => {
    expect(report(logOf([["a", 1, null]])).found).toBeNull();
    expect(abcReportOf([], { basis: "revenue", marginCoverage: null, minor: [] })).toBeNull();
    const sums = fc.option(fc.integer({ min: -2000, max: 5000 }), { freq: 5 });
    fc.assert(
      fc.property(fc.array(sums, { minLength: 1, maxLength: 40 }), (minor) => {
        const money = { basis: "revenue" as const, marginCoverage: null, minor };
        const classes = abcClasses(money);
        const found = abcReportOf(minor.map(String), money);
        if (found === null) return;
        const known = minor.filter((x) => x !== null);
        const all = found.classes.reduce((sum, row) => sum + row.clients, 0);
        expect(all + found.unknown).toBe(minor.length);
        expect(found.classes.reduce((sum, row) => sum + row.moneyMinor, 0)).toBe(
          known.reduce((sum, x) => sum + x, 0),
        );
        for (const [at, one] of minor.entries()) {
          expect(classes[at]).toBe(classes[minor.indexOf(one)]);
          if (one !== null && one <= 0) expect(classes[at]).toBe("C");
        }
        // The smallest set that reaches 80 % without splitting equals is exactly A.
        const positive = known.filter((x) => x > 0);
        const total = positive.reduce((sum, x) => sum + x, 0);
        const a = positive.filter((x) => x >= found.limits.aFromMinor);
        const sumA = a.reduce((sum, x) => sum + x, 0);
        expect(5 * sumA).toBeGreaterThanOrEqual(4 * total);
        const above = a.filter((x) => x > found.limits.aFromMinor);
        expect(5 * above.reduce((sum, x) => sum + x, 0)).toBeLessThan(4 * total);
      }),
      { seed: 7, numRuns: 400 },
    );
  });
});
