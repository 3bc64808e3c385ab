import { expect, it } from "vitest";
import { api, openApp } from "../browser.ts";
import { buyerOf, soldDeal } from "../deals.ts";
import { ask, CHOICES, choose, figuresOf, settingsOf, totals } from "../money-choices.ts";
import { withFlow, withInstalled } from "../node-flow.ts";
import { nativeOf } from "./portal.ts";

it("paid invoices instead of deals: parts, another currency, a preview that comes true, and back", () =>
  withFlow("bitrix24", async (flow) => {
    const { portal } = nativeOf(flow);
    const deal = soldDeal(flow);
    const { clientKind, clientId } = buyerOf(deal);
    const client = clientKind === "company" ? { companyId: clientId } : { contactId: clientId };
    const pay = (amount: number, more: { currency?: string; dealId?: string } = {}) => {
      const id = portal.addInvoice({ amount, ...client, ...more });
      portal.moveInvoice(id, "S");
      return id;
    };
    pay(1_000, { dealId: deal.id });
    pay(500, { dealId: deal.id });
    pay(10, { currency: "USD" });
    pay(3, { currency: "CHF" });
    portal.addInvoice({ amount: 77, ...client });
    await flow.installAndSync();
    await flow.pass(2);

    const first = totals(await figuresOf(flow));
    const moved = await choose(flow, { ...CHOICES, moneySource: "invoice" });
    expect(moved.before).toMatchObject(first);
    const usd = moved.after.revenueMinor - 150_000;
    expect(moved.after).toMatchObject({ clients: 1, purchases: 3 });
    expect(moved.after.missingRates).toEqual([{ currency: "CHF", count: 1, amountMinor: 300 }]);
    // 10 dollars at what the portal says a dollar costs.
    const { options } = await settingsOf(flow);
    const rate = options.currencies.find(({ currency }) => currency === "USD")?.perUnit ?? 0;
    expect(usd).toBe(Math.round(rate * 1_000));
    expect(options.currencies).toContainEqual({ currency: "CHF", perUnit: null });
    expect((await figuresOf(flow)).dataQuality).toContainEqual(
      expect.objectContaining({
        code: "missing_rates",
        amountMinor: null,
        amounts: [{ currency: "CHF", amountMinor: 300 }],
      }),
    );

    const rates = [{ currency: "CHF", perUnit: 90.5 }];
    const given = await choose(flow, { ...CHOICES, moneySource: "invoice", rates });
    expect(given.after.revenueMinor - given.before.revenueMinor).toBe(27_150);
    expect(given.after.missingRates).toEqual([]);

    // The portal's rate of tomorrow changes nothing that was sold today.
    portal.setRate("USD", 200);
    await flow.pass(25 * 60);
    expect(totals(await figuresOf(flow))).toMatchObject({
      revenueMinor: given.after.revenueMinor,
    });

    await choose(flow, CHOICES);
    expect(totals(await figuresOf(flow))).toEqual(first);
  }));

it("counted pipelines, sums of nothing and choices that make no sense", () =>
  withInstalled("bitrix24", async (flow) => {
    await flow.pass(2);
    const { session } = await openApp(flow);
    const put = (body: unknown) => api(flow, session, "/api/settings", "PUT", body);
    for (const wrong of [
      { ...CHOICES, pipelines: [] },
      { ...CHOICES, pipelines: ["nowhere"] },
      { ...CHOICES, moneySource: "transaction" },
      { ...CHOICES, rates: [{ currency: "RUB", perUnit: 2 }] },
      { ...CHOICES, rates: [{ currency: "USD", perUnit: 0 }] },
      { ...CHOICES, clientRule: "nobody" },
    ]) {
      expect((await put({ version: 0, ...wrong })).status).toBe(400);
      const preview = await api(flow, session, "/api/settings/preview", "POST", wrong);
      expect(preview.status).toBe(400);
    }
    const { version, options } = await settingsOf(flow);
    expect(version).toBe(0);
    const pipelines = options.pipelines.slice(0, 1).map(({ id }) => id);
    const counted = await choose(flow, { ...CHOICES, pipelines, countsZeroSums: false });
    expect(counted.after.purchases).toBeLessThan(counted.before.purchases);
    const contacts = await choose(flow, { ...CHOICES, clientRule: "contact" });
    expect(contacts.after.clients).not.toBe(contacts.before.clients);
  }));

it("payments of deals are read only while they are the money source: all once, then daily and with their deals", () =>
  withFlow("bitrix24", async (flow) => {
    const { portal } = nativeOf(flow);
    const deal = soldDeal(flow);
    const pay = (sum: number, isPaid: boolean) =>
      portal.addPayment({ ownerTypeId: 2, ownerId: deal.id, sum, isPaid });
    pay(100, true);
    const waiting = pay(23.5, false);
    const asked = () =>
      flow.sent.filter(({ body }) => body?.includes("crm.item.payment.list")).length;
    await flow.installAndSync();
    await flow.pass(2);
    const first = totals(await figuresOf(flow));
    expect(asked()).toBe(0);

    const { version } = await settingsOf(flow);
    const draft = { version, ...CHOICES, moneySource: "payment" };
    await ask(flow, "/api/settings", "PUT", draft);
    await flow.pass(5);
    expect(totals(await figuresOf(flow))).toMatchObject({ purchases: 1, revenueMinor: 10_000 });
    // Two hundred deals: ten a request while nobody knows what a call costs, fifty later.
    expect(asked()).toBeLessThan(25);

    // Its deal does not change: found by the daily look.
    portal.change("deal", deal.id, { sourceId: "CALL" });
    await flow.pass(5);
    portal.payPayment(waiting);
    await flow.pass(25 * 60);
    expect(totals(await figuresOf(flow))).toMatchObject({ purchases: 1, revenueMinor: 12_350 });
    pay(7, true);
    portal.change("deal", deal.id, { sourceId: "WEB" });
    await flow.pass(3);
    expect(totals(await figuresOf(flow))).toMatchObject({ revenueMinor: 13_050 });

    await choose(flow, CHOICES);
    expect(totals(await figuresOf(flow))).toEqual(first);
    const before = asked();
    await flow.pass(25 * 60);
    expect(asked()).toBe(before);
  }));
