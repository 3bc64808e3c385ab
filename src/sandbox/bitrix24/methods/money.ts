import { isoTime } from "../dates.ts";
import { type Columns, compileFilter, type Sort } from "../filter.ts";
import { compileOrder, listPage } from "../list-page.ts";
import { itemsOf } from "../model.ts";
import { missingParam, RestError } from "../rest-error.ts";
import type { ProductRow } from "../rows.ts";
import { type Answer, type Call, CRM, canRead, type Methods, mapParam, startOf } from "./method.ts";

/** Product rows of records and payments for them. */

function productRow(row: ProductRow): Record<string, unknown> {
  const full = row.price + row.discount;
  return {
    id: row.id,
    ownerId: row.ownerId,
    ownerType: row.ownerType,
    productId: row.productId,
    productName: row.productName,
    price: row.price,
    priceAccount: row.price,
    priceExclusive: row.price,
    priceNetto: full,
    priceBrutto: full,
    quantity: row.quantity,
    discountTypeId: 1,
    discountRate: full === 0 ? 0 : Math.round((row.discount / full) * 10_000) / 100,
    discountSum: row.discount,
    taxRate: null,
    taxIncluded: "N",
    customized: "Y",
    measureCode: 796,
    measureName: "pcs",
    sort: 10,
    xmlId: "",
    type: 1,
    storeId: null,
  };
}

const PRODUCT_COLUMNS: Readonly<Record<string, readonly [Sort, keyof ProductRow]>> = {
  id: ["number", "id"],
  ownerId: ["number", "ownerId"],
  ownerType: ["text", "ownerType"],
  productId: ["number", "productId"],
  price: ["number", "price"],
  quantity: ["number", "quantity"],
};

function productColumns(call: Call): Columns<ProductRow> {
  const refuse = (): never => {
    throw new RestError(400, "INVALID_ARG_VALUE", "Invalid values for input parameters");
  };
  return {
    offsetMinutes: call.portal.offsetMinutes,
    isPlainDatesOnly: call.portal.isPlainDatesOnly,
    hasGroups: false,
    find: (name) => {
      const known = PRODUCT_COLUMNS[name];
      return known === undefined ? null : { sort: known[0], read: (row) => row[known[1]] };
    },
    onUnknown: refuse,
    onInvalid: refuse,
  };
}

function productRows(call: Call): Answer {
  const filter = mapParam(call.params.filter);
  if (filter["=ownerType"] === undefined || filter["=ownerId"] === undefined) {
    throw new RestError(400, "INVALID_ARG_VALUE", "Invalid values for input parameters");
  }
  const columns = productColumns(call);
  const query = compileFilter(filter, columns);
  const order = compileOrder(mapParam(call.params.order), columns, "id");
  const { portal } = call;
  const page = listPage(
    portal.productRows,
    query,
    order,
    startOf(call.params),
    portal.offsetMinutes,
  );
  const rows = page.rows.map(productRow);
  return { result: { productRows: rows }, total: page.total, next: page.next };
}

function payments(call: Call): Answer {
  for (const name of ["entityId", "entityTypeId"]) {
    if (call.params[name] === undefined) throw missingParam(name);
  }
  const { portal, user } = call;
  const typeId = Number(call.params.entityTypeId);
  const owner = itemsOf(portal, typeId)?.get(Number(call.params.entityId));
  if (owner === undefined || !canRead(user, owner)) throw new RestError(400, "0", "Access denied");
  const filter = mapParam(call.params.filter);
  const ids =
    filter["@id"] === undefined ? null : Object.values(mapParam(filter["@id"])).map(Number);
  const result = [...portal.payments.rows()]
    .filter((one) => one.ownerTypeId === typeId && one.ownerId === owner.id)
    .filter((one) => ids === null || ids.includes(one.id))
    .map((one) => ({
      id: one.id,
      accountNumber: `${one.ownerId}/${one.id}`,
      paid: one.paidAt === null ? "N" : "Y",
      datePaid: one.paidAt === null ? null : isoTime(one.paidAt, portal.offsetMinutes),
      empPaidId: one.paidAt === null ? null : user.id,
      paySystemId: 6,
      sum: one.sum,
      currency: one.currency,
      paySystemName: "Cash",
    }));
  return { result };
}

export const moneyMethods: Methods = {
  "crm.item.productrow.list": { scopes: CRM, cost: "list", run: productRows },
  "crm.item.payment.list": { scopes: CRM, cost: "cheap", run: payments },
};
