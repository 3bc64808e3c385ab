import type { PurchaseLog, SideFacts } from "../analytics/types.ts";
import type { Instant } from "../crm/ports.ts";
import type { ClientState } from "../playbooks/rule.ts";
import { EVERYBODY, type Scope, within } from "./client-scope.ts";
import { lastContacts, openDealClients } from "./insight-facts.ts";
import { allStoredStates } from "./insight-store.ts";
import type { SqlReader } from "./sql.ts";
import type { Zone } from "./zone.ts";

/** Rows a page: large enough that asking costs nothing, small enough that rows do not pile up. */
const PAGE_ROWS = 20_000;

interface LogRow {
  readonly client_key: string;
  readonly day: number;
  readonly base_minor: number | null;
}

/** All purchases of these clients as columns, by client, then day. */
export function loadPurchaseLog(
  sql: SqlReader,
  scopes: readonly Scope[] = [EVERYBODY],
): PurchaseLog {
  const count = scopes.reduce((sum, scope) => sum + countPurchases(sql, scope), 0);
  const clients: string[] = [];
  const client = new Int32Array(count);
  const day = new Int32Array(count);
  const amountMinor = new Float64Array(count);
  let at = 0;
  let key = "";
  for (const rows of pagesOfPurchases(sql, scopes)) {
    for (const row of rows) {
      if (row.client_key !== key) {
        key = row.client_key;
        clients.push(key);
      }
      client[at] = clients.length - 1;
      day[at] = row.day;
      amountMinor[at] = row.base_minor ?? Number.NaN;
      at += 1;
    }
  }
  return { clients, client, day, amountMinor };
}

function countPurchases(sql: SqlReader, scope: Scope): number {
  const wanted = within("client_key", scope);
  return (
    sql.get<{ n: number }>(`select count(*) as n from purchase where ${wanted.sql}`, ...wanted.args)
      ?.n ?? 0
  );
}

/** Reading row by row through the engine's cursor takes twice the time. */
function* pagesOfPurchases(sql: SqlReader, scopes: readonly Scope[]): Generator<readonly LogRow[]> {
  for (const scope of scopes) {
    if ("keys" in scope) {
      yield sql.all<LogRow>(
        `select client_key, day, base_minor from purchase
         where client_key in (select value from json_each(?)) order by client_key, day`,
        JSON.stringify(scope.keys),
      );
    } else yield* pagesOfRange(sql, scope);
  }
}

/** Whole clients a page. */
function* pagesOfRange(
  sql: SqlReader,
  { after: first, upTo }: { readonly after: string; readonly upTo: string },
): Generator<readonly LogRow[]> {
  let after = first;
  for (let limit = PAGE_ROWS; ; ) {
    const rows = sql.all<LogRow>(
      `select client_key, day, base_minor from purchase where client_key > ? and client_key <= ?
       order by client_key, day limit ?`,
      after,
      upTo,
      limit,
    );
    if (rows.length < limit) {
      yield rows;
      return;
    }
    // The last client may go on beyond the page.
    const last = rows[rows.length - 1]?.client_key;
    const whole = rows.findLastIndex((row) => row.client_key !== last) + 1;
    if (whole === 0) {
      limit *= 2;
      continue;
    }
    limit = PAGE_ROWS;
    after = rows[whole - 1]?.client_key ?? after;
    yield rows.slice(0, whole);
  }
}

/** Numbers of clients by their keys. */
export type ClientIndex = ReadonlyMap<string, number>;

export function indexOf(log: PurchaseLog): ClientIndex {
  return new Map(log.clients.map((key, client) => [key, client]));
}

/** Open deals and last contacts of everybody as they were at one instant, by the client's number. */
export interface SideColumns {
  of(client: number): SideFacts;
}

/** `loadSides` for all clients of the index, who are those of the scope. */
export function loadSideColumns(
  sql: SqlReader,
  index: ClientIndex,
  scope: Scope,
  { zone, at }: { readonly zone: Zone; readonly at: Instant },
): SideColumns {
  const isOpen = new Uint8Array(index.size);
  const silentDays = new Int32Array(index.size).fill(-1);
  for (const { key } of openDealClients(sql, scope, at)) {
    const client = index.get(key);
    if (client !== undefined) isOpen[client] = 1;
  }
  const today = zone.dayOf(at);
  for (const contact of lastContacts(sql, scope, at)) {
    const client = index.get(contact.key);
    if (client !== undefined) silentDays[client] = Math.max(0, today - zone.dayOf(contact.at));
  }
  return {
    of(client) {
      const days = silentDays[client] as number;
      return { hasOpenDeal: isOpen[client] === 1, silentDays: days < 0 ? null : days };
    },
  };
}

/** What is stored of the clients of a scope at the moment. */
export interface StoredStates {
  of(client: number): ClientState | null;
  /** Clients with an insight and without any purchase. */
  readonly strangers: ReadonlyMap<string, ClientState>;
}

/** Few different states occur, so a client costs one number. */
export function loadStates(sql: SqlReader, index: ClientIndex, scope: Scope): StoredStates {
  const states: ClientState[] = [];
  const numberOf = new Map<string, number>();
  const stateNumber = new Int32Array(index.size).fill(-1);
  const strangers = new Map<string, ClientState>();
  for (const { client_key, segment, lifecycle, band } of allStoredStates(sql, scope)) {
    const state = { segment, lifecycle, band };
    const client = index.get(client_key);
    if (client === undefined) {
      strangers.set(client_key, state);
      continue;
    }
    const name = `${segment} ${lifecycle} ${band}`;
    let number = numberOf.get(name);
    if (number === undefined) {
      number = states.push(state) - 1;
      numberOf.set(name, number);
    }
    stateNumber[client] = number;
  }
  return { of: (client) => states[stateNumber[client] as number] ?? null, strangers };
}
