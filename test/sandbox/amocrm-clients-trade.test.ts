import { expect, test } from "vitest";
import { amocrmJs, app, carryHttps, served, shevernitskiy } from "./amocrm-judges.ts";
import { type Body, smallSeed } from "./amocrm-kit.ts";

/** The parts of the API that not every account has, as clients of others use them. */

async function account() {
  const b = await served();
  b.portal.seed(smallSeed());
  b.portal.setCustomersMode("segments");
  const id = (kind: string) => b.portal.truth().clients.find((one) => one.kind === kind)?.id ?? "";
  const ids = { contact: id("contact"), company: id("company"), deal: b.portal.seeded().deals[0] };
  const grant = () => ({ ...app, grant_type: "authorization_code" as const, code: b.code() });
  return { ...b, ids, amo: () => shevernitskiy(b.portal.origin(), grant()) };
}

test("@shevernitskiy/amo keeps customers and what they buy", async () => {
  const b = await account();
  const amo = b.amo();
  const contacts = [{ id: Number(b.ids.contact) }];
  const made = await amo.customer.addCustomers([
    { name: "Customer", _embedded: { contacts } },
  ] as Body);
  const id = (made as Body)._embedded.customers[0].id;
  const sold = await amo.customer.addTransactionsToCustomer(id, [{ price: 1_500 }] as Body);
  expect((sold as Body)._embedded.transactions[0].customer_id).toBe(id);
  const all = await amo.customer.getTransactions();
  expect((all as Body)._embedded.transactions).toMatchObject([{ price: 1_500, customer_id: id }]);
  const one = await amo.customer.getCustomerById(id, { with: ["contacts"] } as Body);
  expect(one).toMatchObject({ ltv: 1_500, purchases_count: 1, average_check: 1_500 });
  expect((one as Body)._embedded.contacts[0].id).toBe(Number(b.ids.contact));
  await amo.customer.updateCustomers([{ id, name: "Renamed" }] as Body);
  await amo.customer.deleteTransactionsById((all as Body)._embedded.transactions[0].id);
  await expect(amo.customer.getTransactionsByCustomerId(id)).rejects.toThrow("204 No Content");
  expect(await amo.customer.updateBonusPointsByCustomerId(id, { earn: 10 })).toEqual({
    bonus_points: 10,
  });
  b.portal.setCustomersMode("disabled");
  await expect(amo.customer.getCustomers()).rejects.toThrow("403");
});

test("@shevernitskiy/amo reads catalogs with goods and invoices", async () => {
  const b = await account();
  const payer = { kind: "company", id: b.ids.company } as const;
  const invoice = b.portal.addInvoice({ status: "paid", price: "99.50", payer, paidAt: 1_000 });
  const amo = b.amo();
  const { _embedded } = (await amo.catalog.getCatalogs()) as Body;
  const of = (type: string) => _embedded.catalogs.find((one: Body) => one.type === type).id;
  const goods = (await amo.catalog.getCatalogElementsByCatalogId(of("products"))) as Body;
  expect(goods._embedded.elements).toHaveLength(3);
  const bills = (await amo.catalog.getCatalogElementsByCatalogId(of("invoices"))) as Body;
  expect(bills._embedded.elements.map((one: Body) => String(one.id))).toEqual([invoice]);
  const codes = bills._embedded.elements[0].custom_fields_values.map((one: Body) => one.field_code);
  expect(codes).toEqual(["BILL_STATUS", "BILL_PRICE", "BILL_PAYMENT_DATE", "PAYER"]);
});

test("@shevernitskiy/amo takes incoming leads in and turns them away", async () => {
  const b = await account();
  const client = { kind: "contact", id: b.ids.contact } as const;
  const [first, second] = [b.portal.addIncoming(client), b.portal.addIncoming(client)];
  const amo = b.amo();
  const list = (await amo.unsorted.getUnsorted({ order: { created_at: "asc" } } as Body)) as Body;
  expect(list._embedded.unsorted.map((one: Body) => one.uid).sort()).toEqual(
    [first, second].sort(),
  );
  expect(((await amo.unsorted.getUnsortedByUid(first)) as Body).category).toBe("forms");
  const taken = (await amo.unsorted.acceptUnsortedByUid(first, {} as Body)) as Body;
  const lead = await amo.lead.getLeadById(taken._embedded.leads[0].id);
  expect(lead.id).toBe(taken._embedded.leads[0].id);
  await amo.unsorted.declineUnsortedByUid(second, {} as Body);
  await expect(amo.unsorted.getUnsorted()).rejects.toThrow("204 No Content");
});

test("@shevernitskiy/amo writes notes, links and starts bots", async () => {
  const b = await account();
  const amo = b.amo();
  const deal = Number(b.ids.deal);
  const params = { service: "Client Pulse", text: "Text" };
  const note = { entity_id: deal, note_type: "service_message", params };
  await amo.note.addNotes("leads", [note] as Body);
  const notes = (await amo.note.getNotesByEntityId(deal, "leads")) as Body;
  expect(notes._embedded.notes).toMatchObject([{ note_type: "service_message", params }]);
  const to = { to_entity_id: Number(b.ids.contact), to_entity_type: "contacts" };
  await amo.link.addLinksByEntityId(deal, "leads", [to] as Body);
  const links = (await amo.link.getLinksByEntityId(deal, "leads")) as Body;
  expect(links._embedded.links).toContainEqual(expect.objectContaining(to));
  // It takes every answer without a body for an error, also the one that says that it was done.
  await expect(amo.link.deleteLinksByEntityId(deal, "leads", [to] as Body)).rejects.toThrow("204");
  const left = (await amo.link.getLinksByEntityId(deal, "leads")) as Body;
  expect(left._embedded.links).not.toContainEqual(expect.objectContaining(to));
  await amo.salesbot.runTask([{ bot_id: 5, entity_id: deal, entity_type: 2 }] as Body);
  expect(b.portal.botRuns()).toHaveLength(1);
});

test("amocrm-js reads the same parts through its plain requests", async () => {
  const b = await account();
  carryHttps(b.port);
  const client = amocrmJs({ code: b.code() });
  const customer = b.portal.addCustomer({ kind: "contact", id: b.ids.contact });
  b.portal.addTransaction(customer, 700, Date.UTC(2026, 0, 5));
  b.portal.addIncoming({ kind: "company", id: b.ids.company });
  const read = async (path: string, name: string): Promise<Body[]> => {
    const { data } = await client.request.get(`/api/v4/${path}`);
    return (data as Body)._embedded[name];
  };
  expect(await read("customers?with=contacts", "customers")).toMatchObject([{ ltv: 700 }]);
  expect(await read("customers/transactions", "transactions")).toMatchObject([{ price: 700 }]);
  expect(await read("catalogs", "catalogs")).toHaveLength(2);
  expect(await read("leads/unsorted", "unsorted")).toHaveLength(1);
  const made = await client.request.post("/api/v4/companies/notes", [
    { entity_id: Number(b.ids.company), note_type: "common", params: { text: "Text" } },
  ] as Body);
  expect((made.data as Body)._embedded.notes).toHaveLength(1);
});
