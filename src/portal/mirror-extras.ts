import type { Instant } from "../crm/ports.ts";
import {
  clientKey,
  type DealPaymentsRecord,
  type DealProductsRecord,
  type LeadRecord,
  type PaymentRecord,
} from "../crm/records.ts";
import type { ClientRule } from "../crm/settings.ts";
import { buyerKey, isSameRow, mayReplace, putRow, rowsByKey } from "./mirror-rows.ts";
import type { Sql } from "./sql.ts";

/** What one `apply` has touched. */
export interface Touched {
  readonly deals: Set<string>;
  readonly clients: Set<string>;
  readonly payments: Set<string>;
  changes: number;
}

export function nothingTouched(): Touched {
  return { deals: new Set(), clients: new Set(), payments: new Set(), changes: 0 };
}

/** A payment as stored. */
export interface PaymentRow {
  readonly id: string;
  readonly kind: string;
  readonly deal_id: string | null;
  /** Who the host says has paid. */
  readonly client_key: string | null;
  readonly amount_minor: number | null;
  readonly currency: string | null;
  readonly paid_at: Instant | null;
  readonly updated_at: Instant;
  readonly is_deleted: number;
  readonly read_seq: number;
}

function toPaymentRow(record: PaymentRecord, readSeq: number): PaymentRow {
  return {
    id: record.id,
    kind: record.kind,
    deal_id: record.dealId,
    client_key: record.client ? clientKey(record.client) : null,
    amount_minor: record.amountMinor,
    currency: record.currency,
    paid_at: record.paidAt,
    updated_at: record.updatedAt,
    is_deleted: 0,
    read_seq: readSeq,
  };
}

interface LeadRow {
  readonly id: string;
  readonly client_key: string | null;
  readonly updated_at: Instant;
  readonly is_deleted: number;
  readonly read_seq: number;
}

function toLeadRow(record: LeadRecord, rule: ClientRule, readSeq: number): LeadRow {
  const row = {
    id: record.id,
    pipeline_id: record.pipelineId,
    stage_id: record.stageId,
    outcome: record.outcome,
    company_id: record.companyId,
    contact_ids: JSON.stringify(record.contactIds),
    client_key: buyerKey(record.companyId, record.contactIds[0] ?? null, rule),
    responsible_id: record.responsibleId,
    created_at: record.createdAt,
    updated_at: record.updatedAt,
    closed_at: record.closedAt,
    source_id: record.sourceId,
    utm: record.utm ? JSON.stringify(record.utm) : null,
    is_deleted: 0,
    read_seq: readSeq,
  };
  return row;
}

export function applyPayments(
  sql: Sql,
  records: readonly PaymentRecord[],
  readSeq: number,
  touched: Touched,
): void {
  const ids = records.map(({ id }) => id);
  const known = rowsByKey<PaymentRow>(sql, "payment", "id", ids);
  for (const record of records) {
    const before = known.get(record.id);
    const row = toPaymentRow(record, readSeq);
    if (!mayReplace(before, row)) continue;
    if (before && isSameRow(row, before, "read_seq")) continue;
    putRow(sql, "payment", "id", row);
    known.set(row.id, row);
    touched.changes += 1;
    touched.payments.add(row.id);
    // Those it was a part with have another sum now.
    if (before && before.deal_id !== null && before.deal_id !== row.deal_id) {
      touched.deals.add(before.deal_id);
    }
  }
}

/** The payments of a deal are replaced as a whole. */
export function applyDealPayments(
  sql: Sql,
  records: readonly DealPaymentsRecord[],
  readSeq: number,
  touched: Touched,
): void {
  for (const { dealId, payments } of records) {
    applyPayments(sql, payments, readSeq, touched);
    const kept = new Set(payments.map(({ id }) => id));
    const known = sql.all<{ id: string }>(
      "select id from payment where deal_id = ? and kind = 'payment' and is_deleted = 0",
      dealId,
    );
    const gone = known.filter(({ id }) => !kept.has(id)).map(({ id }) => id);
    if (gone.length > 0) buryPayments(sql, gone, readSeq, touched);
  }
}

