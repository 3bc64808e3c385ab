import { cohortTable } from "../analytics/cohorts.ts";
import type { AcquisitionRow } from "../analytics/kpi/acquisition.ts";
import { inOrder, kpiSet } from "../analytics/kpi/all-kpis.ts";
import { YEAR_DAYS } from "../analytics/kpi/figure.ts";
import { fitScorecard, scoreLead } from "../analytics/kpi/lead-score.ts";
import { ASSUMED_EFFECT, readiness } from "../analytics/kpi/readiness.ts";
import { leadSources, lossTable, salesKpis } from "../analytics/kpi/sales.ts";
import { stageConversion } from "../analytics/kpi/stages.ts";
import type { ClientHistory, PurchaseLog, Snapshot } from "../analytics/types.ts";
import type { Host } from "../crm/host.ts";
import type { OverviewDocument } from "../crm/overview.ts";
import type { KpiSections } from "../crm/overview-kpis.ts";
import { parseClientKey } from "./action-store.ts";
import type { PortalRow } from "./portal-row.ts";
import { countGroups, namesIn } from "./product-facts.ts";
import {
  countContacts,
  countCycles,
  countExamples,
  countLosses,
  countReached,
  countSources,
  loadPipelines,
  newestLeads,
  type Window,
  withSources,
} from "./sales-facts.ts";
import { readMarginShare, readSpendRows } from "./spend.ts";
import type { SqlReader } from "./sql.ts";

/** Clients who come back less often than this are followed by quarters. */
const SLOW_GAP_DAYS = 60;
const COHORTS_SHOWN = 12;
const ROWS_SHOWN = 12;
const COST_MONTHS_SHOWN = 12;
const LEADS_SCORED = 2_000;
const LEADS_SHOWN = 10;
/** Without sums a good client is one who buys often. */
const GOOD_PURCHASES = 3;

export interface KpiParts {
  readonly sql: SqlReader;
  readonly host: Pick<Host, "clientUrl">;
  readonly portal: PortalRow;
  readonly log: PurchaseLog;
  readonly histories: readonly ClientHistory[];
  readonly window: Window;
  readonly horizonDays: number;
  readonly snapshot: Snapshot | null;
}

/** Every figure of the portal and the tables behind them. */
export function countKpis(parts: KpiParts): {
  readonly kpis: OverviewDocument["kpis"];
  readonly details: KpiSections;
} {
  const { sql, histories, window, horizonDays, snapshot } = parts;
  const log = withSources(sql, parts.log);
  const { today } = window;
  const set = kpiSet({
    log,
    histories,
    asOf: today,
    horizonDays,
    snapshot,
    spend: readSpendRows(sql),
    marginShare: readMarginShare(sql),
  });
  const sales = salesKpis(countCycles(sql, window), countContacts(sql, window), today);
  const gap = set.kpis.find(({ code }) => code === "median_interval")?.value ?? 0;
  const step = gap > SLOW_GAP_DAYS ? "quarter" : "month";
  const sourceNames = namesIn(sql, "source");
  return {
    kpis: inOrder([...set.kpis, ...sales]),
    details: {
      cohortStep: step,
      cohorts: cohortTable(histories, today, step)
        .slice(-COHORTS_SHOWN)
        .map((row) => ({ ...row, cells: row.cells.slice(0, COHORTS_SHOWN + 1) })),
      funnel: [...set.funnel],
      populations: [...set.populations],
      clientSources: set.sources.slice(0, ROWS_SHOWN).map(({ ltv, ...row }) => ({
        ...row,
        label: sourceNames.get(row.source ?? "") ?? null,
        ltvMinor: ltv?.perClientMinor ?? null,
        ltvDays: ltv?.horizonDays ?? null,
      })),
      acquisition: newestCosts(set.acquisition.rows),
      leadSources: leadSources(countSources(sql, window))
        .slice(0, ROWS_SHOWN)
        .map((row) => ({ ...row, label: sourceNames.get(row.source ?? "") ?? null })),
      productGroups: productGroups(sql, today),
      losses: losses(sql, window),
      pipelines: stageConversion(loadPipelines(sql), countReached(sql, window)).map((row) => ({
        ...row,
        stages: [...row.stages],
      })),
      leads: lookAlikes(parts),
      readiness: readiness(stakes(sql), { effectShare: ASSUMED_EFFECT, costMinor: null }),
    },
  };
}

