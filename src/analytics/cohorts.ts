import { monthIndex, monthText } from "./calendar.ts";
import type { ClientHistory, Day } from "./types.ts";

interface CohortCell {
  /** Months since the month of the first purchase. */
  readonly offset: number;
  /** Clients of the cohort who bought in that month. */
  readonly clients: number;
  /** Purchase days. */
  readonly orders: number;
  /** Net: known sums of these days less the refunds made in that month. */
  readonly revenueMinor: number;
}

export interface CohortRow {
  /** Month of the first purchase, `YYYY-MM`. */
  readonly cohort: string;
  readonly clients: number;
  /** One cell for every month up to `asOf`; the last month is not over yet. */
  readonly cells: readonly CohortCell[];
}

/** Clients by month of first purchase and what they did later, oldest first. Months without new clients have no row. */
export function cohortTable(histories: readonly ClientHistory[], asOf: Day): CohortRow[] {
  const last = monthIndex(asOf);
  const cohorts = new Map<number, { clients: number; cells: Cell[] }>();
  for (const history of histories) {
    const first = history.days[0];
    if (first === undefined || first > asOf) continue;
    const start = monthIndex(first);
    const cohort = cohorts.get(start) ?? { clients: 0, cells: emptyCells(last - start + 1) };
    cohorts.set(start, cohort);
    cohort.clients += 1;
    book(history, start, asOf, cohort.cells);
  }
  return [...cohorts]
    .sort(([left], [right]) => left - right)
    .map(([start, { clients, cells }]) => ({ cohort: monthText(start), clients, cells }));
}

type Cell = { -readonly [Key in keyof CohortCell]: CohortCell[Key] };

function book(history: ClientHistory, start: number, asOf: Day, cells: readonly Cell[]): void {
  let seen = -1;
  history.days.forEach((day, at) => {
    const cell = day > asOf ? undefined : cells[monthIndex(day) - start];
    if (!cell) return;
    const minor = history.dayAmountMinor[at] ?? 0;
    cell.orders += 1;
    if (minor > 0) cell.revenueMinor += minor;
    if (cell.offset !== seen) cell.clients += 1;
    seen = cell.offset;
  });
  for (const refund of history.refunds ?? []) {
    const cell = refund.day > asOf ? undefined : cells[monthIndex(refund.day) - start];
    if (cell) cell.revenueMinor += refund.amountMinor;
  }
}

function emptyCells(months: number): Cell[] {
  return Array.from({ length: months }, (_, offset) => ({
    offset,
    clients: 0,
    orders: 0,
    revenueMinor: 0,
  }));
}
