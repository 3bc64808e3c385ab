import type { Instant } from "../crm/ports.ts";
import { type DealRow, isSameRow, putRow, rowsByKey, type StageEntryRow } from "./mirror-rows.ts";
import type { Sql, SqlReader } from "./sql.ts";
import { dayOfDate, type Zone } from "./zone.ts";

/** Where the moment of a purchase comes from, best first. `close_day` is flagged in data quality. */
type PurchaseMoment = "history" | "closed" | "close_day";

export interface PurchaseRow {
  readonly deal_id: string;
  readonly client_key: string;
  readonly at: Instant;
  /** Whole days since 1970-01-01 in the portal's zone. */
  readonly day: number;
  /** null or 0 = a purchase without a sum: rhythm, no money. Negative = refund. */
  readonly amount_minor: number | null;
  readonly currency: string | null;
  /** The amount, when it is in the portal's currency. */
  readonly base_minor: number | null;
  readonly moment: PurchaseMoment;
}

export interface PurchaseRules {
  readonly zone: Zone;
  readonly currency: string;
}

/**
 * Brings the purchases of these deals in line with the mirror and marks the clients whose facts have changed. Belongs into
 * the transaction that changed the mirror.
 */
export function updatePurchases(
  sql: Sql,
  dealIds: readonly string[],
  rules: PurchaseRules,
  now: Instant,
): void {
  if (dealIds.length === 0) return;
  const deals = rowsByKey<DealRow>(sql, "deal", "id", dealIds);
  const before = rowsByKey<PurchaseRow>(sql, "purchase", "deal_id", dealIds);
  const entries = entriesByDeal(sql, dealIds);
  const own = ownClients(sql, [...deals.values()]);
  const stale = new Set<string>();
  for (const dealId of dealIds) {
    const known = before.get(dealId);
    const deal = deals.get(dealId);
    const fresh = deal && purchaseOf(deal, entries.get(dealId) ?? [], own, rules);
    if (fresh && known && isSameRow(fresh, known)) continue;
    if (!(fresh || known)) continue;
    if (fresh) putRow(sql, "purchase", "deal_id", fresh);
    else sql.run("delete from purchase where deal_id = ?", dealId);
    if (known) stale.add(known.client_key);
    if (fresh) stale.add(fresh.client_key);
  }
  markStale(sql, stale, now);
}

/** The purchase that a deal is, or null: not won, a template, deleted, without client, or of an own company. */
function purchaseOf(
  deal: DealRow,
  entries: readonly StageEntryRow[],
  ownClientKeys: ReadonlySet<string>,
  { zone, currency }: PurchaseRules,
): PurchaseRow | null {
  if (deal.outcome !== "won" || deal.is_deleted === 1 || deal.is_template === 1) return null;
  if (deal.client_key === null || ownClientKeys.has(deal.client_key)) return null;
  return {
    deal_id: deal.id,
    client_key: deal.client_key,
    ...momentOf(deal, entries, zone),
    amount_minor: deal.amount_minor,
    currency: deal.currency,
    base_minor: deal.currency === currency ? deal.amount_minor : null,
  };
}

function momentOf(
  deal: DealRow,
  entries: readonly StageEntryRow[],
  zone: Zone,
): Pick<PurchaseRow, "at" | "day" | "moment"> {
  const at = startOfWonPeriod(entries);
  if (at !== null) return { at, day: zone.dayOf(at), moment: "history" };
  if (deal.closed_at !== null) {
    return { at: deal.closed_at, day: zone.dayOf(deal.closed_at), moment: "closed" };
  }
  const day = deal.close_day === null ? null : dayOfDate(deal.close_day);
  if (day !== null) return { at: zone.startOf(day), day, moment: "close_day" };
  return { at: deal.updated_at, day: zone.dayOf(deal.updated_at), moment: "close_day" };
}

/** First entry of the unbroken run of won stages at the end of a deal's history; null when the history ends elsewhere. */
function startOfWonPeriod(entries: readonly StageEntryRow[]): Instant | null {
  let start: Instant | null = null;
  for (let at = entries.length - 1; at >= 0; at -= 1) {
    const entry = entries[at];
    if (entry?.outcome !== "won") break;
    start = entry.entered_at;
  }
  return start;
}

/** Insight of these clients is older than their facts. */
export function markStale(sql: Sql, clientKeys: Iterable<string>, now: Instant): void {
  for (const key of clientKeys) {
    sql.run(
      `insert into stale_client (client_key, since_at) values (?, ?)
       on conflict (client_key) do nothing`,
      key,
      now,
    );
  }
}

function entriesByDeal(sql: SqlReader, dealIds: readonly string[]): Map<string, StageEntryRow[]> {
  const byDeal = new Map<string, StageEntryRow[]>();
  const rows = sql.all<StageEntryRow>(
    `select * from stage_entry where deal_id in (select value from json_each(?))
     order by deal_id, entered_at, length(id), id`,
    JSON.stringify(dealIds),
  );
  for (const row of rows) {
    const list = byDeal.get(row.deal_id);
    if (list) list.push(row);
    else byDeal.set(row.deal_id, [row]);
  }
  return byDeal;
}

function ownClients(sql: SqlReader, deals: readonly DealRow[]): Set<string> {
  const keys = deals.flatMap(({ client_key }) => (client_key === null ? [] : [client_key]));
  const rows = sql.all<{ key: string }>(
    "select key from client where is_own = 1 and key in (select value from json_each(?))",
    JSON.stringify(keys),
  );
  return new Set(rows.map(({ key }) => key));
}
