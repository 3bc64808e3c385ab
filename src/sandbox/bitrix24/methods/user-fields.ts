import { COMPANY, CONTACT, DEAL, type FieldType, LEAD } from "../fields.ts";
import type { Params } from "../form.ts";
import { raise } from "../hooks.ts";
import { type Portal, userFieldsOf } from "../model.ts";
import { oldError } from "../rest-error.ts";
import type { UserField } from "../rows.ts";
import { LABELS, labelsFrom, makeUserField, newOption, normalName, TYPES } from "../user-field.ts";
import { actorOf, type Call, CRM, either, type Method, type Methods, mapParam } from "./method.ts";

const ENTITY: Readonly<Record<number, string>> = {
  [LEAD]: "CRM_LEAD",
  [DEAL]: "CRM_DEAL",
  [CONTACT]: "CRM_CONTACT",
  [COMPANY]: "CRM_COMPANY",
};

function fieldType(call: Call, userTypeId: string): FieldType {
  if (userTypeId === "") throw oldError("The 'USER_TYPE_ID' field is not found.");
  const known = TYPES[userTypeId];
  if (known !== undefined) return known;
  const custom = call.install.fieldTypes.map((type) => `rest_${call.install.localId}_${type.code}`);
  if (!custom.includes(userTypeId)) throw oldError("Incorrect custom type specified");
  return "string";
}

function tell(call: Call, field: UserField, what: string): void {
  const entity = ENTITY[field.entityTypeId] ?? "";
  raise(call.world, call.portal, {
    event: `ON${entity.replace("_", "")}USERFIELD${what}`,
    data: { FIELDS: { ID: field.id, ENTITY_ID: entity, FIELD_NAME: field.fieldName } },
    ...actorOf(call),
  });
}

function requireAdmin(call: Call): void {
  if (!call.user.isAdmin) throw oldError("Access denied");
}

function row(field: UserField, labels: Params): Record<string, unknown> {
  const yes = (flag: boolean): string => (flag ? "Y" : "N");
  return {
    ID: String(field.id),
    ENTITY_ID: ENTITY[field.entityTypeId],
    FIELD_NAME: field.fieldName,
    USER_TYPE_ID: field.userTypeId,
    XML_ID: field.xmlId,
    SORT: String(field.sort),
    MULTIPLE: yes(field.isMultiple),
    MANDATORY: yes(field.isMandatory),
    SHOW_FILTER: field.showFilter,
    SHOW_IN_LIST: yes(field.isShownInList),
    EDIT_IN_LIST: yes(field.isEditable),
    IS_SEARCHABLE: "N",
    SETTINGS: Object.keys(field.settings).length === 0 ? [] : field.settings,
    ...labels,
    ...(field.type === "enumeration"
      ? {
          LIST: field.options.map((option) => ({
            ID: String(option.id),
            SORT: String(option.sort),
            VALUE: option.value,
            DEF: yes(option.isDefault),
            XML_ID: option.xmlId,
          })),
        }
      : {}),
  };
}

function listLabels(field: UserField, language: string): Params {
  const result: Params = {};
  for (const label of LABELS) {
    const text = field.labels[label]?.[language] ?? "";
    result[label] = text === "" ? null : text;
  }
  return result;
}

function list(typeId: number): Method {
  return {
    scopes: CRM,
    cost: "cheap",
    run: (call) => {
      requireAdmin(call);
      const filter = mapParam(either(call.params, "filter"));
      const language = filter.LANG;
      const checks = Object.entries(filter).filter(([name]) => name !== "LANG");
      const rows = userFieldsOf(call.portal, typeId)
        .map((field) =>
          row(field, language === undefined ? {} : listLabels(field, String(language))),
        )
        .filter((one) => checks.every(([name, value]) => String(one[name]) === String(value)));
      return { result: rows, total: rows.length };
    },
  };
}

function found(call: Call, typeId: number): UserField {
  requireAdmin(call);
  const field = call.portal.userFields.get(Number(either(call.params, "id")));
  if (field === undefined || field.entityTypeId !== typeId) throw oldError("Not found");
  return field;
}

function add(typeId: number): Method {
  return {
    scopes: CRM,
    cost: "write",
    run: (call) => {
      requireAdmin(call);
      const fields = mapParam(either(call.params, "fields"));
      const type = fieldType(call, String(fields.USER_TYPE_ID ?? ""));
      const name = normalName(fields);
      if (userFieldsOf(call.portal, typeId).some((one) => one.fieldName === name)) {
        throw oldError(`The field ${name} already exists for ${ENTITY[typeId]}`);
      }
      const field = makeUserField(call.portal, typeId, type, fields);
      call.mark();
      tell(call, field, "ADD");
      return { result: field.id };
    },
  };
}

/** `{ID, VALUE}` changes, `{VALUE}` adds, `{ID, DEL: "Y"}` deletes; options not mentioned stay. */
function changeOptions(portal: Portal, field: UserField, value: unknown): void {
  for (const line of Object.values(mapParam(value)).map(mapParam)) {
    const id = Number(line.ID ?? 0);
    if (id === 0) {
      const isTaken = field.options.some((option) => option.xmlId === line.XML_ID);
      if (isTaken) throw oldError(`A list item with XML_ID=${String(line.XML_ID)} already exists`);
      field.options = [...field.options, newOption(portal, line, field.options.length)];
    } else if (line.DEL === "Y") {
      field.options = field.options.filter((option) => option.id !== id);
    } else {
      field.options = field.options.map((option) =>
        option.id === id ? { ...option, value: String(line.VALUE ?? option.value) } : option,
      );
    }
  }
}

function update(typeId: number): Method {
  return {
    scopes: CRM,
    cost: "write",
    run: (call) => {
      const field = found(call, typeId);
      const fields = mapParam(either(call.params, "fields"));
      if (fields.MANDATORY !== undefined) field.isMandatory = fields.MANDATORY === "Y";
      if (fields.SORT !== undefined) field.sort = Number(fields.SORT);
      if (fields.EDIT_IN_LIST !== undefined) field.isEditable = fields.EDIT_IN_LIST !== "N";
      if (fields.SHOW_FILTER !== undefined) field.showFilter = String(fields.SHOW_FILTER);
      field.settings = { ...field.settings, ...mapParam(fields.SETTINGS) };
      for (const label of LABELS) {
        if (fields[label] === undefined) continue;
        field.labels[label] = labelsFrom({ [label]: fields[label] })[label] ?? {};
      }
      call.mark();
      if (fields.LIST !== undefined) {
        changeOptions(call.portal, field, fields.LIST);
        tell(call, field, "SETENUMVALUES");
      }
      tell(call, field, "UPDATE");
      return { result: true };
    },
  };
}

function family(name: string, typeId: number): Methods {
  return {
    [`crm.${name}.userfield.add`]: add(typeId),
    [`crm.${name}.userfield.list`]: list(typeId),
    [`crm.${name}.userfield.update`]: update(typeId),
    [`crm.${name}.userfield.get`]: {
      scopes: CRM,
      cost: "cheap",
      run: (call) => {
        const field = found(call, typeId);
        return { result: row(field, field.labels) };
      },
    },
    [`crm.${name}.userfield.delete`]: {
      scopes: CRM,
      cost: "write",
      run: (call) => {
        const field = found(call, typeId);
        call.portal.userFields.delete(field.id);
        call.mark();
        tell(call, field, "DELETE");
        return { result: true };
      },
    },
  };
}

export const userFieldMethods: Methods = {
  ...family("lead", LEAD),
  ...family("deal", DEAL),
  ...family("contact", CONTACT),
  ...family("company", COMPANY),
};
