import { dayText } from "../analytics/calendar.ts";
import { type CohortRow, cohortTable } from "../analytics/cohorts.ts";
import type { AcquisitionRow } from "../analytics/kpi/acquisition.ts";
import { type KpiInput, kpiSet } from "../analytics/kpi/all-kpis.ts";
import type { SourceRow } from "../analytics/kpi/first-source.ts";
import type { FunnelStep } from "../analytics/kpi/funnel.ts";
import type { CohortLtv } from "../analytics/kpi/lifetime.ts";
import {
  averageEffect,
  logFindings,
  type QualityEffect,
  takingsOf,
} from "../analytics/kpi/quality.ts";
import type { PopulationRow } from "../analytics/kpi/recurring.ts";
import { kpiSeries } from "../analytics/kpi/series.ts";
import type { Kpi } from "../analytics/types.ts";
import type { DataQualityRow } from "./analysis.ts";

/** A figure with its last twelve month ends and today, where the base is small enough to look back. */
export interface KpiDocument extends Omit<Kpi, "code"> {
  readonly series?: readonly { readonly date: string; readonly value: number | null }[];
}

export interface CohortDocument extends CohortRow {
  /** Money a client of the cohort has brought in its first days, for every horizon the whole cohort has behind it. */
  readonly ltv: readonly Omit<CohortLtv, "cohort">[];
}

/** A finding about the data, what money it touches and what it does to a figure. */
export interface QualityDocument extends DataQualityRow {
  readonly amountMinor: number | null;
  readonly effect: QualityEffect | null;
}

export interface KpiReport {
  readonly kpis: Readonly<Record<string, KpiDocument>>;
  readonly cohorts: readonly CohortDocument[];
  /** The same by quarter where clients buy too seldom for months; else empty. */
  readonly cohortQuarters: readonly CohortRow[];
  readonly funnel: readonly FunnelStep[];
  readonly populations: readonly PopulationRow[];
  readonly sources: readonly SourceRow[];
  readonly acquisition: {
    readonly ltvCacMark: number;
    readonly rows: readonly AcquisitionRow[];
    readonly payback: readonly { readonly month: number; readonly perClientMinor: number }[];
  };
  readonly dataQuality: readonly QualityDocument[];
}

/** Clients who come back less often than this are followed by quarters. */
const SLOW_GAP_DAYS = 60;

/** All figures of a purchase log, and what the reader of the file could not use, as the analysis prints them. */
export function kpiReport(input: KpiInput, problems: readonly DataQualityRow[]): KpiReport {
  const set = kpiSet(input);
  const series = kpiSeries(input.log, input.asOf, input.horizonDays);
  const gap = set.kpis.find(({ code }) => code === "median_interval")?.value ?? null;
  return {
    kpis: Object.fromEntries(
      set.kpis.map(({ code, ...kpi }) => [code, { ...kpi, ...seriesOf(series, code) }]),
    ),
    cohorts: cohortTable(input.histories, input.asOf).map((row) => ({
      ...row,
      ltv: set.cohortLtv
        .filter(({ cohort }) => cohort === row.cohort)
        .map(({ cohort: _, ...rest }) => rest),
    })),
    cohortQuarters:
      gap !== null && gap > SLOW_GAP_DAYS
        ? cohortTable(input.histories, input.asOf, "quarter")
        : [],
    funnel: set.funnel,
    populations: set.populations,
    sources: set.sources,
    acquisition: {
      ltvCacMark: set.acquisition.ltvCacMark,
      rows: set.acquisition.rows,
      payback: set.acquisition.payback,
    },
    dataQuality: qualityRows(input, problems),
  };
}

function seriesOf(series: ReturnType<typeof kpiSeries>, code: string): Pick<KpiDocument, "series"> {
  const points = Object.entries(series).find(([known]) => known === code)?.[1];
  if (!points) return {};
  return { series: points.map(({ day, value }) => ({ date: dayText(day), value })) };
}

/** Rows of the file that could not be used first, then what the usable ones show. */
function qualityRows(input: KpiInput, problems: readonly DataQualityRow[]): QualityDocument[] {
  const takings = takingsOf(input.histories);
  const found = logFindings(input.log, input.histories, input.asOf);
  const seen = new Set<string>(found.map(({ code }) => code));
  return [
    ...problems
      .filter(({ code }) => !seen.has(code))
      .map((row) => {
        const amountMinor = row.amountMinor ?? null;
        const isLost =
          amountMinor !== null && amountMinor !== 0 && row.code !== "unreadable_amount";
        const more = { minor: amountMinor ?? 0, orders: row.count };
        return { ...row, amountMinor, effect: isLost ? averageEffect(takings, more) : null };
      }),
    ...found.map((finding) => ({
      ...finding,
      lines: problems.find(({ code }) => code === finding.code)?.lines ?? [],
    })),
  ];
}
