import type { Instant } from "../crm/ports.ts";
import {
  type ActivityRecord,
  type ClientRecord,
  clientKey,
  type DealPaymentsRecord,
  type DealProductsRecord,
  type DealRecord,
  type LabelRecord,
  type LeadRecord,
  type MirrorRecord,
  type PaymentRecord,
  type PipelineRecord,
  type RateRecord,
  type StageEntryRecord,
  type UserRecord,
} from "../crm/records.ts";
import { markDirty, type VanishingEntity } from "./dirty.ts";
import { applyLabels, applyPipelines, applyRates, applyUsers } from "./mirror-dictionaries.ts";
import {
  applyDealPayments,
  applyDealProducts,
  applyLeads,
  applyPayments,
  buryDealProducts,
  buryLeads,
  buryPayments,
  chooseBuyers,
  nothingTouched,
  type Touched,
} from "./mirror-extras.ts";
import {
  type ActivityRow,
  type ClientRow,
  type DealRow,
  isSameRow,
  mayReplace,
  putRow,
  rowsByKey,
  type StageEntryRow,
  toActivityRow,
  toClientRow,
  toDealRow,
  toStageEntryRow,
} from "./mirror-rows.ts";
import { followsPayments } from "./payment-follow.ts";
import { readPortal } from "./portal-row.ts";
import { markStale, type PurchaseRules, updatePurchases } from "./purchases.ts";
import { followedProducts } from "./scans.ts";
import { readSettings } from "./setting-store.ts";
import type { Sql } from "./sql.ts";
import { makeZone, type Zone } from "./zone.ts";

export interface Mirror {
  /**
   * Stores records of one fetch; ignores those older than what is known. `readSeq` was taken before the fetch began. Returns
   * how many changed. Belongs into a transaction.
   */
  apply(records: readonly MirrorRecord[], readSeq: number, now: Instant): number;
  /** The host does not have these any more. Belongs into a transaction. */
  bury(entity: VanishingEntity, ids: readonly string[], readSeq: number, now: Instant): void;
  /** Chooses buyers and counts purchases of these again, whatever changed around them. Belongs into a transaction. */
  recount(table: "deal" | "lead" | "payment", ids: readonly string[], now: Instant): void;
}

export function makeMirror(sql: Sql): Mirror {
  let zone: Zone | null = null;
  const rules = (): PurchaseRules => {
    const portal = readPortal(sql);
    const name = portal?.time_zone ?? "UTC";
    if (zone?.name !== name) zone = makeZone(name);
    return { zone, currency: portal?.currency ?? "", ...readSettings(sql) };
  };
  const today = (now: Instant) => {
    const { zone, currency } = rules();
    return { day: zone.dayOf(now), currency };
  };
  const finish = (touched: Touched, now: Instant) => {
    const origins = { deals: [...touched.deals], payments: [...touched.payments] };
    updatePurchases(sql, origins, rules(), now);
    markStale(sql, touched.clients, now);
  };

  return {
    apply(records, readSeq, now) {
      const touched = nothingTouched();
      const of = <T extends MirrorRecord>(entity: T["entity"]): T[] =>
        records.filter((record): record is T => record.entity === entity);
      applyPipelines(sql, of<PipelineRecord>("pipeline"));
      applyUsers(sql, of<UserRecord>("user"));
      applyClients(sql, of<ClientRecord>("client"), readSeq, touched);
      const pass = { rule: rules().clientRule, readSeq, now };
      applyDeals(sql, of<DealRecord>("deal"), pass, touched);
      applyStageEntries(sql, of<StageEntryRecord>("stageEntry"), touched);
      applyActivities(sql, of<ActivityRecord>("activity"), touched);
      applyPayments(sql, of<PaymentRecord>("payment"), readSeq, touched);
      applyDealPayments(sql, of<DealPaymentsRecord>("dealPayments"), readSeq, touched);
      applyLeads(sql, of<LeadRecord>("lead"), rules().clientRule, readSeq, touched);
      applyDealProducts(sql, of<DealProductsRecord>("dealProducts"), touched);
      applyLabels(sql, of<LabelRecord>("label"));
      applyRates(sql, of<RateRecord>("rate"), today(now), now);
      finish(touched, now);
      return touched.changes;
    },
    bury(entity, ids, readSeq, now) {
      const touched = nothingTouched();
      switch (entity) {
        case "deal":
          buryDeals(sql, ids, readSeq, touched);
          break;
        case "activity":
          buryActivities(sql, ids, touched);
          break;
        case "payment":
          buryPayments(sql, ids, readSeq, touched);
          break;
        case "lead":
          buryLeads(sql, ids, readSeq, touched);
          break;
        case "dealPayments":
          // A deal that does not show its payments has been paid for all the same.
          break;
        case "dealProducts":
          buryDealProducts(sql, ids, touched);
          break;
        case "company":
        case "contact":
          for (const id of ids) buryClient(sql, entity, id, { readSeq, now }, touched);
          break;
      }
      finish(touched, now);
    },
    recount(table, ids, now) {
      const touched = nothingTouched();
      if (table !== "payment") chooseBuyers(sql, table, ids, rules().clientRule, touched);
      if (table === "deal") for (const id of ids) touched.deals.add(id);
      if (table === "payment") for (const id of ids) touched.payments.add(id);
      finish(touched, now);
    },
  };
}

