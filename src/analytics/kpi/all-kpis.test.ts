import { describe, expect, it } from "vitest";
import { KPI_CODES } from "./codes.ts";
import { figuresOf, logOf, rowsOf } from "./test-log.ts";

/** Dan's money was all paid back, so he is no client; clara's first purchase has no sum. */
const LOG = logOf(
  rowsOf(
    "anna 2025-01-10 1000",
    "anna 2025-02-10 3000",
    "anna 2025-04-20 2000",
    "boris 2025-01-20 500",
    "boris 2025-03-03 -200",
    "clara 2025-02-05",
    "clara 2025-04-01 700",
    "dan 2025-03-01 900",
    "dan 2025-03-05 -900",
    "eva 2023-05-05 4000",
  ),
);
const { by, funnel, cohortLtv } = figuresOf(LOG, { asOf: "2025-04-30" });
const excluded = (code: string) =>
  Object.fromEntries((by[code]?.exclusions ?? []).map((row) => [row.code, row.count]));

describe("figures of a base counted by hand", () => {
  it("come in the order of the dashboard, without those that need deals and activities", () => {
    const codes = Object.keys(by);
    expect(codes).toEqual(KPI_CODES.filter((code) => codes.includes(code)));
    expect(KPI_CODES.filter((code) => !codes.includes(code))).toEqual([
      "win_rate",
      "sales_cycle_won",
      "sales_cycle_lost",
      "contacts_clients",
      "contacts_prospects",
    ]);
  });

  it("measure money over the clients and orders whose sums are known", () => {
    // 6000 + 300 + 700 + 4000 over four clients and six purchases with a sum.
    expect(by.ltv_historic).toMatchObject({ value: 2750, population: 4, excluded: 0, note: null });
    expect(by.average_order).toMatchObject({ value: 1833, population: 6, excluded: 1 });
    expect(excluded("average_order")).toEqual({ orders_without_sum: 1 });
    expect(by.median_order).toMatchObject({ value: 1500, population: 6, excluded: 1 });
    // Since 1 May 2024: 6000 + 300 + 700 from three buyers; the refund counts in its own month.
    expect(by.arpu).toMatchObject({
      value: 2333,
      population: 3,
      excluded: 1,
      period: { from: "2024-05-01", to: "2025-04-30" },
    });
    expect(by.pareto_share).toMatchObject({ value: 0.5, population: 4 });
  });

  it("give the value of a cohort's first days only where the whole cohort has had them", () => {
    // Half of the four clients are older than 30 days, one is older than 90.
    // 4000 of eva, 1000 of anna (the second purchase came on day 31), 500 - 200 of boris, nothing known of clara.
    expect(by.ltv_horizon).toMatchObject({
      value: 1325,
      population: 4,
      basis: "revenue",
      inputs: { horizonDays: 30, totalMinor: 5300 },
    });
    expect(cohortLtv.filter(({ horizonDays }) => horizonDays === 30)).toEqual([
      { cohort: "2023-05", horizonDays: 30, clients: 1, totalMinor: 4000, perClientMinor: 4000 },
      { cohort: "2025-01", horizonDays: 30, clients: 2, totalMinor: 1300, perClientMinor: 650 },
      { cohort: "2025-02", horizonDays: 30, clients: 1, totalMinor: 0, perClientMinor: 0 },
    ]);
    expect(cohortLtv.filter(({ horizonDays }) => horizonDays > 30)).toHaveLength(3);
  });

  it("estimate value from churn with the years and the share they were made of", () => {
    // 7000 / 3 a year, churn 1/3 in 60 days: 60/365 / (1/3) years.
    expect(by.ltv_margin_churn).toMatchObject({ value: 1151, note: "estimate", basis: "revenue" });
    expect(by.ltv_margin_churn?.inputs).toMatchObject({ marginShare: 1, churnDays: 60 });
    expect(by.ltv_simple).toMatchObject({ value: null, note: "too_few_left", population: 2 });
  });

  it("keep repeat buyers and repeat orders apart", () => {
    expect(by.repeat_purchase_rate).toMatchObject({ value: 0.5, population: 4 });
    // First bought by 30 January: anna (again after 31 days), boris, eva.
    expect(by.repeat_within_90).toMatchObject({ value: 1 / 3, population: 3, excluded: 1 });
    expect(excluded("repeat_within_90")).toEqual({ too_young: 1 });
    expect(by.repeat_order_share).toMatchObject({ value: 0.5, population: 6 });
    expect(by.purchase_frequency).toMatchObject({ value: 2, population: 3 });
    // Gaps 31, 69 and 55 days.
    expect(by.median_interval).toMatchObject({ value: 55, population: 2, excluded: 2 });
    expect(by.mean_interval).toMatchObject({ value: 155 / 3, population: 2, excluded: 2 });
  });

  it("measure retention over those who were active, without new and returned clients", () => {
    // Active on 1 March: anna, boris, clara; anna and clara have bought since.
    expect(by.retention_rate).toMatchObject({ value: 2 / 3, population: 3 });
    expect(by.retention_rate?.inputs).toEqual({
      activeAtStart: 3,
      activeAtEnd: 2,
      newClients: 0,
      returnedClients: 0,
    });
    expect(excluded("retention_rate")).toEqual({ not_active_before: 1 });
    expect(by.churn_rate?.value).toBeCloseTo(1 / 3, 12);
    // Active on 31 March: anna and clara, and both have bought since.
    expect(by.churn_rate_preliminary).toMatchObject({
      value: 0,
      population: 2,
      note: "window_open",
      period: { from: "2025-04-01", to: "2025-04-30" },
    });
    expect(by.reactivation_rate).toMatchObject({ value: 0, population: 1, excluded: 3 });
  });

  it("compare the money of the same clients a year apart", () => {
    // Eva alone paid in the year to 30 April 2024, and nothing since.
    expect(by.cohort_revenue_retention).toMatchObject({ value: 0, population: 1, excluded: 3 });
    expect(by.season_revenue).toMatchObject({ value: null, note: "nobody_bought" });
    expect(by.nrr).toMatchObject({ value: null, note: "not_recurring", population: 0 });
  });

  it("follow clients from the first to the third purchase", () => {
    expect(funnel).toEqual([
      { purchase: 1, clients: 4, shareOfAll: 1, shareOfPrevious: 1, medianDays: null },
      { purchase: 2, clients: 2, shareOfAll: 0.5, shareOfPrevious: 0.5, medianDays: 43 },
      { purchase: 3, clients: 1, shareOfAll: 0.25, shareOfPrevious: 0.5, medianDays: 69 },
    ]);
  });

  it("say why a figure is not defined instead of showing a zero", () => {
    const empty = figuresOf(logOf([]), { asOf: "2025-04-30" });
    for (const kpi of empty.kpis) {
      expect(kpi.value, kpi.code).toBeNull();
      expect(kpi.note, kpi.code).not.toBeNull();
    }
    const noSums = figuresOf(logOf(rowsOf("a 2025-04-01")), { asOf: "2025-04-30" }).by;
    expect(noSums.ltv_historic).toMatchObject({ value: null, note: "no_sums", excluded: 1 });
    expect(noSums.repeat_purchase_rate?.value).toBe(0);
    const unknown = ["ltv_profit", "unprofitable_clients", "referral_share", "cac_full", "romi"];
    expect(unknown.map((code) => by[code]?.note)).toEqual([
      "no_margin",
      "no_margin",
      "no_sources",
      "no_spend",
      "no_spend",
    ]);
  });
});

