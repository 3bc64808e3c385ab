import { monthIndex, monthText } from "./calendar.ts";
import type { ClientHistory, Day } from "./types.ts";

interface CohortCell {
  /** Months (quarters) since the one of the first purchase. */
  readonly offset: number;
  /** Clients of the cohort who bought in it. */
  readonly clients: number;
  /** Purchase days. */
  readonly orders: number;
  /** Net: known sums of these days less the refunds made in it. */
  readonly revenueMinor: number;
}

export interface CohortRow {
  /** Month of the first purchase, `YYYY-MM`, or quarter, `YYYY-Q1`. */
  readonly cohort: string;
  readonly clients: number;
  /** The base begins here: these clients may have bought before, so they are not known to be new. */
  readonly isLeftCensored: boolean;
  /** One cell for every month (quarter) up to `asOf`; the last one may not be over. */
  readonly cells: readonly CohortCell[];
}

export type CohortStep = "month" | "quarter";

/** Clients by month or quarter of first purchase and what they did later, oldest first. Empty ones have no row. */
export function cohortTable(
  histories: readonly ClientHistory[],
  asOf: Day,
  step: CohortStep = "month",
): CohortRow[] {
  const indexOf = indexIn(step);
  const last = indexOf(asOf);
  const cohorts = new Map<number, { clients: number; cells: Cell[] }>();
  for (const history of histories) {
    const first = history.days[0];
    if (first === undefined || first > asOf) continue;
    const start = indexOf(first);
    const cohort = cohorts.get(start) ?? { clients: 0, cells: emptyCells(last - start + 1) };
    cohorts.set(start, cohort);
    cohort.clients += 1;
    book(history, start, asOf, cohort.cells, indexOf);
  }
  return [...cohorts]
    .sort(([left], [right]) => left - right)
    .map(([start, { clients, cells }], at) => ({
      cohort: step === "month" ? monthText(start) : quarterText(start),
      clients,
      isLeftCensored: at === 0,
      cells,
    }));
}

function indexIn(step: CohortStep): (day: Day) => number {
  return step === "month" ? monthIndex : (day) => Math.floor(monthIndex(day) / 3);
}

/** `YYYY-Q1` of a number of quarters since January 1970. */
function quarterText(index: number): string {
  return `${monthText(index * 3).slice(0, 4)}-Q${(((index % 4) + 4) % 4) + 1}`;
}

type Cell = { -readonly [Key in keyof CohortCell]: CohortCell[Key] };

function book(
  history: ClientHistory,
  start: number,
  asOf: Day,
  cells: readonly Cell[],
  indexOf: (day: Day) => number,
): void {
  let seen = -1;
  history.days.forEach((day, at) => {
    const cell = day > asOf ? undefined : cells[indexOf(day) - start];
    if (!cell) return;
    const minor = history.dayAmountMinor[at] ?? 0;
    cell.orders += 1;
    if (minor > 0) cell.revenueMinor += minor;
    if (cell.offset !== seen) cell.clients += 1;
    seen = cell.offset;
  });
  for (const refund of history.refunds ?? []) {
    const cell = refund.day > asOf ? undefined : cells[Math.max(0, indexOf(refund.day) - start)];
    if (cell) cell.revenueMinor += refund.amountMinor;
  }
}

function emptyCells(count: number): Cell[] {
  return Array.from({ length: count }, (_, offset) => ({
    offset,
    clients: 0,
    orders: 0,
    revenueMinor: 0,
  }));
}
