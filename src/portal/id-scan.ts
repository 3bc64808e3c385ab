import type { Instant } from "../crm/ports.ts";
import { markDirty, type VanishingEntity } from "./dirty.ts";
import { nextSeq, readCounter, readPortal, readWarnings } from "./portal-row.ts";
import type { ScanRow } from "./scans.ts";
import type { Sql, SqlReader, SqlValue } from "./sql.ts";

/** Lost permissions look exactly like deletions: more than this at once is held until it stops looking like that. */
const MASS_CHANGE_SHARE = 0.1;
const MASS_CHANGE_COUNT = 100;

export const MASS_CHANGE_HOLD = "mass_change_hold";
/** Counters of vanished records that are held, by entity. */
const HOLD = "hold:";

export const ID_SCAN_ENTITIES = [
  "company",
  "contact",
  "deal",
  "payment",
  "lead",
] as const satisfies VanishingEntity[];
type IdScanEntity = (typeof ID_SCAN_ENTITIES)[number];

/** So few are believed at once, however small the portal is. */
const FEW = 10;

/**
 * So many of this kind that nobody has called deleted that the search of what vanished should judge: it sees how large a
 * part of everything they are. False for what it does not go over.
 */
export function isForSearch(sql: SqlReader, entity: VanishingEntity, count: number): boolean {
  const searched = ID_SCAN_ENTITIES.find((one) => one === entity);
  if (!searched || count <= FEW) return false;
  if (count > MASS_CHANGE_COUNT) return true;
  return count > mirrorIds(sql, searched, "is_deleted = 0").size * MASS_CHANGE_SHARE;
}

export function forgetSeen(sql: Sql, entity: string): void {
  sql.run("delete from seen_id where entity = ?", entity);
}

export function addSeen(sql: Sql, entity: string, ids: readonly string[]): void {
  sql.run(
    `insert into seen_id (entity, id) select ?, value from json_each(?) where true
     on conflict (entity, id) do nothing`,
    entity,
    JSON.stringify(ids),
  );
}

export interface IdScanResult {
  readonly vanished: number;
  readonly unknown: number;
  readonly isHeld: boolean;
}

/**
 * Compares the ids of a whole pass with the mirror. What vanished is asked for once more by id before it is buried, since
 * rows can slip past a reader that pages; what the mirror does not know is read. Belongs into a transaction.
 */
export function compareIds(sql: Sql, row: ScanRow, now: Instant): IdScanResult {
  const entity = row.entity as IdScanEntity;
  const alive = mirrorIds(sql, entity, "is_deleted = 0");
  const seen = new Set(
    sql.all<{ id: string }>("select id from seen_id where entity = ?", entity).map(({ id }) => id),
  );
  const unknown = [...seen].filter((id) => !alive.has(id));
  const startSeq = row.start_seq ?? 0;
  // Read after the pass began: it was there, however the pass missed it.
  const vanished = [...alive].filter(([id, readSeq]) => !seen.has(id) && readSeq < startSeq);
  const isHeld =
    vanished.length > MASS_CHANGE_COUNT && vanished.length > alive.size * MASS_CHANGE_SHARE;
  setHold(sql, entity, isHeld ? vanished.length : 0);
  forgetSeen(sql, entity);
  const seq = nextSeq(sql);
  const mark = (id: string, isDeletion: boolean) =>
    markDirty(sql, { entity, id, at: now, dueAt: now, isDeletion, seq });
  for (const id of unknown) mark(id, false);
  if (!isHeld) for (const [id] of vanished) mark(id, true);
  return { vanished: vanished.length, unknown: unknown.length, isHeld };
}

/** Holds are remembered by entity, and shown with the portal's other warnings. */
function setHold(sql: Sql, entity: string, count: number): void {
  sql.run(
    `insert into counter (name, value) values (?, ?)
     on conflict (name) do update set value = excluded.value`,
    `${HOLD}${entity}`,
    count,
  );
  const portal = readPortal(sql);
  if (portal) storeWarnings(sql, readWarnings(portal));
}

/** Replaces the portal's warnings; whether something is held is known here. */
export function storeWarnings(sql: Sql, warnings: readonly string[]): void {
  const others = warnings.filter((code) => code !== MASS_CHANGE_HOLD);
  const isHeld = ID_SCAN_ENTITIES.some((entity) => readCounter(sql, `${HOLD}${entity}`) > 0);
  sql.run(
    "update portal set warnings = ?",
    JSON.stringify(isHeld ? [...others, MASS_CHANGE_HOLD] : others),
  );
}

/** Payments that are read deal by deal are in no list. */
function listedOnly(entity: IdScanEntity): string {
  return entity === "payment" ? " and kind <> 'payment'" : "";
}

function mirrorIds(sql: SqlReader, entity: IdScanEntity, where: string): Map<string, number> {
  const [query, args]: [string, SqlValue[]] =
    entity === "company" || entity === "contact"
      ? [`select id, read_seq from client where kind = ? and ${where}`, [entity]]
      : [`select id, read_seq from ${entity} where ${where}${listedOnly(entity)}`, []];
  const rows = sql.all<{ id: string; read_seq: number }>(query, ...args);
  return new Map(rows.map(({ id, read_seq }) => [id, read_seq]));
}
