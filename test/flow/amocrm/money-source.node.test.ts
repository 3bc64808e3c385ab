import { expect, it } from "vitest";
import { api, openApp } from "../browser.ts";
import { buyerOf, soldDeal } from "../deals.ts";
import { CHOICES, choose, figuresOf, settingsOf, totals } from "../money-choices.ts";
import { withFlow } from "../node-flow.ts";

const DAY = 86_400_000;

it("customers' purchases instead of deals: shown before, counted after, and back again", () =>
  withFlow(
    "amocrm",
    async (flow) => {
      const { native } = flow.world.site;
      if (native.product !== "amocrm") throw new Error("another product");
      const { portal } = native;
      const { clientKind: kind, clientId: id } = buyerOf(soldDeal(flow));
      const customer = portal.addCustomer({ kind, id });
      const now = flow.world.clock.now();
      portal.addTransaction(customer, 1_500, now - 40 * DAY);
      portal.addTransaction(customer, 2_000, now - 9 * DAY);
      portal.addInvoice({ status: "paid", price: "70", payer: { kind, id }, paidAt: now - DAY });
      portal.addInvoice({ status: "paid", price: "30", payer: null, paidAt: now - DAY });
      await flow.installAndSync();
      await flow.pass(2);

      const first = totals(await figuresOf(flow));
      expect(first.purchases).toBeGreaterThan(20);
      const { options } = await settingsOf(flow);
      expect(options.moneySources).toEqual(["deals", "transaction", "invoice"]);

      const moved = await choose(flow, { ...CHOICES, moneySource: "transaction" });
      expect(moved.before).toMatchObject(first);
      expect(moved.after).toMatchObject({ clients: 1, purchases: 2, revenueMinor: 350_000 });

      portal.addTransaction(customer, 500, now - DAY);
      await flow.pass(25);
      expect(totals(await figuresOf(flow))).toMatchObject({ purchases: 3, revenueMinor: 400_000 });

      await choose(flow, { ...CHOICES, moneySource: "invoice" });
      const invoices = await figuresOf(flow);
      expect(totals(invoices)).toEqual({ clients: 1, purchases: 1, revenueMinor: 7_000 });
      expect(invoices.dataQuality).toContainEqual(
        expect.objectContaining({ code: "payments_without_client", count: 1, amountMinor: 3_000 }),
      );

      await choose(flow, CHOICES);
      expect(totals(await figuresOf(flow))).toEqual(first);
      const { history } = await settingsOf(flow);
      expect(history.map(({ version, changed }) => [version, changed])).toEqual([
        [3, ["moneySource"]],
        [2, ["moneySource"]],
        [1, ["moneySource"]],
      ]);
      expect(history[0]?.by).toBe(flow.crm.users[0]?.id);

      const { session } = await openApp(flow);
      const late = { version: 1, ...CHOICES, moneySource: "invoice" };
      expect((await api(flow, session, "/api/settings", "PUT", late)).status).toBe(409);
    },
    { knobs: { amocrmPortal: { customersMode: "segments" } } },
  ));
