import type { Host } from "../crm/host.ts";
import type { Instant } from "../crm/ports.ts";
import { markDirty } from "./dirty.ts";
import { UNSEEN_TASK_MS } from "./open-tasks.ts";
import { nextSeq } from "./portal-row.ts";
import type { Sql } from "./sql.ts";

/**
 * Tasks of ours that no list of activities shows are asked for by id until they are done, so that a done one does not stop
 * the next. Belongs into a transaction.
 */
export function followTasks(sql: Sql, host: Host, now: Instant): void {
  const followedAs = host.tasks?.followedAs;
  if (!followedAs) return;
  const open = sql.all<{ host_id: string }>(
    `select a.host_id from action a left join activity seen on seen.id = a.host_id
     where a.kind = 'task' and a.state = 'done' and a.host_id is not null and a.done_at > ?
       and coalesce(seen.is_done, 0) = 0`,
    Math.round(now - UNSEEN_TASK_MS),
  );
  const ids = open.flatMap(({ host_id }) => followedAs(host_id) ?? []);
  if (ids.length === 0) return;
  const seq = nextSeq(sql);
  for (const id of ids) markDirty(sql, { entity: "activity", id, at: now, dueAt: now, seq });
}
