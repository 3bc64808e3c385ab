import { Flaws, hal, type JsonObject, nothing, refuse } from "./answer.ts";
import {
  batch,
  type Call,
  type Item,
  listOf,
  needAdmin,
  type Route,
  requestId,
  single,
} from "./call.ts";
import { dictionary } from "./listing.ts";
import { CARD_TYPES, type CardType, type EnumItem, type Field, type FieldGroup } from "./model.ts";
import { child, numbers, words } from "./query.ts";
import { fieldView, self } from "./view.ts";

/** Custom fields and their groups. Writing needs an administrator. */

const CREATABLE = new Set([
  "text",
  "numeric",
  "checkbox",
  "select",
  "multiselect",
  "date",
  "url",
  "textarea",
  "radiobutton",
  "streetaddress",
  "birthday",
  "date_time",
  "monetary",
]);

const CHOICES = new Set(["select", "multiselect", "radiobutton"]);

function listFields(call: Call, type: CardType): Response {
  const filter = call.query.get("filter");
  const ids = numbers(child(filter, "id"));
  const types = words(child(filter, "type"));
  const rows = call.account
    .fieldsOf(type)
    .filter(
      (row) =>
        (ids.length === 0 || ids.includes(row.id)) &&
        (types.length === 0 || types.includes(row.type)),
    );
  return dictionary(call, "custom_fields", rows, (row) => fieldView(call, row), {
    isPaged: true,
    maxLimit: call.settings.customFieldsLimit,
  });
}

function newEnums(call: Call, item: Item): EnumItem[] {
  return listOf(item.enums).map((one, index) => ({
    id: call.account.nextId("enums"),
    value: String(one.value ?? ""),
    sort: Number(one.sort ?? index + 1),
    code: typeof one.code === "string" ? one.code : null,
  }));
}

function isCodeTaken(call: Call, type: CardType, code: unknown, but: number | null): boolean {
  return call.account
    .fieldsOf(type)
    .some((row) => row.code !== null && row.code === code && row.id !== but);
}

function checkNew(call: Call, type: CardType, item: Item, id: string, flaws: Flaws): void {
  if (typeof item.name !== "string" || item.name === "") flaws.add(id, "FieldMissing", "name");
  const kind = String(item.type ?? "");
  if (item.type == null) flaws.add(id, "FieldMissing", "type");
  else if (!CREATABLE.has(kind)) flaws.add(id, "NotSupportedChoice", "type");
  if (CHOICES.has(kind) && listOf(item.enums).length === 0) flaws.add(id, "FieldMissing", "enums");
  if (isCodeTaken(call, type, item.code, null)) flaws.add(id, "NotSupportedChoice", "code");
  const group = item.group_id;
  if (
    group != null &&
    !call.account.groups.some((row) => row.id === group && row.entityType === type)
  )
    flaws.add(id, "NotSupportedChoice", "group_id");
}

function createFields(call: Call, type: CardType): Response {
  needAdmin(call);
  const flaws = new Flaws();
  const items = batch(call);
  const codes = new Set<unknown>();
  items.forEach((item, index) => {
    const id = requestId(item, index);
    checkNew(call, type, item, id, flaws);
    if (item.code != null && codes.has(item.code)) flaws.add(id, "NotSupportedChoice", "code");
    codes.add(item.code);
  });
  flaws.throwIfAny();
  const rows = items.map((item, index) => {
    const field = addField(call, type, item);
    return { ...fieldView(call, field), request_id: requestId(item, index) };
  });
  return hal(
    { _total_items: rows.length, _embedded: { custom_fields: rows } },
    call.settings.createdStatus,
  );
}

function addField(call: Call, entityType: CardType, item: Item): Field {
  const type = String(item.type);
  const code = item.code;
  const group = item.group_id;
  const field: Field = {
    id: call.account.nextId("fields"),
    entityType,
    name: String(item.name),
    type,
    code: typeof code === "string" && code !== "" ? code : null,
    sort: Number(item.sort ?? 510 + call.account.fields.length),
    is_api_only: item.is_api_only === true,
    enums: CHOICES.has(type) ? newEnums(call, item) : null,
    group_id: typeof group === "string" ? group : null,
    is_predefined: false,
  };
  call.account.fields.push(field);
  return field;
}

function planField(
  call: Call,
  type: CardType,
  item: Item,
  fieldId: number,
  index: number,
  flaws: Flaws,
): Field | null {
  const id = requestId(item, index);
  const field = call.account.fieldsOf(type).find((row) => row.id === fieldId);
  if (field === undefined) {
    flaws.add(id, "NotSupportedChoice", "id");
    return null;
  }
  if (item.code != null && isCodeTaken(call, type, item.code, field.id))
    flaws.add(id, "NotSupportedChoice", "code");
  listOf(item.enums).forEach((one, at) => {
    const known = field.enums?.some((row) => row.id === one.id) ?? false;
    if (one.id != null && !known) flaws.add(id, "NotSupportedChoice", `enums.${at}.id`);
  });
  return field;
}