function applyClients(
  sql: Sql,
  records: readonly ClientRecord[],
  readSeq: number,
  touched: Touched,
): void {
  const known = rowsByKey<ClientRow>(sql, "client", "key", records.map(clientKey));
  for (const record of records) {
    const before = known.get(clientKey(record));
    const row = toClientRow(record, before, readSeq);
    if (!mayReplace(before, row)) continue;
    if (before && isSameRow(row, before, "read_seq")) continue;
    putRow(sql, "client", "key", row);
    known.set(row.key, row);
    touched.changes += 1;
    touched.clients.add(row.key);
    // Only whether it is our own company decides about purchases; a new client's deals were counted as bought.
    if ((before?.is_own ?? 0) !== row.is_own) {
      for (const id of idsOfClient(sql, "deal", row.key)) touched.deals.add(id);
      for (const id of idsOfClient(sql, "payment", row.key)) touched.payments.add(id);
    }
  }
}

function applyDeals(
  sql: Sql,
  records: readonly DealRecord[],
  { rule, readSeq, now }: { rule: PurchaseRules["clientRule"]; readSeq: number; now: Instant },
  touched: Touched,
): void {
  if (records.length === 0) return;
  const followed = { payments: followsPayments(sql), products: followedProducts(sql) };
  const ids = records.map(({ id }) => id);
  const known = rowsByKey<DealRow>(sql, "deal", "id", ids);
  for (const record of records) {
    const before = known.get(record.id);
    const row = toDealRow(record, rule, readSeq);
    if (!mayReplace(before, row)) continue;
    if (before && isSameRow(row, before, "read_seq")) continue;
    putRow(sql, "deal", "id", row);
    known.set(row.id, row);
    touched.changes += 1;
    touched.deals.add(row.id);
    if (before) noteMerge(sql, before, row, touched);
    followDeal(sql, row.id, { ...followed, isKnown: before !== undefined, now });
    for (const key of [before?.client_key, row.client_key]) if (key) touched.clients.add(key);
  }
}

/** What hangs on a deal and is asked for by its id. */
function followDeal(
  sql: Sql,
  id: string,
  deal: {
    readonly payments: boolean;
    readonly products: ReturnType<typeof followedProducts>;
    readonly isKnown: boolean;
    readonly now: Instant;
  },
): void {
  const mark = (entity: VanishingEntity) =>
    markDirty(sql, { entity, id, at: deal.now, dueAt: deal.now });
  if (deal.payments) mark("dealPayments");
  if (deal.products === "all" || (deal.products === "known" && deal.isKnown)) mark("dealProducts");
}

