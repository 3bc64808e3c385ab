import { describe, expect, it } from "vitest";
import type { SpendRow } from "../spend.ts";
import { isReferral } from "./first-source.ts";
import { figuresOf, logOf, type TestRow } from "./test-log.ts";

const ROWS: readonly TestRow[] = [
  { id: "a", date: "2025-01-10", minor: 400, source: "Реклама" },
  { id: "a", date: "2025-02-10", minor: 300, source: "Сайт" },
  { id: "b", date: "2025-01-20", minor: 200, source: "Рекомендация" },
  { id: "b", date: "2025-03-15", minor: 700 },
  { id: "c", date: "2025-02-05", minor: 500, source: " реклама" },
  { id: "c", date: "2025-03-10", minor: 100 },
];
const SPEND: readonly SpendRow[] = [
  { month: "2025-01", channel: "реклама", amountMinor: 1000, kind: "marketing" },
  { month: "2025-01", channel: "Реклама", amountMinor: 500, kind: "sales" },
  { month: "2025-02", channel: "РЕКЛАМА ", amountMinor: 600, kind: "marketing" },
  { month: "2025-03", channel: "реклама", amountMinor: 300, kind: "marketing" },
  { month: "2025-04", channel: "реклама", amountMinor: 9999, kind: "marketing" },
];
const ASOF = { asOf: "2025-03-31" };

describe("cost of new clients", () => {
  const { by, acquisition } = figuresOf(logOf(ROWS), { ...ASOF, spend: SPEND });

  it("is spend over the new clients of the same months, marketing alone and full", () => {
    // 1900 marketing and 500 sales for three clients; April is still to come.
    expect(by.cac_marketing).toMatchObject({ value: 633, population: 3, note: null });
    expect(by.cac_full).toMatchObject({ value: 800, population: 3 });
    expect(by.cac_full?.inputs).toEqual({ spentMinor: 2400, newClients: 3, months: 3 });
  });

  it("is kept by month and channel, spellings of one channel together", () => {
    expect(
      acquisition.rows.map((row) => [
        row.month,
        row.channel,
        row.newClients,
        row.cacMarketingMinor,
        row.cacFullMinor,
      ]),
    ).toEqual([
      ["2025-01", null, 2, 500, 750],
      ["2025-01", "реклама", 1, 1000, 1500],
      ["2025-02", null, 1, 600, 600],
      ["2025-02", "реклама", 1, 600, 600],
      ["2025-03", null, 0, null, null],
      ["2025-03", "реклама", 0, null, null],
    ]);
    expect(acquisition.rows.at(-1)?.note).toBe("no_new_clients");
  });

  it("is not defined for a month without new clients, never zero", () => {
    const spend = SPEND.filter(({ month }) => month === "2025-03");
    const figures = figuresOf(logOf(ROWS), { ...ASOF, spend }).by;
    for (const code of ["cac_marketing", "cac_full", "ltv_cac", "payback_months", "romi"]) {
      expect(figures[code], code).toMatchObject({ value: null, note: "no_new_clients" });
    }
  });

  it("is paid back in the first month when cumulative money reaches it", () => {
    // Means a client: 1100/3, then 400/3, then 700 over the two who have had a third month.
    expect(acquisition.payback).toEqual([
      { month: 1, perClientMinor: 367 },
      { month: 2, perClientMinor: 500 },
      { month: 3, perClientMinor: 850 },
    ]);
    expect(by.payback_months).toMatchObject({ value: 3, unit: "months", basis: "revenue" });
    const dear = [{ ...(SPEND[0] as SpendRow), amountMinor: 100_000 }];
    const figures = figuresOf(logOf(ROWS), { ...ASOF, spend: dear }).by;
    expect(figures.payback_months).toMatchObject({ value: null, note: "not_paid_back" });
  });

  it("is weighed against what clients bring", () => {
    // First 30 days: 400 + 200 + 500 over three; brought so far 2200 for 1900 of marketing.
    expect(by.ltv_horizon).toMatchObject({ value: 367 });
    expect(by.ltv_cac).toMatchObject({ value: 367 / 800, inputs: { mark: 3, horizonDays: 30 } });
    expect(by.romi?.value).toBeCloseTo(300 / 1900, 12);
  });

  it("leaves out clients of months nobody spent in, and channels where sources are unknown", () => {
    const spend = SPEND.filter(({ month }) => month === "2025-02");
    const blind = logOf(ROWS.map(({ source: _, ...row }) => row));
    const set = figuresOf(blind, { ...ASOF, spend });
    expect(set.by.cac_full).toMatchObject({ value: 600, population: 1, excluded: 2 });
    expect(set.acquisition.rows.at(-1)).toMatchObject({ newClients: null, note: "no_sources" });
  });
});

