import type { FieldType } from "./fields.ts";
import { isParams, type Params } from "./form.ts";
import { nextId, type Portal } from "./model.ts";
import { oldError } from "./rest-error.ts";
import type { EnumOption, UserField } from "./rows.ts";

/** Making user fields and their options. */

function mapOf(value: unknown): Params {
  if (isParams(value)) return value;
  return Array.isArray(value) ? { ...value } : {};
}

const LANGUAGES = "ar br de en fr hi id in it ja kz la ms pl ru sc tc th tr ua vn".split(" ");
export const LABELS = [
  "EDIT_FORM_LABEL",
  "LIST_COLUMN_LABEL",
  "LIST_FILTER_LABEL",
  "ERROR_MESSAGE",
  "HELP_MESSAGE",
] as const;

export const TYPES: Readonly<Record<string, FieldType>> = {
  string: "string",
  integer: "integer",
  double: "double",
  boolean: "boolean",
  datetime: "datetime",
  date: "date",
  money: "money",
  url: "url",
  address: "string",
  enumeration: "enumeration",
  file: "string",
  employee: "user",
  crm_status: "string",
  iblock_section: "integer",
  iblock_element: "integer",
  crm: "string",
};

const SETTINGS: Readonly<Record<string, Params>> = {
  string: { SIZE: 20, ROWS: 1, REGEXP: "", MIN_LENGTH: 0, MAX_LENGTH: 0, DEFAULT_VALUE: "" },
  enumeration: { DISPLAY: "LIST", LIST_HEIGHT: 1, CAPTION_NO_VALUE: "", SHOW_NO_VALUE: "Y" },
  double: { PRECISION: 4, SIZE: 20, MIN_VALUE: 0, MAX_VALUE: 0, DEFAULT_VALUE: "" },
  datetime: { DEFAULT_VALUE: { TYPE: "NONE", VALUE: "" }, USE_SECOND: "Y" },
};

export function labelsFrom(fields: Params): Record<string, Record<string, string>> {
  const result: Record<string, Record<string, string>> = {};
  for (const label of LABELS) {
    const given = fields[label] ?? fields.LABEL;
    const texts: Record<string, string> = {};
    for (const language of LANGUAGES) {
      const text = typeof given === "object" ? mapOf(given)[language] : given;
      texts[language] = String(text ?? "");
    }
    result[label] = texts;
  }
  return result;
}

/** The whole portal counts options with one counter, so copies of a field have other ids. */
export function newOption(portal: Portal, line: Params, index: number): EnumOption {
  const id = nextId(portal, "enumOption");
  return {
    id,
    value: String(line.VALUE ?? ""),
    xmlId: String(line.XML_ID ?? `option_${id}`),
    sort: Number(line.SORT ?? (index + 1) * 10),
    isDefault: line.DEF === "Y",
  };
}

function optionsFrom(portal: Portal, value: unknown): EnumOption[] {
  const lines = Object.values(mapOf(value)).map(mapOf);
  const xmlIds = lines.map((line) => line.XML_ID).filter((xmlId) => xmlId !== undefined);
  const twice = xmlIds.find((xmlId, index) => xmlIds.indexOf(xmlId) !== index);
  if (twice !== undefined)
    throw oldError(`A list item with XML_ID=${String(twice)} already exists`);
  return lines.map((line, index) => newOption(portal, line, index));
}

export function normalName(fields: Params): string {
  const given = String(fields.FIELD_NAME ?? "").toUpperCase();
  if (given === "") throw oldError("The 'FIELD_NAME' field is not found");
  const name = given.startsWith("UF_CRM_") ? given : `UF_CRM_${given}`;
  if (!/^[A-Z0-9_]+$/.test(name)) {
    throw oldError(
      "Field name contains invalid characters. Allowed characters are: A-Z, 0-9 and _",
    );
  }
  if (name.length > 50) throw oldError("Field name is too long (more than 50 characters)");
  return name;
}

/** Creates a user field; also used by changes that people make by hand. */
export function makeUserField(
  portal: Portal,
  entityTypeId: number,
  type: FieldType,
  fields: Params,
): UserField {
  const userTypeId = String(fields.USER_TYPE_ID ?? "string");
  const field: UserField = {
    id: nextId(portal, "userField"),
    entityTypeId,
    fieldName: normalName(fields),
    userTypeId,
    type,
    isMultiple: fields.MULTIPLE === "Y" && type !== "boolean",
    isMandatory: fields.MANDATORY === "Y",
    xmlId: fields.XML_ID === undefined ? null : String(fields.XML_ID),
    sort: Number(fields.SORT ?? 100),
    showFilter: fields.SHOW_FILTER === "N" ? "N" : "E",
    isShownInList: fields.SHOW_IN_LIST !== "N",
    isEditable: fields.EDIT_IN_LIST !== "N",
    settings: { ...SETTINGS[userTypeId], ...mapOf(fields.SETTINGS) },
    labels: labelsFrom(fields),
    options: type === "enumeration" ? optionsFrom(portal, fields.LIST) : [],
  };
  portal.userFields.put(field);
  return field;
}
