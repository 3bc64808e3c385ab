import type { Instant } from "../crm/ports.ts";
import type { Sql, SqlReader } from "./sql.ts";

/** A wish not to call, kept in the database so that a restart does not forget it. `host` pauses everything. */
export const HOST_PAUSE = "host";

/** An operator has stopped the portal; it ends when they say so. */
export const OPERATOR_PAUSE = "operator";
/** The last instant of the year 9999. */
export const NEVER_ENDING: Instant = 253_402_300_799_000;

/** The end of whatever keeps us from calling the host at all, or null. */
export function closedUntil(sql: SqlReader, now: Instant): Instant | null {
  const row = sql.get<{ until_at: number | null }>(
    "select max(until_at) as until_at from pause where name in (?, ?) and until_at > ?",
    HOST_PAUSE,
    OPERATOR_PAUSE,
    now,
  );
  return row?.until_at ?? null;
}

export function methodPause(method: string): string {
  return `method:${method}`;
}

/** The end of a pause that still runs, or null. */
export function pausedUntil(sql: SqlReader, name: string, now: Instant): Instant | null {
  const row = sql.get<{ until_at: number }>("select until_at from pause where name = ?", name);
  return row && row.until_at > now ? row.until_at : null;
}

/** Never shortens a running pause. */
export function setPause(sql: Sql, name: string, until: Instant, reason: string): void {
  sql.run(
    `insert into pause (name, until_at, reason) values (?, ?, ?)
     on conflict (name) do update set until_at = excluded.until_at, reason = excluded.reason
     where excluded.until_at > pause.until_at`,
    name,
    Math.round(until),
    reason,
  );
}

export function clearPause(sql: Sql, name: string): void {
  sql.run("delete from pause where name = ?", name);
}
