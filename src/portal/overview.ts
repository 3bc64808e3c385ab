import { clientsShareFor80 } from "../analytics/abc.ts";
import { buildBase, buyersOf, historyAt } from "../analytics/base.ts";
import { ASSUMED_EFFECT } from "../analytics/kpi/readiness.ts";
import { monthTable } from "../analytics/months.ts";
import { RFM_SEGMENTS } from "../analytics/rfm.ts";
import type { Day, LifecycleState, Snapshot } from "../analytics/types.ts";
import type { ApiUse } from "../crm/api-use.ts";
import { AppError } from "../crm/error.ts";
import type { Host } from "../crm/host.ts";
import type { OverviewDocument, SyncProgress } from "../crm/overview.ts";
import type { Clock } from "../crm/ports.ts";
import { CATALOGUE } from "../playbooks/catalogue.ts";
import { matches } from "../playbooks/evaluate.ts";
import { parseClientKey } from "./action-store.ts";
import { loadPurchaseLog } from "./base-facts.ts";
import { readInsight } from "./card-facts.ts";
import { dataAsOf, isStale } from "./data-age.ts";
import { readGoals } from "./goals.ts";
import { REBUILD_RUNS, SNAPSHOT_IS_FINAL } from "./insight-schedule.ts";
import { INSIGHT_CHANGES } from "./insight-store.ts";
import { modelQualityOf } from "./model-quality.ts";
import { countKpis } from "./overview-kpis.ts";
import { findQualityIssues } from "./overview-quality.ts";
import { type PortalRow, readCounter, readPortal, readWarnings } from "./portal-row.ts";
import { makeDailySegmentation } from "./segmentation.ts";
import { SETTINGS_CHANGES } from "./settings.ts";
import { latestSnapshot } from "./snapshot-store.ts";
import { SPEND_CHANGES, summariseSpend } from "./spend.ts";
import type { SqlReader } from "./sql.ts";
import { endsSoon } from "./tokens.ts";
import { makeZone } from "./zone.ts";

export interface OverviewPorts {
  readonly sql: SqlReader;
  readonly host: Pick<Host, "clientUrl">;
  readonly clock: Pick<Clock, "now" | "monotonic">;
  readonly progress: () => SyncProgress;
  readonly apiUse?: () => ApiUse;
}

export interface Overview {
  /** Throws AppError `portal.unknown` before the installation. */
  overview(): OverviewDocument;
}

/** Figures of a base without a rhythm are made for this horizon. */
const HORIZON_WITHOUT_SNAPSHOT_DAYS = 90;
const MONTHS_SHOWN = 24;
const CALLS_SHOWN = 20;
/** A busy base is not counted again before this many times the last count's own time has passed. */
const REST_FACTOR = 20;

/** What is counted over the whole base, and what it was counted from. */
interface Counted {
  readonly key: string;
  /** What an administrator has changed is seen at once, however busy the base. */
  readonly changes: number;
  /** Counted after the whole base had been scored: the figures that were waited for do not rest. */
  readonly isScored: boolean;
  readonly at: number;
  readonly tookMs: number;
  readonly figures: Figures;
}

type Figures = Pick<
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
  | "segmentation"
> & { readonly hasSums: boolean };

