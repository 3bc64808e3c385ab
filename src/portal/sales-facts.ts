import { YEAR_DAYS } from "../analytics/kpi/figure.ts";
import type { LeadExample } from "../analytics/kpi/lead-score.ts";
import {
  CONTACT_DAYS,
  type ContactCounts,
  type CycleRow,
  type LossCount,
  type SourceCount,
} from "../analytics/kpi/sales.ts";
import type { PipelineStages, ReachedCount } from "../analytics/kpi/stages.ts";
import type { Day, LabelColumn, PurchaseLog } from "../analytics/types.ts";
import { CONTACT_KINDS } from "./insight-facts.ts";
import { namesIn } from "./product-facts.ts";
import type { SqlReader } from "./sql.ts";
import type { Zone } from "./zone.ts";

/** Deals and activities counted by the database, so that a figure costs the same whatever the size of the answer. */

/** Deals that are sales or were to become ones. */
const REAL = "d.is_deleted = 0 and d.is_template = 0";
/** The CRM's own source, else where the advertisement says it came from. */
const SOURCE = "coalesce(d.source_id, json_extract(d.utm, '$.source'))";
/** When a deal ended: the purchase moment of a won one, the closing moment of a lost one. */
const ENDED = "coalesce(p.at, d.closed_at)";
const DAY_MS = 86_400_000;

export interface Window {
  readonly zone: Zone;
  readonly today: Day;
  readonly currency: string;
}

/** Deals won and lost within a year by whole days since they were created, and deals that are open now. */
export function countCycles(sql: SqlReader, { zone, today }: Window): CycleRow[] {
  const rows = sql.all<CycleRow>(
    `select outcome, days, count(*) as deals from (
       select d.outcome as outcome,
         case when d.outcome = 'open' or ${ENDED} is null then null
           else max(0, (${ENDED} - d.created_at) / ${DAY_MS}) end as days
       from deal d left join purchase p on p.id = d.id
       where ${REAL} and (d.outcome = 'open' or (
         coalesce(${ENDED}, d.updated_at) >= ? and coalesce(${ENDED}, d.updated_at) < ?))
     ) group by outcome, days order by outcome, days`,
    zone.startOf(today - YEAR_DAYS + 1),
    zone.startOf(today + 1),
  );
  return rows;
}

/** Deals lost within a year: the reason the CRM keeps, else the stage they were lost in. */
export function countLosses(
  sql: SqlReader,
  { zone, today, currency }: Window,
): (LossCount & { readonly label: string | null })[] {
  return sql.all<LossCount & { label: string | null }>(
    `select coalesce(d.loss_reason_id, s.id) as reason,
       case when d.loss_reason_id is null then s.name end as label, count(*) as deals,
       coalesce(sum(case when d.currency = ? then d.amount_minor end), 0) as amountMinor
     from deal d left join stage s on s.pipeline_id = d.pipeline_id and s.id = d.stage_id
     where ${REAL} and d.outcome = 'lost' and coalesce(d.closed_at, d.updated_at) >= ?
       and coalesce(d.closed_at, d.updated_at) < ?
     group by 1, 2`,
    currency,
    zone.startOf(today - YEAR_DAYS + 1),
    zone.startOf(today + 1),
  );
}

/** Deals created within a year, by source. */
export function countSources(sql: SqlReader, { zone, today, currency }: Window): SourceCount[] {
  return sql.all<SourceCount>(
    `select ${SOURCE} as source, count(*) as deals, sum(d.outcome = 'won') as won,
       sum(d.outcome = 'lost') as lost,
       coalesce(sum(case when d.outcome = 'won' then coalesce(p.base_minor,
         case when d.currency = ? then d.amount_minor end) end), 0) as wonMinor
     from deal d left join purchase p on p.id = d.id where ${REAL} and d.created_at >= ? and d.created_at < ? group by 1`,
    currency,
    zone.startOf(today - YEAR_DAYS + 1),
    zone.startOf(today + 1),
  );
}

/** Pipelines with their open stages in order. */
export function loadPipelines(sql: SqlReader): PipelineStages[] {
  const stages = sql.all<{ pipeline_id: string; id: string; name: string }>(
    "select pipeline_id, id, name from stage where outcome = 'open' order by pipeline_id, sort, id",
  );
  return sql
    .all<{ id: string; name: string }>("select id, name from pipeline order by sort, id")
    .map(({ id, name }) => ({
      id,
      name,
      stages: stages.filter((stage) => stage.pipeline_id === id),
    }));
}

/** Deals created within a year, by the furthest open stage of their pipeline that they have been in. */
export function countReached(sql: SqlReader, { zone, today }: Window): ReachedCount[] {
  return sql.all<ReachedCount>(
    `with d as (
       select id, pipeline_id, stage_id, outcome from deal d
       where ${REAL} and d.created_at >= ? and d.created_at < ?
     ), seen as (
       select d.id as deal_id, e.stage_id from d join stage_entry e
         on e.deal_id = d.id and e.pipeline_id = d.pipeline_id
       union all select id, stage_id from d
     )
     select pipelineId, stageId, outcome, count(*) as deals from (
       select d.pipeline_id as pipelineId, d.outcome as outcome, s.id as stageId,
         max(coalesce(s.sort, -1)) as furthest
       from d join seen on seen.deal_id = d.id
         left join stage s on s.pipeline_id = d.pipeline_id and s.id = seen.stage_id
           and s.outcome = 'open'
       group by d.id
     ) group by 1, 2, 3`,
    zone.startOf(today - YEAR_DAYS + 1),
    zone.startOf(today + 1),
  );
}

