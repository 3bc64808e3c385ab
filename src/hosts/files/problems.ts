import { growingInt32, growingUint8 } from "./growing.ts";

export const ROW_PROBLEMS = [
  "before_table",
  "no_client",
  "no_date",
  "unreadable_date",
  "unreadable_amount",
  "error_cell",
  "not_won",
  "other_currency",
] as const;

/** Why a row is left out. */
export type RowProblem = (typeof ROW_PROBLEMS)[number];

export interface ProblemRow {
  readonly line: number;
  readonly reason: RowProblem;
}

/** Rows left out for one reason: all are counted, the first ones are named. */
export interface ProblemCount {
  readonly reason: RowProblem;
  readonly count: number;
  readonly lines: readonly number[];
}

/** Lines of one kind: how many, and the first ones. */
export interface LineCount {
  count: number;
  readonly lines: number[];
}

/** Enough for anybody who mends a file by hand; `rows` has them all. */
const LINES_KEPT = 1_000;

export function addLine(to: LineCount, line: number): void {
  to.count += 1;
  if (to.lines.length < LINES_KEPT) to.lines.push(line);
}

export interface Problems {
  add(line: number, reason: RowProblem): void;
  /** The first row left out below the table's head. */
  readonly first: ProblemRow | null;
  /** In the order they were first met. */
  counts(): ProblemCount[];
  /** Every row left out, by line. */
  rows(): ProblemRow[];
}

/** Five bytes a bad row: every one can be named, also in a file of nothing else. */
export function makeProblems(): Problems {
  const byReason = new Map<RowProblem, LineCount>();
  const lines = growingInt32();
  const reasons = growingUint8();
  let first: ProblemRow | null = null;
  const countOf = (reason: RowProblem): LineCount => {
    const known = byReason.get(reason);
    if (known) return known;
    const made: LineCount = { count: 0, lines: [] };
    byReason.set(reason, made);
    return made;
  };
  return {
    add(line, reason) {
      if (first === null && reason !== "before_table") first = { line, reason };
      addLine(countOf(reason), line);
      lines.push(line);
      reasons.push(ROW_PROBLEMS.indexOf(reason));
    },
    get first() {
      return first;
    },
    counts: () =>
      [...byReason].map(([reason, { count, lines: kept }]) => ({ reason, count, lines: kept })),
    rows() {
      const codes = reasons.values();
      return Array.from(lines.values(), (line, at) => ({
        line,
        reason: ROW_PROBLEMS[codes[at] ?? 0] ?? "no_client",
      })).sort((left, right) => left.line - right.line);
    },
  };
}
