import { z } from "zod";
import type { HostLink } from "../crm/host.ts";
import type { UndoOutcome } from "../crm/host-writes.ts";
import {
  type ActionRow,
  beginAttempt,
  endAction,
  finishAction,
  readMarkPayload,
  readTaskPayload,
} from "./action-store.ts";
import { fieldsWrite, heldFields } from "./more-writes.ts";
import type { Handled, OutboxContext } from "./outbox-context.ts";
import { failRepeatable } from "./outbox-mark.ts";
import { writerOf } from "./outbox-writer.ts";
import type { SqlReader } from "./sql.ts";

const undoPayload = z.object({ of: z.string() });
const textList = z.array(z.string());

/**
 * Takes one write back: what it made is removed, what it changed gets its old value, and only while it is still as we left
 * it. Doing it twice changes nothing, so there is no fence.
 */
export async function sendUndo(context: OutboxContext, row: ActionRow): Promise<Handled> {
  const { sql, link, clock, log } = context;
  const { of } = undoPayload.parse(JSON.parse(row.payload));
  const done = sql.get<ActionRow>("select * from action where key = ? and state = 'done'", of);
  const undo = done ? undoOf(context, done) : null;
  if (!done || !undo) {
    endAction(sql, row, { state: "cancelled", code: "not_supported", now: clock.now() });
    return "next";
  }
  beginAttempt(sql, row, { now: clock.now(), budgetDay: null, payload: row.payload });
  try {
    const outcome = await undo(link);
    finishAction(sql, row, {
      now: clock.now(),
      hostId: done.host_id,
      before: [],
      after: [outcome],
    });
    log.info("outbox.undone", { kind: done.kind, outcome });
    return "next";
  } catch (cause) {
    return failRepeatable(context, row, cause);
  }
}

type Undo = (link: HostLink) => Promise<UndoOutcome>;

/** null = this write cannot be taken back. */
function undoOf(context: OutboxContext, done: ActionRow): Undo | null {
  const { sql, host } = context;
  const { host_id: id } = done;
  const before = readBefore(sql, done.key);
  switch (done.kind) {
    case "undo":
      return null;
    case "mark": {
      const { client, tags, labels } = readMarkPayload(done);
      return async (link) => {
        const wish = { tags: before, labels, onlyIf: tags };
        const result = await host.mark(link, client, wish);
        if (!result.changed) return "kept";
        const text = JSON.stringify(before);
        sql.run("update client set our_tags = ? where key = ?", text, done.client_key);
        return "removed";
      };
    }
    case "fields": {
      const { fields } = host;
      const held = before[0] === undefined ? null : heldFields.parse(JSON.parse(before[0]));
      if (!fields || held === null) return null;
      const { client, values, labels } = fieldsWrite.parse(JSON.parse(done.payload));
      return async (link) => {
        const draft = { values: held, labels, onlyIf: values };
        return (await fields.write(link, client, draft)).changed ? "removed" : "kept";
      };
    }
    case "task": {
      const undo = host.tasks?.undo;
      if (!undo || id === null) return null;
      return (link) => undo(link, id, { actionKey: done.key, ...readTaskPayload(done) });
    }
    default: {
      const undo = writerOf(host, done)?.undo;
      return undo && id !== null ? (link) => undo(link, id) : null;
    }
  }
}

function readBefore(sql: SqlReader, key: string): string[] {
  const row = sql.get<{ before: string }>(
    "select before from write_log where action_key = ? order by id limit 1",
    key,
  );
  return textList.parse(JSON.parse(row?.before ?? "[]"));
}
