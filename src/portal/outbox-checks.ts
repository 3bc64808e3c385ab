import type { Instant } from "../crm/ports.ts";
import { addBusinessDays } from "../playbooks/business-days.ts";
import { findPlaybook } from "../playbooks/catalogue.ts";
import { matches } from "../playbooks/evaluate.ts";
import type { ClientState } from "../playbooks/rule.ts";
import { type ActionRow, type TaskPayload, tasksUsed } from "./action-store.ts";
import { openTasks } from "./open-tasks.ts";
import type { SqlReader } from "./sql.ts";
import type { Zone } from "./zone.ts";

/** End of the working day for what is due on a day. */
const DUE_HOUR_MS = 18 * 3_600_000;
/** A person gets at least so many business days from the day the task appears. */
const LATE_TASK_BUSINESS_DAYS = 2;

export function dueInstant(zone: Zone, day: number): Instant {
  return zone.startOf(day) + DUE_HOUR_MS;
}

export function isClientGone(sql: SqlReader, clientKey: string): boolean {
  const row = sql.get<{ is_deleted: number }>(
    "select is_deleted from client where key = ?",
    clientKey,
  );
  return row?.is_deleted === 1;
}

/** Why a task that was approved should not be created any more; null = go on. */
export function taskObstacle(sql: SqlReader, row: ActionRow, now: Instant): string | null {
  if (isClientGone(sql, row.client_key)) return "client_gone";
  const rule = findPlaybook(row.playbook);
  const state = sql.get<ClientState>(
    "select lifecycle, segment, band from insight where client_key = ?",
    row.client_key,
  );
  if (rule && !(state && matches(rule, state))) return "condition_left";
  const others = openTasks(sql, [row.client_key], now).filter((task) => task.key !== row.key);
  if (others.length > 0) return "open_task";
  const user = sql.get<{ is_active: number }>(
    "select is_active from user where id = ?",
    row.responsible_id,
  );
  return user?.is_active === 0 ? "responsible_inactive" : null;
}

/** Is there room for one more task of this person today? A row that has its place of today already does not ask again. */
export function fitsBudget(sql: SqlReader, row: ActionRow, day: number, perDay: number): boolean {
  if (row.budget_day === day) return true;
  const own = row.state === "uncertain" ? 1 : 0;
  return tasksUsed(sql, row.responsible_id ?? "", day) - own < perDay;
}

/** A task that has waited for its turn is not born late. */
export function withFreshDue(payload: TaskPayload, zone: Zone, now: Instant): TaskPayload {
  const today = zone.dayOf(now);
  if (zone.dayOf(payload.due) > today) return payload;
  return { ...payload, due: dueInstant(zone, addBusinessDays(today, LATE_TASK_BUSINESS_DAYS)) };
}
