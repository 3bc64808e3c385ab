import { basename } from "node:path";
import { dayText } from "../../analytics/calendar.ts";
import { AppError } from "../../crm/error.ts";
import type { PurchaseTable } from "../../hosts/files/purchases.ts";
import {
  type Analysis,
  analyse,
  type DataQualityRow,
  type Reading,
} from "../../report/analysis.ts";
import { clientsCsv } from "../../report/clients-csv.ts";
import { renderReport } from "../../report/html/report.tsx";
import { problemsCsv } from "../../report/problems-csv.ts";
import { terminalSummary } from "../../report/terminal.ts";
import { VERSION } from "../version.ts";
import { readAssets } from "./assets.ts";
import { readCurrency, readDay, readDays } from "./options.ts";
import type { Progress } from "./progress.ts";
import { readPurchases } from "./read-purchases.ts";
import { readSpend } from "./read-spend.ts";
import type { TableSource } from "./read-table.ts";
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
  readonly problemsFile: string | null;
  /** A table of months, channels and amounts; null = what new clients cost is unknown. */
  readonly spendFile: string | null;
  /** null = the currency of most rows. */
  readonly currency: string | null;
  readonly locale: "ru" | "en";
  /** The summary may use bold type. */
  readonly hasStyle: boolean;
  /** Where notes go that are not the result. */
  readonly note: (text: string) => void;
  readonly progress: Progress;
}

/** `pulse analyze`: one purchase table in, one JSON document or a readable summary out. */
export async function analyzeFile(options: AnalyzeOptions): Promise<string> {
  const currency = options.currency === null ? null : readCurrency(options.currency);
  const asOf = readDay("--as-of", options.asOf);
  const horizonDays = readDays("--horizon", options.horizon);
  const targets = {
    "--html": options.htmlFile,
    "--clients": options.clientsFile,
    "--problems": options.problemsFile,
  };
  const { progress, spendFile } = options;
  checkTargets(options.file, targets);
  if (spendFile !== null) checkTargets(spendFile, targets);
  const segmentsIn = readSegmentOptions(options.rule, options.rfmThresholds);
  const { table, source } = await readPurchases(options.file, { currency, progress });
  const spend = spendFile === null ? null : await readSpend(spendFile, table.currency);
  const analysis = analyse(table.log, readingOf(source, table), qualityRows(source, table), {
    asOf,
    horizonDays,
    currency: table.currency,
    segments: segmentsIn(table.currency),
    ...(spend === null ? {} : { spend: spend.rows }),
  });
  if (analysis.clients === 0) throw nobody(options.file, table);
  const { locale, hasStyle } = options;
  writeWhole([
    ...(options.htmlFile === null
      ? []
      : [{ file: options.htmlFile, text: await htmlReport(analysis, options) }]),
    ...(options.clientsFile === null
      ? []
      : [{ file: options.clientsFile, text: clientsCsv(analysis, locale) }]),
    ...(options.problemsFile === null
      ? []
      : [{ file: options.problemsFile, text: problemsCsv(table.leftOut(), locale) }]),
  ]);
  for (const note of [...(spend?.notes ?? []), ...notesOn(table, options)]) options.note(note);
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
  const leftOut = table.problems.reduce((sum, { count }) => sum + count, 0);
  if (table.joinedLines > 0) {
    const { order } = table.columns.names;
    notes.push(
      `rows with the same "${order}", client and day are one purchase: ${table.joinedLines} rows joined; take the column away to count rows`,
    );
  }
  if (leftOut > 0) {
    const where =
      options.problemsFile === null
        ? "the data quality names the first lines, --problems OUT.csv all of them"
        : `each is named in ${options.problemsFile}`;
    notes.push(`rows left out: ${leftOut}; ${where}`);
  }
  if (options.htmlFile !== null) notes.push(`the report is in ${options.htmlFile}`);
  if (options.clientsFile !== null) notes.push(`the clients are in ${options.clientsFile}`);
  return notes;
}

function readingOf(source: TableSource, table: PurchaseTable): Reading {
  const { columns } = table;
  return {
    columns: columns.names,
    foundBy: columns.by,
    hasHeader: columns.hasHeader,
    delimiter: source.delimiter,
    encoding: source.encoding,
    sheet: source.sheet,
    joinedLines: table.joinedLines,
    dayOrder: table.dayOrder,
    decimalMark: table.decimalMark,
  };
}

function qualityRows(source: TableSource, table: PurchaseTable): DataQualityRow[] {
  const { brokenText } = source;
  return [
    ...table.problems.map(({ reason, count, lines }) => ({ code: reason, count, lines })),
    ...(table.withoutSum === 0
      ? []
      : [{ code: "without_sum" as const, count: table.withoutSum, lines: [] }]),
    ...(brokenText.count === 0 ? [] : [{ code: "broken_text" as const, ...brokenText }]),
  ];
}
