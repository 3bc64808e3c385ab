import type { RunList } from "../crm/writing.ts";
import type { ActionKind, ActionState } from "./action-store.ts";
import type { SqlReader } from "./sql.ts";
import { LASTING } from "./undo-plan.ts";

const RUNS_SHOWN = 30;

interface RunRow {
  readonly id: string;
  readonly playbook: string;
  readonly approved_at: number;
  readonly approved_by: string | null;
}

interface ActionCount {
  readonly kind: ActionKind;
  readonly state: ActionState;
  readonly outcome: string | null;
  /** An undo of it is planned or done. */
  readonly is_undone: 0 | 1;
  readonly n: number;
}

/** Approved runs, the newest first: what they have written, what an undo would take back, and what the last one did. */
export function listRuns(sql: SqlReader): RunList {
  const rows = sql.all<RunRow>(
    `select id, playbook, approved_at, approved_by from run
     where state = 'approved' order by approved_at desc, id limit ?`,
    RUNS_SHOWN,
  );
  return {
    runs: rows.map((row) => ({
      runId: row.id,
      playbook: row.playbook,
      approvedAt: new Date(Math.round(row.approved_at)).toISOString(),
      approvedBy: row.approved_by,
      ...countsOf(sql, row.id),
    })),
  };
}

function countsOf(sql: SqlReader, runId: string) {
  // An undo notes its outcome in the log as the state that it has left.
  const counts = sql.all<ActionCount>(
    `select a.kind, a.state, count(*) as n,
       case when a.kind = 'undo' then (
         select l.after from write_log l where l.action_key = a.key order by l.id desc limit 1) end as outcome,
       exists (select 1 from action u where u.key = a.key || '|undo') as is_undone
     from action a where a.run_id = ? group by a.kind, a.state, outcome, is_undone`,
    runId,
  );
  const of = (isMeant: (one: ActionCount) => boolean) =>
    counts.filter(isMeant).reduce((sum, { n }) => sum + n, 0);
  const byKind = (isMeant: (one: ActionCount) => boolean) => {
    const kinds = new Set(counts.filter(isMeant).map(({ kind }) => kind));
    return [...kinds].map((kind) => ({
      kind,
      count: of((one) => one.kind === kind && isMeant(one)),
    }));
  };
  const isUndo = ({ kind }: ActionCount) => kind === "undo";
  const isWritten = (one: ActionCount) => !isUndo(one) && one.state === "done";
  const stays = ({ kind }: ActionCount) => LASTING.includes(kind);
  const outcome = (word: string) => of((one) => isUndo(one) && one.outcome === `["${word}"]`);
  const isOver = ({ state }: ActionCount) =>
    state === "done" || state === "failed" || state === "dead" || state === "cancelled";
  return {
    written: byKind(isWritten),
    waiting: of((one) => !(isUndo(one) || isOver(one))),
    failed: of(({ kind, state }) => kind !== "undo" && (state === "failed" || state === "dead")),
    undoable: byKind((one) => isWritten(one) && !stays(one) && one.is_undone === 0),
    lasting: byKind((one) => isWritten(one) && stays(one)),
    undo: {
      planned: of(isUndo),
      waiting: of((one) => isUndo(one) && !isOver(one)),
      removed: outcome("removed"),
      kept: outcome("kept"),
      gone: outcome("gone"),
      failed: of((one) => isUndo(one) && isOver(one) && one.state !== "done"),
    },
  };
}
