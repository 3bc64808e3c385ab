import type { SpendRow } from "../../analytics/spend.ts";
import { type DecimalMark, parseAmount, readMoney } from "./amounts.ts";
import { currencyCode } from "./currencies.ts";
import type { DayOrder } from "./days.ts";
import { addLine, type LineCount } from "./problems.ts";
import type { TableRow } from "./purchases.ts";
import { type SpendColumns, spendColumns } from "./spend-columns.ts";
import { monthDayOrder, parseMonth } from "./spend-months.ts";

export type SpendProblem = "unreadable_month" | "unreadable_amount" | "other_currency";

export interface SpendTable {
  readonly rows: readonly SpendRow[];
  /** Rows of which something is left out, by reason. */
  readonly problems: readonly (LineCount & { readonly reason: SpendProblem })[];
}

export type SpendTableResult =
  | { readonly ok: true; readonly table: SpendTable }
  | { readonly ok: false; readonly reason: "empty" | "too_long" }
  | {
      readonly ok: false;
      readonly reason: "no_month" | "no_amount" | "no_usable_rows";
      readonly line: number;
    };

/** Takes the rows of a spend table one by one. */
export interface SpendReader {
  push(row: TableRow): boolean;
  readonly rows: number;
  finish(): SpendTableResult;
}

/** A hundred channels for twenty years, and then some; a longer table is something else. */
const MOST_ROWS = 50_000;
const TOTALS = /^(?:итого|всего|total|grand total|sum|сумма)(?:$|[\s:])/i;
/** What the sales department costs, not what brings clients. */
const SALES_COST =
  /^(?:sales|продаж|отдел продаж|менеджер|зарплат|фот(?:$|\s)|оклад|salar|payroll|wages|crm$)/i;

/**
 * Reads a table of months, channels and amounts: a line each, or channels as columns, or months as columns. `currency`: ISO 4217
 * of the base; amounts that name another one are left out.
 */
export function makeSpendReader(currency: string): SpendReader {
  const rows: TableRow[] = [];
  return {
    push(row) {
      rows.push(row);
      return rows.length <= MOST_ROWS;
    },
    get rows() {
      return rows.length;
    },
    finish: () =>
      rows.length > MOST_ROWS ? { ok: false, reason: "too_long" } : readSpend(rows, currency),
  };
}

function readSpend(all: readonly TableRow[], currency: string): SpendTableResult {
  const filled = (row: TableRow) => row.cells.filter((cell) => cell.trim() !== "").length;
  const start = all.findIndex((row) => filled(row) > 1);
  const [first] = all.slice(Math.max(0, start));
  if (!first || start < 0) return { ok: false, reason: "empty" };
  const rows = all.slice(start).filter((row) => filled(row) > 0);
  const guess = spendColumns(rows.map((row) => row.cells));
  if (typeof guess === "string") return { ok: false, reason: guess, line: first.line };
  const body = guess.hasHeader ? rows.slice(1) : rows;
  const reader = makeCellReader(currency, guess, body, first.cells);
  for (const row of body) reader.read(row);
  const table = reader.table();
  if (table.rows.length > 0) return { ok: true, table };
  return { ok: false, reason: "no_usable_rows", line: (body[0] ?? first).line };
}

function makeCellReader(
  currency: string,
  columns: SpendColumns,
  body: readonly TableRow[],
  header: readonly string[],
) {
  const at = (row: TableRow, place: number | null) =>
    place === null ? "" : (row.cells[place] ?? "").trim();
  const months = columns.month === null ? header : body.map((row) => at(row, columns.month));
  const order: DayOrder = monthDayOrder(months);
  const mark = provenMark(body.flatMap((row) => columns.amounts.map((place) => at(row, place))));
  const found: SpendRow[] = [];
  const problems = new Map<SpendProblem, LineCount>();
  const readAmount = (row: TableRow, place: number, month: string | null): SpendProblem | null => {
    const cell = at(row, place);
    const money = readMoney(cell, currency);
    if (money.kind === "empty" && columns.form !== "long") return null;
    if (money.kind !== "amount") return "unreadable_amount";
    if (money.currency !== null && money.currency !== currency) return "other_currency";
    if (month === null) return "unreadable_month";
    const read = parseAmount(cell, currency, mark);
    const channel =
      columns.form === "wide" ? (header[place] ?? "").trim() : at(row, columns.channel);
    const isSales = SALES_COST.test(at(row, columns.kind)) || SALES_COST.test(channel);
    found.push({
      month,
      channel,
      amountMinor: read.kind === "amount" ? read.minor : 0,
      kind: isSales ? "sales" : "marketing",
    });
    return null;
  };
  const readRow = (row: TableRow): (SpendProblem | null)[] => {
    if (TOTALS.test(at(row, columns.month ?? columns.channel))) return [];
    const code = currencyCode(at(row, columns.currency));
    if (code !== null && code !== currency) return ["other_currency"];
    if (columns.month === null) {
      return columns.amounts.map((place) =>
        readAmount(row, place, parseMonth(header[place] ?? "", order)),
      );
    }
    const month = parseMonth(at(row, columns.month), order);
    if (month === null) return ["unreadable_month"];
    return columns.amounts.map((place) => readAmount(row, place, month));
  };

  return {
    read(row: TableRow): void {
      for (const problem of new Set(readRow(row))) {
        if (problem === null) continue;
        const known = problems.get(problem) ?? { count: 0, lines: [] };
        addLine(known, row.line);
        problems.set(problem, known);
      }
    },
    table: (): SpendTable => ({
      rows: found,
      problems: [...problems].map(([reason, lines]) => ({ reason, ...lines })),
    }),
  };
}

function provenMark(cells: readonly string[]): DecimalMark {
  for (const cell of cells) {
    const read = readMoney(cell, "RUB");
    if (read.kind === "amount" && read.proof !== null) return read.proof;
  }
  return "dot";
}
