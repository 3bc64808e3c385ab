import { isoDay, isoTime } from "./dates.ts";
import { DEAL, type Field, fieldsOf, isNumeric, universalUfName } from "./fields.ts";
import type { Portal } from "./model.ts";
import { userFieldsOf } from "./model.ts";
import type { Item, Multifield, UserField } from "./rows.ts";

const ALIAS = /^(phone|email)(Mobile|Work|Mailing|Home)?$/;

export function multifields(item: Item): readonly Multifield[] {
  const list = item.fm;
  return Array.isArray(list) ? (list as Multifield[]) : [];
}

/** `phoneWork` and the like show the first value of that kind, `""` when there is none. */
function aliasValue(item: Item, name: string): string | null {
  const match = ALIAS.exec(name);
  if (match === null) return null;
  const typeId = (match[1] ?? "").toUpperCase();
  const valueType = match[2]?.toUpperCase();
  const found = multifields(item).find(
    (one) => one.typeId === typeId && (valueType === undefined || one.valueType === valueType),
  );
  return found?.value ?? "";
}

/** Value of a field as stored, with what the portal shows for nothing; derived ones are computed. */
export function rawValue(item: Item, field: Field): unknown {
  if (field.name === "hasPhone" || field.name === "hasEmail") {
    const typeId = field.name === "hasPhone" ? "PHONE" : "EMAIL";
    return multifields(item).some((one) => one.typeId === typeId) ? "Y" : "N";
  }
  const value = item[field.name];
  if (value !== undefined && value !== null) return value;
  if (field.isAlias) return aliasValue(item, field.name);
  if (field.name === "companyIds") return Number(item.companyId) > 0 ? [item.companyId] : [];
  return field.empty;
}

function rendered(portal: Portal, field: Pick<Field, "type">, value: unknown): unknown {
  if (value === null || value === undefined) return null;
  if (field.type === "datetime") {
    return typeof value === "number" ? isoTime(value, portal.offsetMinutes) : value;
  }
  if (field.type === "date") {
    return typeof value === "string" && value !== "" ? isoDay(value, portal.offsetMinutes) : value;
  }
  return value;
}

function ufValue(portal: Portal, field: UserField, value: unknown): unknown {
  if (field.isMultiple) {
    const list = Array.isArray(value) ? value : [];
    return list.map((one) => rendered(portal, field, one));
  }
  return rendered(portal, field, value ?? null);
}

export interface UniversalView {
  readonly hasOriginalUfNames: boolean;
  /** Null = everything. */
  readonly select: ReadonlySet<string> | null;
  /** Lists show phones and mails only when `*` was asked for. */
  readonly hasMultifields: boolean;
}

/** A record of `crm.item.*`: camelCase names, numbers as numbers. */
export function universalItem(
  portal: Portal,
  entityTypeId: number,
  item: Item,
  view: UniversalView,
): Record<string, unknown> {
  const out: Record<string, unknown> = {};
  const { select } = view;
  for (const field of fieldsOf(entityTypeId)) {
    if (!field.isUniversal) continue;
    if (select !== null && field.name !== "id" && !select.has(field.name)) continue;
    out[field.name] = rendered(portal, field, rawValue(item, field));
  }
  for (const field of userFieldsOf(portal, entityTypeId)) {
    const name = view.hasOriginalUfNames ? field.fieldName : universalUfName(field.fieldName);
    if (select !== null && !select.has(name)) continue;
    out[name] = ufValue(portal, field, item[field.fieldName]);
  }
  if (select !== null) return out;
  if (view.hasMultifields && entityTypeId !== DEAL) {
    out.fm = multifields(item).map(({ id, valueType, value, typeId }) => ({
      id,
      valueType,
      value,
      typeId,
    }));
  }
  out.entityTypeId = entityTypeId;
  return out;
}

const MONEY: ReadonlySet<string> = new Set(["opportunity", "taxValue"]);

function classicValue(portal: Portal, field: Field, item: Item): unknown {
  const value = rendered(portal, field, rawValue(item, field));
  if (value === null) return null;
  if (MONEY.has(field.name)) return Number(value).toFixed(2);
  return isNumeric(field.type) ? String(value) : value;
}

function classicUf(portal: Portal, field: UserField, item: Item): unknown {
  const value = ufValue(portal, field, item[field.fieldName]);
  if (Array.isArray(value)) return value;
  if (value === null) return "";
  return typeof value === "number" ? String(value) : value;
}

/** PHONE or EMAIL of the old families. */
export function classicMultifield(item: Item, typeId: string): Record<string, unknown>[] {
  return multifields(item)
    .filter((one) => one.typeId === typeId)
    .map((one) => ({
      ID: String(one.id),
      VALUE_TYPE: one.valueType,
      VALUE: one.value,
      TYPE_ID: one.typeId,
    }));
}

/** A record of the old families: UPPER names, numbers as text. `wants` decides about each name. */
export function classicItem(
  portal: Portal,
  entityTypeId: number,
  item: Item,
  wants: (name: string, isUserField: boolean) => boolean,
): Record<string, unknown> {
  const out: Record<string, unknown> = {};
  for (const field of fieldsOf(entityTypeId)) {
    if (field.classic === null || !wants(field.classic, false)) continue;
    out[field.classic] = classicValue(portal, field, item);
  }
  for (const field of userFieldsOf(portal, entityTypeId)) {
    if (wants(field.fieldName, true)) out[field.fieldName] = classicUf(portal, field, item);
  }
  return out;
}
