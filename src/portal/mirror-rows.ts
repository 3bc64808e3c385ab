import {
  type ActivityRecord,
  type ClientRecord,
  clientKey,
  type DealRecord,
  type StageEntryRecord,
} from "../crm/records.ts";
import type { ClientRule } from "../crm/settings.ts";
import type { Sql, SqlReader, SqlValue } from "./sql.ts";

/** Rows of the mirror as stored; a record of the host becomes one here and nowhere else. */

export interface DealRow {
  readonly id: string;
  readonly pipeline_id: string;
  readonly stage_id: string;
  readonly outcome: string;
  readonly amount_minor: number | null;
  readonly currency: string | null;
  readonly company_id: string | null;
  readonly contact_id: string | null;
  readonly contact_ids: string;
  readonly client_key: string | null;
  readonly responsible_id: string | null;
  readonly created_at: number;
  readonly updated_at: number;
  readonly closed_at: number | null;
  readonly close_day: string | null;
  readonly source_id: string | null;
  readonly utm: string | null;
  readonly loss_reason_id: string | null;
  readonly is_template: number;
  readonly is_deleted: number;
  readonly read_seq: number;
}

export interface ClientRow {
  readonly key: string;
  readonly kind: string;
  readonly id: string;
  readonly company_id: string | null;
  readonly responsible_id: string | null;
  readonly created_at: number;
  readonly updated_at: number;
  readonly source_id: string | null;
  readonly is_own: number;
  readonly our_tags: string;
  readonly is_deleted: number;
  readonly merged_into: string | null;
  readonly read_seq: number;
}

export interface ActivityRow {
  readonly id: string;
  readonly kind: string;
  readonly direction: string | null;
  readonly at: number;
  readonly is_done: number;
  readonly deal_id: string | null;
  readonly client_key: string | null;
  readonly updated_at: number;
}

export interface StageEntryRow {
  readonly id: string;
  readonly deal_id: string;
  readonly pipeline_id: string;
  readonly stage_id: string;
  readonly outcome: string;
  readonly entered_at: number;
}

export function toDealRow(record: DealRecord, rule: ClientRule, readSeq: number): DealRow {
  const contactId = record.contactIds[0] ?? null;
  return {
    id: record.id,
    pipeline_id: record.pipelineId,
    stage_id: record.stageId,
    outcome: record.outcome,
    amount_minor: record.amountMinor,
    currency: record.currency,
    company_id: record.companyId,
    contact_id: contactId,
    contact_ids: JSON.stringify(record.contactIds),
    client_key: buyerKey(record.companyId, contactId, rule),
    responsible_id: record.responsibleId,
    created_at: record.createdAt,
    updated_at: record.updatedAt,
    closed_at: record.closedAt,
    close_day: record.closeDay,
    source_id: record.sourceId,
    utm: record.utm ? JSON.stringify(record.utm) : null,
    loss_reason_id: record.lossReasonId,
    is_template: Number(record.isTemplate),
    is_deleted: 0,
    read_seq: readSeq,
  };
}

/** Who buys by the portal's setting; null = the deal has no such client. */
export function buyerKey(
  companyId: string | null,
  contactId: string | null,
  rule: ClientRule,
): string | null {
  const company = companyId === null ? null : clientKey({ kind: "company", id: companyId });
  const contact = contactId === null ? null : clientKey({ kind: "contact", id: contactId });
  switch (rule) {
    case "company_first":
      return company ?? contact;
    case "company":
      return company;
    case "contact":
      return contact;
  }
}

export function toClientRow(
  record: ClientRecord,
  known: ClientRow | undefined,
  readSeq: number,
): ClientRow {
  return {
    key: clientKey(record),
    kind: record.kind,
    id: record.id,
    company_id: record.companyId,
    responsible_id: record.responsibleId,
    created_at: record.createdAt,
    updated_at: record.updatedAt,
    source_id: record.sourceId,
    is_own: Number(record.isOwn),
    our_tags: JSON.stringify(record.ourTags),
    is_deleted: 0,
    // A client that is back was not merged away.
    merged_into: known?.is_deleted === 0 ? known.merged_into : null,
    read_seq: readSeq,
  };
}

export function toActivityRow(record: ActivityRecord): ActivityRow {
  return {
    id: record.id,
    kind: record.kind,
    direction: record.direction,
    at: record.at,
    is_done: Number(record.isDone),
    deal_id: record.dealId,
    client_key: record.client ? clientKey(record.client) : null,
    updated_at: record.updatedAt,
  };
}

export function toStageEntryRow(record: StageEntryRecord): StageEntryRow {
  return {
    id: record.id,
    deal_id: record.dealId,
    pipeline_id: record.pipelineId,
    stage_id: record.stageId,
    outcome: record.outcome,
    entered_at: record.enteredAt,
  };
}

/** Rows by key. `table` and `key` are names of ours, never data. */
export function rowsByKey<T extends object>(
  sql: SqlReader,
  table: string,
  key: string,
  keys: readonly string[],
): Map<string, T> {
  const rows = sql.all<T>(
    `select * from ${table} where ${key} in (select value from json_each(?))`,
    JSON.stringify(keys),
  );
  return new Map(rows.map((row) => [String(Reflect.get(row, key)), row]));
}

/** Inserts the row or replaces the one with the same key. `table` and `key` are names of ours, never data. */
export function putRow(sql: Sql, table: string, key: string, row: object): void {
  const names = Object.keys(row);
  const sets = names.filter((name) => name !== key).map((name) => `${name} = excluded.${name}`);
  sql.run(
    `insert into ${table} (${names.join(", ")}) values (${names.map(() => "?").join(", ")})
     on conflict (${key}) do update set ${sets.join(", ")}`,
    ...(Object.values(row) as SqlValue[]),
  );
}

export function isSameRow(one: object, other: object, except?: string): boolean {
  return Object.entries(one).every(
    ([name, value]) => name === except || Reflect.get(other, name) === value,
  );
}

/**
 * A fetch may replace what an earlier fetch stored, never with an older version of the record. A tombstone yields only to a
 * fetch that began after the one that missed the record.
 */
export function mayReplace(known: Version | undefined, fresh: Version): boolean {
  if (!known) return true;
  if (fresh.updated_at < known.updated_at) return false;
  const isLaterFetch = fresh.read_seq >= known.read_seq;
  return isLaterFetch || (known.is_deleted === 0 && fresh.updated_at > known.updated_at);
}

type Version = Pick<DealRow, "updated_at" | "read_seq" | "is_deleted">;
