import { z } from "zod";
import { AppError } from "../crm/error.ts";
import type { WriteKind } from "../crm/host-writes.ts";
import type { Instant } from "../crm/ports.ts";
import type { ClientRef } from "../crm/records.ts";
import type { Sql, SqlReader } from "./sql.ts";

export type ActionState =
  | "new"
  | "sending"
  | "uncertain"
  | "done"
  | "failed"
  | "dead"
  | "deferred"
  | "cancelled";

export type ActionKind = WriteKind | "undo";

export interface ActionRow {
  readonly key: string;
  readonly run_id: string;
  readonly playbook: string;
  readonly client_key: string;
  readonly kind: ActionKind;
  readonly payload: string;
  readonly state: ActionState;
  readonly attempts: number;
  readonly next_at: Instant;
  readonly attempt_at: Instant | null;
  readonly host_id: string | null;
  readonly last_code: string | null;
  readonly responsible_id: string | null;
  readonly budget_day: number | null;
  readonly value_minor: number;
  readonly created_at: Instant;
  readonly done_at: Instant | null;
}

const client = z.object({ kind: z.enum(["company", "contact"]), id: z.string() });

const markPayload = z.object({
  client,
  before: z.array(z.string()),
  tags: z.array(z.string()),
  labels: z.record(z.string(), z.string()),
});

const taskPayload = z.object({
  client,
  dealId: z.string().nullable(),
  responsibleId: z.string(),
  title: z.string(),
  text: z.string(),
  due: z.int(),
  kind: z.enum(["call", "task"]).default("call"),
});

export type MarkPayload = z.infer<typeof markPayload>;
export type TaskPayload = z.infer<typeof taskPayload>;

export function readMarkPayload(row: Pick<ActionRow, "payload">): MarkPayload {
  return markPayload.parse(JSON.parse(row.payload));
}

export function readTaskPayload(row: Pick<ActionRow, "payload">): TaskPayload {
  return taskPayload.parse(JSON.parse(row.payload));
}

/** `company:412` as kind and id. Throws AppError `internal` for a key that is not ours. */
export function parseClientKey(key: string): ClientRef {
  const at = key.indexOf(":");
  const kind = key.slice(0, at);
  if (kind !== "company" && kind !== "contact") throw new AppError("internal");
  return { kind, id: key.slice(at + 1) };
}

export interface NewAction {
  readonly key: string;
  readonly runId: string;
  readonly playbook: string;
  readonly clientKey: string;
  readonly kind: ActionKind;
  readonly payload: object;
  readonly responsibleId: string | null;
  readonly valueMinor: number;
}

/** The intent. A key that is there already is left as it is. */
export function addAction(sql: Sql, action: NewAction, now: Instant): void {
  sql.run(
    `insert into action (key, run_id, playbook, client_key, kind, payload, state, attempts, next_at,
       responsible_id, value_minor, created_at)
     values (?, ?, ?, ?, ?, ?, 'new', 0, ?, ?, ?, ?) on conflict (key) do nothing`,
    action.key,
    action.runId,
    action.playbook,
    action.clientKey,
    action.kind,
    JSON.stringify(action.payload),
    Math.round(now),
    action.responsibleId,
    action.valueMinor,
    Math.round(now),
  );
}

const WAITING = "'new', 'deferred', 'uncertain'";

/** The next action to take up: due, best value first; what may already have been carried out before what has not. */
export function nextAction(sql: SqlReader, now: Instant): ActionRow | undefined {
  return sql.get<ActionRow>(
    `select * from action where state in (${WAITING}) and next_at <= ?
     order by state = 'uncertain' desc, value_minor desc, created_at, key limit 1`,
    now,
  );
}

/** Marks that are due and have not been tried, in the order of `nextAction`; one a client. */
export function nextMarks(sql: SqlReader, now: Instant, limit: number): readonly ActionRow[] {
  const rows = sql.all<ActionRow>(
    `select * from action where kind = 'mark' and state in ('new', 'deferred') and attempts = 0
     and next_at <= ? order by value_minor desc, created_at, key limit ?`,
    now,
    limit,
  );
  const first = new Map<string, ActionRow>();
  for (const row of rows) if (!first.has(row.client_key)) first.set(row.client_key, row);
  return [...first.values()];
}

/** Earliest instant at which an action is due; null = nothing waits. */
export function nextActionAt(sql: SqlReader): Instant | null {
  return (
    sql.get<{ at: Instant | null }>(
      `select min(next_at) as at from action where state in (${WAITING})`,
    )?.at ?? null
  );
}

/** Tasks that use a person's budget of a day; those whose fate is unknown may land today, whatever day they began. */
export function tasksUsed(sql: SqlReader, responsibleId: string, day: number): number {
  return (
    sql.get<{ n: number }>(
      `select count(*) as n from action where kind = 'task' and responsible_id = ?
       and (budget_day = ? or state in ('sending', 'uncertain'))`,
      responsibleId,
      day,
    )?.n ?? 0
  );
}

/** Before anything leaves: the attempt is on disk. */
export function beginAttempt(
  sql: Sql,
  row: ActionRow,
  attempt: { now: Instant; budgetDay: number | null; payload: string },
): void {
  sql.run(
    `update action set state = 'sending', attempts = attempts + 1, attempt_at = ?, budget_day = ?, payload = ?
     where key = ?`,
    Math.round(attempt.now),
    attempt.budgetDay,
    attempt.payload,
    row.key,
  );
}

export interface Done {
  readonly now: Instant;
  readonly hostId: string | null;
  readonly before: readonly string[];
  readonly after: readonly string[];
}

/** The end of an action and its line in the log of everything written, together. */
export function finishAction(sql: Sql, row: ActionRow, done: Done): void {
  sql.transaction(() => {
    sql.run(
      "update action set state = 'done', host_id = ?, last_code = null, done_at = ? where key = ?",
      done.hostId,
      Math.round(done.now),
      row.key,
    );
    sql.run(
      `insert into write_log (at, action_key, client_key, kind, before, after, approved_by)
       values (?, ?, ?, ?, ?, ?, (select approved_by from run where id = ?))`,
      Math.round(done.now),
      row.key,
      row.client_key,
      row.kind,
      JSON.stringify(done.before),
      JSON.stringify(done.after),
      row.run_id,
    );
  });
}

/** An action that will not be sent (any more) gives its place in the day's budget back. */
export function endAction(
  sql: Sql,
  row: ActionRow,
  end: { state: "failed" | "cancelled"; code: string; now: Instant },
): void {
  sql.run(
    "update action set state = ?, last_code = ?, done_at = ?, budget_day = null where key = ?",
    end.state,
    end.code,
    Math.round(end.now),
    row.key,
  );
}

/** A dead action keeps its place in the budget: nobody knows whether it was carried out. */
export function buryAction(sql: Sql, row: ActionRow, code: string, now: Instant): void {
  sql.run(
    "update action set state = 'dead', last_code = ?, done_at = ? where key = ?",
    code,
    Math.round(now),
    row.key,
  );
}

export function postponeAction(
  sql: Sql,
  row: ActionRow,
  wait: { state: ActionState; nextAt: Instant; code: string; attempts?: number },
): void {
  sql.run(
    "update action set state = ?, next_at = ?, last_code = ?, attempts = ? where key = ?",
    wait.state,
    Math.round(wait.nextAt),
    wait.code,
    wait.attempts ?? row.attempts,
    row.key,
  );
}
