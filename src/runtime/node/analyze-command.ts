import { basename } from "node:path";
import { dayText } from "../../analytics/calendar.ts";
import { AppError } from "../../crm/error.ts";
import {
  type ProblemRow,
  type PurchaseTable,
  type PurchaseTableResult,
  readPurchases,
} from "../../hosts/files/purchases.ts";
import { type Analysis, analyse, type DataQualityRow } from "../../report/analysis.ts";
import { clientsCsv } from "../../report/clients-csv.ts";
import { renderReport } from "../../report/html/report.tsx";
import { terminalSummary } from "../../report/terminal.ts";
import { VERSION } from "../version.ts";
import { readAssets } from "./assets.ts";
import { readCurrency, readDay, readDays } from "./options.ts";
import { readTable, type TableFile } from "./read-table.ts";
import { readSegmentOptions } from "./segment-options.ts";
import { checkTargets, writeWhole } from "./write-whole.ts";

export interface AnalyzeOptions {
  readonly file: string;
  readonly asOf: string | null;
  readonly horizon: string | null;
  readonly isJson: boolean;
  /** `--rule` and `--rfm-thresholds` as they were given. */
  readonly rule: string | null;
  readonly rfmThresholds: string | null;
  readonly clientsFile: string | null;
  readonly htmlFile: string | null;
  readonly currency: string;
  readonly locale: "ru" | "en";
  /** The summary may use bold type. */
  readonly hasStyle: boolean;
  /** Where notes go that are not the result. */
  readonly note: (text: string) => void;
}

const LINES_SHOWN = 10;
const NAMES_SHOWN = 8;

const ROW_PROBLEMS: Readonly<Record<ProblemRow["reason"], string>> = {
  before_table: "is above the table",
  no_client: "has no client",
  no_date: "has no date",
  unreadable_date: "has a date that cannot be read, such dates work: 2025-12-31, 31.12.2025",
  unreadable_amount: "has an amount that is not a number",
};

/** `pulse analyze`: one purchase table in, one JSON document or a readable summary out. */
export async function analyzeFile(options: AnalyzeOptions): Promise<string> {
  const currency = readCurrency(options.currency);
  const asOf = readDay("--as-of", options.asOf);
  const horizonDays = readDays("--horizon", options.horizon);
  checkTargets(options.file, { "--html": options.htmlFile, "--clients": options.clientsFile });
  const segments = readSegmentOptions(options.rule, options.rfmThresholds, currency);
  const file = await readTable(options.file);
  const table = usableTable(options.file, file, currency);
  const quality = [...problemRows(table), ...brokenRows(file)];
  const analysis = analyse(table.log, readingOf(file, table), quality, {
    asOf,
    horizonDays,
    currency,
    segments,
  });
  if (analysis.clients === 0) throw nobody(options.file, table);
  const { locale, hasStyle } = options;
  writeWhole([
    ...(options.htmlFile === null
      ? []
      : [{ file: options.htmlFile, text: await htmlReport(analysis, options) }]),
    ...(options.clientsFile === null
      ? []
      : [{ file: options.clientsFile, text: clientsCsv(analysis) }]),
  ]);
  for (const note of notesOn(table, options)) options.note(note);
  return options.isJson ? JSON.stringify(analysis) : terminalSummary(analysis, locale, hasStyle);
}

function htmlReport(analysis: Analysis, { file, locale }: AnalyzeOptions): Promise<string> {
  const { pages } = readAssets();
  return renderReport(analysis, {
    locale,
    file: basename(file),
    version: VERSION,
    styles: pages.styles.report,
  });
}

/** The table of a file, or AppError `input.invalid` that says why there is none. */
export function usableTable(name: string, file: TableFile, currency: string): PurchaseTable {
  const result = readPurchases(file.rows, currency);
  if (result.ok) return result.table;
  throw new AppError("input.invalid", { message: `${name}: ${refusal(result)}` });
}

function refusal(result: Extract<PurchaseTableResult, { readonly ok: false }>): string {
  switch (result.reason) {
    case "empty":
      return "the file is empty; export the purchases again";
    case "no_rows":
      return `line ${result.line}: there is a header and no row below it; export the purchases again`;
    case "no_date_column":
      return `line ${result.line}: no column holds dates of purchase; name it "date" (found: ${namesOf(result.names)})`;
    case "no_client_column":
      return `line ${result.line}: no column says who bought; name it "client" (found: ${namesOf(result.names)})`;
    case "no_usable_rows":
      return result.first === null
        ? "no row has anything in it; export the purchases again"
        : `line ${result.first.line} ${ROW_PROBLEMS[result.first.reason]}, and no other row can be used; correct the table`;
  }
}

function namesOf(names: readonly string[]): string {
  const short = names.slice(0, NAMES_SHOWN).map((name) => name.trim().slice(0, 30) || "-");
  return `${short.join(", ")}${names.length > NAMES_SHOWN ? ", …" : ""}`;
}

/** Nobody is left: either too early a day was asked for, or money only went back. */
function nobody(name: string, table: PurchaseTable): AppError {
  const { day, amountMinor } = table.log;
  const first = day.reduce(
    (least, at, row) => ((amountMinor[row] ?? 0) < 0 ? least : Math.min(least, at)),
    Number.POSITIVE_INFINITY,
  );
  const message = Number.isFinite(first)
    ? `${name}: nobody had bought by then; the first purchase is of ${dayText(first)}, choose a later --as-of`
    : `${name}: every row is a refund; check the sign of the column "${table.columns.names.amount}"`;
  return new AppError("input.invalid", { message });
}

function notesOn(table: PurchaseTable, options: AnalyzeOptions): string[] {
  const notes = table.columns.repeated.map(
    (name) => `the column "${name}" occurs more than once; the first one is taken`,
  );
  if (table.problems.length > 0) {
    notes.push(`rows left out: ${table.problems.length}; the data quality names their lines`);
  }
  if (options.htmlFile !== null) notes.push(`the report is in ${options.htmlFile}`);
  if (options.clientsFile !== null) notes.push(`the clients are in ${options.clientsFile}`);
  return notes;
}

function readingOf(file: TableFile, table: PurchaseTable): Analysis["guessed"] {
  return {
    columns: table.columns.names,
    foundBy: table.columns.by,
    hasHeader: table.columns.hasHeader,
    delimiter: file.delimiter,
    encoding: file.encoding,
    dayOrder: table.dayOrder,
    decimalMark: table.decimalMark,
  };
}

function problemRows(table: PurchaseTable): DataQualityRow[] {
  const byReason = new Map<DataQualityRow["code"], number[]>();
  for (const { line, reason } of table.problems) {
    const lines = byReason.get(reason);
    if (lines) lines.push(line);
    else byReason.set(reason, [line]);
  }
  const rows = [...byReason].map(([code, lines]) => qualityRow(code, lines));
  return table.withoutSum === 0
    ? rows
    : [...rows, { code: "without_sum", count: table.withoutSum, lines: [] }];
}

function brokenRows(file: TableFile): DataQualityRow[] {
  return file.brokenLines.length === 0 ? [] : [qualityRow("broken_text", file.brokenLines)];
}

function qualityRow(code: DataQualityRow["code"], lines: readonly number[]): DataQualityRow {
  return { code, count: lines.length, lines: lines.slice(0, LINES_SHOWN) };
}
