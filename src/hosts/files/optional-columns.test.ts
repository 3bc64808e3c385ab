import { describe, expect, it } from "vitest";
import { makePurchaseReader, type PurchaseTable, type PurchaseTableResult } from "./purchases.ts";

function resultOf(lines: readonly string[], currency: string | null = null): PurchaseTableResult {
  const reader = makePurchaseReader({ currency, assumedCurrency: "RUB" });
  for (const [at, line] of lines.entries()) reader.push({ line: at + 1, cells: line.split(";") });
  return reader.finish();
}

function tableOf(lines: readonly string[], currency: string | null = null): PurchaseTable {
  const result = resultOf(lines, currency);
  if (!result.ok) throw new Error(result.reason);
  return result.table;
}

const labels = ({ log }: PurchaseTable, name: "source" | "group") => {
  const column = log.details?.[name];
  return column && Array.from(column.code, (code) => column.names[code] ?? null);
};

describe("columns beside client, date and sum", () => {
  it("are found by their headers in a CRM's export, and go along with their rows", () => {
    const table = tableOf([
      "ID;Стадия сделки;Сумма;Валюта;Компания;Дата закрытия;Источник клиента;Категория товара;Маржа",
      "1;Сделка успешна;200,00;RUB;Бета;02.02.2025;Сайт;Шины;50,00",
      "2;Сделка успешна;100,00;RUB;Альфа;01.02.2025;Звонок;;25,00",
      "3;Сделка провалена;900,00;RUB;Альфа;03.02.2025;Сайт;Шины;1,00",
      "4;В работе;900,00;RUB;Альфа;04.02.2025;Сайт;Диски;1,00",
      "5;Сделка успешна;300,00;RUB;Альфа;05.02.2025;Сайт;Диски;#Н/Д",
    ]);
    expect(table.columns.names).toEqual({
      client: "Компания",
      date: "Дата закрытия",
      amount: "Сумма",
      margin: "Маржа",
      cost: null,
      source: "Источник клиента",
      group: "Категория товара",
      status: "Стадия сделки",
      currency: "Валюта",
      order: null,
      quantity: null,
    });
    expect(table.log.clients).toEqual(["Альфа", "Бета"]);
    expect([...table.log.amountMinor]).toEqual([10_000, 30_000, 20_000]);
    expect([...(table.log.details?.marginMinor ?? [])]).toEqual([2_500, Number.NaN, 5_000]);
    expect(labels(table, "source")).toEqual(["Звонок", "Сайт", "Сайт"]);
    expect(labels(table, "group")).toEqual([null, "Диски", "Шины"]);
    expect(table.problems).toEqual([{ reason: "not_won", count: 2, lines: [4, 5] }]);
  });

  it("are found in English too; cost makes the margin, a refund gives it back", () => {
    const table = tableOf([
      "customer id;order date;total;cost price;channel;status",
      "A;2025-01-01;100.00;60.00;ads;paid",
      "A;2025-01-02;50.00;;ads;refunded",
      "A;2025-01-03;-30.00;20.00;ads;refunded",
      "B;2025-01-04;80.00;90.00;site;complete",
      "B;2025-01-05;;90.00;site;refunded",
    ]);
    expect(table.columns.names).toMatchObject({ margin: null, cost: "cost price" });
    expect([...table.log.amountMinor]).toEqual([10_000, -5_000, -3_000, 8_000]);
    expect([...(table.log.details?.marginMinor ?? [])]).toEqual([
      4_000,
      Number.NaN,
      -1_000,
      -1_000,
    ]);
  });

  it("are not taken for what their values are not", () => {
    const { columns } = tableOf([
      "client;date;amount;margin;source;status;cost",
      "A;2025-01-01;100.00;35%;;gold;n/a",
      "B;2025-01-02;100.00;40%;;silver;n/a",
    ]);
    expect(columns.names).toMatchObject({ margin: null, source: null, status: null, cost: null });
  });

  it("leave their only money column to the sums", () => {
    expect(tableOf(["client;date;cost", "A;2025-01-01;5.00"]).columns.names).toMatchObject({
      amount: "cost",
      cost: null,
    });
  });
});

