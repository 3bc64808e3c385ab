import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { PurchaseLog } from "../../analytics/types.ts";
import { type TestCell, testWorkbook } from "../../hosts/files/test-workbook.ts";
import { readPurchases } from "./read-purchases.ts";

let folder = "";
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "pulse-read-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function read(name: string, content: string | Uint8Array, currency: string | null = null) {
  const file = join(folder, name);
  writeFileSync(file, content);
  return readPurchases(file, { currency, progress: null });
}

const DAY_MS = 86_400_000;
const FIRST_DAY = Date.UTC(2020, 0, 1) / DAY_MS;

interface Row {
  readonly client: string;
  readonly day: number;
  /** null = no sum. */
  readonly minor: number | null;
}

const row: fc.Arbitrary<Row> = fc.record({
  client: fc.constantFrom(
    "Альфа, ООО",
    'Бета "Юг"; филиал',
    "Гамма | Дельта",
    "a\tb",
    "клиент 7",
    "12",
  ),
  day: fc.integer({ min: FIRST_DAY, max: FIRST_DAY + 2000 }),
  minor: fc.option(
    fc.integer({ min: -99_999_999, max: 999_999_999 }).filter((minor) => minor !== 0),
  ),
});
/** At least one day that can only be a day and one sum with decimals: without them a person could not tell either. */
const rows = fc
  .array(row, { minLength: 1, maxLength: 30 })
  .map((some) => [...some, { client: "Альфа, ООО", day: FIRST_DAY + 30, minor: 123_456 }]);

const DATES: Readonly<Record<string, (day: number) => string>> = {
  iso: (day) => iso(day),
  isoTime: (day) => `${iso(day)}T23:59:59+03:00`,
  blankTime: (day) => `${iso(day)} 00:00:00`,
  dotted: (day) => iso(day).split("-").reverse().join("."),
  dottedTime: (day) => `${iso(day).split("-").reverse().join(".")} 14:05`,
  dayFirst: (day) => iso(day).split("-").reverse().join("/"),
  monthFirst: (day) => `${iso(day).slice(5).replace("-", "/")}/${iso(day).slice(0, 4)}`,
  compact: (day) => iso(day).replaceAll("-", ""),
  serial: (day) => String(day + 25_569),
};
const iso = (day: number) => new Date(day * DAY_MS).toISOString().slice(0, 10);

const grouped = (minor: number, group: string, mark: string) => {
  const whole = String(Math.floor(Math.abs(minor) / 100)).replace(/\B(?=(\d{3})+$)/g, group);
  return `${whole}${mark}${String(Math.abs(minor) % 100).padStart(2, "0")}`;
};
const signed = (minor: number, text: string) => (minor < 0 ? `-${text}` : text);
const AMOUNTS: Readonly<Record<string, (minor: number) => string>> = {
  plain: (minor) => signed(minor, grouped(minor, "", ".")),
  comma: (minor) => signed(minor, grouped(minor, "", ",")),
  blanks: (minor) => signed(minor, grouped(minor, " ", ",")),
  noBreak: (minor) => signed(minor, grouped(minor, "\u00a0", ",")),
  english: (minor) => signed(minor, grouped(minor, ",", ".")),
  german: (minor) => signed(minor, grouped(minor, ".", ",")),
  roubles: (minor) => `${signed(minor, grouped(minor, " ", ","))} руб.`,
  brackets: (minor) => (minor < 0 ? `(${grouped(minor, " ", ",")})` : grouped(minor, " ", ",")),
};

const ENCODINGS: Readonly<Record<string, (text: string) => Uint8Array>> = {
  utf8: (text) => Buffer.from(text),
  mark: (text) => Buffer.from(`\ufeff${text}`),
  little: (text) => Buffer.from(`\ufeff${text}`, "utf16le"),
  big: (text) => Buffer.from(`\ufeff${text}`, "utf16le").swap16(),
  cyrillic: (text) =>
    Buffer.from(
      Array.from(text, (letter) => {
        const code = letter.codePointAt(0) ?? 0;
        return code >= 0x410 && code <= 0x44f ? code - 0x350 : code;
      }),
    ),
};

function expectedLog(table: readonly Row[]): PurchaseLog {
  const clients = [...new Set(table.map(({ client }) => client))].sort();
  const sorted = table.toSorted(
    (left, right) =>
      clients.indexOf(left.client) - clients.indexOf(right.client) || left.day - right.day,
  );
  return {
    clients,
    client: Int32Array.from(sorted, ({ client }) => clients.indexOf(client)),
    day: Int32Array.from(sorted, ({ day }) => day),
    amountMinor: Float64Array.from(sorted, ({ minor }) => minor ?? Number.NaN),
  };
}

