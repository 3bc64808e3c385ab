import { hasChances } from "./accuracy.ts";
import type { Analysis } from "./analysis.ts";
import type { ClientRow } from "./client-row.ts";

/** Whom to call, most important first, with the money behind it. */
export interface CallList {
  readonly rows: readonly ClientRow[];
  /** What the rows are ordered by: money a call may save, money of the usual rhythm, or purchases. */
  readonly basis: "stake" | "usual" | "purchases";
  /** Sums over all rows; null where no sum is known. */
  readonly usualMinor: number | null;
  readonly stakeMinor: number | null;
}

export function callList(analysis: Analysis): CallList {
  const listed = analysis.clientsTable.filter((row) => row.playbook !== null);
  const hasMoney = listed.some((row) => row.usualMinor !== null);
  const basis = !hasMoney ? "purchases" : hasChances(analysis) ? "stake" : "usual";
  const rows = listed.toSorted(
    (left, right) =>
      worth(right, basis) - worth(left, basis) ||
      right.totalMinor - left.totalMinor ||
      right.purchases - left.purchases ||
      (left.id < right.id ? -1 : 1),
  );
  const sum = (value: (row: ClientRow) => number | null) =>
    rows.reduce((total, row) => total + (value(row) ?? 0), 0);
  return {
    rows,
    basis,
    usualMinor: hasMoney ? sum((row) => row.usualMinor) : null,
    stakeMinor: basis === "stake" ? sum((row) => row.stakeMinor) : null,
  };
}

/** What the list is ordered by, of one row. */
export function worth(row: ClientRow, basis: CallList["basis"]): number {
  switch (basis) {
    case "stake":
      return row.stakeMinor ?? 0;
    case "usual":
      return row.usualMinor ?? 0;
    case "purchases":
      return row.purchases;
  }
}
