import type { Instant } from "../crm/ports.ts";
import type { UndoDocument } from "../crm/writing.ts";
import { type ActionRow, addAction, endAction } from "./action-store.ts";
import type { Sql } from "./sql.ts";

/** A message that was read and automation that has run stay what they are. */
export const LASTING: readonly ActionRow["kind"][] = ["notice", "automation"];

/** Undo is an action like any other, newest write first; what of the run has not been sent is called off. */
export function planUndo(sql: Sql, runId: string, now: Instant): UndoDocument {
  const rows = sql.all<ActionRow>(
    "select * from action where run_id = ? and kind <> 'undo' order by done_at desc, key desc",
    runId,
  );
  let planned = 0;
  let lasting = 0;
  for (const row of rows) {
    if (row.state === "new" || row.state === "deferred") {
      endAction(sql, row, { state: "cancelled", code: "undone", now });
    }
    if (row.state !== "done") continue;
    if (LASTING.includes(row.kind)) {
      lasting += 1;
      continue;
    }
    planned += 1;
    addAction(
      sql,
      {
        key: `${row.key}|undo`,
        runId,
        playbook: row.playbook,
        clientKey: row.client_key,
        kind: "undo",
        payload: { of: row.key },
        responsibleId: null,
        valueMinor: 0,
      },
      now,
    );
  }
  return { runId, planned, lasting };
}
