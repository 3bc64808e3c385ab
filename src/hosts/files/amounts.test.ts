import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseAmount, plainHundredths, readMoney } from "./amounts.ts";

describe("an amount cell", () => {
  it("is read with every space, sign and currency that people put into it", () => {
    for (const text of [
      "1\u2009234,56",
      "1\u202f234,56",
      "1'234.56",
      "₽ 1 234,56",
      "1 234,56р.",
      "RUB 1,234.56",
      "+1234,56",
    ]) {
      expect(parseAmount(text, "RUB", "comma"), text).toEqual({ kind: "amount", minor: 123_456 });
    }
    for (const text of [
      "-1 234,56",
      "\u22121 234,56",
      "(1 234,56)",
      "(1,234.56 ₽)",
      "-$1,234.56",
    ]) {
      expect(parseAmount(text, "RUB", "comma"), text).toEqual({ kind: "amount", minor: -123_456 });
    }
    expect(readMoney("€5", "RUB")).toMatchObject({ minor: 500, currency: "EUR" });
    expect(readMoney("1.5E+3", "RUB")).toMatchObject({ minor: 150_000 });
    expect(readMoney("12,34,567.00", "INR")).toMatchObject({ minor: 123_456_700 });
    expect(readMoney("1.234", "KWD")).toMatchObject({ open: "dot" });
    expect(parseAmount("1.234", "KWD", "dot")).toEqual({ kind: "amount", minor: 1234 });
    expect(parseAmount("1234", "JPY", "dot")).toEqual({ kind: "amount", minor: 1234 });
  });

  it("that is a date, a share or two numbers is not an amount", () => {
    for (const text of [
      "31.12.2025",
      "35%",
      "1,2,3",
      "1.2.3,4",
      "(5",
      "5)",
      "5 USD EUR",
      "5 кг",
      ",",
      "1e999",
    ]) {
      expect(parseAmount(text, "RUB", "comma").kind, text).toBe("unreadable");
    }
  });

  it("says what its separators prove", () => {
    const proof = (text: string) => {
      const read = readMoney(text, "RUB");
      return read.kind === "amount" ? (read.proof ?? read.open ?? "nothing") : read.kind;
    };
    expect(["1,5", "1 234,567", "0,125", "1.000.000", "1.234,567"].map(proof)).toEqual(
      Array.from({ length: 5 }, () => "comma"),
    );
    expect(["1.5", "1234.567", "1,000,000", "1,234.567"].map(proof)).toEqual(
      Array.from({ length: 4 }, () => "dot"),
    );
    expect(readMoney("1,234", "RUB")).toMatchObject({ minor: 123_400, open: "comma", proof: null });
    expect(proof("1234")).toBe("nothing");
  });

  it("is the same the short way and the long way", () => {
    const cell = fc.string({
      unit: fc.constantFrom("0", "1", "7", " ", "\u00a0", ".", ",", "-", "(", "₽"),
    });
    fc.assert(
      fc.property(cell, (text) => {
        const short = plainHundredths(text);
        if (Number.isNaN(short)) return;
        expect(readMoney(text, "RUB")).toMatchObject({ kind: "amount", minor: short, open: null });
      }),
      { numRuns: 3000 },
    );
  });

  it("is exact to its last digit, however long", () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: 9_007_199_254_740_991n }), (minor) => {
        const whole = minor / 100n;
        const text = `${whole},${String(minor % 100n).padStart(2, "0")}`;
        expect(parseAmount(text, "RUB", "comma")).toEqual({ kind: "amount", minor: Number(minor) });
      }),
    );
    expect(parseAmount("1234.5599999999999", "RUB", "dot")).toEqual({
      kind: "amount",
      minor: 123_456,
    });
    expect(parseAmount("99999999999999999.00", "RUB", "dot").kind).toBe("unreadable");
  });
});