/** Hosts re-link the deals of a merged client to the survivor and say nothing else. */
function noteMerge(sql: Sql, before: DealRow, after: DealRow, touched: Touched): void {
  const pairs = [
    ["company", before.company_id, after.company_id],
    ["contact", before.contact_id, after.contact_id],
  ] as const;
  for (const [kind, from, to] of pairs) {
    if (from === null || to === null || from === to) continue;
    const old = clientKey({ kind, id: from });
    const merged = sql.get(
      `update client set merged_into = ? where key = ? and is_deleted = 1 and merged_into is null
       returning key`,
      clientKey({ kind, id: to }),
      old,
    );
    if (!merged) continue;
    // The host may go on naming the old one as who has paid.
    for (const id of idsOfClient(sql, "payment", old)) touched.payments.add(id);
  }
}

function applyStageEntries(sql: Sql, records: readonly StageEntryRecord[], touched: Touched): void {
  const ids = records.map(({ id }) => id);
  const known = rowsByKey<StageEntryRow>(sql, "stage_entry", "id", ids);
  for (const record of records) {
    const row = toStageEntryRow(record);
    const before = known.get(row.id);
    if (before && isSameRow(row, before)) continue;
    putRow(sql, "stage_entry", "id", row);
    touched.changes += 1;
    touched.deals.add(row.deal_id);
  }
}

function applyActivities(sql: Sql, records: readonly ActivityRecord[], touched: Touched): void {
  const ids = records.map(({ id }) => id);
  const known = rowsByKey<ActivityRow>(sql, "activity", "id", ids);
  for (const record of records) {
    const row = toActivityRow(record);
    const before = known.get(row.id);
    if (before && (before.updated_at > row.updated_at || isSameRow(row, before))) continue;
    putRow(sql, "activity", "id", row);
    touched.changes += 1;
    for (const one of before ? [before, row] : [row]) touchActivityClients(sql, one, touched);
  }
}

function touchActivityClients(sql: Sql, row: ActivityRow, touched: Touched): void {
  if (row.client_key) touched.clients.add(row.client_key);
  if (row.deal_id === null) return;
  const deal = sql.get<{ client_key: string | null }>(
    "select client_key from deal where id = ?",
    row.deal_id,
  );
  if (deal?.client_key) touched.clients.add(deal.client_key);
}

function buryDeals(sql: Sql, ids: readonly string[], readSeq: number, touched: Touched): void {
  const buried = sql.all<{ id: string; client_key: string | null }>(
    `update deal set is_deleted = 1, read_seq = ? where is_deleted = 0 and read_seq <= ?
     and id in (select value from json_each(?)) returning id, client_key`,
    readSeq,
    readSeq,
    JSON.stringify(ids),
  );
  for (const { id, client_key } of buried) {
    touched.deals.add(id);
    if (client_key) touched.clients.add(client_key);
  }
}

function buryActivities(sql: Sql, ids: readonly string[], touched: Touched): void {
  const buried = sql.all<ActivityRow>(
    "delete from activity where id in (select value from json_each(?)) returning *",
    JSON.stringify(ids),
  );
  for (const row of buried) touchActivityClients(sql, row, touched);
}

/** A vanished client was deleted or merged: its deals may belong to somebody else now and are read again. */
function buryClient(
  sql: Sql,
  kind: "company" | "contact",
  id: string,
  { readSeq, now }: { readSeq: number; now: Instant },
  touched: Touched,
): void {
  const key = clientKey({ kind, id });
  const buried = sql.get(
    `update client set is_deleted = 1, read_seq = ? where key = ? and is_deleted = 0 and read_seq <= ?
     returning key`,
    readSeq,
    key,
    readSeq,
  );
  if (!buried) return;
  touched.clients.add(key);
  const column = kind === "company" ? "company_id" : "contact_id";
  const deals = sql.all<{ id: string }>(
    `select id from deal where ${column} = ? and is_deleted = 0`,
    id,
  );
  const read = (entity: "deal" | "payment", one: string) =>
    markDirty(sql, { entity, id: one, at: now, dueAt: now });
  for (const deal of deals) read("deal", deal.id);
  for (const payment of idsOfClient(sql, "payment", key)) read("payment", payment);
}

function idsOfClient(sql: Sql, table: "deal" | "payment", key: string): string[] {
  return sql
    .all<{ id: string }>(`select id from ${table} where client_key = ?`, key)
    .map(({ id }) => id);
}
