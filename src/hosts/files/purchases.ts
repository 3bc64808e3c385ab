import type { PurchaseLog } from "../../analytics/types.ts";
import { currencyDecimals } from "../../crm/money.ts";
import type { DecimalMark } from "./amounts.ts";
import { type Columns, guessColumns, isHeaderRow } from "./columns.ts";
import type { DayOrder } from "./days.ts";
import { sortedLog } from "./log-builder.ts";
import { makeProblems, type ProblemCount, type ProblemRow, type Problems } from "./problems.ts";
import { makePurchaseRows, type PurchaseRows, type ReadColumns } from "./purchase-rows.ts";

export interface TableRow {
  /** Line of the file where the row starts, or row of the sheet; from 1. */
  readonly line: number;
  readonly cells: readonly string[];
}

export interface PurchaseTable {
  readonly log: PurchaseLog;
  readonly columns: Columns;
  readonly dayOrder: DayOrder;
  readonly decimalMark: DecimalMark;
  /** ISO 4217 of every sum of the log. */
  readonly currency: string;
  /** Rows left out, by reason. */
  readonly problems: readonly ProblemCount[];
  /** Every row left out, by line. */
  readonly leftOut: () => ProblemRow[];
  readonly withoutSum: number;
  /** Rows that were added to the first row of their order. */
  readonly joinedLines: number;
}

export type PurchaseTableResult =
  | { readonly ok: true; readonly table: PurchaseTable }
  | { readonly ok: false; readonly reason: "empty" }
  /** `line` = where the columns are named or the first row stands; `names` = its cells. */
  | {
      readonly ok: false;
      readonly reason: "no_rows" | "no_date_column" | "no_client_column";
      readonly line: number;
      readonly names: readonly string[];
    }
  | { readonly ok: false; readonly reason: "no_usable_rows"; readonly first: ProblemRow | null }
  | { readonly ok: false; readonly reason: "no_such_currency"; readonly found: readonly string[] };

export type PurchaseTableRefusal = Extract<PurchaseTableResult, { readonly ok: false }>;

export interface PurchaseReaderOptions {
  /** ISO 4217 of the sums to take; null = the one of most rows, `assumedCurrency` where the table names none. */
  readonly currency: string | null;
  readonly assumedCurrency: string;
  /** Days to add to Excel serials (workbooks that count from 1904). */
  readonly serialShift?: number;
}

/** Reads a purchase table whose columns nobody named, row by row. */
export interface PurchaseReader {
  /** false = nothing more is wanted: there is no such table here. */
  push(row: TableRow): boolean;
  readonly rows: number;
  finish(): PurchaseTableResult;
}

const SAMPLE_ROWS = 200;
/** Exports put a title, a period and a few filters above the table, not pages. */
const MOST_TITLE_ROWS = 10;
const MOST_ROWS_TO_HEADER = 25;

