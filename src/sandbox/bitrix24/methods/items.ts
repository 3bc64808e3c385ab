import {
  COMPANY,
  CONTACT,
  type Field,
  fieldNamed,
  fieldsOf,
  LEAD,
  sortOf,
  universalUfName,
} from "../fields.ts";
import { type Columns, compileFilter } from "../filter.ts";
import { compileOrder, listPage } from "../list-page.ts";
import { itemsOf, userFieldsOf } from "../model.ts";
import { rawValue, universalItem } from "../render.ts";
import { missingParam, RestError } from "../rest-error.ts";
import type { Item, UserField } from "../rows.ts";
import { stageDictionary } from "../stages.ts";
import type { Table } from "../table.ts";
import { createItem, deleteItem, updateItem } from "../writes.ts";
import { inputValues, isOriginal, ufNamed } from "./item-input.ts";
import {
  type Answer,
  actorOf,
  type Call,
  CRM,
  canRead,
  listParam,
  type Methods,
  mapParam,
  readableItem,
  requiredFields,
  startOf,
} from "./method.ts";

/** The universal family `crm.item.*` for leads, deals, contacts and companies. */

function entityType(call: Call): number {
  const value = call.params.entityTypeId;
  if (value === undefined) throw missingParam("entityTypeId");
  const id = Number(value);
  if (id === 5) {
    throw new RestError(400, "ENTITY_TYPE_NOT_SUPPORTED", "Entity type INVOICE is not supported");
  }
  if (itemsOf(call.portal, id) === undefined) {
    throw new RestError(400, "NOT_FOUND", "Smart process not found");
  }
  return id;
}

function tableOf(call: Call, entityTypeId: number): Table<Item> {
  const table = itemsOf(call.portal, entityTypeId);
  if (table === undefined) throw new RestError(400, "NOT_FOUND", "Smart process not found");
  return table;
}

const notInFilter = (name: string): RestError =>
  new RestError(
    400,
    "INVALID_ARG_VALUE",
    `Invalid filter: field '${name}' is not allowed in filter`,
  );

function columns(call: Call, entityTypeId: number, part: "filter" | "order"): Columns<Item> {
  const { portal } = call;
  return {
    offsetMinutes: portal.offsetMinutes,
    isPlainDatesOnly: portal.isPlainDatesOnly,
    hasGroups: true,
    find: (name) => {
      const field = fieldNamed(entityTypeId, name);
      if (field?.isUniversal === true) {
        return { sort: sortOf(field.type), read: (item) => rawValue(item, field) };
      }
      const uf = ufNamed(portal, entityTypeId, name, isOriginal(call.params));
      if (uf === undefined) return null;
      return { sort: sortOf(uf.type), read: (item) => item[uf.fieldName] };
    },
    onUnknown: (name) => {
      if (part === "filter") throw notInFilter(name);
      const text = `Invalid order: field '${name}' is not allowed in order`;
      throw new RestError(400, "INVALID_ARG_VALUE", text);
    },
    onInvalid: (name) => {
      const text = `Invalid filter: field '${name}' has invalid value`;
      throw new RestError(400, "INVALID_ARG_VALUE", text);
    },
  };
}

function list(call: Call): Answer {
  const typeId = entityType(call);
  const { params, portal, user } = call;
  const query = compileFilter(mapParam(params.filter), columns(call, typeId, "filter"));
  const order = compileOrder(mapParam(params.order), columns(call, typeId, "order"), "id");
  const seen = visible(query, user);
  const start = startOf(params);
  const page = listPage(tableOf(call, typeId), seen, order, start, portal.offsetMinutes);
  const select = listParam(params.select);
  const view = {
    hasOriginalUfNames: isOriginal(params),
    select: select.length === 0 || select.includes("*") ? null : new Set(select),
    hasMultifields: select.includes("*"),
  };
  const items = page.rows.map((item) => universalItem(portal, typeId, item, view));
  return { result: { items }, total: page.total, next: page.next };
}

/** Rows that the user may not read are left out without a word. */
function visible<Q extends { readonly test: ((item: Item) => boolean) | null }>(
  query: Q,
  user: Call["user"],
): Q {
  if (user.sees === "all") return query;
  const { test } = query;
  return { ...query, test: (item: Item) => canRead(user, item) && (test === null || test(item)) };
}

