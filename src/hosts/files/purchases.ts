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

export interface TableRow {
  /** Line of the file where the row starts, from 1. */
  readonly line: number;
  readonly cells: readonly string[];
}

export type RowProblem = "no_client" | "no_date" | "unreadable_date" | "unreadable_amount";

export interface PurchaseTable {
  readonly log: PurchaseLog;
  readonly columns: Columns;
  readonly dayOrder: DayOrder;
  readonly decimalMark: DecimalMark;
  readonly rows: number;
  /** Rows left out, each with its line and reason. */
  readonly problems: readonly { readonly line: number; readonly reason: RowProblem }[];
  readonly withoutSum: number;
}

export type PurchaseTableResult =
  | { readonly ok: true; readonly table: PurchaseTable }
  | { readonly ok: false; readonly reason: "empty" | "no_columns" | "no_usable_rows" };

const SAMPLE_ROWS = 200;

/** Purchases of a table whose columns nobody named. Every bad row is listed, the rest goes on. */
export function readPurchases(rows: readonly TableRow[], currency: string): PurchaseTableResult {
  if (rows.length === 0) return { ok: false, reason: "empty" };
  const sample = rows.slice(0, SAMPLE_ROWS).map((row) => row.cells);
  const columns = guessColumns(sample);
  if (!columns) return { ok: false, reason: "no_columns" };
  const body = columns.hasHeader ? rows.slice(1) : rows;
  const dayOrder = guessDayOrder(body.map((row) => row.cells[columns.date] ?? ""));
  const { amount } = columns;
  const decimalMark =
    amount === null ? "dot" : guessDecimalMark(body.map((row) => row.cells[amount] ?? ""));

  const problems: { line: number; reason: RowProblem }[] = [];
  const purchases: Purchase[] = [];
  for (const row of body) {
    const outcome = readRow(row, columns, { currency, dayOrder, decimalMark });
    if (typeof outcome === "string") problems.push({ line: row.line, reason: outcome });
    else if (outcome) purchases.push(outcome);
  }
  if (purchases.length === 0) return { ok: false, reason: "no_usable_rows" };
  return {
    ok: true,
    table: {
      log: toLog(purchases),
      columns,
      dayOrder,
      decimalMark,
      rows: body.length,
      problems,
      withoutSum: purchases.filter((purchase) => !(Math.abs(purchase.amountMinor) > 0)).length,
    },
  };
}

interface Purchase {
  readonly client: string;
  readonly day: number;
  readonly amountMinor: number;
}

interface Habits {
  readonly currency: string;
  readonly dayOrder: DayOrder;
  readonly decimalMark: DecimalMark;
}

/** null = a blank line. */
function readRow(row: TableRow, columns: Columns, habits: Habits): Purchase | RowProblem | null {
  if (row.cells.every((cell) => cell.trim() === "")) return null;
  const client = (row.cells[columns.client] ?? "").trim();
  if (client === "") return "no_client";
  const dateCell = (row.cells[columns.date] ?? "").trim();
  if (dateCell === "") return "no_date";
  const day = parseDay(dateCell, habits.dayOrder);
  if (day === null) return "unreadable_date";
  if (columns.amount === null) return { client, day, amountMinor: Number.NaN };
  const amount = parseAmount(row.cells[columns.amount] ?? "", habits.currency, habits.decimalMark);
  if (amount.kind === "unreadable") return "unreadable_amount";
  return { client, day, amountMinor: amount.kind === "amount" ? amount.minor : Number.NaN };
}

/** Columns sorted by client, then day, as analytics wants them. */
function toLog(purchases: readonly Purchase[]): PurchaseLog {
  const clients = [...new Set(purchases.map((purchase) => purchase.client))].sort();
  const index = new Map(clients.map((client, at) => [client, at]));
  const order = purchases
    .map((purchase, at) => ({ at, client: index.get(purchase.client) ?? 0, day: purchase.day }))
    .sort(
      (left, right) => left.client - right.client || left.day - right.day || left.at - right.at,
    );
  return {
    clients,
    client: Int32Array.from(order, (entry) => entry.client),
    day: Int32Array.from(order, (entry) => entry.day),
    amountMinor: Float64Array.from(
      order,
      (entry) => purchases[entry.at]?.amountMinor ?? Number.NaN,
    ),
  };
}