export function applyLeads(
  sql: Sql,
  records: readonly LeadRecord[],
  rule: ClientRule,
  readSeq: number,
  touched: Touched,
): void {
  const ids = records.map(({ id }) => id);
  const known = rowsByKey<LeadRow>(sql, "lead", "id", ids);
  for (const record of records) {
    const before = known.get(record.id);
    const row = toLeadRow(record, rule, readSeq);
    if (!mayReplace(before, row)) continue;
    if (before && isSameRow(row, before, "read_seq")) continue;
    putRow(sql, "lead", "id", row);
    known.set(row.id, row);
    touched.changes += 1;
    for (const key of [before?.client_key, row.client_key]) if (key) touched.clients.add(key);
  }
}

/** The rows of a deal are replaced as a whole. */
export function applyDealProducts(
  sql: Sql,
  records: readonly DealProductsRecord[],
  touched: Touched,
): void {
  for (const { dealId, rows } of records) {
    const before = sql.all<{ product_id: string | null; quantity: number; price_minor: number }>(
      "select product_id, quantity, price_minor from deal_product where deal_id = ? order by place",
      dealId,
    );
    const fresh = rows.map(({ productId, quantity, priceMinor }) => ({
      product_id: productId,
      quantity,
      price_minor: priceMinor,
    }));
    const isSame =
      fresh.length === before.length && fresh.every((row, at) => isSameRow(row, before[at] ?? {}));
    if (isSame) continue;
    sql.run("delete from deal_product where deal_id = ?", dealId);
    for (const [place, row] of fresh.entries()) {
      sql.run(
        `insert into deal_product (deal_id, place, product_id, quantity, price_minor)
         values (?, ?, ?, ?, ?)`,
        dealId,
        place,
        row.product_id,
        row.quantity,
        row.price_minor,
      );
    }
    touched.changes += 1;
    touchClientOfDeal(sql, dealId, touched);
  }
}

export function buryPayments(
  sql: Sql,
  ids: readonly string[],
  readSeq: number,
  touched: Touched,
): void {
  const buried = sql.all<{ id: string }>(
    `update payment set is_deleted = 1, read_seq = ? where is_deleted = 0 and read_seq <= ?
     and id in (select value from json_each(?)) returning id`,
    readSeq,
    readSeq,
    JSON.stringify(ids),
  );
  for (const { id } of buried) touched.payments.add(id);
}

export function buryLeads(
  sql: Sql,
  ids: readonly string[],
  readSeq: number,
  touched: Touched,
): void {
  const buried = sql.all<{ client_key: string | null }>(
    `update lead set is_deleted = 1, read_seq = ? where is_deleted = 0 and read_seq <= ?
     and id in (select value from json_each(?)) returning client_key`,
    readSeq,
    readSeq,
    JSON.stringify(ids),
  );
  for (const { client_key } of buried) if (client_key) touched.clients.add(client_key);
}

/** A deal that the host gives no product rows for has none. */
export function buryDealProducts(sql: Sql, dealIds: readonly string[], touched: Touched): void {
  const gone = dealIds.map((dealId) => ({ entity: "dealProducts" as const, dealId, rows: [] }));
  applyDealProducts(sql, gone, touched);
}

function touchClientOfDeal(sql: Sql, dealId: string, touched: Touched): void {
  const deal = sql.get<{ client_key: string | null }>(
    "select client_key from deal where id = ?",
    dealId,
  );
  if (deal?.client_key) touched.clients.add(deal.client_key);
}

/** Who buys by the rule that holds now, for deals or leads that are stored. */
export function chooseBuyers(
  sql: Sql,
  table: "deal" | "lead",
  ids: readonly string[],
  rule: ClientRule,
  touched: Touched,
): void {
  const rows = sql.all<{
    id: string;
    client_key: string | null;
    company_id: string | null;
    contact_id: string | null;
  }>(
    `select id, client_key, company_id, json_extract(contact_ids, '$[0]') as contact_id from ${table}
     where id in (select value from json_each(?))`,
    JSON.stringify(ids),
  );
  for (const row of rows) {
    const key = buyerKey(row.company_id, row.contact_id, rule);
    if (key === row.client_key) continue;
    sql.run(`update ${table} set client_key = ? where id = ?`, key, row.id);
    for (const one of [row.client_key, key]) if (one !== null) touched.clients.add(one);
  }
}
