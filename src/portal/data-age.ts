import type { Instant } from "../crm/ports.ts";
import type { SqlReader } from "./sql.ts";

/** The instant up to which the mirror has seen the CRM's changes of deals; null before the first pass has ended. */
export function dataAsOf(sql: SqlReader): Instant | null {
  return (
    sql.get<{ at: Instant | null }>(
      "select max(watermark_at) as at from scan where job in ('first', 'poll') and entity = 'deal'",
    )?.at ?? null
  );
}

/** Polls run every few minutes; this long without a good one means that they fail. */
const STALE_MS = 3_600_000;

export function isStale(sql: SqlReader, now: Instant): boolean {
  const at = dataAsOf(sql);
  return at !== null && now - at > STALE_MS;
}
