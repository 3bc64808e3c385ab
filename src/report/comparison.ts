import { dayText } from "../analytics/calendar.ts";
import type { PeriodComparison, PeriodTotals } from "../analytics/periods.ts";

interface PeriodDocument extends Omit<PeriodTotals, "from" | "to"> {
  readonly from: string;
  readonly to: string;
}

/** Two stretches of days side by side, days as `YYYY-MM-DD`. */
export interface ComparisonDocument {
  readonly days: number;
  readonly current: PeriodDocument;
  /** null = the history does not reach so far. */
  readonly previous: PeriodDocument | null;
}

export function comparisonDocument({
  days,
  current,
  previous,
}: PeriodComparison): ComparisonDocument {
  return {
    days,
    current: periodDocument(current),
    previous: previous === null ? null : periodDocument(previous),
  };
}

function periodDocument({ from, to, ...totals }: PeriodTotals): PeriodDocument {
  return { from: dayText(from), to: dayText(to), ...totals };
}
