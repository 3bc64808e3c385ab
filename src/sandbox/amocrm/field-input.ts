import type { Account } from "./account.ts";
import type { FlawCode } from "./answer.ts";
import { type Item, isItem } from "./call.ts";
import type { CardType, EnumItem, Field, FieldValue } from "./model.ts";

/** Reads `custom_fields_values` of a write, with the platform's typing rules. */

export type Report = (code: FlawCode, path: string) => void;

export function fieldInput(
  account: Account,
  type: CardType,
  input: unknown,
  report: Report,
): Map<number, readonly FieldValue[] | null> | undefined {
  if (input === undefined || input === null) return undefined;
  if (!Array.isArray(input)) {
    report("InvalidType", "custom_fields_values");
    return undefined;
  }
  const result = new Map<number, readonly FieldValue[] | null>();
  input.forEach((item, index) => {
    const path = `custom_fields_values.${index}`;
    if (!isItem(item)) {
      report("InvalidType", path);
      return;
    }
    const field = findField(account, type, item);
    if (field === undefined) {
      report(
        "NotSupportedChoice",
        item.field_id == null ? `${path}.field_code` : `${path}.field_id`,
      );
      return;
    }
    result.set(field.id, valuesOf(field, item.values, `${path}.values`, report));
  });
  return result;
}

/** `field_id` may be null beside a code, and the other way round. */
function findField(account: Account, type: CardType, item: Item): Field | undefined {
  const id = item.field_id;
  const code = item.field_code;
  return account
    .fieldsOf(type)
    .find((field) =>
      id == null ? typeof code === "string" && field.code === code : field.id === Number(id),
    );
}

function valuesOf(
  field: Field,
  input: unknown,
  path: string,
  report: Report,
): readonly FieldValue[] | null {
  if (input === null || input === undefined) return null;
  if (!Array.isArray(input)) {
    report("InvalidType", path);
    return null;
  }
  const values: FieldValue[] = [];
  input.forEach((item, index) => {
    const value = isItem(item) ? typedValue(field, item) : null;
    if (value === null)
      report(isItem(item) ? "NotSupportedChoice" : "InvalidType", `${path}.${index}.value`);
    else values.push(value);
  });
  return values.length === 0 ? null : values;
}

const CHOICES = new Set(["select", "radiobutton", "multiselect", "category"]);

function typedValue(field: Field, item: Item): FieldValue | null {
  const raw = item.value;
  if (field.type === "multitext") return multitext(field, item);
  if (CHOICES.has(field.type)) {
    const picked = pickEnum(field, item);
    if (picked === undefined) return null;
    return { value: picked.value, enum_id: picked.id, enum_code: picked.code };
  }
  if (field.type === "checkbox") return { value: raw === true || raw === 1 || raw === "1" };
  if (field.type === "date" || field.type === "date_time" || field.type === "birthday")
    return dateValue(raw);
  if (field.type === "numeric" || field.type === "monetary" || field.type === "price")
    return raw !== "" && Number.isFinite(Number(raw)) ? { value: String(raw) } : null;
  return typeof raw === "string" || typeof raw === "number" ? { value: String(raw) } : null;
}

function multitext(field: Field, item: Item): FieldValue | null {
  const first = pickEnum(field, item) ?? field.enums?.[0];
  if (typeof item.value !== "string" || first === undefined) return null;
  return { value: item.value, enum_id: first.id, enum_code: first.code };
}

function dateValue(raw: unknown): FieldValue | null {
  const unix = typeof raw === "string" && !/^\d+$/.test(raw) ? Date.parse(raw) / 1000 : Number(raw);
  return Number.isFinite(unix) ? { value: Math.trunc(unix) } : null;
}

function pickEnum(field: Field, item: Item): EnumItem | undefined {
  const id = item.enum_id;
  const code = item.enum_code;
  if (id != null) return field.enums?.find((one) => one.id === Number(id));
  if (code != null) return field.enums?.find((one) => one.code === code);
  if (field.type === "multitext") return undefined;
  return field.enums?.find((one) => one.value === item.value);
}
