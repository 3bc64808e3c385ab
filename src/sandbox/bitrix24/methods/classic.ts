import { COMPANY, CONTACT, classicFieldNamed, DEAL, LEAD, sortOf } from "../fields.ts";
import { type Columns, compileFilter } from "../filter.ts";
import { compileOrder, listPage } from "../list-page.ts";
import { itemsOf, userFieldsOf } from "../model.ts";
import { classicItem, classicMultifield, multifields, rawValue } from "../render.ts";
import { oldError } from "../rest-error.ts";
import type { Item } from "../rows.ts";
import { Table } from "../table.ts";
import {
  type Answer,
  type Call,
  CRM,
  canRead,
  either,
  listParam,
  type Method,
  type Methods,
  mapParam,
  startOf,
} from "./method.ts";

/** The old families: UPPER names, everything as text, `error: ""`, unknown filter fields ignored. */

function columns(call: Call, typeId: number): Columns<Item> {
  const { portal } = call;
  return {
    offsetMinutes: portal.offsetMinutes,
    isPlainDatesOnly: portal.isPlainDatesOnly,
    hasGroups: false,
    find: (name) => {
      const field = classicFieldNamed(typeId, name);
      if (field !== undefined) {
        return { sort: sortOf(field.type), read: (item) => rawValue(item, field) };
      }
      const upper = name.toUpperCase();
      if (upper === "PHONE" || upper === "EMAIL") {
        return {
          sort: "text",
          read: (item) =>
            multifields(item).flatMap((one) => (one.typeId === upper ? [one.value] : [])),
        };
      }
      const uf = userFieldsOf(portal, typeId).find((one) => one.fieldName === upper);
      if (uf === undefined) return null;
      return { sort: sortOf(uf.type), read: (item) => item[uf.fieldName] };
    },
    onUnknown: () => undefined,
    onInvalid: () => undefined,
  };
}

function wantsOf(select: readonly string[]): (name: string, isUserField: boolean) => boolean {
  if (select.length === 0) return () => true;
  const names = new Set(select.map((name) => name.toUpperCase()));
  return (name, isUserField) =>
    name === "ID" || names.has(name) || names.has(isUserField ? "UF_*" : "*");
}

function list(typeId: number): Method {
  return {
    scopes: CRM,
    cost: "list",
    run: (call) => {
      const { params, portal, user } = call;
      const table = itemsOf(portal, typeId) ?? new Table<Item>();
      const query = compileFilter(mapParam(either(params, "filter")), columns(call, typeId));
      const { test } = query;
      const seen = (item: Item): boolean => canRead(user, item) && (test === null || test(item));
      const order = compileOrder(mapParam(either(params, "order")), columns(call, typeId), "ID");
      const page = listPage(
        table,
        user.sees === "all" ? query : { ...query, test: seen },
        order,
        startOf(params),
        portal.offsetMinutes,
      );
      const select = listParam(either(params, "select"));
      const wants = wantsOf(select);
      const extra = ["PHONE", "EMAIL"].filter((name) => select.includes(name));
      const result = page.rows.map((item) => {
        const row = classicItem(portal, typeId, item, wants);
        for (const typeName of extra) row[typeName] = classicMultifield(item, typeName);
        return row;
      });
      return { result, total: page.total, next: page.next };
    },
  };
}

export function classicRecord(call: Call, typeId: number): Item {
  const id = Number(either(call.params, "id"));
  if (!(id > 0)) throw oldError("ID is not defined or invalid");
  const item = itemsOf(call.portal, typeId)?.get(id);
  if (item === undefined) throw oldError("Not found");
  if (!canRead(call.user, item)) throw oldError("Access denied");
  return item;
}

function get(typeId: number): Method {
  return {
    scopes: CRM,
    cost: "cheap",
    run: (call) => {
      const item = classicRecord(call, typeId);
      const row = classicItem(call.portal, typeId, item, () => true);
      for (const typeName of ["PHONE", "EMAIL"]) {
        const values = classicMultifield(item, typeName);
        if (values.length > 0) row[typeName] = values;
      }
      return { result: row };
    },
  };
}

function links(key: string, ids: readonly unknown[]): Answer {
  return {
    result: ids.map((id, index) => ({
      [key]: Number(id),
      SORT: (index + 1) * 10,
      ROLE_ID: 0,
      IS_PRIMARY: index === 0 ? "Y" : "N",
    })),
  };
}

function linkList(
  typeId: number,
  key: string,
  read: (call: Call, item: Item) => unknown[],
): Method {
  return {
    scopes: CRM,
    cost: "cheap",
    run: (call) => {
      if (!(Number(either(call.params, "id")) > 0)) {
        throw oldError("The parameter ownerEntityID is invalid or not defined.");
      }
      return links(key, read(call, classicRecord(call, typeId)));
    },
  };
}

const listOf = (value: unknown): unknown[] => (Array.isArray(value) ? value : []);

function contactsOfCompany(call: Call, company: Item): unknown[] {
  const contacts = itemsOf(call.portal, CONTACT)?.rows() ?? [];
  return [...contacts].filter((one) => one.companyId === company.id).map((one) => one.id);
}

export const classicMethods: Methods = {
  "crm.deal.list": list(DEAL),
  "crm.deal.get": get(DEAL),
  "crm.lead.list": list(LEAD),
  "crm.lead.get": get(LEAD),
  "crm.contact.list": list(CONTACT),
  "crm.contact.get": get(CONTACT),
  "crm.company.list": list(COMPANY),
  "crm.company.get": get(COMPANY),
  "crm.deal.contact.items.get": linkList(DEAL, "CONTACT_ID", (_, deal) => listOf(deal.contactIds)),
  "crm.contact.company.items.get": linkList(CONTACT, "COMPANY_ID", (_, contact) =>
    Number(contact.companyId) > 0 ? [contact.companyId] : [],
  ),
  "crm.company.contact.items.get": linkList(COMPANY, "CONTACT_ID", contactsOfCompany),
};
