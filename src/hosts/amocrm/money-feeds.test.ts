import { describe, expect, it } from "vitest";
import {
  type Answer,
  fakeLink,
  halPage,
  json,
  NOW,
  nothing,
} from "../../../test/support/amocrm-fakes.ts";
import type { ScanQuery } from "../../crm/host.ts";
import { scan } from "./scan.ts";

const ALL = { kind: "all" } as const;
const MEMO = { filters: "on", customers: "on", invoices: "77", products: "55" };
const SECONDS = NOW / 1000;

const transaction = (change: object) => ({
  id: 1,
  price: 100,
  completed_at: SECONDS - 60,
  customer_id: 9,
  created_at: SECONDS,
  updated_at: SECONDS,
  is_deleted: false,
  ...change,
});

/** Transactions with their customers, and no invoices. */
function account(transactions: readonly object[], customers: readonly object[]): Answer {
  return (_request, url) => {
    if (url.pathname.endsWith("/transactions")) return halPage(url, "transactions", transactions);
    return url.pathname.endsWith("/customers") ? halPage(url, "customers", customers) : nothing;
  };
}

const customer = (embedded: object, id = 9) => ({ id, updated_at: SECONDS, _embedded: embedded });

const payments = async (answer: Answer, mode: ScanQuery["mode"] = ALL, memo = MEMO) =>
  (await scan(fakeLink(answer, memo), { entity: "payment", mode }, null)).records;

describe("transactions of customers", () => {
  it.each([
    [
      "the company",
      { companies: [{ id: 3 }], contacts: [{ id: 4 }] },
      { kind: "company", id: "3" },
    ],
    [
      "the main contact",
      { companies: [], contacts: [{ id: 4 }, { id: "5", is_main: true }] },
      { kind: "contact", id: "5" },
    ],
    ["one contact that is no list", { contacts: { id: 4 } }, { kind: "contact", id: "4" }],
    ["nobody", [], null],
  ])("belong to %s of their customer", async (_name, embedded, client) => {
    const [payment] = await payments(account([transaction({})], [customer(embedded)]));
    expect(payment).toMatchObject({ client, kind: "transaction", id: "transaction-1" });
  });

  it("are read with numbers as text, no moment, no customer and a negative sum", async () => {
    const rows = [
      transaction({ price: "1500.5", completed_at: null, created_at: String(SECONDS) }),
      transaction({ id: "2", price: -30, customer_id: null, _embedded: { customer: { id: 9 } } }),
      transaction({ id: 3, is_deleted: "1" }),
      { id: 4, price: "much" },
    ];
    const found = await payments(account(rows, [customer({ companies: [{ id: 3 }] })]));
    expect(found).toMatchObject([
      { amountMinor: 150_050, paidAt: SECONDS * 1000, currency: "RUB" },
      { id: "transaction-2", amountMinor: -3_000, client: { id: "3" } },
    ]);
  });

  it.each([402, 403, 404, 422])("are none where the account answers %i", async (status) => {
    expect(await payments(() => json({ status }, status))).toEqual([]);
  });

  it("are asked for by customers that have changed", async () => {
    const link = fakeLink((_request, url) => {
      if (url.pathname.endsWith("/customers")) return halPage(url, "customers", [customer({})]);
      return url.pathname.endsWith("/9/transactions")
        ? halPage(url, "transactions", [transaction({})])
        : nothing;
    }, MEMO);
    const mode = { kind: "since", at: NOW - 60_000 } as const;
    const { records } = await scan(link, { entity: "payment", mode }, null);
    expect(records).toHaveLength(1);
    expect(link.sent[0]?.url).toContain("filter%5Bupdated_at%5D%5Bfrom%5D");
    expect(link.sent.some(({ url }) => url.includes("customers/transactions"))).toBe(false);
  });
});

