import { expect, it } from "vitest";
import { get } from "../browser.ts";
import { buyerOf, soldDeal } from "../deals.ts";
import type { Flow } from "../flow-world.ts";
import { withFlow, withInstalled } from "../node-flow.ts";

/** The CRM with what only a Bitrix24 has. */
function bitrix24(flow: Flow) {
  const { native } = flow.world.site;
  if (native.product !== "bitrix24") throw new Error("not this product");
  return native.portal;
}

const rows = (flow: Flow, query: string) => flow.world.sql.all<Record<string, unknown>>(query);

/** What the app has asked lists for, by kind of record. */
function selects(flow: Flow): string {
  return flow.sent
    .map(({ body }) => decodeURIComponent(body ?? ""))
    .filter((body) => body.includes(".list"))
    .join("\n");
}

it("leads of the classic mode are read without names and follow their stage", () =>
  withFlow("bitrix24", async (flow) => {
    const crm = bitrix24(flow);
    const contact = crm.truth().clients.find(({ kind }) => kind === "contact");
    const id = crm.addLead({ contactId: contact?.id ?? "" });
    await flow.installAndSync();
    const stored = () => rows(flow, "select id, outcome, source_id, is_deleted from lead");
    expect(stored()).toEqual([{ id, outcome: "open", source_id: "WEB", is_deleted: 0 }]);
    crm.moveLead(id, "F");
    await flow.pass(1);
    expect(stored()).toEqual([{ id, outcome: "lost", source_id: "WEB", is_deleted: 0 }]);
    expect(selects(flow)).not.toMatch(/title|lastName|comments|phone|email|"name"|\[name\]/i);
  }));

it("a portal without leads is not asked for any", () =>
  withInstalled(
    "bitrix24",
    async (flow) => {
      await flow.pass(30);
      expect(selects(flow)).not.toMatch(/entityTypeId["=:]+1\b/);
      expect(rows(flow, "select id from lead")).toEqual([]);
    },
    { knobs: { bitrix24: { portal: { hasLeads: false } } } },
  ));

it("a paid invoice is a payment of its deal and client; an unpaid one is not paid", () =>
  withFlow("bitrix24", async (flow) => {
    const crm = bitrix24(flow);
    const deal = soldDeal(flow);
    const { clientKind, clientId } = buyerOf(deal);
    const client = clientKind === "company" ? { companyId: clientId } : { contactId: clientId };
    const paid = crm.addInvoice({ amount: 1500.5, dealId: deal.id, ...client });
    const open = crm.addInvoice({ amount: 20, currency: "USD", ...client });
    crm.moveInvoice(paid, "S");
    await flow.installAndSync();
    const stored = () =>
      rows(
        flow,
        "select id, kind, deal_id, client_key, amount_minor, currency, paid_at is not null as paid from payment order by id",
      );
    const key = `${clientKind}:${clientId}`;
    const first = { id: paid, kind: "invoice", deal_id: deal.id, client_key: key };
    const second = { id: open, kind: "invoice", deal_id: null, client_key: key };
    expect(stored()).toEqual([
      { ...first, amount_minor: 150_050, currency: "RUB", paid: 1 },
      { ...second, amount_minor: 2_000, currency: "USD", paid: 0 },
    ]);
    // The portal says so by an event of smart processes.
    crm.moveInvoice(open, "S");
    await flow.pass(1);
    expect(stored().map((row) => row.paid)).toEqual([1, 1]);
    crm.moveInvoice(paid, "P");
    await flow.pass(1);
    expect(stored().map((row) => row.paid)).toEqual([0, 1]);
  }));

it("a portal without invoices still ends its first sync", () =>
  withInstalled(
    "bitrix24",
    async (flow) => {
      expect(await flow.portal().summary()).toMatchObject({ state: "active", warnings: [] });
      expect(rows(flow, "select id from payment")).toEqual([]);
    },
    { knobs: { bitrix24: { portal: { hasInvoices: false } } } },
  ));

it("product rows are read with their deals: catalogue or typed in, after discounts, any number", () =>
  withFlow("bitrix24", async (flow) => {
    const crm = bitrix24(flow);
    const [one, other] = crm.truth().deals;
    const many = Array.from({ length: 120 }, (_, at) => ({
      name: `p${at}`,
      price: at,
      quantity: 1,
    }));
    crm.setProductRows(one?.id ?? "", many);
    crm.setProductRows(other?.id ?? "", [
      { name: "Phone", price: 81.82, quantity: 2, productId: 9621, discount: 9.09 },
      { name: "Advice", price: 10, quantity: 0.5 },
    ]);
    await flow.installAndSync();
    const stored = (dealId: string | undefined) =>
      flow.world.sql.all(
        "select product_id, quantity, price_minor from deal_product where deal_id = ? order by place",
        dealId ?? "",
      );
    expect(stored(one?.id)).toHaveLength(120);
    expect(stored(other?.id)).toEqual([
      { product_id: "9621", quantity: 2, price_minor: 8_182 },
      { product_id: null, quantity: 0.5, price_minor: 1_000 },
    ]);
    crm.setProductRows(one?.id ?? "", [{ name: "Phone", price: 5, quantity: 1, productId: 7 }]);
    await flow.pass(1);
    expect(stored(one?.id)).toEqual([{ product_id: "7", quantity: 1, price_minor: 500 }]);
  }));

it("rates, names of sources and the stages of refusal come with the first sync and daily life", () =>
  withInstalled("bitrix24", async (flow) => {
    const rates = () => rows(flow, "select currency, per_unit from rate order by currency, day");
    expect(rates()).toContainEqual({ currency: "USD", per_unit: 78.32 });
    // Small units are quoted by the hundred.
    expect(rates()).toContainEqual({ currency: "KZT", per_unit: 0.151 });
    const labels = rows(flow, "select dictionary, id, name from label order by dictionary, id");
    expect(labels).toContainEqual({ dictionary: "source", id: "WEB", name: "web" });
    expect(labels).toContainEqual({ dictionary: "lossReason", id: "LOSE", name: "Deal lost" });
    const refused = rows(flow, "select distinct loss_reason_id from deal where outcome = 'lost'");
    const known = new Set(labels.map(({ id }) => id));
    expect(refused.length).toBeGreaterThan(0);
    for (const { loss_reason_id } of refused) expect(known).toContain(loss_reason_id);
    expect((await get(flow, "/healthz")).status).toBe(200);
  }));
