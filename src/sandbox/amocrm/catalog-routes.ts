import { hal, type JsonObject, json, problem, refuse } from "./answer.ts";
import { batch, type Call, type Route, single } from "./call.ts";
import { dictionary } from "./listing.ts";
import type { CatalogElement } from "./model.ts";
import { child, words } from "./query.ts";
import { self } from "./view.ts";

/** The goods catalog, the customers feature (off) and bots. */

function catalogView(call: Call): JsonObject {
  const at = call.account.createdAt;
  const by = call.account.users[0]?.id ?? 0;
  return {
    id: call.account.catalogId,
    name: "Товары",
    created_by: by,
    updated_by: by,
    created_at: at,
    updated_at: at,
    sort: 10,
    type: "products",
    can_add_elements: true,
    can_show_in_cards: false,
    can_link_multiple: true,
    can_be_deleted: false,
    sdk_widget_code: null,
    account_id: call.account.id,
    _links: self(call, `catalogs/${call.account.catalogId}`),
  };
}

function elementView(call: Call, row: CatalogElement): JsonObject {
  const at = call.account.createdAt;
  const by = call.account.users[0]?.id ?? 0;
  const value = (id: number, name: string, code: string, type: string, text: string) => ({
    field_id: id,
    field_name: name,
    field_code: code,
    field_type: type,
    values: [{ value: text }],
  });
  return {
    id: row.id,
    catalog_id: call.account.catalogId,
    name: row.name,
    created_by: by,
    updated_by: by,
    created_at: at,
    updated_at: at,
    is_deleted: null,
    currency_id: null,
    price_id: null,
    custom_fields_values: [
      value(271_207, "Артикул", "SKU", "text", row.sku),
      value(271_209, "Цена", "PRICE", "price", row.price),
    ],
    account_id: call.account.id,
    _links: self(call, `catalogs/${call.account.catalogId}/elements/${row.id}`),
  };
}

function needCatalog(call: Call, id: string | undefined): void {
  if (Number(id) !== call.account.catalogId) refuse(404, "Resource not found");
}

const CATALOGS: readonly Route[] = [
  {
    method: "GET",
    path: "/api/v4/catalogs",
    handle: (call) =>
      dictionary(call, "catalogs", [call.account.catalogId], () => catalogView(call), {
        isPaged: true,
      }),
  },
  {
    method: "GET",
    path: "/api/v4/catalogs/{}",
    handle: (call, [id]) => {
      needCatalog(call, id);
      return hal(catalogView(call));
    },
  },
  {
    method: "GET",
    path: "/api/v4/catalogs/{}/elements",
    handle: (call, [id]) => {
      needCatalog(call, id);
      const ids = words(child(call.query.get("filter"), "id")).map(Number);
      const rows = call.account.elements.filter((row) => ids.length === 0 || ids.includes(row.id));
      return dictionary(call, "elements", rows, (row) => elementView(call, row), { isPaged: true });
    },
  },
];

/** The account keeps the customers feature off: its routes answer so. */
const CUSTOMERS: readonly Route[] = [
  {
    method: "GET",
    path: "/api/v4/customers",
    handle: () => problem(403, "Customers are disabled"),
  },
  {
    method: "POST",
    path: "/api/v4/customers",
    handle: () => problem(403, "Customers are disabled"),
  },
  {
    method: "PATCH",
    path: "/api/v4/customers",
    handle: () => problem(403, "Customers are disabled"),
  },
  {
    method: "GET",
    path: "/api/v4/customers/transactions",
    handle: () => problem(403, "Customers are disabled"),
  },
  {
    method: "GET",
    path: "/api/v4/customers/segments",
    handle: () => problem(422, "Customers segments mode is disabled"),
  },
  {
    method: "GET",
    path: "/api/v4/customers/statuses",
    handle: () => problem(422, "Customers periodicity mode is disabled"),
  },
  {
    method: "PATCH",
    path: "/api/v4/customers/mode",
    handle: () => problem(402, "The tariff has no customers"),
  },
];

const BOTS: readonly Route[] = [
  {
    method: "POST",
    path: "/api/v2/salesbot/run",
    handle: (call) => {
      call.account.botRuns.push(...batch(call));
      return json({ success: true }, 202);
    },
  },
  {
    method: "POST",
    path: "/api/v4/bots/{}/run",
    handle: (call, [id]) => {
      call.account.botRuns.push({ ...single(call), bot_id: Number(id) });
      return new Response(null, { status: 202 });
    },
  },
];

export const CATALOG_ROUTES: readonly Route[] = [...CATALOGS, ...CUSTOMERS, ...BOTS];