describe("a sum that no header names", () => {
  it("is not looked for among numbers that name or count something", () => {
    const lines = [
      "InvoiceNo;Quantity;InvoiceDate;UnitPrice;CustomerID",
      "536365;6;12/1/2010 8:26;2.55;17850",
      "536366;6;12/13/2010 8:28;3.39;17850",
    ];
    expect(tableOf(lines)).toMatchObject({
      columns: { names: { client: "CustomerID", date: "InvoiceDate", amount: "UnitPrice" } },
      dayOrder: "monthFirst",
    });
    expect(tableOf(["client;date;order_id", "A;2025-01-01;1001"]).columns.names.amount).toBeNull();
  });
});

describe("a table in several currencies", () => {
  const lines = [
    "client;date;amount;currency",
    "A;2025-01-01;100.00;USD",
    "B;2025-01-02;100.00;₽",
    "A;2025-01-03;50.00;usd",
    "C;2025-01-04;5;",
    "D;2025-01-05;900;JPY",
  ];

  it("is read in the one of most rows; the others are left out and counted", () => {
    const table = tableOf(lines);
    expect(table.currency).toBe("USD");
    expect(table.log.clients).toEqual(["A", "C"]);
    expect([...table.log.amountMinor]).toEqual([10_000, 5_000, 500]);
    expect(table.problems).toEqual([{ reason: "other_currency", count: 2, lines: [3, 6] }]);
  });

  it("is read in the one asked for, with its own minor units", () => {
    const table = tableOf(lines, "JPY");
    expect(table.log.clients).toEqual(["C", "D"]);
    expect([...table.log.amountMinor]).toEqual([5, 900]);
    expect(
      tableOf(["client;date;amount;currency", "A;2025-01-01;900;JPY", "A;2025-01-02;8;"]),
    ).toMatchObject({
      currency: "JPY",
      log: { amountMinor: Float64Array.of(900, 8) },
    });
  });

  it("is refused where no row is in the one asked for", () => {
    expect(resultOf(["client;date;amount;currency", "A;2025-01-01;1;USD"], "EUR")).toEqual({
      ok: false,
      reason: "no_such_currency",
      found: ["USD"],
    });
    expect(tableOf(["client;date;amount", "A;2025-01-01;1"], "EUR").currency).toBe("EUR");
  });

  it("is seen by the signs beside its sums as well", () => {
    const table = tableOf([
      "client;date;amount",
      "A;2025-01-01;$100.00",
      "A;2025-01-02;200.00 USD",
      "A;2025-01-03;300.00 руб.",
    ]);
    expect(table).toMatchObject({
      currency: "USD",
      problems: [{ reason: "other_currency", lines: [4] }],
    });
  });
});

describe("a table as people make it", () => {
  it("begins where its columns are named, below a report's title, period and filters", () => {
    const table = tableOf([
      "Отчёт о продажах",
      "",
      "Период:;01.01.2025 - 31.12.2025",
      "Отбор:;Контрагент = все",
      "",
      "Контрагент;Дата;Сумма",
      "А;01.02.2025;10,00",
      "Итого;;10,00",
    ]);
    expect(table.columns.names).toMatchObject({ client: "Контрагент", date: "Дата" });
    expect(table.problems).toEqual([
      { reason: "before_table", count: 3, lines: [1, 3, 4] },
      { reason: "no_date", count: 1, lines: [8] },
    ]);
  });

  it("names cells with a spreadsheet's errors", () => {
    const table = tableOf([
      "client;date;amount",
      "#N/A;2025-01-01;1.00",
      "A;#ССЫЛКА!;1.00",
      "A;2025-01-01;#DIV/0!",
      "A;2025-01-01;1.00",
    ]);
    expect(table.problems).toEqual([{ reason: "error_cell", count: 3, lines: [2, 3, 4] }]);
    expect(table.log.clients).toEqual(["A"]);
  });

  it("counts every bad row and names the first thousand of a kind, or all", () => {
    const good = Array.from({ length: 300 }, () => "A;2025-01-01;1.00");
    const bad = Array.from({ length: 5000 }, () => "A;soon;1.00");
    const table = tableOf(["client;date;amount", bad[0] ?? "", ...good, ...bad]);
    const lines = [2, ...Array.from({ length: 5_000 }, (_, at) => 303 + at)];
    expect(table.problems).toEqual([
      { reason: "unreadable_date", count: 5_001, lines: lines.slice(0, 1_000) },
    ]);
    expect(table.leftOut()).toEqual(lines.map((line) => ({ line, reason: "unreadable_date" })));
    expect(table.log.day).toHaveLength(300);
  });
});