/** Every bad row is counted with its line and reason, the rest goes on. Memory: numbers, ids and labels, never the rows. */
export function makePurchaseReader(options: PurchaseReaderOptions): PurchaseReader {
  const problems = makeProblems();
  const assumed = options.currency ?? options.assumedCurrency;
  const habits = { currency: assumed, serialShift: options.serialShift ?? 0 };
  let head: TableRow[] = [];
  let rows = 0;
  let started: { readonly columns: Columns; readonly body: PurchaseRows } | null = null;
  let refusal: PurchaseTableRefusal | null = null;

  const start = (): void => {
    const [above, table] = withoutTitle(head);
    head = [];
    const [first] = table;
    if (!first) {
      refusal = { ok: false, reason: "empty" };
      return;
    }
    const guess = guessColumns(table.slice(0, SAMPLE_ROWS).map((row) => row.cells));
    if (!guess.ok) {
      const reason = guess.missing === "rows" ? "no_rows" : (`no_${guess.missing}_column` as const);
      refusal = { ok: false, reason, line: first.line, names: first.cells };
      return;
    }
    for (const row of above) problems.add(row.line, "before_table");
    const body = makePurchaseRows(guess.columns, problems, habits);
    started = { columns: guess.columns, body };
    for (const row of guess.columns.hasHeader ? table.slice(1) : table) {
      body.push(row.line, row.cells);
    }
  };

  return {
    push(row) {
      rows += 1;
      if (started !== null) started.body.push(row.line, row.cells);
      else {
        head.push(row);
        if (head.length >= SAMPLE_ROWS + MOST_ROWS_TO_HEADER) start();
      }
      return refusal === null;
    },
    get rows() {
      return rows;
    },
    finish() {
      if (started === null && refusal === null) start();
      if (refusal !== null) return refusal;
      if (started === null || started.body.size === 0) {
        return { ok: false, reason: "no_usable_rows", first: problems.first };
      }
      const read = started.body.finish();
      const chosen = chosenCurrency(read, options, assumed);
      if (chosen === null) {
        const found = read.currencies.map(({ code }) => code);
        return { ok: false, reason: "no_such_currency", found };
      }
      return { ok: true, table: tableOf(started.columns, read, problems, chosen, assumed) };
    },
  };
}

/** null = a currency was asked for and no row has it. */
function chosenCurrency(
  read: ReadColumns,
  options: PurchaseReaderOptions,
  assumed: string,
): string | null {
  const [most] = read.currencies;
  const known = read.currencies.reduce((sum, { count }) => sum + count, 0);
  if (options.currency === null) return most?.code ?? assumed;
  const isThere = read.currencies.some(({ code }) => code === options.currency);
  return isThere || known < read.currency.length ? options.currency : null;
}

function tableOf(
  columns: Columns,
  read: ReadColumns,
  problems: Problems,
  currency: string,
  assumed: string,
): PurchaseTable {
  const chosen = read.currencies.find(({ code }) => code === currency)?.number ?? 0;
  const isKept = (row: number) => {
    const number = read.currency[row] ?? 0;
    return number === 0 || number === chosen;
  };
  read.line.forEach((line, row) => {
    if (!isKept(row)) problems.add(line, "other_currency");
  });
  // Sums that name no currency were read in the decimals of the assumed one.
  const scale = 10 ** (currencyDecimals(currency) - currencyDecimals(assumed));
  if (scale !== 1) rescaleUnnamed(read, scale);
  const { log, joinedLines } = sortedLog(read.columns, isKept);
  return {
    log,
    joinedLines,
    columns,
    dayOrder: read.dayOrder,
    decimalMark: read.decimalMark,
    currency,
    problems: problems.counts(),
    leftOut: problems.rows,
    withoutSum: log.amountMinor.reduce((sum, minor) => sum + (Math.abs(minor) > 0 ? 0 : 1), 0),
  };
}

function rescaleUnnamed({ columns, currency }: ReadColumns, scale: number): void {
  for (const sums of [columns.amountMinor, columns.marginMinor]) {
    if (sums === null) continue;
    for (let row = 0; row < sums.length; row += 1) {
      if (currency[row] === 0) sums[row] = Math.round((sums[row] ?? Number.NaN) * scale);
    }
  }
}

/** A report's title stands in one cell above a table of several columns, or in a few lines above a row that names them. */
function withoutTitle(rows: readonly TableRow[]): [readonly TableRow[], readonly TableRow[]] {
  const filled = (row: TableRow) => row.cells.filter((cell) => cell.trim() !== "").length;
  const named = rows.slice(0, MOST_ROWS_TO_HEADER).findIndex((row) => isHeaderRow(row.cells));
  const wide = rows.slice(0, MOST_TITLE_ROWS + 1).findIndex((row) => filled(row) > 1);
  const at = named > 0 ? named : wide;
  if (at <= 0) return [[], rows.some((row) => filled(row) > 0) ? rows : []];
  return [rows.slice(0, at).filter((row) => filled(row) > 0), rows.slice(at)];
}