function itemAnswer(call: Call, typeId: number, item: Item): Answer {
  const view = {
    hasOriginalUfNames: isOriginal(call.params),
    select: null,
    hasMultifields: true,
  };
  return { result: { item: universalItem(call.portal, typeId, item, view) } };
}

function idParam(call: Call): number {
  if (call.params.id === undefined) throw missingParam("id");
  return Number(call.params.id);
}

function update(call: Call): Answer {
  const typeId = entityType(call);
  const item = readableItem(call, typeId, idParam(call));
  const values = inputValues(call, typeId, requiredFields(call.params), item);
  const { world, portal } = call;
  if (updateItem(world, portal, typeId, item, values, actorOf(call))) call.mark();
  return itemAnswer(call, typeId, item);
}

function add(call: Call): Answer {
  const typeId = entityType(call);
  const values = inputValues(call, typeId, requiredFields(call.params), null);
  const item = createItem(call.world, call.portal, typeId, values, actorOf(call));
  call.mark();
  return itemAnswer(call, typeId, item);
}

function remove(call: Call): Answer {
  const typeId = entityType(call);
  const item = readableItem(call, typeId, idParam(call));
  deleteItem(call.world, call.portal, typeId, item, actorOf(call));
  call.mark();
  return { result: [] };
}

const LINKED: Readonly<Record<string, number>> = {
  crm_company: COMPANY,
  crm_contact: CONTACT,
  crm_lead: LEAD,
};

function statusType(typeId: number, field: Field): string | null {
  if (field.type !== "crm_status") return null;
  if (field.name === "stageId") return stageDictionary(typeId, 0);
  if (field.name === "typeId")
    return { 2: "DEAL_TYPE", 3: "CONTACT_TYPE" }[typeId] ?? "COMPANY_TYPE";
  return field.upper.replace(/_ID$/, "");
}

function describe(typeId: number, field: Field): Record<string, unknown> {
  const status = statusType(typeId, field);
  const parentEntityTypeId = LINKED[field.type];
  return {
    type: field.type,
    isRequired: false,
    isReadOnly: field.isReadOnly,
    isImmutable: false,
    isMultiple: field.isMultiple,
    isDynamic: false,
    ...(field.name === "contactId" ? { isDeprecated: true } : {}),
    ...(status === null ? {} : { statusType: status }),
    title: field.upper.charAt(0) + field.upper.slice(1).toLowerCase().replaceAll("_", " "),
    ...(parentEntityTypeId === undefined ? {} : { settings: { parentEntityTypeId } }),
    upperName: field.upper,
  };
}

function describeUf(field: UserField): Record<string, unknown> {
  const title = field.labels.EDIT_FORM_LABEL?.en ?? field.fieldName;
  const items = field.options.map((option) => ({ ID: String(option.id), VALUE: option.value }));
  return {
    type: field.userTypeId,
    isRequired: field.isMandatory,
    isReadOnly: false,
    isImmutable: false,
    isMultiple: field.isMultiple,
    isDynamic: true,
    ...(field.type === "enumeration" ? { items } : {}),
    title,
    listLabel: title,
    formLabel: title,
    filterLabel: title,
    settings: field.settings,
    upperName: field.fieldName,
  };
}

function fields(call: Call): Answer {
  const typeId = entityType(call);
  const out: Record<string, unknown> = {};
  for (const field of fieldsOf(typeId)) {
    if (field.isUniversal) out[field.name] = describe(typeId, field);
  }
  for (const field of userFieldsOf(call.portal, typeId)) {
    const name = isOriginal(call.params) ? field.fieldName : universalUfName(field.fieldName);
    out[name] = describeUf(field);
  }
  return { result: { fields: out } };
}

export const itemMethods: Methods = {
  "crm.item.fields": { scopes: CRM, cost: "cheap", run: fields },
  "crm.item.list": { scopes: CRM, cost: "list", run: list },
  "crm.item.get": {
    scopes: CRM,
    cost: "cheap",
    run: (call) => {
      const typeId = entityType(call);
      return itemAnswer(call, typeId, readableItem(call, typeId, idParam(call)));
    },
  },
  "crm.item.add": { scopes: CRM, cost: "write", run: add },
  "crm.item.update": { scopes: CRM, cost: "write", run: update },
  "crm.item.delete": { scopes: CRM, cost: "write", run: remove },
};
