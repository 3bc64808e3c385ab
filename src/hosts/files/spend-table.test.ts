import { describe, expect, it } from "vitest";
import { parseMonth } from "./spend-months.ts";
import { makeSpendReader, type SpendTable, type SpendTableResult } from "./spend-table.ts";

function resultOf(lines: readonly string[], currency = "RUB"): SpendTableResult {
  const reader = makeSpendReader(currency);
  for (const [at, line] of lines.entries()) reader.push({ line: at + 1, cells: line.split(";") });
  return reader.finish();
}

function tableOf(lines: readonly string[]): SpendTable {
  const result = resultOf(lines);
  if (!result.ok) throw new Error(result.reason);
  return result.table;
}

const short = ({ rows }: SpendTable) =>
  rows.map(({ month, channel, amountMinor, kind }) =>
    [month, channel, amountMinor, kind].join(" "),
  );

describe("a month", () => {
  it("is read in every spelling that tables use", () => {
    for (const text of [
      "2025-03",
      "2025/3",
      "03.2025",
      "202503",
      "март 2025",
      "Март 2025 г.",
      "мар.25",
      "March 2025",
      "Mar-25",
      "2025 mar",
      "2025-03-15",
      "01.03.2025",
      "45731",
    ]) {
      expect(parseMonth(text, "dayFirst"), text).toBe("2025-03");
    }
    for (const text of ["", "2025-13", "всего", "март", "13.2025"]) {
      expect(parseMonth(text, "dayFirst"), text).toBeNull();
    }
  });
});

describe("a spend table", () => {
  const long = [
    "2025-01 Яндекс 1000000 marketing",
    "2025-01 Зарплата продавцов 5000050 sales",
    "2025-02 Яндекс 1200000 marketing",
  ];

  it("is read line by line", () => {
    expect(
      short(
        tableOf([
          "Расходы на рекламу",
          "Месяц;Канал;Сумма",
          "январь 2025;Яндекс;10 000,00",
          "январь 2025;Зарплата продавцов;50 000,50",
          "февраль 2025;Яндекс;12 000,00",
          "Итого;;72 000,50",
        ]),
      ),
    ).toEqual(long);
  });

  it("is read with channels as columns", () => {
    expect(
      short(
        tableOf([
          "month;Яндекс;Зарплата продавцов;Total",
          "2025-01;10000;50000.50;60000.50",
          "2025-02;12000;;12000",
        ]),
      ),
    ).toEqual(long);
  });

  it("is read with months as columns", () => {
    const { rows } = tableOf([
      "Статья;01.2025;02.2025",
      "Яндекс;10000;12000",
      "Зарплата продавцов;50000,50;",
    ]);
    expect(short({ rows, problems: [] }).toSorted()).toEqual(long.toSorted());
  });

  it("is read without channels, without a header, with a kind", () => {
    expect(short(tableOf(["month;spend", "2025-01;100"]))).toEqual(["2025-01  10000 marketing"]);
    expect(short(tableOf(["2025-01;Ads;25000", "2025-02;Ads;30000"]))).toEqual([
      "2025-01 Ads 2500000 marketing",
      "2025-02 Ads 3000000 marketing",
    ]);
    expect(
      short(
        tableOf([
          "month;channel;kind;clicks;cost",
          "2025-01;Calls;sales;7;100",
          "2025-01;Ads;marketing;9;5",
        ]),
      ),
    ).toEqual(["2025-01 Calls 10000 sales", "2025-01 Ads 500 marketing"]);
  });

  it("with dates is of the months whose first days they are", () => {
    const months = (a: string, b: string) =>
      tableOf(["date;channel;cost", `${a};Ads;1`, `${b};Ads;2`]).rows.map(({ month }) => month);
    expect(months("01/02/2025", "01/03/2025")).toEqual(["2025-02", "2025-03"]);
    expect(months("02/01/2025", "03/01/2025")).toEqual(["2025-02", "2025-03"]);
    expect(months("02/01/2025", "02/28/2025")).toEqual(["2025-02", "2025-02"]);
  });

  it("names what it leaves out", () => {
    const table = tableOf([
      "month;channel;amount;currency",
      "2025-01;Ads;100;RUB",
      "soon;Ads;100;RUB",
      "2025-02;Ads;much;RUB",
      "2025-02;Ads;5;USD",
      "2025-02;Ads;$5;",
    ]);
    expect(short(table)).toEqual(["2025-01 Ads 10000 marketing"]);
    expect(table.problems).toEqual([
      { reason: "unreadable_month", count: 1, lines: [3] },
      { reason: "unreadable_amount", count: 1, lines: [4] },
      { reason: "other_currency", count: 2, lines: [5, 6] },
    ]);
  });

  it("with nothing usable is a result, not a crash", () => {
    expect(resultOf([])).toEqual({ ok: false, reason: "empty" });
    expect(resultOf(["a;b", "c;d"])).toEqual({ ok: false, reason: "no_month", line: 1 });
    expect(resultOf(["month;channel", "2025-01;Ads"])).toEqual({
      ok: false,
      reason: "no_amount",
      line: 1,
    });
    expect(resultOf(["month;channel;amount", "2025-01;Ads;5 USD"])).toEqual({
      ok: false,
      reason: "no_usable_rows",
      line: 2,
    });
    expect(resultOf(Array.from({ length: 50_001 }, () => "2025-01;Ads;5"))).toEqual({
      ok: false,
      reason: "too_long",
    });
  });
});
