import { historyOf, type Row } from "../analytics/history.ts";
import type { ClientHistory, Day, SideFacts } from "../analytics/types.ts";
import type { Instant } from "../crm/ports.ts";
import { type Scope, within } from "./client-scope.ts";
import type { SqlReader } from "./sql.ts";
import type { Zone } from "./zone.ts";

/** Activities that are a contact with the client; tasks and the rest are our own business. */
export const CONTACT_KINDS = "'call', 'meeting', 'email', 'chat'";

interface LogRow {
  readonly client_key: string;
  readonly day: number;
  readonly base_minor: number | null;
}

/** Histories of these clients at the end of `asOf`, in their order; clients without purchases have empty ones. */
export function loadHistories(
  sql: SqlReader,
  keys: readonly string[],
  asOf: Day,
): readonly ClientHistory[] {
  const rows = new Map<string, Row[]>(keys.map((key) => [key, []]));
  const found = sql.all<LogRow>(
    `select client_key, day, base_minor from purchase
     where day <= ? and client_key in (select value from json_each(?)) order by client_key, day`,
    asOf,
    JSON.stringify(keys),
  );
  for (const row of found) {
    rows.get(row.client_key)?.push({ day: row.day, amountMinor: row.base_minor ?? Number.NaN });
  }
  return keys.map((key) => historyOf(key, rows.get(key) ?? []));
}

export interface SideSource {
  of(key: string): SideFacts;
}

/**
 * Open deals and contacts of these clients, as they were at an instant. A client without any recorded contact is unknown: the
 * portal may simply not keep its calls in the CRM.
 */
export function loadSides(
  sql: SqlReader,
  keys: readonly string[],
  zone: Zone,
  now: Instant,
): SideSource {
  const open = new Set(openDealClients(sql, { keys }, now).map(({ key }) => key));
  const contacts = new Map(lastContacts(sql, { keys }, now).map((row) => [row.key, row.at]));
  const today = zone.dayOf(now);
  return {
    of(key) {
      const at = contacts.get(key);
      const silentDays = at === undefined ? null : Math.max(0, today - zone.dayOf(at));
      return { hasOpenDeal: open.has(key), silentDays };
    },
  };
}

/** A client may occur more than once. */
export function openDealClients(
  sql: SqlReader,
  scope: Scope,
  at: Instant,
): readonly { readonly key: string }[] {
  const wanted = within("client_key", scope);
  return sql.all<{ key: string }>(
    `select client_key as key from deal where ${wanted.sql}
       and (outcome = 'open' or closed_at > ?) and created_at <= ? and is_deleted = 0 and is_template = 0`,
    ...wanted.args,
    at,
    at,
  );
}

interface Contact {
  readonly key: string;
  readonly at: Instant;
}

export function lastContacts(sql: SqlReader, scope: Scope, now: Instant): Contact[] {
  const isContact = `a.is_done = 1 and a.at <= ? and a.kind in (${CONTACT_KINDS})`;
  const own = within("a.client_key", scope);
  const ofDeal = within("d.client_key", scope);
  return sql.all<Contact>(
    `select key, max(at) as at from (
       select a.client_key as key, a.at from activity a where ${own.sql} and ${isContact}
       union all
       select d.client_key as key, a.at from deal d join activity a on a.deal_id = d.id
       where ${ofDeal.sql} and ${isContact}
     ) group by key`,
    ...own.args,
    now,
    ...ofDeal.args,
    now,
  );
}
