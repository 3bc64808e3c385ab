import { describe, expect, it } from "vitest";
import type { AmocrmPortal, PortalSetup } from "../../../src/sandbox/amocrm/index.ts";
import { buyerOf, soldDeal } from "../deals.ts";
import type { Flow } from "../flow-world.ts";
import { withFlow } from "../node-flow.ts";

/** What the app mirrors of money that is not a deal, and what it can do without. */

const DAY = 86_400_000;

function amocrm(flow: Flow): AmocrmPortal {
  const { native } = flow.world.site;
  if (native.product !== "amocrm") throw new Error("another product");
  return native.portal;
}

interface Payment {
  readonly kind: string;
  readonly client: string | null;
  readonly amount: number | null;
  readonly paid: number | null;
}

const payments = (flow: Flow): readonly Payment[] =>
  flow.world.sql.all<Payment & Record<string, never>>(
    `select kind, client_key as client, amount_minor as amount, paid_at as paid from payment
     where is_deleted = 0 order by kind, amount_minor`,
  );

function someBuyer(flow: Flow) {
  const { clientKind: kind, clientId: id } = buyerOf(soldDeal(flow));
  return { kind, id, key: `${kind}:${id}` };
}

const withMode = (
  customersMode: NonNullable<PortalSetup["customersMode"]>,
  body: (flow: Flow) => Promise<void>,
) => withFlow("amocrm", body, { knobs: { amocrmPortal: { customersMode } } });

const day = (at: number) => Math.floor(at / 1000) * 1000;

describe("money of amoCRM", () => {
  it.each(["segments", "periodicity"] as const)(
    "reads what customers bought (%s): new, taken back and linked to their client",
    (mode) =>
      withMode(mode, async (flow) => {
        const portal = amocrm(flow);
        const buyer = someBuyer(flow);
        const customer = portal.addCustomer(buyer);
        const at = flow.world.clock.now() - 40 * DAY;
        const first = portal.addTransaction(customer, 1_500, at);
        await flow.installAndSync();
        const known = { kind: "transaction", client: buyer.key, amount: 150_000, paid: day(at) };
        expect(payments(flow)).toEqual([known]);

        portal.addTransaction(customer, 2_000, at + DAY);
        await flow.pass(25);
        const second = { ...known, amount: 200_000, paid: day(at + DAY) };
        expect(payments(flow)).toEqual([known, second]);

        portal.deleteTransaction(first);
        await flow.pass(25 * 60);
        expect(payments(flow)).toEqual([second]);
      }),
  );

  it.each(["disabled", "unavailable"] as const)("does without customers (%s)", (mode) =>
    withMode(mode, async (flow) => {
      await flow.installAndSync();
      expect(payments(flow)).toEqual([]);
      expect(await flow.portal().summary()).toMatchObject({ state: "active" });
      const asked = flow.sent.filter(({ url }) => url.includes("/customers"));
      expect(asked).toEqual([]);
    }),
  );

  it.each([402, 403, 422])("does without customers whose routes answer %i all the same", (status) =>
    withMode("segments", async (flow) => {
      const body = JSON.stringify({ title: "Refused", status, detail: "Refused" });
      const fault = { kind: "status", status, body, contentType: "application/problem+json" };
      const match = "GET /api/v4/customers";
      flow.crm.addFault({ match, times: 1e9, fault: { ...fault, kind: "status" } });
      await flow.installAndSync();
      expect(payments(flow)).toEqual([]);
      expect(await flow.portal().summary()).toMatchObject({ state: "active" });
    }),
  );

  it("reads invoices: paid ones have a moment, open and partly paid ones have none", () =>
    withMode("disabled", async (flow) => {
      const portal = amocrm(flow);
      const payer = someBuyer(flow);
      const paidAt = flow.world.clock.now() - 3 * DAY;
      portal.addInvoice({ status: "paid", price: "1500.50", payer, paidAt });
      const open = portal.addInvoice({
        status: "created",
        price: "2000",
        payer: null,
        paidAt: null,
      });
      portal.addInvoice({ status: "partially_paid", price: "3000", payer, paidAt: null });
      await flow.installAndSync();
      const invoice = (amount: number, client: string | null, paid: number | null) => ({
        kind: "invoice",
        client,
        amount,
        paid,
      });
      const others = [invoice(200_000, null, null), invoice(300_000, payer.key, null)];
      expect(payments(flow)).toEqual([invoice(150_050, payer.key, day(paidAt)), ...others]);
      portal.setInvoice(open, { status: "paid", paidAt: paidAt + DAY });
      await flow.pass(25);
      expect(payments(flow)[1]).toEqual(invoice(200_000, null, day(paidAt + DAY)));
    }));

  it("reads goods of deals with their prices, and what they and their groups are called", () =>
    withMode("disabled", async (flow) => {
      const portal = amocrm(flow);
      const deal = soldDeal(flow);
      portal.addProduct(deal.id, 0, 2);
      await flow.installAndSync();
      portal.addProduct(deal.id, 2, 1);
      await flow.pass(25);
      const rows = flow.world.sql.all<Record<string, string | number>>(
        `select quantity, price_minor as price, p.name as product, g.name as grp
         from deal_product join label p on p.dictionary = 'product' and p.id = product_id
         join label g on g.dictionary = 'productGroup' and g.id = p.parent_id
         where deal_id = ? order by place`,
        deal.id,
      );
      expect(rows).toEqual([
        { quantity: 2, price: 150_000, product: "Абонемент", grp: "Услуги" },
        { quantity: 1, price: 450_000, product: "Обучение", grp: "Обучение" },
      ]);
      const labels = flow.world.sql.all<Record<string, string>>(
        "select name from label where dictionary in ('source', 'lossReason') order by name",
      );
      expect(labels.map(({ name }) => name)).toEqual(
        expect.arrayContaining(["Дорого", "Рекомендация", "Сайт"]),
      );
    }));

  it("reads incoming leads until somebody accepts or declines them", () =>
    withMode("disabled", async (flow) => {
      const portal = amocrm(flow);
      const client = someBuyer(flow);
      const early = portal.addIncoming(client);
      await flow.installAndSync();
      const open = () =>
        flow.world.sql
          .all<{ id: string }>(
            "select id from lead where is_deleted = 0 and outcome = 'open' order by created_at",
          )
          .map(({ id }) => id);
      expect(open()).toEqual([early]);
      const late = portal.addIncoming(client);
      await flow.pass(1);
      expect(open()).toEqual([early, late]);
      portal.settleIncoming(early, "accept");
      portal.settleIncoming(late, "decline");
      await flow.pass(1);
      expect(open()).toEqual([]);
    }));

  it("keeps no name of a customer, payer or form", () =>
    withMode("segments", async (flow) => {
      const portal = amocrm(flow);
      const client = someBuyer(flow);
      portal.addTransaction(portal.addCustomer(client), 900, flow.world.clock.now() - DAY);
      portal.addInvoice({ status: "paid", price: "10", payer: client, paidAt: null });
      portal.addIncoming(client);
      await flow.installAndSync();
      const kept = ["payment", "lead", "label", "deal_product"].map((table) =>
        JSON.stringify(flow.world.sql.all(`select * from ${table}`)),
      );
      for (const canary of flow.crm.canaries()) expect(kept.join()).not.toContain(canary);
    }));
});