/** Contacts of the last days with those who have bought within a year, and with those who have only an open deal. */
export function countContacts(sql: SqlReader, { zone, today }: Window): ContactCounts {
  const row = sql.get<ContactCounts>(
    `with contact as (
       select coalesce(a.client_key, d.client_key) as key
       from activity a left join deal d on d.id = a.deal_id
       where a.is_done = 1 and a.at >= ? and a.at < ? and a.kind in (${CONTACT_KINDS})
     ), buyer as (
       select distinct client_key as key from purchase
       where day > ? and day <= ? and coalesce(amount_minor, 0) >= 0
     ), prospect as (
       select distinct d.client_key as key from deal d
       where ${REAL} and d.outcome = 'open' and d.client_key is not null
         and d.client_key not in (select client_key from purchase)
     )
     select (select count(*) from buyer) as clients,
       (select count(*) from contact where key in (select key from buyer)) as clientContacts,
       (select count(*) from prospect) as prospects,
       (select count(*) from contact where key in (select key from prospect)) as prospectContacts,
       (select count(*) from contact) as anyContacts`,
    zone.startOf(today - CONTACT_DAYS + 1),
    zone.startOf(today + 1),
    today - YEAR_DAYS,
    today,
  );
  return (
    row ?? { clients: 0, clientContacts: 0, prospects: 0, prospectContacts: 0, anyContacts: 0 }
  );
}

/** The log with the source of each purchase; rows of one client and day may swap their sources. */
export function withSources(sql: SqlReader, log: PurchaseLog): PurchaseLog {
  const names: string[] = [];
  const known = new Map<string, number>();
  const code = new Int32Array(log.day.length).fill(-1);
  let row = 0;
  for (const { source } of sql.iterate<{ source: string | null }>(
    `select ${SOURCE} as source from purchase p left join deal d on d.id = p.deal_id
     order by p.client_key, p.day`,
  )) {
    if (source !== null && source !== "") {
      let at = known.get(source);
      if (at === undefined) {
        at = names.length;
        known.set(source, at);
        names.push(source);
      }
      code[row] = at;
    }
    row += 1;
  }
  const source: LabelColumn = { names, code, titles: namesIn(sql, "source") };
  return names.length === 0 ? log : { ...log, details: { ...log.details, source } };
}

/** Product group of a deal's largest row that has one. */
const GROUP = `(select product.parent_id from deal_product dp join label product
  on product.dictionary = 'product' and product.id = dp.product_id
  where dp.deal_id = d.id and product.parent_id is not null
  order by dp.quantity * dp.price_minor desc, dp.place limit 1)`;
const FEATURES = `${SOURCE} as source, d.pipeline_id as pipeline,
  substr(d.client_key, 1, instr(d.client_key, ':') - 1) as kind, ${GROUP} as "group"`;
/** Features of the deal a client began with. */
const NOT_OWN = "not exists (select 1 from client c where c.key = d.client_key and c.is_own = 1)";

interface FeatureRow {
  readonly source: string | null;
  readonly pipeline: string;
  readonly kind: string;
  readonly group: string | null;
}

/** What a client must have brought or done to be one we want more of. */
export type GoodClient = { readonly totalFromMinor: number } | { readonly purchasesFrom: number };

/** Decided leads by what their first deal looked like; those who began lately have not had their time yet. */
export function countExamples(
  sql: SqlReader,
  { zone, today }: Window,
  good: GoodClient,
): LeadExample[] {
  const isGood =
    "totalFromMinor" in good ? "i.total_minor >= ? and i.total_minor > 0" : "i.purchases >= ?";
  // The only min or max: its row is the one that the features are of.
  const rows = sql.all<FeatureRow & { isGood: number; count: number }>(
    `select source, pipeline, kind, "group", isGood, count(*) as count from (
       select ${FEATURES}, coalesce(${isGood}, 0) as isGood, min(d.created_at) as began,
         sum(d.outcome <> 'open') > 0 as isDecided
       from deal d left join insight i on i.client_key = d.client_key
       where ${REAL} and d.client_key is not null and ${NOT_OWN}
       group by d.client_key
     ) where isDecided = 1 and began < ? group by 1, 2, 3, 4, 5`,
    "totalFromMinor" in good ? good.totalFromMinor : good.purchasesFrom,
    zone.startOf(today - CONTACT_DAYS),
  );
  return rows.map(({ isGood: flag, count, source, pipeline, kind, group }) => ({
    features: { source, pipeline, kind, group },
    isGood: flag === 1,
    count,
  }));
}

/** Leads and clients of one purchase to be scored, the newest first. */
export function newestLeads(
  sql: SqlReader,
  limit: number,
): (FeatureRow & { readonly key: string })[] {
  return sql.all<FeatureRow & { key: string }>(
    `select d.client_key as key, ${FEATURES}, max(d.created_at) as newest from deal d
     where ${REAL} and d.client_key is not null and ${NOT_OWN} and (
       (d.outcome = 'open' and d.client_key not in (select client_key from purchase))
       or d.client_key in (select client_key from insight where lifecycle = 'new'))
     group by d.client_key order by newest desc, d.client_key limit ?`,
    limit,
  );
}
