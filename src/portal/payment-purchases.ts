import type { PaymentRow } from "./mirror-extras.ts";
import { buyerKey, type DealRow, rowsByKey } from "./mirror-rows.ts";
import type { PurchaseDraft, PurchaseOrigins, PurchaseRules } from "./purchases.ts";
import type { SqlReader } from "./sql.ts";

const PREFIX = "payment:";

/** Id of the purchase that a payment is, or begins. */
export function paymentPurchaseId(id: string): string {
  return PREFIX + id;
}

/** These payments, those of these deals, and all that are parts of the same sale. */
export function withParts(sql: SqlReader, { deals, payments }: PurchaseOrigins): string[] {
  if (deals.length === 0 && payments.length === 0) return [];
  const rows = sql.all<{ id: string }>(
    `select id from payment where deal_id in (
       select value from json_each(?)
       union select deal_id from payment where id in (select value from json_each(?)))`,
    JSON.stringify(deals),
    JSON.stringify(payments),
  );
  return [...new Set([...payments, ...rows.map(({ id }) => id)])];
}

/**
 * Purchases that these payments are; `ids` must hold all parts of a sale. Payments of one deal in one currency are parts
 * of one purchase, of the day of the first; money given back is a row of its own. Who the host says has paid is the
 * client, else the deal's.
 */
export function draftsOfPayments(
  sql: SqlReader,
  ids: readonly string[],
  rules: PurchaseRules,
): PurchaseDraft[] {
  const payments = [...rowsByKey<PaymentRow>(sql, "payment", "id", ids).values()].filter(
    (one) => one.kind === rules.moneySource && one.is_deleted === 0 && one.paid_at !== null,
  );
  const survivors = survivorsOf(
    sql,
    payments.flatMap(({ client_key }) => client_key ?? []),
  );
  const dealIds = payments.flatMap(({ deal_id }) => deal_id ?? []);
  const deals = rowsByKey<DealRow>(sql, "deal", "id", dealIds);
  const counted = rules.pipelines && new Set(rules.pipelines);
  const drafts: PurchaseDraft[] = [];
  for (const parts of salesOf(payments)) {
    const [first] = parts;
    if (first?.paid_at == null) continue;
    const deal = deals.get(first.deal_id ?? "");
    if (deal && (deal.is_template === 1 || counted?.has(deal.pipeline_id) === false)) continue;
    const payer = parts.find(({ client_key }) => client_key !== null)?.client_key ?? null;
    const buyer = deal ? buyerKey(deal.company_id, deal.contact_id, rules.clientRule) : null;
    const key = payer === null ? buyer : (survivors.get(payer) ?? payer);
    if (key === null) continue;
    drafts.push({
      id: paymentPurchaseId(first.id),
      deal_id: first.deal_id,
      client_key: key,
      at: first.paid_at,
      day: rules.zone.dayOf(first.paid_at),
      moment: "paid",
      amount_minor: sumOf(parts),
      currency: first.currency,
    });
  }
  return drafts;
}

/** The first part first. */
function salesOf(payments: readonly PaymentRow[]): PaymentRow[][] {
  const sales = new Map<string, PaymentRow[]>();
  const inOrder = payments.toSorted(
    (one, other) => (one.paid_at ?? 0) - (other.paid_at ?? 0) || (one.id < other.id ? -1 : 1),
  );
  const startOf = new Map<string, number | null>();
  for (const payment of inOrder) {
    const isRefund = (payment.amount_minor ?? 0) < 0;
    if (payment.deal_id === null || isRefund) {
      sales.set(payment.id, [payment]);
      continue;
    }
    const place = `deal ${payment.deal_id} ${payment.currency}`;
    const parts = sales.get(place);
    if (parts) {
      parts.push(payment);
      continue;
    }
    // A part in another currency is of the same sale, so of the same moment.
    const start = startOf.get(payment.deal_id) ?? payment.paid_at;
    startOf.set(payment.deal_id, start);
    sales.set(place, [{ ...payment, paid_at: start }]);
  }
  return [...sales.values()];
}

function sumOf(parts: readonly PaymentRow[]): number | null {
  const sums = parts.flatMap(({ amount_minor }) => amount_minor ?? []);
  if (sums.length === 0) return null;
  const sum = sums.reduce((total, one) => total + one, 0);
  return Number.isSafeInteger(sum) ? sum : null;
}

/** Clients that were merged into others, by their old keys. */
function survivorsOf(sql: SqlReader, keys: readonly string[]): Map<string, string> {
  if (keys.length === 0) return new Map();
  const rows = sql.all<{ old: string; key: string }>(
    `with recursive line (old, key, depth) as (
       select key, merged_into, 1 from client
       where merged_into is not null and key in (select value from json_each(?))
       union all select line.old, client.merged_into, line.depth + 1 from line
       join client on client.key = line.key where client.merged_into is not null and line.depth < 16
     )
     select old, key from line order by depth`,
    JSON.stringify([...new Set(keys)]),
  );
  return new Map(rows.map(({ old, key }) => [old, key]));
}
