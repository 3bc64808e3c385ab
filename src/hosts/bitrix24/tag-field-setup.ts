import type { HostLink } from "../../crm/host.ts";
import type { ClientKind } from "../../crm/records.ts";
import { callMethod, type Params } from "./api.ts";
import { findTagField, newOption, TAG_FIELD, type TagField } from "./tag-field.ts";

const LABEL = { ru: "Пульс: метки", en: "Pulse: labels" };

/** Arguments of `crm.<kind>.userfield.list` for our field. */
export const TAG_FIELD_QUERY: Params = { filter: { FIELD_NAME: TAG_FIELD } };

/** Read-only for people in the card, usable in filters and robots. */
const NEW_TAG_FIELD: Params = {
  fields: {
    USER_TYPE_ID: "enumeration",
    FIELD_NAME: TAG_FIELD,
    XML_ID: "PULSE_TAGS",
    LABEL: LABEL.en,
    MULTIPLE: "Y",
    MANDATORY: "N",
    SHOW_FILTER: "Y",
    EDIT_IN_LIST: "N",
    SETTINGS: { DISPLAY: "UI", LIST_HEIGHT: 3 },
    EDIT_FORM_LABEL: LABEL,
    LIST_COLUMN_LABEL: LABEL,
    LIST_FILTER_LABEL: LABEL,
  },
};

/** Our field as it is on the portal now; null when there is none (or one of the same name that is not ours). */
export async function loadTagField(link: HostLink, kind: ClientKind): Promise<TagField | null> {
  const { result } = await callMethod(link, `crm.${kind}.userfield.list`, TAG_FIELD_QUERY);
  const found = findTagField(result);
  return found === "foreign" ? null : found;
}

/** Creates the field; the caller has looked for it. */
export async function createTagField(link: HostLink, kind: ClientKind): Promise<TagField | null> {
  await callMethod(link, `crm.${kind}.userfield.add`, NEW_TAG_FIELD);
  return loadTagField(link, kind);
}

/**
 * The field with an option for each of these codes. Looks before it adds: another process may have been quicker, and
 * two options of one code would make the mark ambiguous.
 */
export async function ensureOptions(
  link: HostLink,
  kind: ClientKind,
  codes: readonly string[],
  labels: Readonly<Record<string, string>>,
): Promise<TagField | null> {
  const field = (await loadTagField(link, kind)) ?? (await createTagField(link, kind));
  const lacking = field === null ? [] : codes.filter((code) => !field.options.has(code));
  if (field === null || lacking.length === 0) return field;
  await callMethod(link, `crm.${kind}.userfield.update`, {
    id: field.fieldId,
    fields: { LIST: lacking.map((code) => newOption(code, labels[code] ?? code)) },
  });
  return loadTagField(link, kind);
}
