import { describe, expect, it } from "vitest";
import { dayOf } from "./calendar.ts";
import { cohortTable } from "./cohorts.ts";
import { buildHistories } from "./history.ts";
import { allKpis } from "./kpi.ts";
import { monthTable } from "./months.ts";
import type { PurchaseLog } from "./types.ts";

function logOf(rows: readonly (readonly [string, string, number])[]): PurchaseLog {
  const clients = [...new Set(rows.map(([id]) => id))].sort();
  const sorted = [...rows].sort(([a, x], [b, y]) => a.localeCompare(b) || x.localeCompare(y));
  return {
    clients,
    client: Int32Array.from(sorted, ([id]) => clients.indexOf(id)),
    day: Int32Array.from(sorted, ([, date]) => dayOf(date)),
    amountMinor: Float64Array.from(sorted, ([, , minor]) => minor),
  };
}

const LOG = logOf([
  ["anna", "2025-01-10", 1000],
  ["anna", "2025-02-10", 3000],
  ["anna", "2025-04-20", 2000],
  ["boris", "2025-01-20", 500],
  ["clara", "2025-02-05", Number.NaN],
  ["clara", "2025-04-01", 700],
  ["dan", "2025-03-01", 900],
  ["dan", "2025-03-05", -900],
  ["eva", "2023-05-05", 4000],
  ["boris", "2025-03-03", -200],
]);
const AS_OF = dayOf("2025-04-30");

function kpis(log: PurchaseLog, horizonDays = 60) {
  const list = allKpis({ histories: buildHistories(log, AS_OF), asOf: AS_OF, horizonDays });
  return Object.fromEntries(list.map((kpi) => [kpi.code, kpi]));
}

describe("allKpis", () => {
  const figures = kpis(LOG);

  it("measures money over the clients and orders whose sums are known", () => {
    expect(figures.ltv_historic).toMatchObject({ value: 2750, population: 4, excluded: 0 });
    expect(figures.average_order).toMatchObject({ value: 1833, population: 6, excluded: 1 });
    expect(figures.median_order).toMatchObject({ value: 1500, population: 6, excluded: 1 });
    expect(figures.arpu).toMatchObject({ value: 2333, population: 3, excluded: 1 });
    expect(figures.pareto_share).toMatchObject({ value: 0.5, population: 4 });
  });

  it("keeps repeat buyers and repeat orders apart", () => {
    expect(figures.repeat_purchase_rate).toMatchObject({ value: 0.5, population: 4 });
    expect(figures.repeat_order_share).toMatchObject({ value: 0.5, population: 6 });
    expect(figures.purchase_frequency).toMatchObject({ value: 2, population: 3 });
    expect(figures.median_interval).toMatchObject({ value: 55, population: 2, excluded: 2 });
  });

  it("measures retention over those who were active, without new clients", () => {
    // Active on 1 March (60 days before): anna, boris, clara; two of them bought since.
    expect(figures.retention_rate).toMatchObject({ value: 2 / 3, population: 3 });
    expect(figures.churn_rate?.value).toBeCloseTo(1 / 3, 12);
    expect(figures.churn_rate_preliminary?.note).toBe("window_open");
    expect(figures.reactivation_rate).toMatchObject({ value: 0, population: 1 });
  });

  it("says that a figure is not defined instead of showing a zero", () => {
    for (const kpi of Object.values(kpis(logOf([])))) {
      expect(kpi.value).toBeNull();
      expect(kpi.note).not.toBeNull();
    }
    const noSums = kpis(logOf([["a", "2025-04-01", Number.NaN]]));
    expect(noSums.ltv_historic).toMatchObject({ value: null, note: "no_sums" });
    expect(noSums.repeat_purchase_rate?.value).toBe(0);
  });
});

describe("monthTable", () => {
  it("books refunds in their month and shows empty months", () => {
    const rows = monthTable(LOG, AS_OF);
    expect(rows).toHaveLength(24);
    expect(rows[0]).toEqual({ month: "2023-05", revenueMinor: 4000, purchases: 1, newClients: 1 });
    expect(rows[1]).toEqual({ month: "2023-06", revenueMinor: 0, purchases: 0, newClients: 0 });
    expect(rows.at(-2)).toEqual({
      month: "2025-03",
      revenueMinor: -200,
      purchases: 1,
      newClients: 0,
    });
    expect(rows.at(-1)).toEqual({
      month: "2025-04",
      revenueMinor: 2700,
      purchases: 2,
      newClients: 0,
    });
    expect(monthTable(logOf([]), AS_OF)).toEqual([]);
  });
});

describe("cohortTable", () => {
  it("follows the clients of a month through the months after", () => {
    const rows = cohortTable(buildHistories(LOG, AS_OF), AS_OF);
    expect(rows.map(({ cohort, clients }) => [cohort, clients])).toEqual([
      ["2023-05", 1],
      ["2025-01", 2],
      ["2025-02", 1],
    ]);
    expect(rows[1]?.cells).toEqual([
      { offset: 0, clients: 2, orders: 2, revenueMinor: 1500 },
      { offset: 1, clients: 1, orders: 1, revenueMinor: 3000 },
      { offset: 2, clients: 0, orders: 0, revenueMinor: -200 },
      { offset: 3, clients: 1, orders: 1, revenueMinor: 2000 },
    ]);
  });
});
