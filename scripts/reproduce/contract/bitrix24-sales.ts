import { hasLeads, readReadingProbe } from "../../../src/hosts/bitrix24/reading-setup.ts";
import { scriptedLink } from "./bench.ts";
import { batchResponse, host, type Reader } from "./bitrix24-lists.ts";
import { asFields, asList, responseOf, resultOf } from "./bitrix24-sample.ts";
import { expectEqual } from "./ledger.ts";

/** What the adapter makes of currencies, product rows and the mode of the CRM. */

/** The last row of a currency counts; the portal's own is no rate. */
const readCurrencies: Reader = async (sample) => {
  const link = scriptedLink(host, [responseOf(sample)]);
  const { records } = await host.scan(link, { entity: "rate", mode: { kind: "all" } }, null);
  const prices = new Map(
    asList(resultOf(sample))
      .map(asFields)
      .map((row) => [String(row.CURRENCY), Number(row.AMOUNT) / Number(row.AMOUNT_CNT)] as const),
  );
  prices.delete(link.currency);
  return expectEqual(
    "rates",
    records.map((one) => (one.entity === "rate" ? [one.currency, one.perUnit] : one)),
    [...prices],
  );
};

const readProductRows: Reader = async (sample) => {
  const rows = asList(asFields(resultOf(sample)).productRows).map(asFields);
  const owner = String(rows[0]?.ownerId);
  // Nobody has counted them, so only an empty page is the end.
  const pages = [resultOf(sample), { productRows: [] }].map((p0) => batchResponse({ p0 }));
  const link = scriptedLink(host, pages);
  const mode = { kind: "byId", ids: [owner] } as const;
  const { records } = await host.scan(link, { entity: "dealProducts", mode }, null);
  const expected = rows.map((row) => ({
    productId: String(row.productId),
    quantity: row.quantity,
    priceMinor: Math.round(Number(row.price) * 100),
  }));
  return expectEqual("rows", records, [{ entity: "dealProducts", dealId: owner, rows: expected }]);
};

const readPayments: Reader = async (sample) => {
  const rows = asList(resultOf(sample)).map(asFields);
  const { entityId } = asFields(sample.request);
  const dealId = String(entityId);
  const link = scriptedLink(host, [batchResponse({ p0: resultOf(sample) })]);
  const mode = { kind: "byId", ids: [dealId] } as const;
  const { records } = await host.scan(link, { entity: "dealPayments", mode }, null);
  const payments = rows.map((row) => ({
    entity: "payment",
    id: `p${String(row.id)}`,
    kind: "payment",
    dealId,
    client: null,
    amountMinor: Math.round(Number(row.sum) * 100),
    currency: row.currency,
    paidAt: row.paid === "Y" ? Date.parse(String(row.datePaid)) : null,
    updatedAt: 0,
  }));
  return expectEqual("payments", records, [{ entity: "dealPayments", dealId, payments }]);
};

const readMode: Reader = async (sample) => {
  const probe = { kind: "ok", result: resultOf(sample), total: null } as const;
  return expectEqual("leads", hasLeads(readReadingProbe(probe, undefined)), resultOf(sample) === 1);
};

export const SALES_READERS: Readonly<Record<string, Reader>> = {
  "crm.currency.list": readCurrencies,
  "crm.item.productrow.list": readProductRows,
  "crm.item.payment.list": readPayments,
  "crm.settings.mode.get": readMode,
};
