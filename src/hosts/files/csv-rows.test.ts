import { parse } from "csv-parse/sync";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { csvDialect } from "./csv-dialect.ts";
import { type CsvFault, makeCsvRows } from "./csv-rows.ts";
import type { TableRow } from "./purchases.ts";

/** The rows of a text cut into pieces of the given lengths. */
function rowsOf(text: string, delimiter = ",", cuts: readonly number[] = []) {
  const rows: TableRow[] = [];
  const csv = makeCsvRows(delimiter, 1, (row) => {
    rows.push(row);
    return true;
  });
  let fault: CsvFault | null = null;
  let at = 0;
  for (const cut of [...cuts, text.length]) {
    fault ??= csv.push(text.slice(at, at + cut));
    at += cut;
  }
  fault ??= csv.end();
  return { rows, fault };
}

const cell = fc.string({ unit: fc.constantFrom("a", '"', ",", "\n", " ", "я", "1") });
const quoted = (text: string) => (/[",\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);

describe("rows of a CSV text", () => {
  it("are what an independent parser reads, wherever the text is cut", () => {
    const table = fc.array(fc.array(cell, { minLength: 1, maxLength: 4 }), { maxLength: 8 });
    fc.assert(
      fc.property(table, fc.array(fc.integer({ min: 0, max: 7 })), (rows, cuts) => {
        const text = rows.map((row) => row.map(quoted).join(",")).join("\n");
        const expected: string[][] = parse(text, {
          relax_column_count: true,
          skip_empty_lines: true,
          record_delimiter: "\n",
        });
        const read = rowsOf(text, ",", cuts);
        expect(read.fault).toBeNull();
        expect(read.rows.map((row) => row.cells)).toEqual(expected);
      }),
    );
  });

  it("are numbered by the line each starts on", () => {
    const { rows } = rowsOf('a,b\n\n"two\nlines",1\n"x ""y""",2\nc,3');
    expect(rows).toEqual([
      { line: 1, cells: ["a", "b"] },
      { line: 3, cells: ["two\nlines", "1"] },
      { line: 5, cells: ['x "y"', "2"] },
      { line: 6, cells: ["c", "3"] },
    ]);
  });

  it("keep careless quotes of one line as they are written", () => {
    const { rows, fault } = rowsOf('"OOO "Romashka"",1\nshop "Sun",2\n"A, "B" c",3\n');
    expect(fault).toBeNull();
    expect(rows.map((row) => row.cells)).toEqual([
      ['"OOO "Romashka""', "1"],
      ['shop "Sun"', "2"],
      ['"A, "B" c"', "3"],
    ]);
  });

  it("end at a quote that is opened and not closed, by its line", () => {
    const unclosed = (line: number) => ({ reason: "unclosed_quote", line });
    expect(rowsOf('a\nb\n"c\nd\n').fault).toEqual(unclosed(3));
    expect(rowsOf('a\n"b\n"c",1\n').fault).toEqual(unclosed(2));
    expect(rowsOf('a\n"x\ny",1,"z\n').fault).toEqual(unclosed(3));
    expect(rowsOf(`a\n"${"b\n".repeat(600_000)}`, ",", [400_000, 400_000]).fault).toEqual(
      unclosed(2),
    );
    expect(rowsOf(`a\n${"b".repeat(1_100_000)}\n`, ",", [1_050_000]).fault).toEqual({
      reason: "endless_row",
      line: 2,
    });
  });

  it("stop when nobody wants more", () => {
    let rows = 0;
    const csv = makeCsvRows(";", 1, () => {
      rows += 1;
      return rows < 2;
    });
    expect(csv.push("a\nb\nc\n")).toBeNull();
    expect(csv.push('"d')).toBeNull();
    expect(csv.end()).toBeNull();
    expect(rows).toBe(2);
  });

  it("never fail, whatever the text", () => {
    const text = fc.string({ unit: fc.constantFrom('"', ",", "\n", "x") });
    fc.assert(
      fc.property(text, fc.array(fc.integer({ min: 0, max: 5 })), (any, cuts) => {
        const whole = rowsOf(any);
        expect(rowsOf(any, ",", cuts)).toEqual(whole);
      }),
    );
  });
});

describe("the dialect of a CSV", () => {
  it("is seen in the first lines", () => {
    expect(csvDialect("a;b;c\n1,5;2;3\n")).toMatchObject({ delimiter: ";", firstLine: 1 });
    expect(csvDialect('"a,b"\t1\n"c,d"\t2\n')).toMatchObject({ delimiter: "\t" });
    expect(csvDialect("sep=|\na|b\n")).toEqual({ delimiter: "|", skip: 6, firstLine: 2 });
    expect(csvDialect("one column\n")).toMatchObject({ delimiter: "," });
  });
});