describe("invoices", () => {
  const field = (field_code: string, value: unknown, more = {}) => ({
    field_code,
    values: [{ value, ...more }],
  });
  const bill = async (...fields: readonly object[]) => {
    const row = { id: 8, created_at: SECONDS, updated_at: SECONDS, custom_fields_values: fields };
    const [payment] = await payments(
      (_request, url) =>
        url.pathname.includes("/catalogs/77/") ? halPage(url, "elements", [row]) : nothing,
      ALL,
      { ...MEMO, customers: "off" },
    );
    return payment;
  };

  it.each([
    ["its code", [field("BILL_STATUS", "Any words", { enum_code: "paid" })], true],
    ["its words where there is no code", [field("BILL_STATUS", " Оплачен ")], true],
    ["partly is not paid", [field("BILL_STATUS", "Paid", { enum_code: "partially_paid" })], false],
    ["none", [], false],
  ])("are paid by their status: %s", async (_name, fields, isPaid) => {
    const payment = await bill(...fields);
    expect(payment).toMatchObject({ paidAt: isPaid ? SECONDS * 1000 : null });
  });

  it("take sum, day and payer from their fields, and let odd ones be unknown", async () => {
    const payer = { name: "Canary", entity_id: "12", entity_type: "companies" };
    const paid = field("BILL_STATUS", "x", { enum_code: "paid" });
    const date = field("BILL_PAYMENT_DATE", String(SECONDS - 5));
    expect(await bill(paid, date, field("BILL_PRICE", "99.5"), field("PAYER", payer))).toEqual({
      entity: "payment",
      id: "invoice-8",
      kind: "invoice",
      dealId: null,
      client: { kind: "company", id: "12" },
      amountMinor: 9_950,
      currency: "RUB",
      paidAt: (SECONDS - 5) * 1000,
      updatedAt: NOW,
    });
    const odd = await bill(field("BILL_PRICE", "a lot"), field("PAYER", "Somebody"), {
      values: null,
    });
    expect(odd).toMatchObject({ amountMinor: null, currency: null, client: null });
  });

  it("without fields at all are unpaid", async () => {
    expect(await bill()).toMatchObject({ paidAt: null, amountMinor: null });
  });
});

describe("goods", () => {
  const lead = (elements: unknown) => ({
    ...{ id: 1, pipeline_id: 10, status_id: 142, created_at: SECONDS, updated_at: SECONDS },
    _embedded: { catalog_elements: elements },
  });
  const deals = async (elements: unknown, mode: ScanQuery["mode"] = ALL) => {
    const price = { field_code: "PRICE", values: [{ value: "1500" }] };
    const row = { id: 7, created_at: 1, updated_at: 1, custom_fields_values: [price] };
    const link = fakeLink(
      (_request, url) =>
        url.pathname.includes("/catalogs/55/")
          ? halPage(url, "elements", [row])
          : halPage(url, "leads", [lead(elements)]),
      MEMO,
    );
    const { records } = await scan(link, { entity: "deal", mode }, null);
    return { goods: records.find((one) => one.entity === "dealProducts"), link };
  };
  const element = (id: unknown, catalog_id: unknown, quantity?: unknown) => ({
    id,
    metadata: { catalog_id, ...(quantity === undefined ? {} : { quantity }) },
  });

  it("come with their lead, priced by the catalog, without the invoices among them", async () => {
    const { goods } = await deals([element("7", 55, "2.5"), element(8, "55"), element(9, 77)]);
    expect(goods).toMatchObject({
      dealId: "1",
      rows: [
        { productId: "7", quantity: 2.5, priceMinor: 150_000 },
        { productId: "8", quantity: 1, priceMinor: 0 },
      ],
    });
  });

  it("are asked prices for only where there are some; none is said only of changes", async () => {
    const first = await deals([]);
    expect(first.goods).toBeUndefined();
    expect(first.link.sent).toHaveLength(1);
    const later = await deals(null, { kind: "since", at: NOW - 1_000 });
    expect(later.goods).toMatchObject({ rows: [] });
  });
});

describe("labels", () => {
  it("keep names of sources, but none that is an address or a number to call", async () => {
    const names = ["Сайт", "sales@example.com", "+7 (999) 000-00-01", "Акция 2026", "ООО 1234567"];
    const sources = names.map((name, at) => ({ id: at + 1, name }));
    const link = fakeLink(
      (_request, url) =>
        url.pathname.endsWith("/sources") ? halPage(url, "sources", sources) : nothing,
      MEMO,
    );
    const labels: string[] = [];
    let cursor: string | null = null;
    do {
      const slice = await scan(link, { entity: "label", mode: ALL }, cursor);
      labels.push(...slice.records.map((one) => ("name" in one ? one.name : "")));
      cursor = slice.next;
    } while (cursor !== null);
    expect(labels).toEqual(["Сайт", "Акция 2026"]);
  });
});