describe("a table of purchases", () => {
  it("reads back the same from every dialect of CSV", async () => {
    const dialect = fc.record({
      date: fc.constantFrom(...Object.keys(DATES)),
      amount: fc.constantFrom(...Object.keys(AMOUNTS)),
      encoding: fc.constantFrom(...Object.keys(ENCODINGS)),
      delimiter: fc.constantFrom(";", ",", "\t", "|"),
      lineEnd: fc.constantFrom("\n", "\r\n", "\r"),
      title: fc.constantFrom("", "Отчёт о продажах".replace("ё", "е")),
      isPacked: fc.boolean(),
    });
    const header = ["Клиент", "Дата", "Сумма"];
    await fc.assert(
      fc.asyncProperty(rows, dialect, async (table, how) => {
        const cells = table.map(({ client, day, minor }) => [
          client,
          DATES[how.date]?.(day) ?? "",
          minor === null ? "" : (AMOUNTS[how.amount]?.(minor) ?? ""),
        ]);
        const text = [...(how.title === "" ? [] : [[how.title]]), header, ...cells]
          .map((line) => line.map((cell) => quoted(cell, how.delimiter)).join(how.delimiter))
          .join(how.lineEnd);
        const bytes = ENCODINGS[how.encoding]?.(text) ?? new Uint8Array(0);
        const { table: found } = how.isPacked
          ? await read("t.csv.gz", gzipSync(bytes))
          : await read("t.csv", bytes);
        expect(found.log).toEqual(expectedLog(table));
        expect(found.currency).toBe("RUB");
      }),
      { numRuns: 300 },
    );
  });

  it("reads back the same from every form of workbook", async () => {
    const form = fc.record({
      isFrom1904: fc.boolean(),
      date: fc.constantFrom("serial", "general", "dotted", "iso"),
      isText: fc.boolean(),
      isInline: fc.boolean(),
      isFormula: fc.boolean(),
      titleRows: fc.integer({ min: 0, max: 3 }),
      before: fc.boolean(),
    });
    await fc.assert(
      fc.asyncProperty(rows, form, async (table, how) => {
        const shift = how.isFrom1904 ? 24_107 : 25_569;
        const dateCell = (day: number): TestCell => {
          if (how.date === "general") return day + shift;
          if (how.date === "serial") return { serial: day + shift + 0.75 };
          return DATES[how.date]?.(day) ?? "";
        };
        const sum = (minor: number): TestCell => {
          if (how.isText) return AMOUNTS.noBreak?.(minor) ?? "";
          return how.isFormula ? { formula: "C1*1", result: minor / 100 } : minor / 100;
        };
        const cells = table.map(({ client, day, minor }): TestCell[] => [
          how.isInline ? { inline: client } : client,
          dateCell(day),
          minor === null ? null : sum(minor),
        ]);
        const title: TestCell[][] = Array.from({ length: how.titleRows }, () => ["Отчёт"]);
        const sheet = { name: "Продажи", rows: [...title, ["Клиент", "Дата", "Сумма"], ...cells] };
        const other = { name: "Справка", rows: [["Как пользоваться"], ["a", "b"]] };
        const bytes = testWorkbook(how.before ? [other, sheet] : [sheet, other], {
          isFrom1904: how.isFrom1904,
        });
        const { table: found, source } = await read("t.xlsx", bytes);
        expect(found.log).toEqual(expectedLog(table));
        expect(source).toMatchObject({ encoding: "xlsx", delimiter: null, sheet: "Продажи" });
      }),
      { numRuns: 200 },
    );
  });
});

function quoted(cell: string, delimiter: string): string {
  return cell.includes('"') || cell.includes(delimiter) || /[\r\n]/.test(cell)
    ? `"${cell.replaceAll('"', '""')}"`
    : cell;
}

describe("what a column proves late", () => {
  const many = (line: string) => `${line}\n`.repeat(3000);

  it("decides which of two numbers is the month in the rows before it", async () => {
    const text = `client,date,amount\n${many("A,01/02/2025,10.00")}B,01/13/2025,10.00\n`;
    const { table } = await read("late.csv", text);
    expect(table.dayOrder).toBe("monthFirst");
    expect(iso(table.log.day[0] ?? 0)).toBe("2025-01-02");
    const dayFirst = await read("late.csv", text.replace("01/13/2025", "13/01/2025"));
    expect(dayFirst.table.dayOrder).toBe("dayFirst");
    expect(iso(dayFirst.table.log.day[0] ?? 0)).toBe("2025-02-01");
  });

  it("decides whether a lone comma parts thousands in the rows before it", async () => {
    const text = `client;date;amount\n${many("A;2025-02-01;1,234")}B;2025-02-01;0,5\n`;
    const { table } = await read("late.csv", text);
    expect(table.decimalMark).toBe("comma");
    expect(table.log.amountMinor[0]).toBe(123);
    const english = await read("late.csv", text.replace(";0,5", ";0.5"));
    expect(english.table.decimalMark).toBe("dot");
    expect(english.table.log.amountMinor[0]).toBe(123_400);
  });
});