describe("first sources", () => {
  it("are those of the first row that names one, with value and repeat rate each", () => {
    const { by, sources } = figuresOf(logOf(ROWS), ASOF);
    expect(sources).toEqual([
      {
        source: "Реклама",
        isReferral: false,
        clients: 2,
        share: 2 / 3,
        repeatRate: 1,
        revenueMinor: 1300,
        marginMinor: null,
        perClientMinor: 650,
        ltv: { horizonDays: 30, clients: 2, perClientMinor: 450 },
      },
      {
        source: "Рекомендация",
        isReferral: true,
        clients: 1,
        share: 1 / 3,
        repeatRate: 1,
        revenueMinor: 900,
        marginMinor: null,
        perClientMinor: 900,
        ltv: { horizonDays: 30, clients: 1, perClientMinor: 200 },
      },
    ]);
    expect(by.referral_share).toMatchObject({ value: 1 / 3, population: 3, excluded: 0 });
  });

  it("count a client without a source as unknown", () => {
    const rows = [...ROWS, { id: "d", date: "2025-03-01", minor: 100 }];
    const { by, sources } = figuresOf(logOf(rows), ASOF);
    expect(by.referral_share).toMatchObject({ value: 1 / 3, population: 3, excluded: 1 });
    expect(sources.at(-1)).toMatchObject({ source: null, clients: 1, isReferral: false });
  });

  it("know the words for a recommendation", () => {
    const names = [
      "Рекомендация",
      "Сарафанное радио",
      "По совету друзей",
      "Referral",
      "word of mouth",
    ];
    expect(names.filter(isReferral)).toEqual(names);
    expect(["Реклама", "Сайт", "Звонок", "Ads"].some(isReferral)).toBe(false);
  });
});

describe("margin", () => {
  const rows: readonly TestRow[] = [
    { id: "a", date: "2025-01-05", minor: 1000, margin: 400 },
    { id: "a", date: "2025-02-05", minor: 1000 },
    { id: "b", date: "2025-01-10", minor: 2000, margin: -300 },
    { id: "c", date: "2025-01-15", minor: 1000, margin: 500 },
    { id: "c", date: "2025-02-20", minor: -400, margin: -200 },
  ];

  it("is the rows' own, an average share for the rest, and tells who costs money", () => {
    // Known: 400 of 3600 net revenue; the row without a margin is given 1000 / 9.
    const { by } = figuresOf(logOf(rows), ASOF);
    expect(by.ltv_profit).toMatchObject({
      value: Math.round((511 - 300 + 300) / 3),
      population: 3,
      basis: "margin",
      inputs: { totalMinor: 511, rowsWithAverageMargin: 1 },
    });
    expect(by.unprofitable_clients).toMatchObject({ value: 1, inputs: { totalMinor: -300 } });
    expect(by.ltv_margin_churn).toMatchObject({ basis: "margin" });
  });

  it("charges a refund to the purchase it undoes, so a cohort is restated", () => {
    const { by } = figuresOf(logOf(rows), ASOF);
    // First 30 days: 400 of a, -300 of b, 500 - 200 of c although the refund came on day 36.
    expect(by.ltv_horizon).toMatchObject({ basis: "margin", inputs: { totalMinor: 400 } });
  });

  it("may be one average share, which cannot tell who costs money", () => {
    const plain = logOf(rows.map(({ margin: _, ...row }) => row));
    const { by } = figuresOf(plain, { ...ASOF, marginShare: 0.25 });
    expect(by.ltv_profit).toMatchObject({ value: Math.round(1150 / 3), basis: "margin" });
    expect(by.unprofitable_clients).toMatchObject({ value: null, note: "no_margin" });
  });
});
