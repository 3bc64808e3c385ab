import type { Instant } from "../crm/ports.ts";
import type { ScanEntity } from "../crm/records.ts";
import type { Sql, SqlReader } from "./sql.ts";

export type ScanJob = "prepare" | "first" | "poll" | "ids" | "queue" | "purchases";

/** One pass of a job over an entity, resumable at its cursor. `waiting` rows begin a new pass at `next_at`. */
export interface ScanRow {
  readonly job: ScanJob;
  readonly entity: ScanEntity | "portal";
  readonly state: "waiting" | "running" | "done";
  readonly cursor: string | null;
  readonly done: number;
  readonly total: number | null;
  readonly start_seq: number | null;
  readonly window_from_at: Instant | null;
  readonly watermark_at: Instant | null;
  readonly host_now_at: Instant | null;
  readonly started_at: Instant | null;
  readonly finished_at: Instant | null;
  readonly next_at: Instant;
  readonly attempts: number;
  readonly last_code: string | null;
}

/** Order of the first sync: dictionaries, clients, deals, and what hangs on them. */
const FIRST_SYNC_ORDER: readonly ScanEntity[] = [
  "user",
  "pipeline",
  "label",
  "rate",
  "company",
  "contact",
  "deal",
  "lead",
  "dealProducts",
  "stageEntry",
  "payment",
  "activity",
];

/** What this host can read, in the order of the first sync. */
export function readEntities({ reads }: { readonly reads: readonly ScanEntity[] }): ScanEntity[] {
  return FIRST_SYNC_ORDER.filter((entity) => reads.includes(entity));
}

/** Place of an entity in the order of the first sync. */
export function syncPlace(entity: string): number {
  return (FIRST_SYNC_ORDER as readonly string[]).indexOf(entity);
}

export function readScan(sql: SqlReader, job: ScanJob, entity: string): ScanRow | undefined {
  return sql.get<ScanRow>("select * from scan where job = ? and entity = ?", job, entity);
}

/** Rows that are not finished for good. */
export function openScans(sql: SqlReader): ScanRow[] {
  return sql.all<ScanRow>("select * from scan where state <> 'done'");
}

/**
 * Product rows are read in one pass that runs behind the one over deals; from then on those of every deal that has
 * changed. `known`: the pass still comes to deals that are new. `none` where the host has no product rows, or before it.
 */
export function followedProducts(sql: SqlReader): "all" | "known" | "none" {
  const row = readScan(sql, "first", "dealProducts");
  if (row === undefined || row.state === "waiting") return "none";
  return row.state === "done" ? "all" : "known";
}

/** Plans a pass, or brings a planned one forward. */
export function planScan(
  sql: Sql,
  job: ScanJob,
  entity: ScanRow["entity"],
  plan: { readonly nextAt: Instant; readonly watermarkAt?: Instant },
): void {
  const added = sql.get(
    `insert into scan (job, entity, state, done, watermark_at, next_at, attempts)
     values (?, ?, 'waiting', 0, ?, ?, 0) on conflict (job, entity) do nothing returning job`,
    job,
    entity,
    plan.watermarkAt ?? null,
    Math.round(plan.nextAt),
  );
  if (!added) hastenScan(sql, job, entity, plan.nextAt);
}

/**
 * Brings a planned pass forward. One that runs already may be past the change: another follows when it ends, remembered in
 * its `finished_at`. Nothing happens when the job is not planned at all.
 */
export function hastenScan(sql: Sql, job: ScanJob, entity: string | null, at: Instant): void {
  const due = Math.round(at);
  sql.run(
    `update scan set attempts = 0,
       next_at = min(next_at, ?),
       finished_at = case when state = 'running' then ? else finished_at end
     where job = ? and state <> 'done' and (? is null or entity = ?)`,
    due,
    due,
    job,
    entity,
    entity,
  );
}

/** The next polls read everything, not what has changed since; the set-up and the search of what vanished are due too. */
export function planAgain(sql: Sql, now: Instant): void {
  sql.run(
    `update scan set state = 'waiting', cursor = null, watermark_at = null, next_at = ?, attempts = 0
     where job = 'poll' and state <> 'done'`,
    Math.round(now),
  );
  hastenScan(sql, "prepare", null, now);
  hastenScan(sql, "ids", null, now);
}

export function beginScan(
  sql: Sql,
  row: ScanRow,
  pass: { startSeq: number; windowFromAt: Instant | null; now: Instant },
): void {
  sql.run(
    `update scan set state = 'running', cursor = null, done = 0, total = null, start_seq = ?,
       window_from_at = ?, host_now_at = null, started_at = ?, finished_at = null
     where job = ? and entity = ?`,
    pass.startSeq,
    pass.windowFromAt,
    pass.now,
    row.job,
    row.entity,
  );
}

export interface SliceProgress {
  readonly cursor: string | null;
  readonly records: number;
  readonly total: number | null;
  readonly hostNow: Instant | null;
  readonly now: Instant;
}

/** The first slice's host clock counts: whatever changes later is found by the next pass. */
export function advanceScan(sql: Sql, row: ScanRow, slice: SliceProgress): void {
  sql.run(
    `update scan set cursor = ?, done = done + ?, total = coalesce(?, total),
       host_now_at = coalesce(host_now_at, ?), next_at = ?, attempts = 0, last_code = null
     where job = ? and entity = ?`,
    slice.cursor,
    slice.records,
    slice.total,
    slice.hostNow,
    slice.now,
    row.job,
    row.entity,
  );
}

/** Ends a pass: for good, or until `nextAt`. */
export function finishScan(
  sql: Sql,
  row: Pick<ScanRow, "job" | "entity">,
  end: { now: Instant; nextAt: Instant | null },
): void {
  const nextAt = Math.round(end.nextAt ?? end.now);
  sql.run(
    `update scan set state = ?, cursor = null, finished_at = ?, attempts = 0,
       next_at = case when state = 'running' then min(?, coalesce(finished_at, ?)) else ? end,
       last_code = null, watermark_at = coalesce(host_now_at, started_at)
     where job = ? and entity = ?`,
    end.nextAt === null ? "done" : "waiting",
    end.now,
    nextAt,
    nextAt,
    nextAt,
    row.job,
    row.entity,
  );
}

export function failScan(
  sql: Sql,
  row: Pick<ScanRow, "job" | "entity">,
  failure: { nextAt: Instant; code: string; countsAsAttempt: boolean },
): void {
  sql.run(
    "update scan set next_at = ?, last_code = ?, attempts = attempts + ? where job = ? and entity = ?",
    Math.round(failure.nextAt),
    failure.code,
    Number(failure.countsAsAttempt),
    row.job,
    row.entity,
  );
}
