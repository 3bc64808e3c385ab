import type { Host } from "../crm/host.ts";
import type { Instant } from "../crm/ports.ts";
import type { MoneySource } from "../crm/settings.ts";
import { nextSeq, readCounter, setCounter } from "./portal-row.ts";
import type { Sql, SqlReader } from "./sql.ts";

/**
 * Payments that a host gives deal by deal are a call for each deal, so they are read only while they are the money source:
 * of all deals once, then of each that changes, and daily of those that people may still be paid for.
 */

const FOLLOWED = "follows:dealPayments";
/** A payment does not show in its deal's time of change. */
const STILL_PAID_FOR_MS = 90 * 86_400_000;

export function followsPayments(sql: SqlReader): boolean {
  return readCounter(sql, FOLLOWED) === 1;
}

/** The money source is another now. Belongs into a transaction. */
export function choosePayments(
  sql: Sql,
  { capabilities }: Pick<Host, "capabilities">,
  source: MoneySource,
  now: Instant,
): void {
  const isWanted = source === "payment" && capabilities.reads.includes("dealPayments");
  if (isWanted === followsPayments(sql)) return;
  setCounter(sql, FOLLOWED, Number(isWanted));
  if (isWanted) markDeals(sql, 0, now);
  else sql.run("delete from dirty where entity = 'dealPayments'");
}

/** The daily look. Belongs into a transaction. */
export function lookForPayments(sql: Sql, now: Instant): void {
  if (followsPayments(sql)) markDeals(sql, now - STILL_PAID_FOR_MS, now);
}

function markDeals(sql: Sql, changedSince: Instant, now: Instant): void {
  sql.run(
    `insert into dirty (entity, id, is_deletion, hinted_at, next_at, attempts, seq, last_code)
     select 'dealPayments', id, 0, ?, ?, 0, ?, null from deal
     where is_deleted = 0 and outcome <> 'lost' and updated_at >= ?
     on conflict (entity, id) do nothing`,
    now,
    Math.round(now),
    nextSeq(sql),
    Math.round(changedSince),
  );
}
