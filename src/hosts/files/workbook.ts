import type { TableRow } from "./purchases.ts";
import { makeSheetScanner } from "./sheet-rows.ts";
import { isDateFormat, unescaped, type ValueHabits } from "./sheet-values.ts";
import { attributeOf, makeXmlScanner, type XmlHandler } from "./xml.ts";
import { type Allowance, unzipEntry, type ZipEntry, type ZipFault, zipEntries } from "./zip.ts";

export type WorkbookFault =
  | ZipFault
  /** A zip, but of something else. */
  | "archive"
  | "open_document"
  | "binary_workbook"
  | "no_sheets";

export interface Workbook {
  /** Sheets with cells, those in sight first. */
  readonly sheets: readonly string[];
  /** Days to add to serial numbers that are not marked as dates. */
  readonly serialShift: number;
  /**
   * Rows of a sheet, numbered as in the sheet; rows without a value are none. `onRow` hears which share of the sheet was read;
   * false = enough.
   */
  rows(sheet: number, onRow: (row: TableRow, share: number) => boolean): WorkbookFault | null;
}

export type OpenedWorkbook =
  | { readonly ok: true; readonly workbook: Workbook }
  | { readonly ok: false; readonly reason: WorkbookFault };

/** 25 MB of a packed sheet are seldom more; a bomb is. */
const MAX_UNPACKED_BYTES = 768 * 1024 * 1024;
const SERIAL_SHIFT_1904 = 1462;

/**
 * An `.xlsx`: Office Open XML, transitional or strict, as Excel, 1C, LibreOffice and Google write it. All its parts together may
 * unpack to `maxUnpacked` bytes, whatever sizes the archive claims.
 */
export function openWorkbook(bytes: Uint8Array, maxUnpacked = MAX_UNPACKED_BYTES): OpenedWorkbook {
  const entries = zipEntries(bytes);
  if (entries === null) return { ok: false, reason: "damaged" };
  const parts: Parts = { entries, allowance: { bytes: maxUnpacked } };
  try {
    return { ok: true, workbook: readWorkbook(parts) };
  } catch (cause) {
    if (cause instanceof Unreadable) return { ok: false, reason: cause.reason };
    throw cause;
  }
}

/** Leaves the reading of parts at once; never leaves this file. */
class Unreadable extends Error {
  readonly reason: WorkbookFault;
  constructor(reason: WorkbookFault) {
    super(reason);
    this.reason = reason;
  }
}

interface Parts {
  readonly entries: ReadonlyMap<string, ZipEntry>;
  readonly allowance: Allowance;
}

function readWorkbook(parts: Parts): Workbook {
  const path = relationsOf(parts, "").find(({ type }) => type === "officeDocument")?.path;
  const main = path ?? "xl/workbook.xml";
  if (!parts.entries.has(main)) throw new Unreadable(foreignKind(parts.entries));
  if (main.endsWith(".bin")) throw new Unreadable("binary_workbook");
  const relations = relationsOf(parts, main);
  const { sheets, isFrom1904 } = readSheetList(parts, main, relations);
  if (sheets.length === 0) throw new Unreadable("no_sheets");
  const pathOf = (type: string) => relations.find((relation) => relation.type === type)?.path;
  let habits: ValueHabits | null = null;
  const ensureHabits = (): ValueHabits => {
    habits ??= {
      strings: readStrings(parts, pathOf("sharedStrings")),
      isDateStyle: readDateStyles(parts, pathOf("styles")),
      isFrom1904,
    };
    return habits;
  };
  return {
    sheets: sheets.map(({ name }) => name),
    serialShift: isFrom1904 ? SERIAL_SHIFT_1904 : 0,
    rows(sheet, onRow) {
      try {
        readSheet(parts, sheets[sheet]?.path ?? "", ensureHabits(), onRow);
        return null;
      } catch (cause) {
        if (cause instanceof Unreadable) return cause.reason;
        throw cause;
      }
    },
  };
}

function foreignKind(entries: ReadonlyMap<string, ZipEntry>): WorkbookFault {
  if (entries.has("xl/workbook.bin")) return "binary_workbook";
  if (entries.has("content.xml") && entries.has("mimetype")) return "open_document";
  return [...entries.keys()].some((name) => name.startsWith("xl/")) ? "damaged" : "archive";
}

interface Relation {
  readonly id: string;
  /** Last word of its address: `sharedStrings`. */
  readonly type: string;
  readonly path: string;
}

