import { AppError } from "../crm/error.ts";
import type { MarkOutcome, MarkResult } from "../crm/host.ts";
import {
  type ActionRow,
  beginAttempt,
  buryAction,
  endAction,
  finishAction,
  type MarkPayload,
  postponeAction,
  readMarkPayload,
} from "./action-store.ts";
import { backoffMs } from "./backoff.ts";
import { isClientGone } from "./outbox-checks.ts";
import { type Handled, MAX_ROUNDS, type OutboxContext } from "./outbox-context.ts";
import { judgeFailure } from "./outbox-failure.ts";
import { hastenScan } from "./scans.ts";

const AFTER_SETUP_MS = 60_000;

function needsSetup(cause: unknown): boolean {
  return cause instanceof AppError && cause.details.needsSetup === true;
}

/** As `sendMark`, for many clients in one call where the host takes them so. Each ends on its own. */
export async function sendMarks(
  context: OutboxContext,
  rows: readonly ActionRow[],
): Promise<Handled> {
  const { sql, host, link, clock, log } = context;
  const [only] = rows;
  if (!host.markMany || (only && rows.length === 1)) {
    return only ? await sendMark(context, only) : "next";
  }
  const present = rows.filter((row) => !isClientGone(sql, row.client_key));
  for (const row of rows.filter((one) => !present.includes(one))) {
    endAction(sql, row, { state: "cancelled", code: "client_gone", now: clock.now() });
  }
  const payloads = present.map(readMarkPayload);
  sql.transaction(() => {
    for (const row of present) {
      beginAttempt(sql, row, { now: clock.now(), budgetDay: null, payload: row.payload });
    }
  });
  const items = payloads.map(({ client, tags, labels }) => ({ client, mark: { tags, labels } }));
  let outcomes: readonly MarkOutcome[];
  try {
    outcomes = await host.markMany(link, items);
  } catch (cause) {
    return together(present.map((row) => failRepeatable(context, row, cause)));
  }
  const changed = outcomes.filter((one) => one.kind === "done" && one.result.changed).length;
  log.info("outbox.marked_many", { clients: present.length, changed });
  return together(
    present.map((row, at) => {
      const outcome = outcomes[at];
      const payload = payloads[at];
      if (!outcome || !payload)
        return failRepeatable(context, row, new AppError("host.bad_answer"));
      if (outcome.kind === "failed") return failRepeatable(context, row, outcome.error);
      storeResult(context, row, payload, outcome.result);
      return "next";
    }),
  );
}

function together(handled: readonly Handled[]): Handled {
  return handled.includes("stop") ? "stop" : "next";
}

/** Writes what a client should carry. Read, compare, write: doing it twice changes nothing, so there is no fence. */
async function sendMark(context: OutboxContext, row: ActionRow): Promise<Handled> {
  const { sql, host, link, clock, log } = context;
  const cancel = (code: string): Handled => {
    endAction(sql, row, { state: "cancelled", code, now: clock.now() });
    return "next";
  };
  if (host.capabilities.mark === "none") return cancel("not_supported");
  if (isClientGone(sql, row.client_key)) return cancel("client_gone");
  const payload = readMarkPayload(row);
  beginAttempt(sql, row, { now: clock.now(), budgetDay: null, payload: row.payload });
  try {
    const { client, tags, labels } = payload;
    const result = await host.mark(link, client, { tags, labels });
    storeResult(context, row, payload, result);
    log.info("outbox.marked", { changed: result.changed, attempts: row.attempts + 1 });
    return "next";
  } catch (cause) {
    return failRepeatable(context, row, cause);
  }
}

function storeResult(
  { sql, clock }: OutboxContext,
  row: ActionRow,
  { tags }: MarkPayload,
  result: MarkResult,
): void {
  sql.transaction(() => {
    if (result.memo) sql.run("update portal set memo = ?", JSON.stringify(result.memo));
    const done = { now: clock.now(), hostId: null, before: result.before, after: tags };
    finishAction(sql, row, done);
    // The next read brings the same; until then a new list of changes must not show this one again.
    sql.run("update client set our_tags = ? where key = ?", JSON.stringify(tags), row.client_key);
  });
}

/** What follows a failed write that may be repeated as it is. */
export function failRepeatable(context: OutboxContext, row: ActionRow, cause: unknown): Handled {
  const { sql, clock, random, log } = context;
  const { kind, code, retryAfterMs } = judgeFailure(cause);
  // A field of ours is gone: the set-up makes it anew and says so, and the write waits for it.
  if (needsSetup(cause) && row.attempts + 1 < MAX_ROUNDS) {
    const now = clock.now();
    hastenScan(sql, "prepare", null, now);
    const wait = { nextAt: now + AFTER_SETUP_MS, code, attempts: row.attempts + 1 };
    postponeAction(sql, row, { state: "new", ...wait });
    return "next";
  }
  const now = clock.now();
  const attempts = kind === "road" ? row.attempts : row.attempts + 1;
  log.warn("outbox.mark_failed", { code, kind, attempts });
  if (kind === "refused") endAction(sql, row, { state: "failed", code, now });
  else if (attempts >= MAX_ROUNDS) buryAction(sql, row, code, now);
  else {
    const nextAt = now + (retryAfterMs ?? backoffMs(attempts + 3, random));
    postponeAction(sql, row, { state: "new", nextAt, code, attempts });
  }
  return kind === "road" ? "stop" : "next";
}
