import type { Instant } from "../crm/ports.ts";
import {
  type ActionRow,
  nextAction,
  nextActionAt,
  nextMarks,
  postponeAction,
} from "./action-store.ts";
import type { Handled, OutboxContext, OutboxPorts } from "./outbox-context.ts";
import { sendFields } from "./outbox-fields.ts";
import { sendMarks } from "./outbox-mark.ts";
import { searchTask, sendTask } from "./outbox-task.ts";
import { sendUndo } from "./outbox-undo.ts";
import { sendWrite } from "./outbox-writer.ts";
import { closedUntil } from "./pauses.ts";
import { readPortal } from "./portal-row.ts";
import { STATE_RULES } from "./portal-state.ts";
import type { SqlReader } from "./sql.ts";

export interface OutboxWork {
  /** Sends what is due and allowed; the next wish, or null. Never rejects for what the host does. */
  step(): Promise<Instant | null>;
}

const ACTIONS_PER_STEP = 50;
/** A portal that may not write now is looked at again after this. */
const RECHECK_MS = 5 * 60_000;

/**
 * Intent, fence, search, create: neither host has idempotency keys, and a request we gave up on may still be carried out.
 * Two drains at once would both find a task absent and both create it: hence the lock.
 */
export function makeOutbox(ports: OutboxPorts): OutboxWork {
  const { sql, clock, policy, host, lock, isStopping = () => false } = ports;
  const context: OutboxContext = {
    ...ports,
    fenceMs: policy.fenceMs ?? host.limits.writeFenceMs,
    endedAt: new Map(),
  };

  const step = async (): Promise<Instant | null> => {
    recoverInterrupted(context);
    for (let count = 0; count < ACTIONS_PER_STEP && !isStopping(); count += 1) {
      const now = clock.now();
      const closed = whyClosed(sql, now);
      if (closed) return closed.wish;
      const row = nextAction(sql, now);
      if (!row || (await handle(context, row)) === "stop") break;
    }
    return nextActionAt(sql);
  };
  return { step: () => lock.run(step) };
}

/** null = go on; otherwise nothing may be sent now, and `wish` is when to look again. */
function whyClosed(sql: SqlReader, now: Instant): { readonly wish: Instant | null } | null {
  const portal = readPortal(sql);
  if (!portal || nextActionAt(sql) === null) return { wish: null };
  const { mayWrite, mayCall } = STATE_RULES[portal.state];
  // Without the right to call, only an installation can change that, and it wakes the portal.
  if (!mayWrite) return { wish: mayCall ? now + RECHECK_MS : null };
  const pause = closedUntil(sql, now);
  return pause === null ? null : { wish: pause };
}

function handle(context: OutboxContext, row: ActionRow): Promise<Handled> {
  switch (row.kind) {
    case "mark":
      return sendMarks(context, marksWith(context, row));
    case "fields":
      return sendFields(context, row);
    case "undo":
      return sendUndo(context, row);
    case "task":
      return row.state === "uncertain" ? searchTask(context, row) : sendTask(context, row);
    default:
      return sendWrite(context, row);
  }
}

/** A mark that has failed before goes alone: it may be the one that spoils what it is sent with. */
function marksWith({ sql, host, clock }: OutboxContext, row: ActionRow): readonly ActionRow[] {
  const room = host.markMany ? (host.limits.marksAtOnce ?? 1) : 1;
  return row.attempts > 0 || room === 1 ? [row] : nextMarks(sql, clock.now(), room);
}

/** Looked at before they are written: doing them twice changes nothing. */
const COMPARED: readonly ActionRow["kind"][] = ["mark", "fields", "undo"];

/**
 * Rows found in `sending` belong to a process that died: nobody knows. The fence counts from now, because the request may
 * have left long after its attempt was noted. A mark is compared before it is written and needs no fence.
 */
function recoverInterrupted({ sql, clock, fenceMs }: OutboxContext): void {
  for (const row of sql.all<ActionRow>("select * from action where state = 'sending'")) {
    const isCompared = COMPARED.includes(row.kind);
    postponeAction(sql, row, {
      state: isCompared ? "new" : "uncertain",
      nextAt: isCompared ? clock.now() : clock.now() + fenceMs,
      code: "interrupted",
    });
  }
}
