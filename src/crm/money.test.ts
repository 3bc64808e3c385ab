import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { toMinor } from "./money.ts";

describe("toMinor", () => {
  it("keeps decimals exact where floats do not", () => {
    expect(toMinor("1234.56", "RUB")).toBe(123456);
    expect(toMinor(19999.99, "RUB")).toBe(1999999);
    expect(toMinor(0.1 + 0.2, "USD")).toBe(30);
    expect(toMinor("-0.015", "EUR")).toBe(-2);
    expect(toMinor("5", "JPY")).toBe(5);
    expect(toMinor("1.2345", "KWD")).toBe(1235);
    expect(toMinor(-0, "RUB")).toBe(0);
  });

  it("refuses what is not a decimal", () => {
    for (const bad of ["", ".", "1,5", "abc", "1e5", "9".repeat(20)]) {
      expect(() => toMinor(bad, "RUB")).toThrow(expect.objectContaining({ code: "input.invalid" }));
    }
  });

  it("reads back every number of cents", () => {
    fc.assert(
      fc.property(fc.integer({ min: -1e12, max: 1e12 }), (minor) => {
        const sign = minor < 0 ? "-" : "";
        const digits = String(Math.abs(minor)).padStart(3, "0");
        expect(toMinor(`${sign}${digits.slice(0, -2)}.${digits.slice(-2)}`, "RUB")).toBe(minor);
      }),
    );
  });
});
