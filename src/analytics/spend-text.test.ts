import { expect, it } from "vitest";
import {
  checkSpendRows,
  MOST_SPEND_ROWS,
  readSpendAmount,
  readSpendMonth,
  readSpendText,
} from "./spend-text.ts";

const flawsOf = (text: string) => readSpendText(text, "RUB").flaws;

it("lines of months, channels, amounts and kinds are read, with or without a header", () => {
  const text =
    "Месяц;Канал;Сумма;Вид\r\n2026-01;Яндекс;50 000,50\n\n01.2026;Отдел  продаж;-7;Продажи;\n";
  expect(readSpendText(text, "RUB")).toEqual({
    rows: [
      { month: "2026-01", channel: "Яндекс", amountMinor: 5_000_050, kind: "marketing" },
      { month: "2026-01", channel: "Отдел продаж", amountMinor: -700, kind: "sales" },
    ],
    flaws: [],
  });
  expect(readSpendText('янв. 26\t"Ads; search"\t1,234.50', "USD").rows).toEqual([
    { month: "2026-01", channel: "Ads; search", amountMinor: 123_450, kind: "marketing" },
  ]);
});

it("a bad line is named with its number in the text and what is wrong with it", () => {
  const text = [
    "month;channel;amount",
    "2026-13;Ads;1",
    "",
    "2026-01;Ads;50,000",
    "2026-01;Ads",
    "2026-01;Ads;5;barter",
    `2026-01;${"x".repeat(101)};5`,
    "2026-01;Ads;5",
    "01.2026; ads ;7",
  ].join("\n");
  expect(flawsOf(text)).toEqual([
    { line: 2, reason: "month" },
    { line: 4, reason: "amount" },
    { line: 5, reason: "cells" },
    { line: 6, reason: "kind" },
    { line: 7, reason: "channel" },
    { line: 9, reason: "twice" },
  ]);
  expect(flawsOf(" \n")).toEqual([{ line: 1, reason: "empty" }]);
  expect(flawsOf("month;channel;amount")).toEqual([{ line: 1, reason: "empty" }]);
});

it("a table is bounded, and the bound is reached exactly", () => {
  const lines = Array.from({ length: MOST_SPEND_ROWS }, (_, at) => `2026-01;c${at};1`);
  const full = readSpendText(lines.join("\n"), "RUB");
  expect(full.rows).toHaveLength(MOST_SPEND_ROWS);
  expect(full.flaws).toEqual([]);
  const tooMany = { line: MOST_SPEND_ROWS + 1, reason: "too_many" };
  expect(flawsOf([...lines, "2026-01;more;1"].join("\n"))).toEqual([tooMany]);
  expect(checkSpendRows(full.rows).flaws).toEqual([]);
  expect(checkSpendRows([...full.rows, ...full.rows]).flaws).toEqual([tooMany]);
});

it.each([
  ["2026-01", "2026-01"],
  ["2026/1", "2026-01"],
  ["1.2026", "2026-01"],
  ["2026-01-31", "2026-01"],
  ["31.01.2026", "2026-01"],
  ["Январь 2026 г.", "2026-01"],
  ["мар.26", "2026-03"],
  ["май 2026", "2026-05"],
  ["мая 2026", "2026-05"],
  ["Sept 2026", "2026-09"],
  ["июл 26", "2026-07"],
  ["июнь 2026", "2026-06"],
  ["13.2026", null],
  ["31/01/2026", null],
  ["март", null],
  ["январь 1026", null],
  ["2026", null],
  ["", null],
])("month %j", (text, month) => {
  expect(readSpendMonth(text)).toBe(month);
});

it.each([
  ["50000", 5_000_000],
  ["50 000,5", 5_000_050],
  ["50\u00a0000 ₽", 5_000_000],
  ["1.234.567,89", 123_456_789],
  ["1,234,567", 123_456_700],
  ["$1,000.00", 100_000],
  ["−300 руб.", -30_000],
  ["-0", 0],
  ["50,000", null],
  ["50.000", null],
  ["1e6", null],
  ["12 000 000 000", null],
  ["", null],
  ["NaN", null],
])("amount %j", (text, minor) => {
  expect(readSpendAmount(text, "RUB")).toBe(minor);
});

it("the minor unit is the currency's", () => {
  expect(readSpendAmount("1500", "JPY")).toBe(1_500);
  expect(readSpendAmount("1500.5", "JPY")).toBeNull();
  expect(readSpendAmount("1.234", "KWD")).toBe(1_234);
});

it("rows from outside are judged by the same rules", () => {
  const row = { month: "2026-01", channel: "Ads", amountMinor: 100 };
  expect(checkSpendRows([row])).toEqual({ rows: [{ ...row, kind: "marketing" }], flaws: [] });
  expect(
    checkSpendRows([
      { ...row, amountMinor: 0.5 },
      { ...row, amountMinor: Number.NaN },
      { ...row, amountMinor: 1e13 },
      { ...row, channel: "a\u0000" },
      { ...row, kind: "gift" },
      row,
      { ...row, channel: " ADS " },
    ]).flaws,
  ).toEqual([
    { line: 1, reason: "amount" },
    { line: 2, reason: "amount" },
    { line: 3, reason: "amount" },
    { line: 4, reason: "channel" },
    { line: 5, reason: "kind" },
    { line: 7, reason: "twice" },
  ]);
  expect(checkSpendRows([])).toEqual({ rows: [], flaws: [] });
});
