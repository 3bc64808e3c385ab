import { type ActionRow, beginAttempt, endAction, finishAction } from "./action-store.ts";
import { fieldsWrite } from "./more-writes.ts";
import { isClientGone } from "./outbox-checks.ts";
import type { Handled, OutboxContext } from "./outbox-context.ts";
import { failRepeatable } from "./outbox-mark.ts";

/** Our fields of a client: read, compare, write, so that there is no fence. */
export async function sendFields(context: OutboxContext, row: ActionRow): Promise<Handled> {
  const { sql, host, link, clock, log } = context;
  const cancel = (code: string): Handled => {
    endAction(sql, row, { state: "cancelled", code, now: clock.now() });
    return "next";
  };
  if (!host.fields) return cancel("not_supported");
  if (isClientGone(sql, row.client_key)) return cancel("client_gone");
  const { client, values, labels } = fieldsWrite.parse(JSON.parse(row.payload));
  beginAttempt(sql, row, { now: clock.now(), budgetDay: null, payload: row.payload });
  try {
    const result = await host.fields.write(link, client, { values, labels });
    sql.transaction(() => {
      if (result.memo) sql.run("update portal set memo = ?", JSON.stringify(result.memo));
      const done = { now: clock.now(), hostId: null };
      const before = result.changed ? [JSON.stringify(result.before)] : [];
      finishAction(sql, row, { ...done, before, after: [JSON.stringify(values)] });
    });
    log.info("outbox.fields", { changed: result.changed, attempts: row.attempts + 1 });
    return "next";
  } catch (cause) {
    return failRepeatable(context, row, cause);
  }
}
