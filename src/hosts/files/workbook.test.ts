import { strFromU8, unzipSync, zipSync } from "fflate";
import { describe, expect, it } from "vitest";
import type { TableRow } from "./purchases.ts";
import { type TestCell, type TestWorkbookOptions, testWorkbook } from "./test-workbook.ts";
import { openWorkbook } from "./workbook.ts";

function rowsOf(bytes: Uint8Array, sheet = 0): TableRow[] {
  const opened = openWorkbook(bytes);
  if (!opened.ok) throw new Error(opened.reason);
  const rows: TableRow[] = [];
  const fault = opened.workbook.rows(sheet, (row) => {
    rows.push(row);
    return true;
  });
  if (fault !== null) throw new Error(fault);
  return rows;
}

function cellsOf(cells: readonly TestCell[], options: TestWorkbookOptions = {}) {
  return rowsOf(testWorkbook([{ name: "S", rows: [cells] }], options))[0]?.cells;
}

const refusal = (bytes: Uint8Array, maxUnpacked?: number) => {
  const opened = openWorkbook(bytes, maxUnpacked);
  if (!opened.ok) return opened.reason;
  return opened.workbook.rows(0, () => true);
};

describe("cells of a workbook", () => {
  it("are texts, shared and inline, with runs, entities and characters XML cannot hold", () => {
    expect(
      cellsOf(["Ромашка & Ко", { inline: "a < b" }, "line\nend", "_x0041_bc", "", null, "x"]),
    ).toEqual(["Ромашка & Ко", "a < b", "line\nend", "Abc", "", "", "x"]);
  });

  it("are numbers without binary noise", () => {
    expect(
      cellsOf([1234.56, 0.1 + 0.2, 1234.5599999999999, 79161234567, -5, 1e-7, 1.234, 1e15]),
    ).toEqual([
      "1234.56",
      "0.3",
      "1234.56",
      "79161234567",
      "-5",
      "0.0000001",
      "1.2340",
      "1000000000000000",
    ]);
  });

  it("are days in every calendar, exactly", () => {
    const serials = [{ serial: 46022 }, { serial: 46022.999999 }, { serial: 46021.99999999999 }];
    expect(cellsOf(serials)).toEqual(["2025-12-31", "2025-12-31", "2025-12-31"]);
    expect(cellsOf([{ serial: 46022 - 1462 }], { isFrom1904: true })).toEqual(["2025-12-31"]);
    expect(cellsOf([{ serial: 1 }, { serial: 59 }, { serial: 61 }, { serial: 0.5 }])).toEqual([
      "1900-01-01",
      "1900-02-28",
      "1900-03-01",
      "0.5",
    ]);
    for (const dateFormat of [
      "yyyy\\-mm\\-dd;@",
      "[$-419]d mmm yy",
      'dd" дня "mm',
      "m/d/yy h:mm",
    ]) {
      expect(cellsOf([{ serial: 46022 }], { dateFormat }), dateFormat).toEqual(["2025-12-31"]);
    }
    for (const dateFormat of ['0.00" days"', "#,##0.00_d", "[Red]0.00", "h:mm:ss", "General"]) {
      expect(cellsOf([{ serial: 46022 }], { dateFormat }), dateFormat).toEqual(["46022"]);
    }
  });

  it("are results of formulas, errors and flags", () => {
    expect(
      cellsOf([
        { formula: "A1*2", result: 12.5 },
        { formula: 'A1&"<"', result: "x<" },
        { formula: "A1", result: null },
        { formula: "A1", result: null, isBlank: true },
        { error: "#N/A" },
        { flag: true },
        { flag: false },
      ]),
    ).toEqual(["12.5", "x<", "#CALC!", "#CALC!", "#N/A", "TRUE", "FALSE"]);
  });

  it("stand where the sheet puts them, whatever prefix its elements have and however it is packed", () => {
    const rows = [["title"], [], [null, "b", null, 4], [null]] as const;
    for (const options of [{}, { prefix: "x" }, { isStored: true }]) {
      expect(rowsOf(testWorkbook([{ name: "S", rows }], options))).toEqual([
        { line: 1, cells: ["title"] },
        { line: 3, cells: ["", "b", "", "4"] },
      ]);
    }
  });
});