function applyField(call: Call, field: Field, item: Item): JsonObject {
  if (typeof item.name === "string") field.name = item.name;
  if (typeof item.sort === "number") field.sort = item.sort;
  if (typeof item.code === "string") field.code = item.code;
  if (typeof item.is_api_only === "boolean") field.is_api_only = item.is_api_only;
  if (typeof item.group_id === "string") field.group_id = item.group_id;
  if (Array.isArray(item.enums)) replaceEnums(call, field, item);
  return fieldView(call, field);
}

/** Items left out are deleted, and their values vanish from the cards. */
function replaceEnums(call: Call, field: Field, item: Item): void {
  const next = listOf(item.enums).map((one, index): EnumItem => {
    const old = field.enums?.find((row) => row.id === one.id);
    const code = one.code;
    return {
      id: old?.id ?? call.account.nextId("enums"),
      value: String(one.value ?? old?.value ?? ""),
      sort: Number(one.sort ?? old?.sort ?? index + 1),
      code: typeof code === "string" ? code : (old?.code ?? null),
    };
  });
  field.enums = next;
  const alive = new Set(next.map((row) => row.id));
  for (const card of call.account.table(field.entityType).all()) {
    const kept = card.fields
      ?.get(field.id)
      ?.filter((value) => value.enum_id === undefined || alive.has(value.enum_id));
    if (kept === undefined) continue;
    if (kept.length === 0) card.fields?.delete(field.id);
    else card.fields?.set(field.id, kept);
  }
}

function changeFields(call: Call, type: CardType): Response {
  needAdmin(call);
  const flaws = new Flaws();
  const items = batch(call);
  const fields = items.map((item, index) =>
    planField(call, type, item, Number(item.id), index, flaws),
  );
  flaws.throwIfAny();
  const rows = items.map((item, index) => {
    const field = fields[index];
    return field ? { ...applyField(call, field, item), request_id: requestId(item, index) } : {};
  });
  return hal({ _total_items: rows.length, _embedded: { custom_fields: rows } });
}

function changeOneField(call: Call, type: CardType, id: number): Response {
  needAdmin(call);
  const flaws = new Flaws();
  const item = single(call);
  const field = planField(call, type, item, id, 0, flaws);
  flaws.throwIfAny();
  return field === null ? nothing() : hal(applyField(call, field, item));
}

function deleteField(call: Call, type: CardType, id: number): Response {
  needAdmin(call);
  const at = call.account.fields.findIndex((row) => row.id === id && row.entityType === type);
  if (at < 0) refuse(404, "Resource not found");
  call.account.fields.splice(at, 1);
  return nothing();
}

function groupView(call: Call, row: FieldGroup): JsonObject {
  return {
    id: row.id,
    name: row.name,
    is_predefined: false,
    type: "custom_field_group",
    entity_type: row.entityType,
    sort: row.sort,
    fields: call.account.fields
      .filter((field) => field.group_id === row.id)
      .map((field) => ({ id: field.id })),
    _links: self(call, `${row.entityType}/custom_fields/groups/${row.id}`),
  };
}

function createGroups(call: Call, type: CardType): Response {
  needAdmin(call);
  const flaws = new Flaws();
  const items = batch(call);
  items.forEach((item, index) => {
    if (typeof item.name !== "string") flaws.add(requestId(item, index), "FieldMissing", "name");
  });
  flaws.throwIfAny();
  const rows = items.map((item, index) => {
    const group: FieldGroup = {
      id: `${type}_${71_921_580_000_000 + call.account.nextId("groups")}`,
      entityType: type,
      name: String(item.name),
      sort: Number(item.sort ?? 10),
    };
    call.account.groups.push(group);
    return { ...groupView(call, group), request_id: requestId(item, index) };
  });
  return hal(
    { _total_items: rows.length, _embedded: { custom_field_groups: rows } },
    call.settings.createdStatus,
  );
}

export const FIELD_ROUTES: readonly Route[] = CARD_TYPES.flatMap((type): Route[] => {
  const path = `/api/v4/${type}/custom_fields`;
  return [
    { method: "GET", path, handle: (call) => listFields(call, type) },
    { method: "POST", path, handle: (call) => createFields(call, type) },
    { method: "PATCH", path, handle: (call) => changeFields(call, type) },
    {
      method: "GET",
      path: `${path}/{}`,
      handle: (call, [id]) => {
        const field = call.account.fieldsOf(type).find((row) => row.id === Number(id));
        return field === undefined
          ? refuse(404, "Resource not found")
          : hal(fieldView(call, field));
      },
    },
    {
      method: "PATCH",
      path: `${path}/{}`,
      handle: (call, [id]) => changeOneField(call, type, Number(id)),
    },
    {
      method: "DELETE",
      path: `${path}/{}`,
      handle: (call, [id]) => deleteField(call, type, Number(id)),
    },
    {
      method: "GET",
      path: `${path}/groups`,
      handle: (call) => {
        const rows = call.account.groups.filter((row) => row.entityType === type);
        return dictionary(call, "custom_field_groups", rows, (row) => groupView(call, row), {
          isPaged: true,
        });
      },
    },
    { method: "POST", path: `${path}/groups`, handle: (call) => createGroups(call, type) },
  ];
});
