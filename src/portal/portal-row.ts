import { z } from "zod";
import type { Memo } from "../crm/host.ts";
import type { PortalKey } from "../crm/portal-key.ts";
import type { Instant } from "../crm/ports.ts";
import type { ClientRule } from "../crm/settings.ts";
import type { PortalState } from "./portal-api.ts";
import type { Sql, SqlReader } from "./sql.ts";

/** The one row of `portal`. */
export interface PortalRow {
  readonly key: PortalKey;
  readonly endpoint: string;
  readonly token_server: string | null;
  readonly state: PortalState;
  readonly state_reason: string | null;
  readonly state_since_at: Instant;
  readonly installer_id: string;
  readonly locale: string;
  readonly time_zone: string;
  readonly currency: string;
  readonly client_rule: ClientRule;
  readonly is_finished: number;
  readonly memo: string;
  readonly scopes: string;
  readonly warnings: string;
  readonly hook_secret_hash: string;
  readonly hook_secret_sealed: string;
  readonly installed_at: Instant;
  readonly prepared_at: Instant | null;
  /** Requests a second that the administrator gave us; null = the usual. */
  readonly api_rate: number | null;
}

/** undefined before the first install. */
export function readPortal(sql: SqlReader): PortalRow | undefined {
  return sql.get<PortalRow>("select * from portal");
}

/** Reason of a removed portal whose administrator wants its data erased. */
export const ERASE_WISH = "uninstalled_erase";

/** Keeps the moment of the last change: entering the same state for the same reason is none. */
export function setState(
  sql: Sql,
  state: PortalState,
  reason: string | null,
  now: Instant,
): boolean {
  return (
    sql.get(
      `update portal set state = ?, state_reason = ?, state_since_at = ?
       where state <> ? or state_reason is not ? returning id`,
      state,
      reason,
      now,
      state,
      reason,
    ) !== undefined
  );
}

/**
 * What an answer of the host says about the portal. A removed one stays removed whatever still arrives: only an
 * installation brings it back, and its data's days are counted.
 */
export function enterTrouble(sql: Sql, state: PortalState, reason: string, now: Instant): boolean {
  const known = readPortal(sql)?.state;
  if (known === "suspended" || known === "purged") return false;
  return setState(sql, state, reason, now);
}

/** The state of a portal without troubles: `installing` until every entity has been read once. */
export function healthyState(sql: SqlReader): PortalState {
  const row = sql.get<{ planned: number; open: number }>(
    "select count(*) as planned, coalesce(sum(state <> 'done'), 0) as open from scan where job = 'first'",
  );
  return row && row.planned > 0 && row.open === 0 ? "active" : "installing";
}

const memoText = z.record(z.string(), z.string());
const textList = z.array(z.string());

export function readMemo(row: PortalRow): Memo {
  return memoText.parse(JSON.parse(row.memo));
}

export function readWarnings(row: PortalRow): string[] {
  return textList.parse(JSON.parse(row.warnings));
}

/** What the installation was granted, in the host's words. */
export function readScopes(row: PortalRow): string[] {
  return textList.parse(JSON.parse(row.scopes));
}

/** Monotonic within the database, across restarts. Orders hints and fetches. */
export function nextSeq(sql: Sql): number {
  return addToCounter(sql, "seq", 1);
}

export function addToCounter(sql: Sql, name: string, amount: number): number {
  const row = sql.get<{ value: number }>(
    `insert into counter (name, value) values (?, ?)
     on conflict (name) do update set value = value + excluded.value returning value`,
    name,
    amount,
  );
  return row?.value ?? 0;
}

export function setCounter(sql: Sql, name: string, value: number): void {
  sql.run(
    `insert into counter (name, value) values (?, ?)
     on conflict (name) do update set value = excluded.value`,
    name,
    value,
  );
}

export function readCounter(sql: SqlReader, name: string): number {
  return sql.get<{ value: number }>("select value from counter where name = ?", name)?.value ?? 0;
}
