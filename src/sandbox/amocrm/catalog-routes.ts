import { hal, type JsonObject, nothing, refuse } from "./answer.ts";
import type { Call, Route } from "./call.ts";
import { dictionary, list } from "./listing.ts";
import type { CatalogElement } from "./model.ts";
import { child, words } from "./query.ts";
import type { Invoice } from "./trade.ts";
import { self } from "./view.ts";

/** The catalog of goods and the one of invoices. */

const CATALOG_TYPES = ["products", "invoices"] as const;

function catalogs(call: Call) {
  const { account } = call;
  return [
    { id: account.catalogId, name: "Товары", type: CATALOG_TYPES[0] },
    { id: account.trade.invoiceCatalogId, name: "Счета", type: CATALOG_TYPES[1] },
  ];
}

type CatalogRow = ReturnType<typeof catalogs>[number];

function catalogView(call: Call, row: CatalogRow): JsonObject {
  const at = call.account.createdAt;
  const by = call.account.users[0]?.id ?? 0;
  return {
    id: row.id,
    name: row.name,
    created_by: by,
    updated_by: by,
    created_at: at,
    updated_at: at,
    sort: 10,
    type: row.type,
    can_add_elements: true,
    can_show_in_cards: false,
    can_link_multiple: true,
    can_be_deleted: false,
    sdk_widget_code: null,
    account_id: call.account.id,
    _links: self(call, `catalogs/${row.id}`),
  };
}

interface Value {
  readonly value: string | number | JsonObject;
  readonly enum_id?: number;
  readonly enum_code?: string;
}

function fieldOf(
  id: number,
  [code, name, type]: readonly [string, string, string],
  value: Value,
): JsonObject {
  const values = [{ ...value }];
  return { field_id: id, field_name: name, field_code: code, field_type: type, values };
}

interface ElementFrame {
  readonly id: number;
  readonly catalogId: number;
  readonly name: string;
  readonly created_at: number;
  readonly updated_at: number;
}

function elementView(call: Call, row: ElementFrame, fields: readonly JsonObject[]): JsonObject {
  const by = call.account.users[0]?.id ?? 0;
  return {
    id: row.id,
    catalog_id: row.catalogId,
    name: row.name,
    created_by: by,
    updated_by: by,
    created_at: row.created_at,
    updated_at: row.updated_at,
    is_deleted: null,
    currency_id: null,
    price_id: null,
    custom_fields_values: fields,
    account_id: call.account.id,
    _links: self(call, `catalogs/${row.catalogId}/elements/${row.id}`),
  };
}

function productView(call: Call, row: CatalogElement): JsonObject {
  const { createdAt, catalogId } = call.account;
  const times = { created_at: createdAt, updated_at: createdAt };
  return elementView(call, { id: row.id, name: row.name, catalogId, ...times }, [
    fieldOf(271_207, ["SKU", "Артикул", "text"], { value: row.sku }),
    fieldOf(271_209, ["PRICE", "Цена", "price"], { value: row.price }),
    fieldOf(271_211, ["GROUP", "Группа", "category"], {
      value: row.group,
      enum_id: row.groupId,
    }),
  ]);
}

const STATUS_WORDS = {
  created: ["Создан", 500_001],
  paid: ["Оплачен", 500_003],
  paid_in_advance: ["Оплачен авансом", 500_005],
  partially_paid: ["Частично оплачен", 500_007],
} as const;

function invoiceView(call: Call, row: Invoice): JsonObject {
  const [word, enumId] = STATUS_WORDS[row.status];
  const frame = { ...row, catalogId: call.account.trade.invoiceCatalogId };
  const fields = [
    fieldOf(271_301, ["BILL_STATUS", "Статус", "select"], {
      value: word,
      enum_id: enumId,
      enum_code: row.status,
    }),
    fieldOf(271_303, ["BILL_PRICE", "Итоговая сумма", "numeric"], { value: row.price }),
  ];
  if (row.paidAt !== null)
    fields.push(
      fieldOf(271_305, ["BILL_PAYMENT_DATE", "Дата оплаты", "date_time"], { value: row.paidAt }),
    );
  if (row.payer !== null)
    fields.push(
      fieldOf(271_307, ["PAYER", "Плательщик", "linked_entity"], {
        value: { name: payerName(call, row), entity_id: row.payer.id, entity_type: row.payer.type },
      }),
    );
  return elementView(call, frame, fields);
}

function payerName(call: Call, { payer }: Invoice): string {
  if (payer === null) return "";
  return call.account.clients(payer.type).get(payer.id)?.name ?? "";
}

function catalogOf(call: Call, id: string | undefined): CatalogRow {
  return catalogs(call).find((row) => row.id === Number(id)) ?? refuse(404, "Resource not found");
}

function listElements(call: Call, id: string | undefined): Response {
  if (catalogOf(call, id).type === "invoices") {
    const table = call.account.trade.invoices;
    const view = (row: Invoice) => invoiceView(call, row);
    return list(call, { table, name: "elements", getters: {}, orders: [], view });
  }
  const ids = words(child(call.query.get("filter"), "id")).map(Number);
  const rows = call.account.elements.filter((row) => ids.length === 0 || ids.includes(row.id));
  return dictionary(call, "elements", rows, (row) => productView(call, row), { isPaged: true });
}

function oneElement(call: Call, catalogId: string | undefined, id: string | undefined): Response {
  if (catalogOf(call, catalogId).type === "invoices") {
    const row = call.account.trade.invoices.listed(Number(id));
    return row === undefined ? nothing() : hal(invoiceView(call, row));
  }
  const row = call.account.elements.find((one) => one.id === Number(id));
  return row === undefined ? nothing() : hal(productView(call, row));
}

export const CATALOG_ROUTES: readonly Route[] = [
  {
    method: "GET",
    path: "/api/v4/catalogs",
    handle: (call) =>
      dictionary(call, "catalogs", catalogs(call), (row) => catalogView(call, row), {
        isPaged: true,
      }),
  },
  {
    method: "GET",
    path: "/api/v4/catalogs/{}",
    handle: (call, [id]) => hal(catalogView(call, catalogOf(call, id))),
  },
  {
    method: "GET",
    path: "/api/v4/catalogs/{}/elements",
    handle: (call, [id]) => listElements(call, id),
  },
  {
    method: "GET",
    path: "/api/v4/catalogs/{}/elements/{}",
    handle: (call, [catalogId, id]) => oneElement(call, catalogId, id),
  },
];
