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

const LINES_KEPT = 10;

export function addLine(to: LineCount, line: number): void {
  to.count += 1;
  if (to.lines.length < LINES_KEPT) to.lines.push(line);
}

export interface Problems {
  add(line: number, reason: RowProblem): void;
  /** Several lines at once, lowest first. */
  merge(reason: RowProblem, counts: readonly LineCount[]): void;
  /** The first row left out below the table's head. */
  readonly first: ProblemRow | null;
  /** In the order they were first met. */
  counts(): ProblemCount[];
}

/** Counts bad rows by reason; a file of nothing but bad rows costs no more memory than one of a hundred. */
export function makeProblems(): Problems {
  const byReason = new Map<RowProblem, LineCount>();
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
    },
    merge(reason, counts) {
      const count = counts.reduce((sum, one) => sum + one.count, 0);
      if (count === 0) return;
      const total = countOf(reason);
      total.count += count;
      const lines = [...total.lines, ...counts.flatMap((one) => one.lines)];
      lines.sort((left, right) => left - right);
      total.lines.splice(0, total.lines.length, ...lines.slice(0, LINES_KEPT));
    },
    get first() {
      return first;
    },
    counts: () => [...byReason].map(([reason, { count, lines }]) => ({ reason, count, lines })),
  };
}
