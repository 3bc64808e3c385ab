import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { dayOf, dayText, monthsBefore } from "../calendar.ts";
import { makeSnapshot } from "../snapshot.ts";
import { upperLimit } from "./client-view.ts";
import { proposeTemplate, templateOf, templateReportOf } from "./template.ts";
import { historyAtDays, logOf, scored, testBase } from "./test-base.ts";
import { valueTiersOf, valueTiersReportOf } from "./value-tiers.ts";

const AS_OF = dayOf("2026-08-31");
const LIMITS = { inactiveMonths: 6, vipFromMinor: 5000, loyalFromPurchases: 2 };
const ago = (...days: number[]) => days.map((day) => AS_OF - day);

describe("the ready template", () => {
  it("knows exactly four, the first that fits", () => {
    const of = (days: number[], minor: number | null) =>
      templateOf(historyAtDays(days, minor), AS_OF, LIMITS);
    expect(of(ago(10), 100)).toBe("new");
    expect(of(ago(10), null)).toBe("new");
    expect(of(ago(40, 10), 100)).toBe("loyal");
    expect(of(ago(10), 5000)).toBe("vip");
    expect(of(ago(40, 10), 4999)).toBe("loyal");
    expect(of(ago(400, 300), 9000)).toBe("inactive");
    expect(templateOf(historyAtDays(ago(10), 9000), AS_OF, { ...LIMITS, vipFromMinor: null })).toBe(
      "new",
    );
    expect(
      templateOf(historyAtDays(ago(40, 10)), AS_OF, { ...LIMITS, loyalFromPurchases: 3 }),
    ).toBe("new");
  });

  it("counts six months by the calendar, to the last day of a short month", () => {
    expect(dayText(monthsBefore(AS_OF, 6))).toBe("2026-02-28");
    expect(dayText(monthsBefore(dayOf("2026-01-15"), 6))).toBe("2025-07-15");
    const last = (text: string) => templateOf(historyAtDays([dayOf(text)]), AS_OF, LIMITS);
    expect(last("2026-02-28")).toBe("inactive");
    expect(last("2026-03-01")).toBe("new");
  });

  it("calls a fifth of the base VIP at most, and nobody when all are equal", () => {
    expect(proposeTemplate([historyAtDays(ago(5)), historyAtDays(ago(6))]).vipFromMinor).toBeNull();
    expect(proposeTemplate([])).toMatchObject({ vipFromMinor: null, inactiveMonths: 6 });
    fc.assert(
      fc.property(fc.array(fc.integer({ min: -50, max: 50 }), { maxLength: 60 }), (values) => {
        const limit = upperLimit(values, 0.8);
        const above = limit === null ? [] : values.filter((value) => value >= limit);
        expect(above.length).toBeLessThanOrEqual(0.2 * values.length + 1e-9);
      }),
      { seed: 2, numRuns: 400 },
    );
  });

  it("puts every client of a base into one segment, money to the last unit", () => {
    const { clients, asOf } = testBase(300, 6);
    const limits = proposeTemplate(clients.map(({ history }) => history));
    const segments = clients.map(({ history }) => templateOf(history, asOf, limits));
    const report = templateReportOf(clients, segments, asOf, limits);
    expect(report.segments.map(({ code }) => code)).toEqual(["new", "loyal", "vip", "inactive"]);
    expect(report.segments.reduce((sum, row) => sum + row.clients, 0)).toBe(clients.length);
    expect(report.segments.reduce((sum, row) => sum + row.moneyMinor, 0)).toBe(
      clients.reduce((sum, { history }) => sum + history.totalMinor, 0),
    );
    for (const row of report.segments) expect(row.clients).toBeGreaterThan(0);
  });
});

describe("value tiers", () => {
  it("go by expected money where there is a forecast, a tenth are VIPs at most", () => {
    const { clients, asOf, snapshot } = testBase(300, 8);
    const found = valueTiersOf(clients, asOf, snapshot);
    expect(found.basis).toBe("expected");
    const vips = found.tiers.filter((tier) => tier === "vip").length;
    expect(vips).toBeGreaterThan(0);
    expect(vips).toBeLessThanOrEqual(30);
    const report = valueTiersReportOf(clients, found);
    expect(report.tiers.reduce((sum, row) => sum + row.clients, 0)).toBe(clients.length);
    expect(report.tiers.reduce((sum, row) => sum + row.value, 0)).toBe(
      clients.reduce((sum, { expectedMinor }) => sum + (expectedMinor ?? 0), 0),
    );
  });

  it("go by the money of a year in a small base, by purchases without sums, and by activity first", () => {
    const rows = Array.from(
      { length: 20 },
      (_, at) => [`c${at}`, AS_OF - 5, at === 0 ? 900 : 100] as const,
    );
    const small = scored(logOf([...rows, ["old", AS_OF - 700, 99_999]]), AS_OF);
    const found = valueTiersOf(small.clients, AS_OF, small.snapshot);
    expect(found).toMatchObject({ basis: "revenue_12m", vipFrom: 900 });
    const tierOf = (id: string) => found.tiers[small.clients.findIndex((one) => one.id === id)];
    expect([tierOf("c0"), tierOf("c1"), tierOf("old")]).toEqual([
      "vip",
      "standard",
      "low_activity",
    ]);
    const noSums = scored(logOf([["a", AS_OF - 5, null]]), AS_OF);
    expect(valueTiersOf(noSums.clients, AS_OF, noSums.snapshot)).toMatchObject({
      basis: "purchases_12m",
      vipFrom: null,
      tiers: ["standard"],
    });
    expect(valueTiersOf([], AS_OF, makeSnapshot(logOf([]), AS_OF)).tiers).toEqual([]);
  });
});
