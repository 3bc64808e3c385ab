import { z } from "zod";
import { dayText } from "../analytics/calendar.ts";
import type { CardDetail, WriteState } from "../crm/card-detail.ts";
import type { Instant } from "../crm/ports.ts";
import type { ActionState } from "./action-store.ts";
import type { CardRoom } from "./card-parts.ts";

const MOST_RUNS = 20;

interface WriteRow {
  readonly key: string;
  readonly run_id: string;
  readonly playbook: string;
  readonly kind: string;
  readonly state: ActionState;
  readonly at: Instant;
  readonly made_at: Instant;
  readonly approved_at: Instant | null;
  /** The end of a task in the CRM; null = not read. */
  readonly is_done: number | null;
  /** An undo that was carried out, with its outcome; null = none. */
  readonly undone: string | null;
}

/** What playbooks proposed for this client, what was written, what people did with it, what was taken back. Newest first. */
export function playbookHistory({ sql, zone }: CardRoom, key: string): CardDetail["playbooks"] {
  const rows = sql.all<WriteRow>(
    `select a.key, a.run_id, a.playbook, a.kind, a.state, coalesce(a.done_at, a.created_at) as at,
       r.made_at, r.approved_at,
       (select max(seen.is_done) from activity seen
        where a.kind = 'task' and seen.id in (a.host_id, 'task-' || a.host_id)) as is_done,
       (select w.after from write_log w where w.action_key = a.key || '|undo'
        order by w.id desc limit 1) as undone
     from action a join run r on r.id = a.run_id
     where a.client_key = ? and a.kind <> 'undo'
     order by r.made_at desc, a.run_id, a.created_at, a.key`,
    key,
  );
  const runs = new Map<string, WriteRow[]>();
  for (const row of rows) runs.set(row.run_id, [...(runs.get(row.run_id) ?? []), row]);
  const day = (at: Instant) => dayText(zone.dayOf(at));
  return [...runs.values()].slice(0, MOST_RUNS).flatMap((writes) => {
    const [first] = writes;
    if (!first) return [];
    return {
      playbook: first.playbook,
      proposedOn: day(first.made_at),
      approvedOn: first.approved_at === null ? null : day(first.approved_at),
      writes: writes.map((row) => ({ kind: row.kind, state: stateOf(row), day: day(row.at) })),
    };
  });
}

const outcomes = z.array(z.string()).catch([]);

function stateOf({ kind, state, is_done, undone }: WriteRow): WriteState {
  if (undone !== null) return outcomes.parse(JSON.parse(undone))[0] === "kept" ? "kept" : "undone";
  switch (state) {
    case "new":
    case "deferred":
    case "sending":
    case "uncertain":
      return "waiting";
    case "failed":
    case "dead":
      return "refused";
    case "cancelled":
      return "cancelled";
    case "done":
      if (kind !== "task") return "written";
      return is_done === 1 ? "finished" : "open";
  }
}
