import { parseDay, parseTime } from "../dates.ts";
import { DEAL, type Field, fieldNamed, isNumeric, universalUfName } from "../fields.ts";
import type { Params } from "../form.ts";
import { nextId, type Portal, userFieldsOf } from "../model.ts";
import { multifields } from "../render.ts";
import { RestError } from "../rest-error.ts";
import type { Item, UserField } from "../rows.ts";
import { findStage, hasStatus } from "../stages.ts";
import { type Call, listParam, mapParam } from "./method.ts";

/** What callers write into `crm.item.*`, checked and brought into stored form. */

export const isOriginal = (params: Params): boolean => params.useOriginalUfNames === "Y";

export function ufNamed(portal: Portal, entityTypeId: number, name: string, original: boolean) {
  return userFieldsOf(portal, entityTypeId).find(
    (field) => (original ? field.fieldName : universalUfName(field.fieldName)) === name,
  );
}

const invalidValue = (name: string): RestError =>
  new RestError(400, "CRM_FIELD_ERROR_VALUE_NOT_VALID", `Invalid value for field "${name}"`);

function scalar(portal: Portal, field: Pick<Field, "name" | "type">, value: unknown): unknown {
  if (value === null || value === "") return null;
  if (field.type === "datetime" || field.type === "date") {
    const text = String(value);
    const parsed = field.type === "date" ? parseDay(text) : parseTime(text, portal.offsetMinutes);
    if (parsed === null) throw invalidValue(field.name);
    return parsed;
  }
  if (field.type === "boolean") {
    return value === true || value === "Y" || value === "1" || value === 1 ? "Y" : "N";
  }
  if (!isNumeric(field.type)) return String(value);
  const number = Number(value);
  if (Number.isNaN(number)) throw invalidValue(field.name);
  return number;
}

function ufInput(portal: Portal, uf: UserField, value: unknown): unknown {
  const read = (one: unknown): unknown => {
    const result = scalar(portal, { name: uf.fieldName, type: uf.type }, one);
    const isOption = uf.type === "enumeration" && result !== null && result !== 0;
    if (isOption && !uf.options.some((option) => option.id === result)) {
      throw invalidValue(uf.fieldName);
    }
    return result;
  };
  if (!uf.isMultiple) return read(value);
  if (value === "" || value === null) return [];
  if (!Array.isArray(value)) {
    const text = `Expected iterable value for multiple field, but got ${typeof value} instead`;
    throw new RestError(400, "100", text);
  }
  return value.map(read).filter((one) => one !== null && one !== 0);
}

/** Multifields: `n0` adds, an id changes, an id with an empty value deletes. */
function fmInput(portal: Portal, item: Item | null, value: unknown): unknown {
  const kept = new Map((item === null ? [] : multifields(item)).map((one) => [one.id, one]));
  for (const [key, raw] of Object.entries(mapParam(value))) {
    const line = mapParam(raw);
    const text = String(line.value ?? "");
    const old = kept.get(Number(key));
    if (old !== undefined) {
      if (text === "") kept.delete(old.id);
      else kept.set(old.id, { ...old, value: text });
      continue;
    }
    const typeId = String(line.typeId ?? "");
    if (text === "" || (typeId !== "PHONE" && typeId !== "EMAIL")) continue;
    const id = nextId(portal, "multifield", 101);
    kept.set(id, { id, typeId, valueType: String(line.valueType ?? "WORK"), value: text });
  }
  return [...kept.values()];
}

function checkStatus(portal: Portal, typeId: number, values: Params, item: Item | null): void {
  const categoryId = Number(values.categoryId ?? item?.categoryId ?? 0);
  const isKnown = categoryId === 0 || portal.categories.some((one) => one.id === categoryId);
  if (typeId === DEAL && !isKnown) throw invalidValue("categoryId");
  const stage = values.stageId;
  if (stage !== undefined && findStage(portal, typeId, categoryId, String(stage)) === undefined) {
    throw invalidValue("stageId");
  }
  const source = values.sourceId;
  if (typeof source === "string" && source !== "" && !hasStatus(portal, "SOURCE", source)) {
    throw invalidValue("sourceId");
  }
}

/** Written fields with known names, in stored form; unknown and read-only names are ignored. */
export function inputValues(call: Call, typeId: number, fields: Params, item: Item | null): Params {
  const { portal } = call;
  const values: Params = {};
  for (const [name, value] of Object.entries(fields)) {
    if (name === "fm" && typeId !== DEAL) values.fm = fmInput(portal, item, value);
    const field = fieldNamed(typeId, name);
    if (field !== undefined) {
      if (field.isReadOnly || !field.isUniversal) continue;
      values[name] = field.isMultiple
        ? listParam(value).map((one) => scalar(portal, field, one))
        : scalar(portal, field, value);
      continue;
    }
    const uf = ufNamed(portal, typeId, name, isOriginal(call.params) || name.startsWith("UF_"));
    if (uf !== undefined) values[uf.fieldName] = ufInput(portal, uf, value);
  }
  checkStatus(portal, typeId, values, item);
  return values;
}
