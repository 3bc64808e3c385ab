import type { Host, HostLink } from "../crm/host.ts";
import type { HostWriter, UndoOutcome, Written } from "../crm/host-writes.ts";
import type { Instant } from "../crm/ports.ts";
import {
  type ActionRow,
  beginAttempt,
  buryAction,
  endAction,
  postponeAction,
} from "./action-store.ts";
import { automationWrite, flagWrite, noteWrite, noticeWrite } from "./more-writes.ts";
import { isClientGone } from "./outbox-checks.ts";
import { type Handled, MAX_ROUNDS, type OutboxContext } from "./outbox-context.ts";
import { fenceLeft, finish, searchFailed, sendFailed } from "./outbox-task.ts";

/** A writer with the draft of one action already in it. */
interface BoundWriter {
  create(link: HostLink): Promise<Written>;
  /** Absent = what it made cannot be found again. */
  readonly find?: (link: HostLink, since: Instant) => Promise<Written | null>;
  readonly isRepeatable: boolean;
  readonly undo?: (link: HostLink, id: string) => Promise<UndoOutcome>;
}

/** null = this host writes no such thing. */
export function writerOf(host: Host, row: Pick<ActionRow, "key" | "kind" | "payload">) {
  const data: unknown = JSON.parse(row.payload);
  const key = { actionKey: row.key };
  switch (row.kind) {
    case "note":
      return bind(host.notes, { ...key, ...noteWrite.parse(data) });
    case "flag":
      return bind(host.flags, { ...key, ...flagWrite.parse(data) });
    case "notice":
      return bind(host.notices, { ...key, ...noticeWrite.parse(data) });
    case "automation":
      return bind(host.automation, { ...key, ...automationWrite.parse(data) });
    default:
      return null;
  }
}

function bind<Draft extends { readonly actionKey: string }>(
  writer: HostWriter<Draft> | undefined,
  draft: Draft,
): BoundWriter | null {
  if (!writer) return null;
  const { find, undo } = writer;
  return {
    create: (link) => writer.create(link, draft),
    isRepeatable: writer.isRepeatable ?? false,
    ...(find ? { find: (link: HostLink, since: Instant) => find(link, draft, since) } : {}),
    ...(undo ? { undo: (link: HostLink, id: string) => undo(link, id, draft) } : {}),
  };
}

/** Created once: after a lost answer looked for, and where that is impossible repeated only if it does no harm. */
export async function sendWrite(context: OutboxContext, row: ActionRow): Promise<Handled> {
  const { sql, host, clock } = context;
  const writer = writerOf(host, row);
  const cancel = (code: string): Handled => {
    endAction(sql, row, { state: "cancelled", code, now: clock.now() });
    return "next";
  };
  if (writer === null) return cancel("not_supported");
  if (row.state === "uncertain") return search(context, row, writer);
  return isClientGone(sql, row.client_key) ? cancel("client_gone") : create(context, row, writer);
}

async function search(
  context: OutboxContext,
  row: ActionRow,
  writer: BoundWriter,
): Promise<Handled> {
  const { sql, link, clock, log } = context;
  const left = fenceLeft(context, row);
  if (left > 0) {
    const code = row.last_code ?? "fence";
    postponeAction(sql, row, { state: "uncertain", nextAt: clock.now() + left, code });
    return "next";
  }
  let found: Written | null = null;
  if (writer.find) {
    try {
      found = await writer.find(link, row.created_at);
    } catch (cause) {
      return searchFailed(context, row, cause);
    }
  }
  if (found) {
    finish(context, row, found.id);
    return "next";
  }
  const mayRepeat = writer.find !== undefined || writer.isRepeatable;
  if (mayRepeat && row.attempts < MAX_ROUNDS) return create(context, row, writer);
  log.error("outbox.dead", { kind: row.kind, attempts: row.attempts, code: row.last_code });
  buryAction(sql, row, row.last_code ?? "rounds", clock.now());
  return "next";
}

async function create(
  context: OutboxContext,
  row: ActionRow,
  writer: BoundWriter,
): Promise<Handled> {
  const { sql, link, clock, log } = context;
  beginAttempt(sql, row, { now: clock.now(), budgetDay: null, payload: row.payload });
  try {
    const { id } = await writer.create(link);
    finish(context, row, id);
    log.info("outbox.written", { kind: row.kind, attempts: row.attempts + 1 });
    return "next";
  } catch (cause) {
    return sendFailed(context, row, cause);
  }
}
