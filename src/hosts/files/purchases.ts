import type { PurchaseLog } from "../../analytics/types.ts";
import {
  type DayOrder,
  type DecimalMark,
  guessDayOrder,
  guessDecimalMark,
  parseAmount,
  parseDay,
} from "./cells.ts";
import { type Columns, guessColumns } from "./columns.ts";
import { makeLogBuilder } from "./log-builder.ts";

export interface TableRow {
  /** Line of the file where the row starts, from 1. */
  readonly line: number;
  readonly cells: readonly string[];
}

export type RowProblem =
  | "before_table"
  | "no_client"
  | "no_date"
  | "unreadable_date"
  | "unreadable_amount";

export interface ProblemRow {
  readonly line: number;
  readonly reason: RowProblem;
}

export interface PurchaseTable {
  readonly log: PurchaseLog;
  readonly columns: Columns;
  readonly dayOrder: DayOrder;
  readonly decimalMark: DecimalMark;
  readonly rows: number;
  /** Rows left out, each with its line and reason. */
  readonly problems: readonly ProblemRow[];
  readonly withoutSum: number;
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
  | { readonly ok: false; readonly reason: "no_usable_rows"; readonly first: ProblemRow | null };

const SAMPLE_ROWS = 200;
/** Exports put a title and a few blank cells above the table, not pages. */
const MOST_TITLE_ROWS = 10;
const DAYS_REMEMBERED = 50_000;

/** Purchases of a table whose columns nobody named. Every bad row is listed, the rest goes on. */
export function readPurchases(rows: readonly TableRow[], currency: string): PurchaseTableResult {
  const [above, table] = withoutTitle(rows);
  const [first] = table;
  if (!first) return { ok: false, reason: "empty" };
  const guess = guessColumns(table.slice(0, SAMPLE_ROWS).map((row) => row.cells));
  if (!guess.ok) {
    const reason = guess.missing === "rows" ? "no_rows" : (`no_${guess.missing}_column` as const);
    return { ok: false, reason, line: first.line, names: first.cells };
  }
  const { columns } = guess;
  const { amount } = columns;
  const body = columns.hasHeader ? table.slice(1) : table;
  const dayOrder = guessDayOrder(cellsOf(body, columns.date));
  const decimalMark = amount === null ? "dot" : guessDecimalMark(cellsOf(body, amount));
  const readDay = rememberingDays(dayOrder);

  const problems = above.map((row): ProblemRow => ({ line: row.line, reason: "before_table" }));
  const builder = makeLogBuilder();
  let withoutSum = 0;
  for (const row of body) {
    const outcome = readRow(row, columns, { currency, readDay, decimalMark });
    if (typeof outcome === "string") problems.push({ line: row.line, reason: outcome });
    else if (outcome) {
      builder.add(outcome.client, outcome.day, outcome.amountMinor);
      if (!(Math.abs(outcome.amountMinor) > 0)) withoutSum += 1;
    }
  }
  if (builder.size === 0) {
    const worst = problems.find((problem) => problem.reason !== "before_table") ?? null;
    return { ok: false, reason: "no_usable_rows", first: worst };
  }
  const log = builder.build();
  return {
    ok: true,
    table: { log, columns, dayOrder, decimalMark, rows: body.length, problems, withoutSum },
  };
}

/** A report's title stands in one cell above a table of several columns. */
function withoutTitle(rows: readonly TableRow[]): [readonly TableRow[], readonly TableRow[]] {
  const filled = (row: TableRow) => row.cells.filter((cell) => cell.trim() !== "").length;
  const at = rows.slice(0, MOST_TITLE_ROWS + 1).findIndex((row) => filled(row) > 1);
  if (at <= 0) return [[], rows.some((row) => filled(row) > 0) ? rows : []];
  return [rows.slice(0, at).filter((row) => filled(row) > 0), rows.slice(at)];
}

function* cellsOf(rows: readonly TableRow[], at: number): Generator<string> {
  for (const row of rows) yield row.cells[at] ?? "";
}

type ReadDay = (cell: string) => number | null;

/** A file names the same days again and again. */
function rememberingDays(order: DayOrder): ReadDay {
  const known = new Map<string, number | null>();
  return (cell) => {
    const before = known.get(cell);
    if (before !== undefined) return before;
    const day = parseDay(cell, order);
    if (known.size < DAYS_REMEMBERED) known.set(cell, day);
    return day;
  };
}

interface Purchase {
  readonly client: string;
  readonly day: number;
  readonly amountMinor: number;
}

interface Habits {
  readonly currency: string;
  readonly readDay: ReadDay;
  readonly decimalMark: DecimalMark;
}

/** null = a blank line. */
function readRow(row: TableRow, columns: Columns, habits: Habits): Purchase | RowProblem | null {
  const client = (row.cells[columns.client] ?? "").trim();
  if (client === "") return row.cells.every((cell) => cell.trim() === "") ? null : "no_client";
  const dateCell = (row.cells[columns.date] ?? "").trim();
  if (dateCell === "") return "no_date";
  const day = habits.readDay(dateCell);
  if (day === null) return "unreadable_date";
  if (columns.amount === null) return { client, day, amountMinor: Number.NaN };
  const amount = parseAmount(row.cells[columns.amount] ?? "", habits.currency, habits.decimalMark);
  if (amount.kind === "unreadable") return "unreadable_amount";
  return { client, day, amountMinor: amount.kind === "amount" ? amount.minor : Number.NaN };
}