describe("figures that need a longer or larger base", () => {
  it("estimate a lifetime from those who left", () => {
    // Ten clients came twice, 50 days apart, and left: (50 + 50) / 365 years of 2100 / 11 a year.
    const left = Array.from({ length: 10 }, (_, n) => [
      `l${n} 2025-01-01 100`,
      `l${n} 2025-02-20 100`,
    ]).flat();
    const { by: figures } = figuresOf(logOf(rowsOf(...left, "stays 2025-10-01 100")), {
      asOf: "2025-10-10",
    });
    expect(figures.ltv_simple).toMatchObject({ value: 52, note: "estimate", population: 10 });
    expect(figures.ltv_simple?.inputs).toMatchObject({
      averageOrderMinor: 100,
      ordersPerYear: 21 / 11,
      lifetimeYears: 100 / 365,
    });
  });

  it("cap a lifetime that churn of zero would make endless", () => {
    const log = logOf(rowsOf("a 2025-01-10 100", "a 2025-03-10 100"));
    const { by: figures } = figuresOf(log, { asOf: "2025-03-12" });
    expect(figures.churn_rate?.value).toBe(0);
    expect(figures.ltv_margin_churn).toMatchObject({ value: 1000, note: "lifetime_capped" });
  });

  it("compare seasons and years of a base that reaches back", () => {
    const log = logOf(
      rowsOf("a 2023-06-01 400", "a 2024-03-01 100", "b 2024-03-10 200", "a 2025-03-05 450"),
    );
    const { by: figures } = figuresOf(log, { asOf: "2025-05-25" });
    expect(figures.season_revenue).toMatchObject({ value: 1.5, note: null });
    // A year earlier a paid 500 and b 200; since then a paid 450.
    expect(figures.cohort_revenue_retention).toMatchObject({ value: 450 / 700, population: 2 });
  });
});