/** The newest months with spend, the newest first; within a month all channels together come first. */
function newestCosts(rows: readonly AcquisitionRow[]): KpiSections["acquisition"] {
  const months = [...new Set(rows.map(({ month }) => month))].toSorted().reverse();
  return months
    .slice(0, COST_MONTHS_SHOWN)
    .flatMap((month) =>
      rows.flatMap(({ note: _note, ...row }) => (row.month === month ? [row] : [])),
    );
}

function losses(sql: SqlReader, window: Window): KpiSections["losses"] {
  const counts = countLosses(sql, window);
  const stages = new Map(counts.map(({ reason, label }) => [reason, label]));
  const names = namesIn(sql, "lossReason");
  return lossTable(counts)
    .slice(0, ROWS_SHOWN)
    .map(({ reason, deals, amountMinor, share }) => ({
      reason,
      label: names.get(reason ?? "") ?? stages.get(reason) ?? null,
      deals,
      amountMinor,
      share,
    }));
}

function productGroups(sql: SqlReader, today: number): KpiSections["productGroups"] {
  const days = { from: today - YEAR_DAYS + 1, to: today };
  const sales = countGroups(sql, days).slice(0, ROWS_SHOWN);
  if (sales.length === 0) return [];
  const names = namesIn(sql, "productGroup");
  const buyers = sql.get<{ n: number }>(
    `select count(distinct client_key) as n from purchase
     where day >= ? and day <= ? and coalesce(amount_minor, 0) >= 0`,
    days.from,
    days.to,
  )?.n;
  return sales.map(({ repeatClients, ...row }) => ({
    ...row,
    label: names.get(row.group) ?? null,
    share: row.clients / (buyers ?? row.clients),
    repeatRate: repeatClients / row.clients,
  }));
}

function stakes(sql: SqlReader): number[] {
  return sql
    .all<{ minor: number }>("select stake_minor as minor from insight where stake_minor > 0")
    .map(({ minor }) => minor);
}

/** Open leads and new clients who look most like the good clients, with the reasons; or how many good ones are missing. */
function lookAlikes({ sql, host, portal, window, snapshot }: KpiParts): KpiSections["leads"] {
  const abc = snapshot?.abc ?? null;
  const good =
    abc === null ? { purchasesFrom: GOOD_PURCHASES } : { totalFromMinor: abc.aFromMinor };
  const card = fitScorecard(countExamples(sql, window, good));
  if (card.kind === "tooFew") return card;
  const names: Readonly<Record<string, ReadonlyMap<string, string>>> = {
    pipeline: new Map(loadPipelines(sql).map(({ id, name }) => [id, name])),
    source: namesIn(sql, "source"),
    group: namesIn(sql, "productGroup"),
  };
  const rows = newestLeads(sql, LEADS_SCORED).map(({ key, source, pipeline, kind, group }) => {
    const { score, reasons } = scoreLead(card, { source, pipeline, kind, group });
    const client = parseClientKey(key);
    return {
      client: { ...client, url: host.clientUrl(portal, client) },
      score,
      reasons: reasons.map((reason) => ({
        ...reason,
        label: names[reason.feature]?.get(reason.value) ?? null,
      })),
    };
  });
  return {
    kind: "scorecard",
    good: card.good,
    of: card.of,
    baseRate: card.baseRate,
    isByMoney: abc !== null,
    rows: rows.toSorted((one, other) => other.score - one.score).slice(0, LEADS_SHOWN),
  };
}
