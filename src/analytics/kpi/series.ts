import { monthIndex, monthStart, monthText } from "../calendar.ts";
import { buildHistories } from "../history.ts";
import type { Day, Kpi, PurchaseLog } from "../types.ts";
import { trendKpis } from "./all-kpis.ts";
import type { KpiCode } from "./codes.ts";

const MONTHS_BACK = 12;
/** Thirteen looks at a larger base would cost more than all the rest of the figures. */
const MOST_ROWS = 60_000;

export interface SeriesPoint {
  /** Last day of the month, or asOf for the month that is not over. */
  readonly month: string;
  readonly day: Day;
  readonly value: number | null;
}

export type KpiSeries = Readonly<Partial<Record<KpiCode, readonly SeriesPoint[]>>>;

/**
 * Each figure as it would have been read at the last twelve month ends and today, from the log as it is known now (a later
 * correction of an old row changes the past). Empty above 60 000 rows.
 */
export function kpiSeries(log: PurchaseLog, asOf: Day, horizonDays: number): KpiSeries {
  if (log.day.length > MOST_ROWS) return {};
  const first = log.day.reduce((least, day) => Math.min(least, day), asOf);
  const now = monthIndex(asOf);
  const series: Record<string, SeriesPoint[]> = {};
  for (let month = Math.max(monthIndex(first), now - MONTHS_BACK); month <= now; month += 1) {
    const day = Math.min(asOf, monthStart(month + 1) - 1);
    const kpis: readonly Kpi[] = trendKpis(buildHistories(log, day), log, day, horizonDays);
    for (const { code, value } of kpis) {
      series[code] ??= [];
      series[code].push({ month: monthText(month), day, value });
    }
  }
  return series;
}
