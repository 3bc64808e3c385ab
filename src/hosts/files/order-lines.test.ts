import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { makePurchaseReader, type PurchaseTable } from "./purchases.ts";

function tableOf(lines: readonly string[]): PurchaseTable {
  const reader = makePurchaseReader({ currency: null, assumedCurrency: "RUB" });
  for (const [at, line] of lines.entries()) reader.push({ line: at + 1, cells: line.split(";") });
  const result = reader.finish();
  if (!result.ok) throw new Error(result.reason);
  return result.table;
}

const HEAD = "InvoiceNo;Description;Quantity;InvoiceDate;UnitPrice;CustomerID";

describe("lines of a receipt", () => {
  it("are one purchase of price times pieces", () => {
    const table = tableOf([
      HEAD,
      "536365;LANTERN;6;12/1/2010 8:26;2.55;17850",
      "536365;HEART;8;12/1/2010 8:26;3.39;17850",
      "536366;UNION JACK;2;12/1/2010 9:00;1.85;17850",
      "C536379;Discount;-1;12/14/2010 9:41;27.50;17850",
      "536370;CLOCK;24;12/1/2010 8:45;3.75;12583",
    ]);
    expect(table.columns.names).toMatchObject({
      order: "InvoiceNo",
      quantity: "Quantity",
      amount: "UnitPrice",
    });
    expect(table.log.clients).toEqual(["12583", "17850"]);
    expect([...table.log.amountMinor]).toEqual([9_000, 4_242, 370, -2_750]);
    expect(table.joinedLines).toBe(1);
  });

  it("keep the row's sum where the table has one beside the price", () => {
    const table = tableOf([
      "Номер заказа;Дата;Клиент;Цена;Количество;Сумма",
      "7;01.02.2025;Ромашка;100,00;3;300,00",
      "7;01.02.2025;Ромашка;50,00;1;45,00",
      "8;01.02.2025;Ромашка;50,00;1;50,00",
    ]);
    expect(table.columns.names).toMatchObject({ amount: "Сумма", quantity: null });
    expect([...table.log.amountMinor]).toEqual([34_500, 5_000]);
  });

  it("that were sent back or paid later stay rows of their own", () => {
    const table = tableOf([
      "order_id;date;client;amount",
      "7;2025-02-01;A;300.00",
      "7;2025-02-03;A;-100.00",
      "7;2025-02-01;B;5.00",
      ";2025-02-05;B;1.00",
      ";2025-02-05;B;2.00",
    ]);
    expect([...table.log.amountMinor]).toEqual([30_000, -10_000, 500, 100, 200]);
    expect(table.joinedLines).toBe(0);
  });

  it("take the cost of a piece as often as its price", () => {
    const table = tableOf([
      "чек;дата;клиент;цена;кол-во;себестоимость",
      "1;01.02.2025;A;100,00;1,5;60,00",
      "1;01.02.2025;A;10,00;2;4,00",
      "2;15.02.2025;A;10,00;;4,00",
    ]);
    expect([...table.log.amountMinor]).toEqual([17_000, Number.NaN]);
    expect([...(table.log.details?.marginMinor ?? [])]).toEqual([7_200, Number.NaN]);
  });

  it("name the row whose quantity is no number", () => {
    const { problems } = tableOf([
      HEAD,
      "1;A;1;2010-12-01;2.55;7",
      "2;B;six;2010-12-02;2.55;7",
      "3;C;1;2010-12-03;2.55;7",
    ]);
    expect(problems).toEqual([{ reason: "unreadable_amount", count: 1, lines: [3] }]);
  });

  it("add up to the same whatever their order", () => {
    const line = fc.record({
      order: fc.integer({ min: 1, max: 5 }),
      client: fc.constantFrom("A", "B"),
      day: fc.integer({ min: 10, max: 13 }),
      minor: fc.integer({ min: 1, max: 10_000 }),
    });
    fc.assert(
      fc.property(fc.array(line, { minLength: 1, maxLength: 40 }), (lines) => {
        const table = tableOf([
          "order id;date;client;amount",
          ...lines.map(
            ({ order, client, day, minor }) =>
              `n${order};2025-01-${day};${client};${(minor / 100).toFixed(2)}`,
          ),
        ]);
        const sums = new Map<string, number>();
        for (const { order, client, day, minor } of lines) {
          const key = `${client} ${day} ${order}`;
          sums.set(key, (sums.get(key) ?? 0) + minor);
        }
        const byNumber = (left: number, right: number) => left - right;
        expect([...table.log.amountMinor].sort(byNumber)).toEqual(
          [...sums.values()].sort(byNumber),
        );
      }),
      { seed: 11 },
    );
  });
});
