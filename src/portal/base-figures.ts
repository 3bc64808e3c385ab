import { clientsShareFor80 } from "../analytics/abc.ts";
import { buildBase, buyersOf, historyAt } from "../analytics/base.ts";
import { ASSUMED_EFFECT } from "../analytics/kpi/readiness.ts";
import { monthTable } from "../analytics/months.ts";
import { RFM_SEGMENTS } from "../analytics/rfm.ts";
import type { LifecycleState } from "../analytics/types.ts";
import { AppError } from "../crm/error.ts";
import type { Host } from "../crm/host.ts";
import type { OverviewDocument } from "../crm/overview.ts";
import type { Instant } from "../crm/ports.ts";
import { CATALOGUE } from "../playbooks/catalogue.ts";
import { matches } from "../playbooks/evaluate.ts";
import { parseClientKey } from "./action-store.ts";
import { loadPurchaseLog } from "./base-facts.ts";
import { readInsight } from "./card-facts.ts";
import { REBUILD_RUNS, SNAPSHOT_IS_FINAL } from "./insight-schedule.ts";
import { INSIGHT_CHANGES } from "./insight-store.ts";
import { countKpis } from "./overview-kpis.ts";
import { findQualityIssues } from "./overview-quality.ts";
import { type PortalRow, readCounter, readPortal } from "./portal-row.ts";
import { type DatedSegmentation, segmentationSince } from "./segmentation.ts";
import { SETTINGS_CHANGES } from "./settings.ts";
import { latestSnapshot } from "./snapshot-store.ts";
import { SPEND_CHANGES } from "./spend.ts";
import type { SqlReader } from "./sql.ts";
import { makeZone } from "./zone.ts";

/** Figures of a base without a rhythm are made for this horizon. */
const HORIZON_WITHOUT_SNAPSHOT_DAYS = 90;
const MONTHS_SHOWN = 24;
const CALLS_SHOWN = 20;

/** What the figures of the overview are counted from, in a few numbers. */
export interface FiguresVersion {
  readonly key: string;
  /** What an administrator has changed is seen at once, however busy the base. */
  readonly changes: number;
  /** The whole base has been scored: the figures that were waited for do not rest. */
  readonly isScored: boolean;
}

/** Figures over the whole base, without addresses of clients: these the host alone can tell. */
export type BaseFigures = Pick<
  OverviewDocument,
  | "asOf"
  | "clients"
  | "purchases"
  | "revenueMinor"
  | "kpis"
  | "segments"
  | "lifecycle"
  | "pareto"
  | "months"
  | "attention"
  | "dataQuality"
  | "details"
> & { readonly hasSums: boolean; readonly segmentation: DatedSegmentation | null };

/** What counting needs to know besides the database; plain data, so that it can travel to another thread. */
export interface FiguresTask {
  readonly now: Instant;
  /** Key of the segments that are known already; null = none are. */
  readonly segmentedUnder: string | null;
}

/** Figures and what they were counted from; plain data. */
export interface CountedFigures extends FiguresVersion {
  readonly figures: BaseFigures;
}

/** Counts beside the event loop; null where the base is so small that counting at once is quicker. */
export interface FiguresCompute {
  count(task: FiguresTask): Promise<CountedFigures> | null;
}

export function figuresVersion(sql: SqlReader, portal: PortalRow, now: Instant): FiguresVersion {
  const key = [
    latestSnapshot(sql)?.id ?? "",
    makeZone(portal.time_zone).dayOf(now),
    readCounter(sql, INSIGHT_CHANGES),
    readCounter(sql, "seq"),
    portal.currency,
    portal.time_zone,
  ].join("|");
  return {
    key,
    changes: readCounter(sql, SPEND_CHANGES) + readCounter(sql, SETTINGS_CHANGES),
    isScored: readCounter(sql, SNAPSHOT_IS_FINAL) === 1 && readCounter(sql, REBUILD_RUNS) === 0,
  };
}

/** Counts the whole base; seconds for a large one. Ask within one transaction. Throws AppError `portal.unknown`. */
export function countFigures(sql: SqlReader, task: FiguresTask): CountedFigures {
  const portal = readPortal(sql);
  if (!portal) throw new AppError("portal.unknown");
  const asOf = new Date(Math.round(task.now)).toISOString();
  const version = figuresVersion(sql, portal, task.now);
  return { ...version, figures: { asOf, ...countBase(sql, portal, task) } };
}

