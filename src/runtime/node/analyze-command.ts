import { writeFileSync } from "node:fs";
import { AppError } from "../../crm/error.ts";
import { parseDay } from "../../hosts/files/cells.ts";
import { type PurchaseTable, readPurchases } from "../../hosts/files/purchases.ts";
import { type Analysis, analyse, type DataQualityRow } from "../../report/analysis.ts";
import { clientsCsv } from "../../report/clients-csv.ts";
import { terminalSummary } from "../../report/terminal.ts";
import { readTable, type TableFile } from "./read-table.ts";

export interface AnalyzeOptions {
  readonly file: string;
  readonly asOf: string | null;
  readonly horizon: string | null;
  readonly isJson: boolean;
  readonly clientsFile: string | null;
  readonly currency: string;
  readonly locale: "ru" | "en";
}

const LINES_SHOWN = 10;

const REFUSALS = {
  empty: "the file is empty",
  no_columns:
    "no column looks like a date of purchase next to a client; name the columns client, date, amount",
  no_usable_rows: "no row has both a client and a date that can be read",
} as const;

/** `pulse analyze`: one purchase table in, one JSON document or a readable summary out. */
export async function analyzeFile(options: AnalyzeOptions): Promise<string> {
  const currency = readCurrency(options.currency);
  const asOf = readDay(options.asOf);
  const horizonDays = readHorizon(options.horizon);
  const file = await readTable(options.file);
  const table = usableTable(options.file, file, currency);
  const analysis = analyse(table.log, readingOf(file, table), problemRows(table), {
    asOf,
    horizonDays,
    currency,
  });
  if (analysis.clients === 0) {
    throw new AppError("input.invalid", {
      message: `${options.file}: nobody had bought by ${analysis.asOf}; choose a later --as-of`,
    });
  }
  if (options.clientsFile !== null) writeFileSync(options.clientsFile, clientsCsv(analysis));
  return options.isJson ? JSON.stringify(analysis) : terminalSummary(analysis, options.locale);
}

/** The table of a file, or AppError `input.invalid` that says why there is none. */
export function usableTable(name: string, file: TableFile, currency: string): PurchaseTable {
  const result = readPurchases(file.rows, currency);
  if (result.ok) return result.table;
  throw new AppError("input.invalid", { message: `${name}: ${REFUSALS[result.reason]}` });
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
  const byReason = new Map<string, number[]>();
  for (const { line, reason } of table.problems) {
    const lines = byReason.get(reason);
    if (lines) lines.push(line);
    else byReason.set(reason, [line]);
  }
  const rows: DataQualityRow[] = [...byReason].map(([code, lines]) => ({
    code,
    count: lines.length,
    lines: lines.slice(0, LINES_SHOWN),
  }));
  return table.withoutSum === 0
    ? rows
    : [...rows, { code: "without_sum", count: table.withoutSum, lines: [] }];
}

function readCurrency(text: string): string {
  if (/^[A-Z]{3}$/.test(text)) return text;
  throw usage(`--currency ${text} is not an ISO 4217 code such as RUB`);
}

function readDay(text: string | null): number | null {
  if (text === null) return null;
  const day = parseDay(text, "dayFirst");
  if (day === null) throw usage(`--as-of ${text} is not a date such as 2026-11-24`);
  return day;
}

function readHorizon(text: string | null): number | null {
  if (text === null) return null;
  const days = Number(text);
  if (!Number.isInteger(days) || days < 1 || days > 3650) {
    throw usage(`--horizon ${text} is not a number of days from 1 to 3650`);
  }
  return days;
}

/** A mistake in the command itself: exit code 2. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}

function usage(message: string): UsageError {
  return new UsageError(message);
}
