import type { SignalLog } from "../analytics/signal-types.ts";
import { SIGNAL, signalsAt, usedSignals } from "../analytics/signals.ts";
import { TIER_3_CLIENTS } from "../analytics/tier.ts";
import type { ClientHistory, Day, PurchaseLog, Snapshot } from "../analytics/types.ts";
import type { Instant } from "../crm/ports.ts";
import type { ClientIndex } from "./base-facts.ts";
import { type Scope, scopesOf, within } from "./client-scope.ts";
import { CONTACT_KINDS } from "./insight-facts.ts";
import type { SqlReader } from "./sql.ts";
import type { Zone } from "./zone.ts";

/** More than there are kinds of signals. */
const KINDS = 8;

/** Whose signals are read, as they were at an instant; the scopes have the clients of the index. */
export interface SignalQuery {
  readonly index: ClientIndex;
  readonly scopes: readonly Scope[];
  readonly zone: Zone;
  readonly at: Instant;
}

/**
 * The log with contacts and deals, where they can matter: the base is large enough to learn from them, or one of these
 * snapshots already uses them. Costs a few passes over activities and deals.
 */
export function withSignals(
  sql: SqlReader,
  log: PurchaseLog,
  snapshots: readonly (Snapshot | null)[],
  query: SignalQuery,
): PurchaseLog {
  const isWanted = log.clients.length >= TIER_3_CLIENTS || snapshots.some(usesSignals);
  return isWanted ? { ...log, signals: loadSignals(sql, query) } : log;
}

/** Histories at the end of `asOf` with their contacts and deals, where the snapshot uses them. */
export function withOwnSignals(
  sql: SqlReader,
  histories: readonly ClientHistory[],
  snapshot: Snapshot,
  { zone, at, asOf }: Pick<SignalQuery, "zone" | "at"> & { readonly asOf: Day },
): readonly ClientHistory[] {
  if (!usesSignals(snapshot)) return histories;
  const keys = histories.map(({ id }) => id);
  const index = new Map(keys.map((key, client) => [key, client]));
  const signals = loadSignals(sql, { index, scopes: scopesOf(keys), zone, at });
  return histories.map((history, client) => ({
    ...history,
    signals: signalsAt(signals, client, asOf),
  }));
}

/** Whether a client's contacts and deals are needed to score it under this snapshot. */
export function usesSignals(snapshot: Snapshot | null): boolean {
  const { contacts, deals } = usedSignals(snapshot?.churn ?? null);
  return contacts || deals;
}

/** Contacts and deals of everybody in the index. */
export function loadSignals(sql: SqlReader, { index, scopes, zone, at }: SignalQuery): SignalLog {
  const rows = makeRows();
  // Scope by scope: rows asked for at once cost half of rows one by one, and no more than a scope has are there at a time.
  for (const scope of scopes) {
    for (const contact of contactsOf(sql, scope, at)) {
      const client = index.get(contact.key);
      if (client !== undefined) rows.add(client, zone.dayOf(contact.at), SIGNAL.contact);
    }
    for (const deal of dealsOf(sql, scope, at)) {
      const client = index.get(deal.key);
      if (client !== undefined) addDeal(rows, client, deal, { zone, at });
    }
  }
  return rows.log(index.size);
}

function addDeal(
  rows: ReturnType<typeof makeRows>,
  client: number,
  deal: DealRow,
  { zone, at }: Pick<SignalQuery, "zone" | "at">,
): void {
  const isClosed = deal.outcome !== "open";
  // A deal that was closed nobody knows when would count as open for ever.
  if (isClosed && deal.closed_at === null) return;
  const opened = zone.dayOf(deal.created_at);
  rows.add(client, opened, SIGNAL.dealOpened);
  if (!isClosed || deal.closed_at === null || deal.closed_at > at) return;
  const kind = deal.outcome === "won" ? SIGNAL.dealWon : SIGNAL.dealLost;
  rows.add(client, Math.max(opened, zone.dayOf(deal.closed_at)), kind);
}

interface ContactRow {
  readonly key: string;
  readonly at: Instant;
}

/** A contact through a deal counts for the deal's client, and once where both are the same client. */
function contactsOf(sql: SqlReader, scope: Scope, at: Instant): ContactRow[] {
  const isContact = `a.is_done = 1 and a.at <= ? and a.kind in (${CONTACT_KINDS})`;
  const own = within("a.client_key", scope);
  const ofDeal = within("d.client_key", scope);
  return sql.all<ContactRow>(
    `select a.client_key as key, a.at from activity a where ${isContact} and ${own.sql}
     union all
     select d.client_key as key, a.at from deal d join activity a on a.deal_id = d.id
     where ${isContact} and a.client_key is not d.client_key and ${ofDeal.sql}`,
    ...[at, ...own.args, at, ...ofDeal.args],
  );
}

interface DealRow {
  readonly key: string;
  readonly outcome: string;
  readonly created_at: Instant;
  readonly closed_at: Instant | null;
}

function dealsOf(sql: SqlReader, scope: Scope, at: Instant): DealRow[] {
  const wanted = within("client_key", scope);
  return sql.all<DealRow>(
    `select client_key as key, outcome, created_at, closed_at from deal
     where created_at <= ? and is_deleted = 0 and is_template = 0 and ${wanted.sql}`,
    ...[at, ...wanted.args],
  );
}

/** Rows in any order, growing, and put in order of clients and days at the end. */
function makeRows() {
  let client = new Int32Array(1024);
  let day = new Int32Array(1024);
  let kind = new Uint8Array(1024);
  let size = 0;
  const grow = () => {
    const [clients, days, kinds] = [client, day, kind];
    client = new Int32Array(2 * size);
    day = new Int32Array(2 * size);
    kind = new Uint8Array(2 * size);
    client.set(clients);
    day.set(days);
    kind.set(kinds);
  };
  return {
    add(ofClient: number, onDay: Day, what: number) {
      if (size === client.length) grow();
      client[size] = ofClient;
      day[size] = onDay;
      kind[size] = what;
      size += 1;
    },
    log(clients: number): SignalLog {
      const offset = new Int32Array(clients + 1);
      for (let row = 0; row < size; row += 1) {
        const next = (client[row] as number) + 1;
        offset[next] = (offset[next] as number) + 1;
      }
      for (let at = 0; at < clients; at += 1) {
        offset[at + 1] = (offset[at + 1] as number) + (offset[at] as number);
      }
      // Day and kind of a row in one number, so that a client's rows are sorted without objects.
      const packed = new Float64Array(size);
      const end = offset.slice(0, clients);
      for (let row = 0; row < size; row += 1) {
        const owner = client[row] as number;
        packed[end[owner] as number] = KINDS * (day[row] as number) + (kind[row] as number);
        end[owner] = (end[owner] as number) + 1;
      }
      for (let owner = 0; owner < clients; owner += 1) {
        packed.subarray(offset[owner], offset[owner + 1]).sort();
      }
      return {
        offset,
        day: Int32Array.from(packed, (both) => Math.floor(both / KINDS)),
        kind: Uint8Array.from(packed, (both) => both - KINDS * Math.floor(both / KINDS)),
        standsFor: 1,
      };
    },
  };
}
