import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseAmount } from "./amounts.ts";
import { guessDayOrder, parseDay } from "./days.ts";
import { makePurchaseReader, type PurchaseTableResult, type TableRow } from "./purchases.ts";

const day = (iso: string) => Date.parse(`${iso}T00:00:00Z`) / 86_400_000;
function readPurchases(rows: readonly TableRow[], assumed: string): PurchaseTableResult {
  const reader = makePurchaseReader({ currency: null, assumedCurrency: assumed });
  for (const row of rows) reader.push(row);
  return reader.finish();
}
const table = (text: string): TableRow[] =>
  text.split("\n").map((line, at) => ({ line: at + 1, cells: line.split(";") }));

describe("a date cell", () => {
  it("is read in every spelling that exports use", () => {
    for (const spelling of [
      "2025-12-31",
      "2025-12-31T23:59:00+03:00",
      "31.12.2025",
      "31.12.2025 14:05",
      "31/12/2025",
      "2025/12/31",
      "20251231",
      "46022",
      "46022.75",
    ]) {
      expect(parseDay(spelling, "dayFirst"), spelling).toBe(day("2025-12-31"));
    }
    expect(parseDay("12/31/2025", "monthFirst")).toBe(day("2025-12-31"));
  });

  it("that names no real day is not a date", () => {
    for (const wrong of ["", "31.02.2025", "2025-13-01", "12.5", "100", "завтра", "99999"]) {
      expect(parseDay(wrong, "dayFirst"), wrong).toBeNull();
    }
  });

  it("with slashes is read by what the other rows prove", () => {
    expect(guessDayOrder(["01/02/2025", "25/02/2025"])).toBe("dayFirst");
    expect(guessDayOrder(["01/02/2025", "02/25/2025"])).toBe("monthFirst");
  });
});

describe("an amount cell", () => {
  it("is exact in every spelling", () => {
    const minor = (text: string) => parseAmount(text, "RUB", "comma");
    for (const text of [
      "1234,56",
      "1 234,56",
      "1\u00a0234,56 ₽",
      "1.234,56",
      "1,234.56",
      "1234.56 руб.",
    ]) {
      expect(minor(text), text).toEqual({ kind: "amount", minor: 123456 });
    }
    expect(minor("(15.00)")).toEqual({ kind: "amount", minor: -1500 });
    expect(minor("\u22123")).toEqual({ kind: "amount", minor: -300 });
    expect(minor(" ")).toEqual({ kind: "empty" });
    expect(minor("12a")).toEqual({ kind: "unreadable" });
    expect(parseAmount("1,234", "USD", "dot")).toEqual({ kind: "amount", minor: 123400 });
  });

  it("never loses a kopeck", () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 10 ** 13 }), (minor) => {
        const whole = String(Math.floor(minor / 100)).replace(/\B(?=(\d{3})+$)/g, " ");
        const text = `${whole},${String(minor % 100).padStart(2, "0")}`;
        expect(parseAmount(text, "RUB", "comma")).toEqual({ kind: "amount", minor });
      }),
    );
  });
});

describe("a purchase table", () => {
  it("is understood by its Russian header", () => {
    const result = readPurchases(
      table("Дата заказа;Контрагент;Сумма\n01.02.2025;Б;100,50\n03.02.2025;А;7\n03.01.2025;Б;"),
      "RUB",
    );
    if (!result.ok) throw new Error(result.reason);
    expect(result.table.columns.names).toMatchObject({
      client: "Контрагент",
      date: "Дата заказа",
      amount: "Сумма",
    });
    expect(result.table.log.clients).toEqual(["А", "Б"]);
    expect([...result.table.log.client]).toEqual([0, 1, 1]);
    expect([...result.table.log.day]).toEqual([
      day("2025-02-03"),
      day("2025-01-03"),
      day("2025-02-01"),
    ]);
    expect([...result.table.log.amountMinor]).toEqual([700, Number.NaN, 10050]);
    expect(result.table.withoutSum).toBe(1);
  });

  it("without a header is understood by its values", () => {
    const result = readPurchases(
      table("A1;2025-01-01;10.5\nA1;2025-02-01;11.5\nB2;2025-02-01;12\nB2;2025-02-03;100"),
      "USD",
    );
    if (!result.ok) throw new Error(result.reason);
    expect(result.table.columns).toMatchObject({
      at: { client: 0, date: 1, amount: 2 },
      hasHeader: false,
    });
  });

  it("names each bad row by line and reason and keeps the rest", () => {
    const result = readPurchases(
      table(
        "client;date;amount\na;2025-01-01;1\n;2025-01-01;1\nb;;1\nb;31.02.2025;1\nb;2025-01-02;x1\nb;2025-01-03;2",
      ),
      "RUB",
    );
    if (!result.ok) throw new Error(result.reason);
    expect(result.table.problems).toEqual([
      { reason: "no_client", count: 1, lines: [3] },
      { reason: "no_date", count: 1, lines: [4] },
      { reason: "unreadable_date", count: 1, lines: [5] },
      { reason: "unreadable_amount", count: 1, lines: [6] },
    ]);
    expect(result.table.log.day).toHaveLength(2);
  });

  it("with nothing usable is a result, not a crash", () => {
    expect(readPurchases([], "RUB")).toEqual({ ok: false, reason: "empty" });
    expect(readPurchases(table("a;b\nc;d"), "RUB")).toEqual({
      ok: false,
      reason: "no_date_column",
      line: 1,
      names: ["a", "b"],
    });
    expect(readPurchases(table("client;date"), "RUB")).toMatchObject({ reason: "no_rows" });
    expect(readPurchases(table("date\n2025-01-01"), "RUB")).toMatchObject({
      reason: "no_client_column",
    });
    expect(readPurchases(table("client;date\n;2025-01-01"), "RUB")).toMatchObject({ ok: false });
  });

  it("survives any text", () => {
    fc.assert(
      fc.property(fc.array(fc.array(fc.string(), { maxLength: 5 }), { maxLength: 20 }), (cells) => {
        const rows = cells.map((row, at) => ({ line: at + 1, cells: row }));
        expect(readPurchases(rows, "RUB")).toHaveProperty("ok");
      }),
    );
  });
});
