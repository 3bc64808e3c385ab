import type { OverviewDocument } from "../crm/overview.ts";

/** Invented figures, for tests, screenshots and the eye. Never shown to a client. */

type Figure = OverviewDocument["kpis"][number];

const TO = "2026-11-22";
const YEAR = { from: "2025-11-23", to: TO };
const PERIOD = { from: "2026-08-25", to: TO };
const ALL = { from: null, to: TO };

export const SAMPLE_KPIS: Figure[] = [
  kpi("ltv_historic", "money", 42_018_320, 1_190, { clients_without_sums: 14 }),
  kpi(
    "ltv_horizon",
    "money",
    18_240_500,
    861,
    { too_young: 329, clients_without_sums: 14 },
    {
      inputs: { totalMinor: 15_705_070_500, horizonDays: 365 },
      basis: "margin",
    },
  ),
  kpi("ltv_simple", "money", 51_903_000, 348, {}, { period: YEAR, note: "estimate" }),
  kpi("ltv_margin_churn", "money", 43_880_000, 611, {}, { period: YEAR, note: "estimate" }),
  kpi("ltv_profit", "money", 13_655_954, 1_190, { clients_without_sums: 14 }, { basis: "margin" }),
  kpi("average_order", "money", 6_086_301, 8_240, { orders_without_sum: 72 }),
  kpi("median_order", "money", 3_410_000, 8_240, { orders_without_sum: 72 }),
  kpi("arpu", "money", 38_821_410, 702, { orders_without_sum: 31 }, { period: YEAR }),
  kpi("pareto_share", "share", 0.17, 1_190, { clients_without_sums: 14 }),
  kpi(
    "expected_revenue_30",
    "money",
    2_104_000_000,
    1_204,
    {},
    {
      note: "estimate",
      period: { from: "2026-11-23", to: "2026-12-22" },
      range: { low: 1_870_000_000, high: 2_338_000_000 },
    },
  ),
  kpi("repeat_purchase_rate", "share", 0.643, 1_204, {}, { inputs: { repeatClients: 774 } }),
  kpi("repeat_within_90", "share", 0.487, 1_131, { too_young: 73 }),
  kpi("repeat_order_share", "share", 0.871, 3_120, {}, { period: YEAR, populationUnit: "orders" }),
  kpi("purchase_frequency", "ratio", 4.4, 702, {}, { period: YEAR }),
  kpi("median_interval", "days", 34, 774, { one_time_buyers: 430 }),
  kpi(
    "retention_rate",
    "share",
    0.782,
    611,
    { new_clients: 61, not_active_before: 532 },
    {
      period: PERIOD,
      inputs: { activeAtStart: 611, activeAtEnd: 560, newClients: 61, returnedClients: 21 },
    },
  ),
  kpi("churn_rate", "share", 0.218, 611, {}, { period: PERIOD }),
  kpi("churn_rate_preliminary", "share", 0.274, 598, {}, { period: PERIOD, note: "window_open" }),
  kpi("reactivation_rate", "share", 0.061, 347, {}, { period: PERIOD }),
  kpi("cohort_revenue_retention", "percent", 1.08, 655, {}, { period: YEAR }),
  kpi("nrr", "percent", null, 0, { not_recurring: 1_204 }, { note: "not_recurring" }),
  kpi("referral_share", "share", 0.23, 904, { unknown_source: 300 }),
  kpi("cac_full", "money", 1_754_717, 53, { months_without_spend: 1_151 }),
  kpi("payback_months", "months", 7, 53, { months_without_spend: 1_151 }),
  kpi(
    "win_rate",
    "share",
    0.31,
    2_904,
    { open_deals: 118 },
    {
      period: YEAR,
      populationUnit: "deals",
      inputs: { wonDeals: 900, lostDeals: 2_004 },
    },
  ),
  kpi("sales_cycle_won", "days", 19, 900, { open_deals: 118 }, { period: YEAR }),
  kpi("contacts_clients", "ratio", 1.4, 702, {}, { period: PERIOD }),
  kpi("contacts_prospects", "ratio", 3.2, 118, {}, { period: PERIOD }),
];

export const SAMPLE_GOALS: NonNullable<OverviewDocument["goals"]> = [
  {
    code: "repeat_order_share",
    unit: "share",
    setOn: "2026-03-01",
    dueOn: "2027-02-28",
    state: "behind",
    startValue: 0.812,
    targetValue: 0.974,
    currentValue: 0.871,
    expectedValue: 0.93,
    progress: 0.364,
    neededPerMonth: 0.032,
  },
  {
    code: "average_order",
    unit: "money",
    setOn: "2026-01-10",
    dueOn: "2026-12-31",
    state: "reached",
    startValue: 5_400_000,
    targetValue: 5_940_000,
    currentValue: 6_086_301,
    expectedValue: 5_880_000,
    progress: 1.27,
    neededPerMonth: null,
  },
];

function kpi(
  code: string,
  unit: Figure["unit"],
  value: number | null,
  population: number,
  exclusions: Readonly<Record<string, number>> = {},
  more: Partial<Figure> = {},
): Figure {
  return {
    code,
    unit,
    value,
    population,
    populationUnit: "clients",
    excluded: Object.values(exclusions).reduce((sum, count) => sum + count, 0),
    exclusions: Object.entries(exclusions).map(([reason, count]) => ({ code: reason, count })),
    note: null,
    definition: code,
    period: ALL,
    ...more,
  };
}
