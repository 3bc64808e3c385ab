import type { Random } from "../crm/ports.ts";
import type { SettingsDraft } from "../crm/settings.ts";
import type { SqlReader } from "../portal/sql.ts";
import type { Violation } from "./oracles.ts";
import type { NativePortal } from "./site.ts";
import type { World } from "./world.ts";

/** People bill clients while everything goes wrong, and an administrator changes what a purchase is. */

export interface Billing {
  /** One invoice more, paid or not, or another state of one that is there. */
  bill(): void;
  /** Another money source now and then. */
  choose(): Promise<void>;
}

export function makeBilling(world: World, random: Random): Billing {
  const bills: string[] = [];
  const { native, portal } = world.site;
  const pick = <T>(rows: readonly T[]): T | undefined =>
    rows[Math.floor(random.next() * rows.length)];
  return {
    bill() {
      const isPaid = random.next() < 0.7;
      const old = random.next() < 0.3 ? pick(bills) : undefined;
      if (old !== undefined) {
        settle(native, old, isPaid, world.clock.now());
        return;
      }
      const truth = portal.truth();
      const client = pick(truth.clients);
      if (!client) return;
      const deal = random.next() < 0.5 ? pick(truth.deals) : undefined;
      const amount = Math.round(random.next() * 900) + 1;
      const id = newBill(native, { client, dealId: deal?.id, amount });
      bills.push(id);
      if (isPaid) settle(native, id, true, world.clock.now());
    },
    async choose() {
      if (random.next() > 0.12 || world.isDown()) return;
      const app = world.instance().portal;
      const { version, options, ...known } = await app.settings();
      const draft: SettingsDraft = {
        moneySource: pick(options.moneySources) ?? "deals",
        pipelines: null,
        clientRule: known.clientRule,
        countsZeroSums: random.next() < 0.7,
        rates: [],
      };
      await app.saveSettings({ version, ...draft }, "1");
      world.instance().wake();
    },
  };
}

interface Bill {
  readonly client: { readonly kind: "company" | "contact"; readonly id: string };
  readonly dealId: string | undefined;
  readonly amount: number;
}

function newBill(native: NativePortal, { client, dealId, amount }: Bill): string {
  if (native.product === "amocrm") {
    const price = String(amount);
    return native.portal.addInvoice({ status: "created", price, payer: client, paidAt: null });
  }
  const buyer = client.kind === "company" ? { companyId: client.id } : { contactId: client.id };
  return native.portal.addInvoice({ amount, ...buyer, ...(dealId ? { dealId } : {}) });
}

function settle(native: NativePortal, id: string, isPaid: boolean, now: number): void {
  if (native.product === "bitrix24") native.portal.moveInvoice(id, isPaid ? "S" : "P");
  else native.portal.setInvoice(id, { status: isPaid ? "paid" : "created", paidAt: now });
}

interface Sum {
  readonly line: string;
}

/** Purchases are what the mirror and the administrator's choice make of them, whatever interrupted the counting. */
export function checkPurchases(world: { readonly sql: SqlReader }): Violation[] {
  const { sql } = world;
  const row = sql.get<{ document: string }>(
    "select document from setting_version order by version desc limit 1",
  );
  const choice = JSON.parse(row?.document ?? "{}") as Partial<SettingsDraft>;
  const source = choice.moneySource ?? "deals";
  const least = choice.countsZeroSums === false ? "coalesce(amount_minor, 0) <> 0" : "1 = 1";
  const expected =
    source === "deals"
      ? lines(
          sql,
          `select client_key || ' ' || count(*) || ' ' || sum(coalesce(amount_minor, 0)) as line
           from deal where outcome = 'won' and is_deleted = 0 and is_template = 0 and ${least}
             and client_key is not null and ${NOT_OWN} group by client_key`,
        )
      : lines(
          sql,
          `select cast(coalesce(sum(amount_minor), 0) as text) as line from (
             select p.amount_minor, coalesce(p.client_key, d.client_key) as client_key
             from payment p left join deal d on d.id = p.deal_id
             where p.kind = ? and p.is_deleted = 0 and p.paid_at is not null
               and coalesce(d.is_template, 0) = 0)
           where client_key is not null and ${NOT_OWN}`,
          source,
        );
  const counted =
    source === "deals"
      ? lines(
          sql,
          `select client_key || ' ' || count(*) || ' ' || sum(coalesce(amount_minor, 0)) as line
           from purchase group by client_key`,
        )
      : lines(
          sql,
          `select cast(coalesce(sum(amount_minor), 0) as text) as line from purchase
           where id like 'payment:%'`,
        );
  const others = sql.get<{ n: number }>(
    "select count(*) as n from purchase where (id like 'payment:%') <> ?",
    source === "deals" ? 0 : 1,
  );
  const wrong = others?.n ?? 0;
  if (wrong === 0 && expected.join("\n") === counted.join("\n")) return [];
  const missing = expected.filter((line) => !counted.includes(line));
  return [
    {
      invariant: "purchases follow the mirror",
      detail: `${source}: ${missing.length} differ (${missing[0] ?? ""}), ${wrong} of another source`,
    },
  ];
}

const NOT_OWN = "client_key not in (select key from client where is_own = 1)";

function lines(sql: SqlReader, query: string, ...args: readonly string[]): string[] {
  return sql
    .all<Sum & Record<string, string>>(query, ...args)
    .map(({ line }) => line)
    .sort();
}
