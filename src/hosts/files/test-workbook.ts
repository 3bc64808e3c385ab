import { type Zippable, zipSync } from "fflate";

/** A cell of a workbook made for a test. */
export type TestCell =
  | string
  | number
  | null
  /** A day, as a serial number in a date format; `time` = share of the day. */
  | { readonly serial: number }
  | { readonly inline: string }
  /** A formula with its stored result; null = never calculated, `isBlank` = with an empty element for it. */
  | { readonly formula: string; readonly result: number | string | null; readonly isBlank?: true }
  | { readonly error: string }
  | { readonly flag: boolean };

export interface TestSheet {
  readonly name: string;
  readonly rows: readonly (readonly TestCell[])[];
  readonly isHidden?: boolean;
  /** XML behind the rows: merged cells and the like. */
  readonly tail?: string;
}

export interface TestWorkbookOptions {
  readonly isFrom1904?: boolean;
  /** Namespace prefix of every element of the sheets: some writers use one. */
  readonly prefix?: string;
  /** Of dates; default `dd.mm.yyyy`. */
  readonly dateFormat?: string;
  readonly isStored?: boolean;
  readonly extra?: Zippable;
}

const HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n';
const MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main";
const RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";

/** The bytes of an `.xlsx` with these sheets, written by hand after ECMA-376. */
export function testWorkbook(
  sheets: readonly TestSheet[],
  options: TestWorkbookOptions = {},
): Uint8Array {
  const strings: string[] = [];
  const files: Zippable = { "[Content_Types].xml": bytes(`${HEAD}<Types/>`) };
  const relation = (id: string, type: string, target: string) =>
    `<Relationship Id="${id}" Type="${RELATIONS}/${type}" Target="${target}"/>`;
  const relations = (content: string) => bytes(`${HEAD}<Relationships>${content}</Relationships>`);
  files["_rels/.rels"] = relations(relation("rId1", "officeDocument", "xl/workbook.xml"));
  for (const [at, sheet] of sheets.entries()) {
    files[`xl/worksheets/sheet${at + 1}.xml`] = bytes(sheetXml(sheet, strings, options.prefix));
  }
  files["xl/workbook.xml"] = bytes(
    `${HEAD}<workbook xmlns="${MAIN}" xmlns:r="${RELATIONS}"><workbookPr${options.isFrom1904 ? ' date1904="1"' : ""}/><sheets>${sheets
      .map(
        ({ name, isHidden }, at) =>
          `<sheet name="${escaped(name)}" sheetId="${at + 1}"${isHidden ? ' state="hidden"' : ""} r:id="rId${at + 1}"/>`,
      )
      .join("")}</sheets></workbook>`,
  );
  files["xl/_rels/workbook.xml.rels"] = relations(
    [
      ...sheets.map((_, at) =>
        relation(`rId${at + 1}`, "worksheet", `worksheets/sheet${at + 1}.xml`),
      ),
      relation("rIdS", "styles", "styles.xml"),
      relation("rIdT", "sharedStrings", "/xl/sharedStrings.xml"),
    ].join(""),
  );
  files["xl/styles.xml"] = bytes(
    `${HEAD}<styleSheet xmlns="${MAIN}"><numFmts count="1"><numFmt numFmtId="164" formatCode="${escaped(options.dateFormat ?? "dd.mm.yyyy")}"/></numFmts><cellStyleXfs count="1"><xf numFmtId="14"/></cellStyleXfs><cellXfs count="2"><xf numFmtId="0"/><xf numFmtId="164"/></cellXfs></styleSheet>`,
  );
  files["xl/sharedStrings.xml"] = bytes(
    `${HEAD}<sst xmlns="${MAIN}">${strings.map((text) => `<si>${textXml(text)}</si>`).join("")}</sst>`,
  );
  return zipSync({ ...files, ...options.extra }, { level: options.isStored ? 0 : 6 });
}

function sheetXml(sheet: TestSheet, strings: string[], prefix = ""): string {
  const p = prefix === "" ? "" : `${prefix}:`;
  const xmlns = prefix === "" ? "xmlns" : `xmlns:${prefix}`;
  const rows = sheet.rows.map((cells, row) => {
    const written = cells.map((cell, column) => cellXml(cell, place(column, row), strings, p));
    return `<${p}row r="${row + 1}">${written.join("")}</${p}row>`;
  });
  return `${HEAD}<${p}worksheet ${xmlns}="${MAIN}"><${p}sheetData>${rows.join("")}</${p}sheetData>${sheet.tail ?? ""}</${p}worksheet>`;
}

function cellXml(cell: TestCell, at: string, strings: string[], p: string): string {
  const tag = (attributes: string, content: string) =>
    `<${p}c r="${at}"${attributes}>${content}</${p}c>`;
  const value = (text: string | number) => `<${p}v>${text}</${p}v>`;
  if (cell === null) return "";
  if (typeof cell === "number") return tag("", value(cell));
  if (typeof cell === "string") return tag(' t="s"', value(strings.push(cell) - 1));
  if ("serial" in cell) return tag(' s="1"', value(cell.serial));
  if ("inline" in cell) {
    return tag(' t="inlineStr"', `<${p}is><${p}t>${escaped(cell.inline)}</${p}t></${p}is>`);
  }
  if ("error" in cell) return tag(' t="e"', value(cell.error));
  if ("flag" in cell) return tag(' t="b"', value(cell.flag ? 1 : 0));
  const formula = `<${p}f>${escaped(cell.formula)}</${p}f>`;
  if (cell.result === null) return tag("", formula + (cell.isBlank ? value("") : ""));
  return typeof cell.result === "number"
    ? tag("", formula + value(cell.result))
    : tag(' t="str"', formula + value(escaped(cell.result)));
}

/** Long texts as runs, with the hint of a reading that East Asian programs add. */
function textXml(text: string): string {
  const t = (part: string) => `<t xml:space="preserve">${escaped(part)}</t>`;
  if (text.length < 4) return t(text);
  const half = Math.floor(text.length / 2);
  return `<r><rPr><b/></rPr>${t(text.slice(0, half))}</r><r>${t(text.slice(half))}</r><rPh sb="0" eb="1"><t>hint</t></rPh>`;
}

function place(column: number, row: number): string {
  const letter = String.fromCharCode(65 + (column % 26));
  return `${column < 26 ? "" : String.fromCharCode(64 + Math.floor(column / 26))}${letter}${row + 1}`;
}

function escaped(text: string): string {
  return text.replace(/[&<>"\r]/g, (sign) => `&#${sign.charCodeAt(0)};`);
}

function bytes(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}
