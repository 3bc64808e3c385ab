import type { Instant } from "../crm/ports.ts";
import type { SqlReader } from "./sql.ts";

/** A task that the mirror does not know (deleted, or never read) counts as open for so long. */
export const UNSEEN_TASK_MS = 60 * 86_400_000;

export interface OurTask {
  readonly key: string;
  readonly client_key: string;
  readonly playbook: string;
  readonly host_id: string | null;
  readonly payload: string;
  readonly done_at: Instant | null;
}

/**
 * Tasks of ours that are open, or may be on their way: sent, unknown, or done here and not closed in the CRM as far as the
 * mirror knows. Adapters that count tasks apart prefix the activity's id with `task-`.
 */
export function openTasks(sql: SqlReader, clientKeys: readonly string[], now: Instant): OurTask[] {
  return sql.all<OurTask>(
    `select a.key, a.client_key, a.playbook, a.host_id, a.payload, a.done_at from action a
     left join activity seen on seen.id in (a.host_id, 'task-' || a.host_id)
     where a.kind = 'task' and a.client_key in (select value from json_each(?))
       and (a.state in ('sending', 'uncertain')
         or (a.state = 'done' and coalesce(seen.is_done, a.done_at <= ?) = 0))
     order by a.created_at desc`,
    JSON.stringify(clientKeys),
    Math.round(now - UNSEEN_TASK_MS),
  );
}
