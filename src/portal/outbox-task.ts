import type { HostTasks, TaskDraft } from "../crm/host.ts";
import {
  type ActionRow,
  beginAttempt,
  buryAction,
  endAction,
  finishAction,
  postponeAction,
  readTaskPayload,
  type TaskPayload,
} from "./action-store.ts";
import { backoffMs } from "./backoff.ts";
import { fitsBudget, taskObstacle, withFreshDue } from "./outbox-checks.ts";
import { type Handled, MAX_ROUNDS, type OutboxContext } from "./outbox-context.ts";
import { judgeFailure } from "./outbox-failure.ts";
import { readPortal } from "./portal-row.ts";
import { makeZone } from "./zone.ts";

/** Searches that fail are repeated slowly: each may walk through many tasks. */
const FIRST_SEARCH_BACKOFF = 4;

/** After the fence: found = done, absent = it was never carried out and is sent again, at most five times in all. */
export async function searchTask(context: OutboxContext, row: ActionRow): Promise<Handled> {
  const { sql, host, link, clock, log } = context;
  if (!host.tasks) return cancel(context, row, "not_supported");
  const left = fenceLeft(context, row);
  if (left > 0) {
    postponeAction(sql, row, {
      state: "uncertain",
      nextAt: clock.now() + left,
      code: row.last_code ?? "fence",
    });
    return "next";
  }
  let found: Awaited<ReturnType<HostTasks["find"]>>;
  try {
    found = await host.tasks.find(link, draftOf(row, readTaskPayload(row)), row.created_at);
  } catch (cause) {
    return searchFailed(context, row, cause);
  }
  if (found) {
    log.info("outbox.found", { attempts: row.attempts });
    finish(context, row, found.taskId);
    return "next";
  }
  if (row.attempts >= MAX_ROUNDS) {
    log.error("outbox.dead", { attempts: row.attempts, code: row.last_code });
    buryAction(sql, row, row.last_code ?? "rounds", clock.now());
    return "next";
  }
  return sendTask(context, row);
}

/** Only for rows of which it is certain that they have not been carried out. */
export async function sendTask(context: OutboxContext, row: ActionRow): Promise<Handled> {
  const { sql, host, link, clock, policy, log } = context;
  if (!host.tasks) return cancel(context, row, "not_supported");
  const now = clock.now();
  const obstacle = taskObstacle(sql, row, now);
  if (obstacle !== null) return cancel(context, row, obstacle);
  const zone = makeZone(readPortal(sql)?.time_zone ?? "UTC");
  const today = zone.dayOf(now);
  if (!fitsBudget(sql, row, today, policy.tasksPerPersonPerDay)) {
    const nextAt = zone.startOf(today + 1);
    postponeAction(sql, row, { state: "deferred", nextAt, code: "over_budget" });
    return "next";
  }
  const payload = withFreshDue(readTaskPayload(row), zone, now);
  beginAttempt(sql, row, { now, budgetDay: today, payload: JSON.stringify(payload) });
  let taskId: string;
  try {
    ({ taskId } = await host.tasks.create(link, draftOf(row, payload)));
  } catch (cause) {
    return sendFailed(context, row, cause);
  }
  finish(context, row, taskId);
  log.info("outbox.task_created", { attempts: row.attempts + 1 });
  return "next";
}

function draftOf(row: ActionRow, payload: TaskPayload): TaskDraft {
  return { actionKey: row.key, ...payload };
}

/** The end of a write that has made something; `id` = what the host calls it. */
export function finish(
  { sql, clock, endedAt }: OutboxContext,
  row: ActionRow,
  id: string | null,
): void {
  const after = id === null ? [] : [id];
  finishAction(sql, row, { now: clock.now(), hostId: id, before: [], after });
  endedAt.delete(row.key);
}

function cancel({ sql, clock, endedAt }: OutboxContext, row: ActionRow, code: string): Handled {
  endAction(sql, row, { state: "cancelled", code, now: clock.now() });
  endedAt.delete(row.key);
  return "next";
}

/** Milliseconds of the fence that the monotonic clock still wants, whatever the wall clock says. */
export function fenceLeft({ clock, endedAt, fenceMs }: OutboxContext, row: ActionRow): number {
  const ended = endedAt.get(row.key);
  return ended === undefined ? 0 : Math.max(0, ended + fenceMs - clock.monotonic());
}

/** What follows a failed creation: refused, not sent at all, or nobody knows. */
export function sendFailed(context: OutboxContext, row: ActionRow, cause: unknown): Handled {
  const { sql, clock, log, endedAt, fenceMs } = context;
  const { kind, code, retryAfterMs, isUnsent } = judgeFailure(cause);
  const now = clock.now();
  log.warn("outbox.task_failed", { code, kind, attempts: row.attempts + 1 });
  if (kind === "refused") {
    endAction(sql, row, { state: "failed", code, now });
    endedAt.delete(row.key);
    return "next";
  }
  if (isUnsent) {
    const nextAt = now + (retryAfterMs ?? fenceMs);
    postponeAction(sql, row, { state: "new", nextAt, code, attempts: row.attempts });
    return "stop";
  }
  // From now, not from the attempt: the request may have waited for the limiter before it left.
  endedAt.set(row.key, clock.monotonic());
  postponeAction(sql, row, {
    state: "uncertain",
    nextAt: now + Math.max(fenceMs, retryAfterMs ?? 0),
    code,
    attempts: kind === "road" ? row.attempts : row.attempts + 1,
  });
  return kind === "road" ? "stop" : "next";
}

/** A search that failed is repeated slowly; one that the host refuses leaves the action for a person. */
export function searchFailed(context: OutboxContext, row: ActionRow, cause: unknown): Handled {
  const { sql, clock, random, log } = context;
  const { kind, code, retryAfterMs } = judgeFailure(cause);
  const now = clock.now();
  log.warn("outbox.search_failed", { code, kind });
  if (kind === "refused") {
    buryAction(sql, row, code, now);
    return "next";
  }
  const waitMs = retryAfterMs ?? backoffMs(row.attempts + FIRST_SEARCH_BACKOFF, random);
  postponeAction(sql, row, { state: "uncertain", nextAt: now + waitMs, code });
  return kind === "road" ? "stop" : "next";
}
