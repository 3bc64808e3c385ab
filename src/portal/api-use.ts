import type { ApiUse } from "../crm/api-use.ts";
import type { ErrorCode } from "../crm/error.ts";
import type { Instant } from "../crm/ports.ts";
import type { LimiterRate } from "./limiter.ts";
import { HOST_PAUSE } from "./pauses.ts";
import type { Sql, SqlReader } from "./sql.ts";
import type { Zone } from "./zone.ts";

/** Fine enough for every zone's midnight. */
const SLOT_MS = 15 * 60_000;
const DAYS_SHOWN = 7;
/** A day more than is shown, so that the first day shown is whole. */
export const API_USE_KEPT_MS = (DAYS_SHOWN + 1) * 86_400_000;

const LIMITED: ReadonlySet<string> = new Set<ErrorCode>(["host.rate_limited", "host.blocked"]);

/** Counts one request to the CRM; `code` null = a good answer. */
export function countCall(sql: Sql, at: Instant, code: string | null): void {
  const isLimited = code !== null && LIMITED.has(code);
  const isFailed = code !== null && !isLimited;
  sql.run(
    `insert into api_use (slot, requests, limited, failed) values (?, 1, ?, ?)
     on conflict (slot) do update set requests = requests + 1, limited = limited + excluded.limited,
       failed = failed + excluded.failed`,
    Math.floor(at / SLOT_MS),
    Number(isLimited),
    Number(isFailed),
  );
}

export function forgetCalls(sql: Sql, before: Instant): void {
  sql.run("delete from api_use where slot < ?", Math.floor(before / SLOT_MS));
}

/** What the CRM's administrator sees of it. */
export function readApiUse(
  sql: SqlReader,
  { zone, rate, now }: { readonly zone: Zone; readonly rate: LimiterRate; readonly now: Instant },
): ApiUse {
  const today = zone.dayOf(now);
  const days = Array.from({ length: DAYS_SHOWN }, (_, index) => {
    const day = today - DAYS_SHOWN + 1 + index;
    const row = sql.get<{ requests: number; limited: number; failed: number }>(
      `select coalesce(sum(requests), 0) as requests, coalesce(sum(limited), 0) as limited,
         coalesce(sum(failed), 0) as failed from api_use where slot >= ? and slot < ?`,
      Math.floor(zone.startOf(day) / SLOT_MS),
      Math.floor(zone.startOf(day + 1) / SLOT_MS),
    );
    const date = new Date(day * 86_400_000).toISOString().slice(0, 10);
    return { day: date, ...(row ?? { requests: 0, limited: 0, failed: 0 }) };
  });
  const pause = sql.get<{ until_at: number; reason: string }>(
    "select until_at, reason from pause where name = ? and until_at > ?",
    HOST_PAUSE,
    now,
  );
  return {
    days,
    rate,
    pause: pause ? { until: new Date(pause.until_at).toISOString(), reason: pause.reason } : null,
  };
}
