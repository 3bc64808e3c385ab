import { historyOf, type Row } from "../analytics/history.ts";
import type { ClientHistory, Day, PurchaseLog, SideFacts } from "../analytics/types.ts";
import type { Instant } from "../crm/ports.ts";
import type { SqlReader } from "./sql.ts";
import type { Zone } from "./zone.ts";

/** Activities that are a contact with the client; tasks and the rest are our own business. */
export const CONTACT_KINDS = "'call', 'meeting', 'email', 'chat'";

interface LogRow {
  readonly client_key: string;
  readonly day: number;
  readonly base_minor: number | null;
}

/** All purchases as columns, by client, then day. */
export function loadPurchaseLog(sql: SqlReader): PurchaseLog {
  const count = sql.get<{ n: number }>("select count(*) as n from purchase")?.n ?? 0;
  const clients: string[] = [];
  const client = new Int32Array(count);
  const day = new Int32Array(count);
  const amountMinor = new Float64Array(count);
  let at = 0;
  const rows = sql.iterate<LogRow>(
    "select client_key, day, base_minor from purchase order by client_key, day",
  );
  for (const row of rows) {
    if (clients[clients.length - 1] !== row.client_key) clients.push(row.client_key);
    client[at] = clients.length - 1;
    day[at] = row.day;
    amountMinor[at] = row.base_minor ?? Number.NaN;
    at += 1;
  }
  return { clients, client, day, amountMinor };
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
 * Open deals and contacts of these clients, or of everybody (null), as they were at an instant. A client without any recorded contact is unknown: the
 * portal may simply not keep its calls in the CRM.
 */
export function loadSides(
  sql: SqlReader,
  keys: readonly string[] | null,
  zone: Zone,
  now: Instant,
): SideSource {
  const open = new Set(openDealClients(sql, keys, now));
  const contacts = new Map(lastContacts(sql, keys, now).map((row) => [row.key, row.at]));
  const today = zone.dayOf(now);
  return {
    of(key) {
      const at = contacts.get(key);
      const silentDays = at === undefined ? null : Math.max(0, today - zone.dayOf(at));
      return { hasOpenDeal: open.has(key), silentDays };
    },
  };
}

function openDealClients(sql: SqlReader, keys: readonly string[] | null, at: Instant): string[] {
  const open = `created_at <= ? and (outcome = 'open' or closed_at > ?)
    and is_deleted = 0 and is_template = 0`;
  const rows =
    keys === null
      ? sql.all<{ key: string }>(
          `select distinct client_key as key from deal where ${open} and client_key is not null`,
          at,
          at,
        )
      : sql.all<{ key: string }>(
          `select distinct client_key as key from deal
           where client_key in (select value from json_each(?)) and ${open}`,
          JSON.stringify(keys),
          at,
          at,
        );
  return rows.map(({ key }) => key);
}

interface Contact {
  readonly key: string;
  readonly at: Instant;
}

function lastContacts(sql: SqlReader, keys: readonly string[] | null, now: Instant): Contact[] {
  const isContact = `a.is_done = 1 and a.at <= ? and a.kind in (${CONTACT_KINDS})`;
  if (keys === null) {
    return sql.all<Contact>(
      `select key, max(at) as at from (
         select a.client_key as key, a.at from activity a where a.client_key is not null and ${isContact}
         union all
         select d.client_key as key, a.at from activity a join deal d on d.id = a.deal_id
         where d.client_key is not null and ${isContact}
       ) group by key`,
      now,
      now,
    );
  }
  const list = JSON.stringify(keys);
  return sql.all<Contact>(
    `select key, max(at) as at from (
       select a.client_key as key, a.at from activity a
       where a.client_key in (select value from json_each(?)) and ${isContact}
       union all
       select d.client_key as key, a.at from deal d join activity a on a.deal_id = d.id
       where d.client_key in (select value from json_each(?)) and ${isContact}
     ) group by key`,
    list,
    now,
    list,
    now,
  );
}
