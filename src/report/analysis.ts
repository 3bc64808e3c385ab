import { clientsShareFor80 } from "../analytics/abc.ts";
import { buildBase, buyersOf, historyAt } from "../analytics/base.ts";
import { dayText } from "../analytics/calendar.ts";
import type { ChosenMethod, Signal } from "../analytics/churn-types.ts";
import { ASSUMED_EFFECT, type Readiness, readiness } from "../analytics/kpi/readiness.ts";
import { qualityOf } from "../analytics/model-quality.ts";
import { type MonthRow, monthTable } from "../analytics/months.ts";
import { comparePeriods } from "../analytics/periods.ts";
import { scoreBase } from "../analytics/scoring.ts";
import type { SpendRow } from "../analytics/spend.ts";
import { testedSnapshot } from "../analytics/tested-snapshot.ts";
import type { Day, Insight, PurchaseLog, Snapshot } from "../analytics/types.ts";
import type { SegmentationDocument } from "../crm/segmentation.ts";
import { type BacktestDocument, backtestDocument } from "./backtest-report.ts";
import { type ClientRow, clientRow } from "./client-row.ts";
import { type ComparisonDocument, comparisonDocument } from "./comparison.ts";
import { type KpiReport, kpiReport } from "./kpi-report.ts";
import {
  NO_QUESTION,
  type SegmentsQuestion,
  segmentColumnsAt,
  segmentsReport,
} from "./segments-report.ts";

/** A look at the past must not cost more than the figures themselves; `pulse backtest` tests everybody. */
const BACKTEST_DRAWS = 100;

export interface AnalysisOptions {
  /** Default: the last purchase day of the log. */
  readonly asOf: Day | null;
  /** Default: proposed from the base's own rhythm. */
  readonly horizonDays: number | null;
  readonly currency: string;
  /** What new clients cost; default unknown. */
  readonly spend?: readonly SpendRow[];
  /** Margin as a share of revenue for rows without their own; default unknown. */
  readonly marginShare?: number | null;
  /** Default: no rule, and the other RFM method to compare with. */
  readonly segments?: SegmentsQuestion;
}

/** What the file may say beside client, date and sum. */
export const OPTIONAL_COLUMNS = [
  "margin",
  "cost",
  "source",
  "group",
  "status",
  "currency",
  "order",
  "quantity",
] as const;

export type OptionalColumn = (typeof OPTIONAL_COLUMNS)[number];

/** How the file was understood, and what of it could not be used. */
export interface Reading {
  /** Names of the columns taken; null = the file has none. */
  readonly columns: {
    readonly client: string;
    readonly date: string;
    readonly amount: string | null;
  } & Readonly<Partial<Record<OptionalColumn, string | null>>>;
  /** `header` or `values`. */
  readonly foundBy: {
    readonly client: string;
    readonly date: string;
    readonly amount: string | null;
  } & Readonly<Partial<Record<OptionalColumn, string | null>>>;
  readonly hasHeader: boolean;
  /** null = a workbook has none. */
  readonly delimiter: string | null;
  /** `xlsx` for a workbook. */
  readonly encoding: string;
  /** Of a workbook: the sheet that was read. */
  readonly sheet?: string | null;
  /** Rows that were added to the first row of their order. */
  readonly joinedLines: number;
  readonly dayOrder: string;
  readonly decimalMark: string;
}

/** What was wrong with rows of the file; `pulse analyze` says each in words. */
export const QUALITY_CODES = [
  "before_table",
  "no_client",
  "no_date",
  "unreadable_date",
  "unreadable_amount",
  "error_cell",
  "not_won",
  "other_currency",
  "broken_text",
  "without_sum",
  "after_as_of",
  "refunds_only",
  "suspected_duplicates",
  "missing_sources",
] as const;

export interface DataQualityRow {
  readonly code: (typeof QUALITY_CODES)[number];
  readonly count: number;
  /** First lines of the file, at most ten. */
  readonly lines: readonly number[];
  /** Money of the rows, where it could be read. */
  readonly amountMinor?: number | null;
}

export interface Analysis {
  readonly version: 1;
  readonly asOf: string;
  readonly currency: string;
  readonly clients: number;
  readonly purchases: number;
  /** null = no purchase of the file has a sum. */
  readonly revenueMinor: number | null;
  readonly period: { readonly from: string; readonly to: string };
  readonly guessed: Reading;
  readonly dataQuality: KpiReport["dataQuality"];
  readonly kpis: KpiReport["kpis"];
  /** The newest stretch beside the one before it. */
  readonly comparison: ComparisonDocument;
  /** Every month up to `asOf`, empty ones included; the last one may not be over. */
  readonly months: readonly MonthRow[];
  readonly segments: readonly SegmentRow[];
  readonly pareto: { readonly clientsShareFor80: number | null };
  readonly cohorts: KpiReport["cohorts"];
  readonly cohortQuarters: KpiReport["cohortQuarters"];
  readonly funnel: KpiReport["funnel"];
  /** Contracts and purchases at need apart, where a base has both; else empty. */
  readonly populations: KpiReport["populations"];
  /** By source of the first purchase; empty where no row has one. */
  readonly sources: KpiReport["sources"];
  /** Cost of new clients; its rows are empty without a spend table. */
  readonly acquisition: KpiReport["acquisition"];
  readonly model: {
    readonly tier: number;
    readonly reason: string | null;
    readonly name: string | null;
    readonly params: Readonly<Record<string, number>> | null;
    readonly logLikelihood: number | null;
    readonly n: number;
    readonly horizonDays: number;
    /** Shares of random, fairly regular, regular and clockwork buyers, where the base shows them. */
    readonly regularity: readonly number[] | null;
    /** What speaks for the base now; null without probabilities. */
    readonly method: ChosenMethod | null;
    /** How many times more than usual is bought in the coming horizon: the same season last year. */
    readonly seasonLevel: number;
    readonly signal: Signal;
  };
  /** Accuracy on past windows the model had not seen. */
  readonly backtest: BacktestDocument;
  /** Segments compared, moved and measured. */
  readonly segmentation: SegmentationDocument;
  /** What a contact is worth under a stated assumption about its effect. */
  readonly readiness: Readiness;
  readonly clientsTable: readonly ClientRow[];
}