describe("a workbook", () => {
  it("names its sheets, those in sight first", () => {
    const opened = openWorkbook(
      testWorkbook([
        { name: "old", rows: [["a"]], isHidden: true },
        { name: "R&D", rows: [["b"]] },
      ]),
    );
    if (!opened.ok) throw new Error(opened.reason);
    expect(opened.workbook.sheets).toEqual(["R&D", "old"]);
    const cells: string[] = [];
    opened.workbook.rows(0, (row) => cells.push(...row.cells) < 0);
    expect(cells).toEqual(["b"]);
  });

  it("is read by what its parts say, not by their usual names", () => {
    const usual = unzipSync(testWorkbook([{ name: "S", rows: [["a", 1]] }]));
    const moved = Object.entries(usual).map(([name, content]): [string, Uint8Array] => [
      name.replace("xl/", "XL\\").replace("worksheets/sheet1", "Worksheets/Data"),
      new TextEncoder().encode(
        strFromU8(content).replace("worksheets/sheet1.xml", "Worksheets/data.xml"),
      ),
    ]);
    expect(rowsOf(zipSync(Object.fromEntries(moved)))[0]?.cells).toEqual(["a", "1"]);
  });

  it("that is none, or damaged, or a trap is told apart", () => {
    const good = testWorkbook([{ name: "S", rows: [["a", "b", "c"]] }]);
    expect(refusal(good)).toBeNull();
    expect(refusal(good.subarray(0, good.length - 30))).toBe("damaged");
    expect(refusal(new Uint8Array(0))).toBe("damaged");
    expect(refusal(zipSync({ "a.txt": new Uint8Array(3) }))).toBe("archive");
    const ods = { mimetype: new Uint8Array(1), "content.xml": new Uint8Array(1) };
    expect(refusal(zipSync(ods))).toBe("open_document");
    expect(refusal(zipSync({ "xl/workbook.bin": new Uint8Array(1) }))).toBe("binary_workbook");
    expect(refusal(testWorkbook([]))).toBe("no_sheets");
    const part = (content: string) => ({
      "xl/worksheets/sheet1.xml": new TextEncoder().encode(content),
    });
    const withPart = (content: string) =>
      refusal(testWorkbook([{ name: "S", rows: [["a"]] }], { extra: part(content) }));
    expect(withPart('<!DOCTYPE a [<!ENTITY b "c">]><worksheet/>')).toBe("damaged");
    expect(withPart(`<worksheet><sheetData><row><c><v>${"9".repeat(2_000_000)}`)).toBe("damaged");
  });

  it("with a changed bit is damaged, never another number", () => {
    const good = testWorkbook([{ name: "S", rows: [["a", 12345, 67890]] }], { isStored: true });
    const at = Buffer.from(good).indexOf("12345");
    const changed = Uint8Array.from(good);
    changed[at] = "9".charCodeAt(0);
    expect(refusal(changed)).toBe("damaged");
  });

  it("that unpacks to more than is allowed is refused, whatever size it claims", () => {
    const blank = new TextEncoder().encode(`<worksheet>${"<row/>".repeat(400_000)}`);
    const bomb = testWorkbook([{ name: "S", rows: [["a"]] }], {
      extra: { "xl/worksheets/sheet1.xml": blank },
    });
    const view = new DataView(bomb.buffer, bomb.byteOffset);
    for (let at = 0; at + 4 <= bomb.length; at += 1) {
      if (view.getUint32(at, true) === 0x02014b50) view.setUint32(at + 24, 10, true);
    }
    expect(bomb.length).toBeLessThan(50_000);
    expect(refusal(bomb, 1_000_000)).toBe("too_large");
    expect(refusal(bomb, 10_000_000)).toBeNull();
  });

  it("with a password on its entries says so", () => {
    const locked = Uint8Array.from(testWorkbook([{ name: "S", rows: [["a"]] }]));
    const view = new DataView(locked.buffer);
    for (let at = 0; at + 4 <= locked.length; at += 1) {
      if (view.getUint32(at, true) === 0x02014b50) view.setUint16(at + 8, 1, true);
    }
    expect(refusal(locked)).toBe("password");
  });
});
