import { describe, expect, it } from "vitest";
import { isRecurring } from "./recurring.ts";
import { figuresOf, logOf, rowsOf } from "./test-log.ts";

const MONTHS = Array.from({ length: 18 }, (_, at) => {
  const month = String((at % 12) + 1).padStart(2, "0");
  return `${2024 + Math.floor(at / 12)}-${month}-01`;
});

/** Twelve contracts of 100 a month; one doubles, one halves in 2025, one stops at the end of 2024. */
const CONTRACTS = Array.from({ length: 12 }, (_, n) =>
  MONTHS.filter((date) => n !== 2 || date < "2025").map((date) => {
    const isLater = date >= "2025";
    return `s${n} ${date} ${isLater && n === 0 ? 200 : isLater && n === 1 ? 50 : 100}`;
  }),
).flat();
const TRADE = Array.from({ length: 10 }, (_, n) => `t${n} 2025-0${(n % 5) + 1}-17 1000`);

describe("recurring revenue", () => {
  it("is told by the calendar: at least four payments, nearly all on time", () => {
    expect(isRecurring(Int32Array.of(0, 31, 59, 90))).toBe(true);
    expect(isRecurring(Int32Array.of(0, 31, 59))).toBe(false);
    expect(isRecurring(Int32Array.of(0, 10, 70, 75, 200))).toBe(false);
    expect(isRecurring(Int32Array.of(0, 365, 730, 1095))).toBe(false);
    // The weekly shopper is a habit, not a contract.
    expect(isRecurring(Int32Array.of(0, 7, 14, 21, 28))).toBe(false);
    // One payment in four may be late.
    expect(isRecurring(Int32Array.of(0, 30, 60, 90, 150))).toBe(true);
  });

  it("compares the last three whole months with the same months a year earlier", () => {
    const { by } = figuresOf(logOf(rowsOf(...CONTRACTS, ...TRADE)), { asOf: "2025-06-30" });
    const parts = { population: 12, excluded: 10, note: null };
    expect(by.nrr).toMatchObject({ ...parts, value: 3450 / 3600, unit: "percent" });
    expect(by.grr).toMatchObject({ ...parts, value: 3150 / 3600, unit: "share" });
    expect(by.nrr?.period).toEqual({ from: "2025-04-01", to: "2025-06-30" });
  });

  it("does not apply to trade at need", () => {
    const { by, populations } = figuresOf(logOf(rowsOf(...TRADE)), { asOf: "2025-06-30" });
    expect(by.nrr).toMatchObject({ value: null, note: "not_recurring" });
    expect(populations).toEqual([]);
  });
});

describe("two populations in one base", () => {
  it("have their own figures, and their clients and money add up", () => {
    const { by, populations } = figuresOf(logOf(rowsOf(...CONTRACTS, ...TRADE)), {
      asOf: "2025-06-30",
    });
    expect(populations).toMatchObject([
      { code: "recurring", clients: 12, repeatPurchaseRate: 1, medianIntervalDays: 31 },
      {
        code: "one_off",
        clients: 10,
        repeatPurchaseRate: 0,
        medianIntervalDays: null,
        averageOrderMinor: 1000,
      },
    ]);
    const money = populations.reduce((sum, row) => sum + (row.revenueMinor ?? 0), 0);
    expect(money).toBe(by.ltv_historic?.inputs?.totalMinor);
  });
});