/** Clients of one segment. */
export interface SegmentRow {
  readonly code: string;
  readonly clients: number;
  /** Of all clients. */
  readonly share: number;
  readonly revenueMinor: number;
}

/** Everything we can say about a purchase log; what `pulse analyze --json` prints. Rows after `asOf` are left out. */
export function analyse(
  log: PurchaseLog,
  reading: Reading,
  problems: readonly DataQualityRow[],
  options: AnalysisOptions,
): Analysis {
  const asOf = options.asOf ?? log.day.reduce((last, day) => Math.max(last, day), 0);
  const base = buildBase(log, asOf);
  const histories = Array.from(buyersOf(base), (client) => historyAt(base, client));
  const { test: tested, snapshot } = testedSnapshot(log, asOf, {
    id: dayText(asOf),
    ...(options.horizonDays === null ? {} : { horizonDays: options.horizonDays }),
    draws: BACKTEST_DRAWS,
    qualityOf: (test) => qualityOf(test, asOf),
  });
  const scored = scoreBase(log, new Map(), asOf, snapshot);
  const segments = segmentsReport(
    { log, histories, insights: scored, asOf, snapshot },
    options.segments ?? NO_QUESTION,
  );
  // The classes by margin, where the file has it, are the classes everywhere.
  const insights = scored.map((insight, at) => ({
    ...insight,
    abc: segments.clients.abc[at] ?? null,
  }));
  const totals = histories.map((history) => history.totalMinor);
  const hasMoney = histories.some((history) => history.purchasesWithSum > 0);
  // Not Math.min(...): a base may have more clients than a call may have arguments.
  const firstDay = histories.reduce((least, { days }) => Math.min(least, days[0] ?? asOf), asOf);
  const lastDay = histories.reduce(
    (most, { days }) => Math.max(most, days.at(-1) ?? most),
    firstDay,
  );
  const clientsTable = insights.map((insight, at) =>
    clientRow(insight, snapshot, segmentColumnsAt(segments, at)),
  );
  return {
    version: 1,
    asOf: dayText(asOf),
    currency: options.currency,
    clients: histories.length,
    purchases: histories.reduce((sum, history) => sum + history.purchases, 0),
    revenueMinor: hasMoney ? totals.reduce((sum, total) => sum + total, 0) : null,
    period: { from: dayText(firstDay), to: dayText(lastDay) },
    guessed: reading,
    comparison: comparisonDocument(comparePeriods(log, histories, asOf)),
    months: monthTable(log, asOf),
    segments: segmentRows(insights),
    pareto: { clientsShareFor80: clientsShareFor80(totals) },
    ...kpiReport(
      {
        log,
        histories,
        asOf,
        horizonDays: snapshot.horizonDays,
        snapshot,
        spend: options.spend ?? [],
        marginShare: options.marginShare ?? null,
      },
      problems,
    ),
    model: modelOf(snapshot),
    backtest: backtestDocument(tested),
    segmentation: segments.document,
    readiness: readiness(
      clientsTable.map(({ stakeMinor }) => stakeMinor ?? 0),
      { effectShare: ASSUMED_EFFECT, costMinor: null },
    ),
    clientsTable,
  };
}

/** Largest first. */
function segmentRows(insights: readonly Insight[]): SegmentRow[] {
  const segments = new Map<string, { clients: number; revenueMinor: number }>();
  for (const { segment, totalMinor } of insights) {
    const row = segments.get(segment) ?? { clients: 0, revenueMinor: 0 };
    row.clients += 1;
    row.revenueMinor += totalMinor;
    segments.set(segment, row);
  }
  return [...segments]
    .map(([code, row]) => ({ code, ...row, share: row.clients / insights.length }))
    .sort((left, right) => right.clients - left.clients || left.code.localeCompare(right.code));
}

function modelOf(snapshot: Snapshot): Analysis["model"] {
  const { model, tier, tierReason, horizonDays } = snapshot;
  return {
    tier,
    reason: tierReason,
    name: model === null ? null : `${model.kind}-${model.k}`,
    params: model === null ? null : { r: model.r, alpha: model.alpha, a: model.a, b: model.b },
    logLikelihood: model?.logLikelihood ?? null,
    n: model?.clients ?? 0,
    horizonDays,
    regularity: snapshot.regularity?.weights ?? null,
    method: snapshot.churn?.method ?? null,
    seasonLevel: snapshot.level.horizon,
    signal: snapshot.quality?.signal ?? "refused",
  };
}
