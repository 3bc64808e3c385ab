import type { Instant } from "../crm/ports.ts";
import { nextSeq } from "./portal-row.ts";
import type { Sql, SqlReader } from "./sql.ts";

/** Entities that are read again by id, and whose records can vanish. */
export type VanishingEntity =
  | "company"
  | "contact"
  | "deal"
  | "activity"
  | "payment"
  | "lead"
  /** Asked for by their deal's id. */
  | "dealProducts"
  | "dealPayments";

/** After so many answers that make no sense for it, a row is dead: visible, kept, not tried again until a new hint. */
export const MAX_ATTEMPTS = 8;
const BATCH_IDS = 250;

export interface DirtyMark {
  readonly entity: VanishingEntity;
  readonly id: string;
  readonly at: Instant;
  readonly dueAt: Instant;
  readonly isDeletion?: boolean;
  /** One sequence number may serve a whole delivery. */
  readonly seq?: number;
}

export interface DirtyRow {
  readonly entity: VanishingEntity;
  readonly id: string;
  readonly attempts: number;
  readonly seq: number;
  /** The host has said that it is gone. */
  readonly is_deletion: number;
}

/** To be read again. A row that waits keeps its instant; a new `seq` tells a running fetch that it came too early. */
export function markDirty(sql: Sql, mark: DirtyMark): void {
  sql.run(
    `insert into dirty (entity, id, is_deletion, hinted_at, next_at, attempts, seq, last_code)
     values (?, ?, ?, ?, ?, 0, ?, null)
     on conflict (entity, id) do update set is_deletion = excluded.is_deletion, seq = excluded.seq,
       next_at = case when dirty.attempts = 0 then min(dirty.next_at, excluded.next_at) else excluded.next_at end,
       attempts = 0, last_code = null`,
    mark.entity,
    mark.id,
    Number(mark.isDeletion ?? false),
    mark.at,
    Math.round(mark.dueAt),
    mark.seq ?? nextSeq(sql),
  );
}

/**
 * The next rows of one entity to ask for at once. Rows that have failed are asked for in ever smaller groups, until the
 * one that spoils the answer stands alone.
 */
export function nextBatch(
  sql: SqlReader,
  entity: VanishingEntity,
  now: Instant,
): readonly DirtyRow[] {
  const first = sql.get<{ attempts: number }>(
    `select attempts from dirty where entity = ? and next_at <= ? and attempts < ?
     order by next_at, id limit 1`,
    entity,
    now,
    MAX_ATTEMPTS,
  );
  if (!first) return [];
  return sql.all<DirtyRow>(
    `select entity, id, attempts, seq, is_deletion from dirty
     where entity = ? and next_at <= ? and attempts = ? order by next_at, id limit ?`,
    entity,
    now,
    first.attempts,
    Math.max(1, BATCH_IDS >> (2 * first.attempts)),
  );
}

/** Earliest instant at which each entity has something to read. */
export function dirtySchedule(
  sql: SqlReader,
): readonly { readonly entity: VanishingEntity; readonly next_at: Instant }[] {
  return sql.all(
    "select entity, min(next_at) as next_at from dirty where attempts < ? group by entity",
    MAX_ATTEMPTS,
  );
}

/** Rows that were hinted at again during the fetch stay. */
export function settle(sql: Sql, rows: readonly DirtyRow[]): void {
  for (const { entity, id, seq } of rows) {
    sql.run("delete from dirty where entity = ? and id = ? and seq = ?", entity, id, seq);
  }
}

/** A record that cannot be stored: kept as a dead row, so that it is visible. */
export function markDead(
  sql: Sql,
  entity: VanishingEntity,
  id: string,
  reason: { at: Instant; code: string },
): void {
  markDirty(sql, { entity, id, at: reason.at, dueAt: reason.at });
  sql.run(
    "update dirty set attempts = ?, last_code = ? where entity = ? and id = ?",
    MAX_ATTEMPTS,
    reason.code,
    entity,
    id,
  );
}

/** Puts rows off; those hinted at meanwhile keep their new instant. */
export function putOff(
  sql: Sql,
  rows: readonly DirtyRow[],
  reason: { nextAt: Instant; code: string; countsAsAttempt: boolean },
): void {
  for (const { entity, id, seq } of rows) {
    sql.run(
      `update dirty set next_at = ?, last_code = ?, attempts = attempts + ?
       where entity = ? and id = ? and seq = ?`,
      Math.round(reason.nextAt),
      reason.code,
      Number(reason.countsAsAttempt),
      entity,
      id,
      seq,
    );
  }
}