const NO_URL = "";
const NO_HOST: Pick<Host, "clientUrl"> = { clientUrl: () => NO_URL };

function countBase(
  sql: SqlReader,
  portal: PortalRow,
  { now, segmentedUnder }: FiguresTask,
): Omit<BaseFigures, "asOf"> {
  const zone = makeZone(portal.time_zone);
  const today = zone.dayOf(now);
  const snapshot = latestSnapshot(sql);
  const log = loadPurchaseLog(sql);
  const base = buildBase(log, today);
  const histories = Array.from(buyersOf(base), (client) => historyAt(base, client));
  const known = histories.filter((one) => one.purchasesWithSum > 0);
  const share = clientsShareFor80(known.map((one) => one.totalMinor));
  const window = { zone, today, currency: portal.currency };
  const horizonDays = snapshot?.horizonDays ?? HORIZON_WITHOUT_SNAPSHOT_DAYS;
  return {
    clients: histories.length,
    purchases: histories.reduce((sum, one) => sum + one.purchases, 0),
    revenueMinor: histories.reduce((sum, one) => sum + one.totalMinor, 0),
    hasSums: known.length > 0,
    ...countKpis({ sql, host: NO_HOST, portal, log, histories, window, horizonDays, snapshot }),
    segments: countSegments(sql),
    lifecycle: countLifecycle(sql),
    segmentation:
      snapshot && segmentationSince(sql, { log, histories, today, zone, snapshot }, segmentedUnder),
    pareto: share === null ? null : { clientsShareFor80: share },
    months: monthTable(log, today).slice(-MONTHS_SHOWN),
    attention: callsFirst(sql),
    dataQuality: findQualityIssues(sql, window, log, histories),
  };
}

function countSegments(sql: SqlReader): OverviewDocument["segments"] {
  const rows = sql.all<{ code: string; clients: number; revenueMinor: number }>(
    `select segment as code, count(*) as clients, sum(total_minor) as revenueMinor
     from insight group by segment`,
  );
  const all = rows.reduce((sum, row) => sum + row.clients, 0);
  const order = Object.keys(RFM_SEGMENTS);
  return rows
    .toSorted((one, other) => order.indexOf(one.code) - order.indexOf(other.code))
    .map((row) => ({ ...row, share: row.clients / all }));
}

const LIFECYCLE_ORDER: readonly LifecycleState[] = [
  "new",
  "active",
  "loyal",
  "returned",
  "at_risk",
  "sleeping",
  "lost",
];

function countLifecycle(sql: SqlReader): OverviewDocument["lifecycle"] {
  const rows = sql.all<{ code: LifecycleState; clients: number }>(
    "select lifecycle as code, count(*) as clients from insight group by lifecycle",
  );
  return rows.toSorted(
    (one, other) => LIFECYCLE_ORDER.indexOf(one.code) - LIFECYCLE_ORDER.indexOf(other.code),
  );
}

interface CallRow {
  readonly client_key: string;
  readonly lifecycle: string;
  readonly segment: string;
  readonly band: string | null;
  readonly stake_minor: number;
}

/** Whom a call may keep, the most at stake first. The holdout is left alone here too, or its measure would be spoilt. */
function callsFirst(sql: SqlReader): OverviewDocument["attention"] {
  const calls: OverviewDocument["attention"] = [];
  const rows = sql.iterate<CallRow>(
    `select client_key, lifecycle, segment, band, stake_minor from insight
     where not exists (select 1 from assignment a
       where a.client_key = insight.client_key and a.arm = 'holdout')
     order by stake_minor desc, total_minor desc, client_key`,
  );
  for (const row of rows) {
    if (calls.length === CALLS_SHOWN) break;
    if (!CATALOGUE.some((rule) => matches(rule, row))) continue;
    const insight = readInsight(sql, row.client_key)?.insight;
    if (!insight) continue;
    const client = parseClientKey(row.client_key);
    calls.push({
      client: { ...client, url: NO_URL },
      score: insight.health?.score ?? null,
      segment: insight.segment,
      totalMinor: insight.totalMinor,
      contactWorthMinor: row.stake_minor > 0 ? Math.round(row.stake_minor * ASSUMED_EFFECT) : null,
      daysSinceLast: insight.daysSinceLast,
      usualDays: insight.usualDays,
    });
  }
  return calls;
}
