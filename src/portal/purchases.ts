import type { Instant } from "../crm/ports.ts";
import type { ClientRule, MoneySource, SettingsDraft } from "../crm/settings.ts";
import {
  convertMinor,
  makeRateBook,
  type Rate,
  type RateBasis,
  type RateBook,
} from "./exchange.ts";
import {
  buyerKey,
  type DealRow,
  isSameRow,
  putRow,
  rowsByKey,
  type StageEntryRow,
} from "./mirror-rows.ts";
import { draftsOfPayments, paymentPurchaseId, withParts } from "./payment-purchases.ts";
import type { Sql, SqlReader } from "./sql.ts";
import { dayOfDate, type Zone } from "./zone.ts";

/** Where the moment of a purchase comes from. `close_day` is flagged in data quality. */
type PurchaseMoment = "history" | "closed" | "close_day" | "paid";

export interface PurchaseRow {
  /** The deal's id, or `payment:<id>`. */
  readonly id: string;
  /** The deal it is or belongs to. */
  readonly deal_id: string | null;
  readonly client_key: string;
  readonly at: Instant;
  /** Whole days since 1970-01-01 in the portal's zone. */
  readonly day: number;
  /** null or 0 = a purchase without a sum: rhythm, no money. Negative = refund. */
  readonly amount_minor: number | null;
  readonly currency: string | null;
  /** The amount in the portal's currency; null = no sum, or no rate. */
  readonly base_minor: number | null;
  /** Price of one unit of `currency`, taken once; null in the portal's own currency, and where none is known. */
  readonly rate: number | null;
  readonly rate_basis: RateBasis | null;
  readonly moment: PurchaseMoment;
}

export interface PurchaseRules {
  readonly zone: Zone;
  readonly currency: string;
  readonly clientRule: ClientRule;
  readonly moneySource: MoneySource;
  /** Pipelines whose won deals count; null = all. */
  readonly pipelines: readonly string[] | null;
  readonly countsZeroSums: boolean;
  /** Rates that the administrator gave. */
  readonly rates: SettingsDraft["rates"];
}

/** Records that purchases are made of. */
export interface PurchaseOrigins {
  readonly deals: readonly string[];
  readonly payments: readonly string[];
}

/**
 * Brings the purchases of these records in line with the mirror and marks the clients whose facts have changed. Belongs into
 * the transaction that changed the mirror.
 */
export function updatePurchases(
  sql: Sql,
  origins: PurchaseOrigins,
  rules: PurchaseRules,
  now: Instant,
): void {
  const payments = rules.moneySource === "deals" ? origins.payments : withParts(sql, origins);
  if (origins.deals.length === 0 && payments.length === 0) return;
  const ids = [...origins.deals, ...payments.map((id) => paymentPurchaseId(id))];
  const before = rowsByKey<PurchaseRow>(sql, "purchase", "id", ids);
  const after = derivePurchases(sql, { deals: origins.deals, payments }, rules, before);
  const stale = new Set<string>();
  for (const id of ids) {
    const known = before.get(id);
    const fresh = after.get(id);
    if (fresh && known && isSameRow(fresh, known)) continue;
    if (!(fresh || known)) continue;
    if (fresh) putRow(sql, "purchase", "id", fresh);
    else sql.run("delete from purchase where id = ?", id);
    if (known) stale.add(known.client_key);
    if (fresh) stale.add(fresh.client_key);
  }
  markStale(sql, stale, now);
}

/**
 * The purchases that these deals and payments are under the rules, by their id. Rates of `known` rows stay what they were.
 * Writes nothing.
 */
export function derivePurchases(
  sql: SqlReader,
  origins: PurchaseOrigins,
  rules: PurchaseRules,
  known: ReadonlyMap<string, PurchaseRow>,
): Map<string, PurchaseRow> {
  const drafts =
    rules.moneySource === "deals"
      ? draftsOfDeals(sql, origins.deals, rules)
      : draftsOfPayments(sql, origins.payments, rules);
  const own = ownClients(sql, drafts);
  const rates = makeRateBook(sql, rules.currency, rules.rates);
  const rows = new Map<string, PurchaseRow>();
  for (const draft of drafts) {
    if (own.has(draft.client_key)) continue;
    if (!(draft.amount_minor || rules.countsZeroSums)) continue;
    rows.set(draft.id, { ...draft, ...moneyOf(draft, rules.currency, rates, known.get(draft.id)) });
  }
  return rows;
}

/** A purchase before its money is converted. */
export type PurchaseDraft = Omit<PurchaseRow, "base_minor" | "rate" | "rate_basis">;
type Money = Pick<PurchaseRow, "base_minor" | "rate" | "rate_basis">;

/** A rate once taken is kept, whatever the CRM says of that day later; another day is another purchase. */
function moneyOf(
  { amount_minor: minor, currency, day }: PurchaseDraft,
  base: string,
  rates: RateBook,
  known: PurchaseRow | undefined,
): Money {
  if (minor === null || currency === null || minor === 0 || currency === base) {
    return {
      base_minor: currency === base || minor === 0 ? minor : null,
      rate: null,
      rate_basis: null,
    };
  }
  const fresh = rates.on(currency, day);
  const rate = keptRate(known, { currency, day }, fresh) ?? fresh;
  const converted = rate && convertMinor(minor, currency, base, rate.perUnit);
  if (!rate || converted === null) return { base_minor: null, rate: null, rate_basis: null };
  return { base_minor: converted, rate: rate.perUnit, rate_basis: rate.basis };
}

/** Only what an administrator gave, or has replaced by a given one, follows a change. */
function keptRate(
  known: PurchaseRow | undefined,
  { currency, day }: { readonly currency: string; readonly day: number },
  fresh: Rate | null,
): Rate | null {
  if (known?.currency !== currency || known.day !== day) return null;
  const { rate: perUnit, rate_basis: basis } = known;
  if (perUnit === null || basis === null || basis === "given") return null;
  return basis === "install" && fresh?.basis !== "install" ? null : { perUnit, basis };
}

function draftsOfDeals(
  sql: SqlReader,
  ids: readonly string[],
  rules: PurchaseRules,
): PurchaseDraft[] {
  const deals = rowsByKey<DealRow>(sql, "deal", "id", ids);
  const entries = entriesByDeal(sql, ids);
  const counted = rules.pipelines && new Set(rules.pipelines);
  return [...deals.values()].flatMap((deal) => {
    if (deal.outcome !== "won" || deal.is_deleted === 1 || deal.is_template === 1) return [];
    if (counted && !counted.has(deal.pipeline_id)) return [];
    const key = buyerKey(deal.company_id, deal.contact_id, rules.clientRule);
    if (key === null) return [];
    return [
      {
        id: deal.id,
        deal_id: deal.id,
        client_key: key,
        ...momentOf(deal, entries.get(deal.id) ?? [], rules.zone),
        amount_minor: deal.amount_minor,
        currency: deal.currency,
      },
    ];
  });
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

/** The portal's own companies buy nothing. */
function ownClients(sql: SqlReader, drafts: readonly PurchaseDraft[]): Set<string> {
  const rows = sql.all<{ key: string }>(
    "select key from client where is_own = 1 and key in (select value from json_each(?))",
    JSON.stringify(drafts.map(({ client_key }) => client_key)),
  );
  return new Set(rows.map(({ key }) => key));
}