/** What a part refers to; "" = the package itself. */
function relationsOf(parts: Parts, part: string): Relation[] {
  const slash = part.lastIndexOf("/") + 1;
  const folder = part.slice(0, slash);
  const file = `${folder}_rels/${part.slice(slash)}.rels`;
  const relations: Relation[] = [];
  if (!parts.entries.has(file)) return relations;
  scan(parts, file, {
    open(name, attributes) {
      if (name !== "Relationship") return;
      const target = attributeOf(attributes, "Target") ?? "";
      relations.push({
        id: attributeOf(attributes, "Id") ?? "",
        type: (attributeOf(attributes, "Type") ?? "").split("/").at(-1) ?? "",
        path: (target.startsWith("/") ? target.slice(1) : resolved(folder, target)).toLowerCase(),
      });
    },
    close: () => {},
    text: () => {},
  });
  return relations;
}

function resolved(folder: string, target: string): string {
  const path: string[] = [];
  for (const step of `${folder}${target}`.split("/")) {
    if (step === "..") path.pop();
    else if (step !== "." && step !== "") path.push(step);
  }
  return path.join("/");
}

interface SheetPart {
  readonly name: string;
  readonly path: string;
  readonly isHidden: boolean;
}

function readSheetList(
  parts: Parts,
  main: string,
  relations: readonly Relation[],
): { sheets: SheetPart[]; isFrom1904: boolean } {
  const sheets: SheetPart[] = [];
  let isFrom1904 = false;
  scan(parts, main, {
    open(name, attributes) {
      if (name === "workbookPr") {
        isFrom1904 = /^(?:1|true|on)$/.test(attributeOf(attributes, "date1904") ?? "");
      }
      if (name !== "sheet") return;
      const id = attributeOf(attributes, "id");
      const relation = relations.find((one) => one.id === id);
      // Sheets of charts and dialogues have no cells.
      if (relation?.type !== "worksheet" || !parts.entries.has(relation.path)) return;
      sheets.push({
        name: attributeOf(attributes, "name") ?? "",
        path: relation.path,
        isHidden: (attributeOf(attributes, "state") ?? "visible") !== "visible",
      });
    },
    close: () => {},
    text: () => {},
  });
  const inSight = sheets.filter((sheet) => !sheet.isHidden);
  return { sheets: [...inSight, ...sheets.filter((sheet) => sheet.isHidden)], isFrom1904 };
}

function readStrings(parts: Parts, path: string | undefined): string[] {
  const strings: string[] = [];
  if (path === undefined || !parts.entries.has(path)) return strings;
  let text = "";
  let isText = false;
  let isPhonetic = false;
  scan(parts, path, {
    open(name) {
      if (name === "si") text = "";
      else if (name === "rPh") isPhonetic = true;
      else isText = name === "t" && !isPhonetic;
    },
    close(name) {
      if (name === "si") strings.push(unescaped(text));
      else if (name === "rPh") isPhonetic = false;
      isText = false;
    },
    text(piece) {
      if (isText) text += piece;
    },
  });
  return strings;
}

function readDateStyles(parts: Parts, path: string | undefined): boolean[] {
  const codes = new Map<number, string>();
  const isDate: boolean[] = [];
  if (path === undefined || !parts.entries.has(path)) return isDate;
  let isCellFormats = false;
  scan(parts, path, {
    open(name, attributes) {
      if (name === "numFmt") {
        codes.set(
          Number(attributeOf(attributes, "numFmtId")),
          attributeOf(attributes, "formatCode") ?? "",
        );
      } else if (name === "cellXfs") isCellFormats = true;
      else if (name === "xf" && isCellFormats) {
        const id = Number(attributeOf(attributes, "numFmtId") ?? 0);
        isDate.push(isDateFormat(id, codes.get(id) ?? null));
      }
    },
    close(name) {
      if (name === "cellXfs") isCellFormats = false;
    },
    text: () => {},
  });
  return isDate;
}

function readSheet(
  parts: Parts,
  path: string,
  habits: ValueHabits,
  onRow: (row: TableRow, share: number) => boolean,
): void {
  let share = 0;
  const sheet = makeSheetScanner(habits, (row) => onRow(row, share));
  scan(parts, path, sheet.handler, (read) => {
    share = read;
    return sheet.isWanted();
  });
}

/** Unpacks a part and reads it as XML. Throws `Unreadable`. */
function scan(
  parts: Parts,
  path: string,
  handler: XmlHandler,
  isWanted: (share: number) => boolean = () => true,
): void {
  const entry = parts.entries.get(path);
  if (!entry) throw new Unreadable("damaged");
  const scanner = makeXmlScanner(handler);
  let decoder: TextDecoder | null = null;
  let isXml = true;
  const fault = unzipEntry(entry, parts.allowance, (bytes, share) => {
    decoder ??= new TextDecoder(encodingOf(bytes));
    isXml = scanner.push(decoder.decode(bytes, { stream: true }));
    return isXml && isWanted(share);
  });
  if (fault !== null || !isXml) throw new Unreadable(fault ?? "damaged");
}

function encodingOf([first = 0, second = 0]: Uint8Array): string {
  if (first === 0xff && second === 0xfe) return "utf-16le";
  return first === 0xfe && second === 0xff ? "utf-16be" : "utf-8";
}