export function makeOverview(ports: OverviewPorts): Overview {
  const { sql, host, clock, progress } = ports;
  let counted: Counted | null = null;
  const segmentation = makeDailySegmentation(sql);

  const figuresOf = (portal: PortalRow, snapshot: Snapshot | null): Figures => {
    const today = makeZone(portal.time_zone).dayOf(clock.now());
    const key = [
      snapshot?.id ?? "",
      today,
      readCounter(sql, INSIGHT_CHANGES),
      readCounter(sql, "seq"),
      portal.currency,
      portal.time_zone,
    ].join("|");
    const changes = readCounter(sql, SPEND_CHANGES) + readCounter(sql, SETTINGS_CHANGES);
    const isScored =
      readCounter(sql, SNAPSHOT_IS_FINAL) === 1 && readCounter(sql, REBUILD_RUNS) === 0;
    const startedAt = clock.monotonic();
    if (
      counted?.changes === changes &&
      (counted.key === key ||
        ((counted.isScored || !isScored) && startedAt - counted.at < counted.tookMs * REST_FACTOR))
    ) {
      return counted.figures;
    }
    const asOf = new Date(Math.round(clock.now())).toISOString();
    const figures = { asOf, ...countBase(sql, host, portal, { today, snapshot, segmentation }) };
    const endedAt = clock.monotonic();
    counted = { key, changes, isScored, at: endedAt, tookMs: endedAt - startedAt, figures };
    return figures;
  };

  return {
    overview() {
      const portal = readPortal(sql);
      if (!portal) throw new AppError("portal.unknown");
      const snapshot = latestSnapshot(sql);
      const { hasSums, ...figures } = figuresOf(portal, snapshot);
      const sync = progress();
      const at = dataAsOf(sql);
      const tier = snapshot?.tier ?? 0;
      return {
        ...figures,
        goals: readGoals(sql, figures.kpis, makeZone(portal.time_zone).dayOf(clock.now())),
        spend: summariseSpend(sql),
        dataAsOf: at === null ? null : new Date(Math.round(at)).toISOString(),
        portalState: portal.state,
        currency: portal.currency,
        timeZone: portal.time_zone,
        tier,
        tierReason: snapshot?.tierReason ?? null,
        modelQuality: modelQualityOf(snapshot),
        horizonDays: tier === 0 ? null : (snapshot?.horizonDays ?? null),
        sync,
        ...(ports.apiUse ? { apiUse: ports.apiUse() } : {}),
        warnings: [
          ...new Set([
            ...readWarnings(portal),
            ...(sync.phase === "running" ? ["sync_running"] : []),
            ...(isStale(sql, clock.now()) ? ["data_stale"] : []),
            ...(endsSoon(sql, clock.now()) ? ["token_ends_soon"] : []),
            ...(figures.purchases > 0 && !hasSums ? ["no_sums"] : []),
          ]),
        ],
      };
    },
  };
}

interface Asked {
  readonly today: Day;
  readonly snapshot: Snapshot | null;
  readonly segmentation: ReturnType<typeof makeDailySegmentation>;
}

function countBase(
  sql: SqlReader,
  host: OverviewPorts["host"],
  portal: PortalRow,
  { today, snapshot, segmentation }: Asked,
): Omit<Figures, "asOf"> {
  const log = loadPurchaseLog(sql);
  const base = buildBase(log, today);
  const histories = Array.from(buyersOf(base), (client) => historyAt(base, client));
  const known = histories.filter((one) => one.purchasesWithSum > 0);
  const share = clientsShareFor80(known.map((one) => one.totalMinor));
  const window = { zone: makeZone(portal.time_zone), today, currency: portal.currency };
  const horizonDays = snapshot?.horizonDays ?? HORIZON_WITHOUT_SNAPSHOT_DAYS;
  return {
    clients: histories.length,
    purchases: histories.reduce((sum, one) => sum + one.purchases, 0),
    revenueMinor: histories.reduce((sum, one) => sum + one.totalMinor, 0),
    hasSums: known.length > 0,
    ...countKpis({ sql, host, portal, log, histories, window, horizonDays, snapshot }),
    segments: countSegments(sql),
    lifecycle: countLifecycle(sql),
    segmentation: snapshot && segmentation({ log, histories, today, zone: window.zone, snapshot }),
    pareto: share === null ? null : { clientsShareFor80: share },
    months: monthTable(log, today).slice(-MONTHS_SHOWN),
    attention: callsFirst(sql, host, portal),
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
function callsFirst(
  sql: SqlReader,
  host: OverviewPorts["host"],
  portal: PortalRow,
): OverviewDocument["attention"] {
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
      client: { ...client, url: host.clientUrl(portal, client) },
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
