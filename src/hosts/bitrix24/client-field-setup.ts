import type { HostLink } from "../../crm/host.ts";
import type { ClientKind } from "../../crm/records.ts";
import { callMethod, type Params } from "./api.ts";
import { findListField, newOption, type TagField } from "./tag-field.ts";

/** Fields of ours beside the labels: segment, score, and the strip in the card's body. */

export const SEGMENT_FIELD = "UF_CRM_PULSE_SEGMENT";
export const SCORE_FIELD = "UF_CRM_PULSE_SCORE";
export const STRIP_FIELD = "UF_CRM_PULSE_HEALTH";
/** Code of our field type; the portal calls it `rest_<id of the app>_pulse`. */
export const STRIP_TYPE = "pulse";
/** First three lines of the widget. */
export const STRIP_HEIGHT_PX = 120;

interface Labels {
  readonly ru: string;
  readonly en: string;
}

/** Read-only for people in the card, usable in filters and robots. */
function newField(name: string, labels: Labels, more: Params): Params {
  return {
    fields: {
      FIELD_NAME: name,
      XML_ID: name.replace(/^UF_CRM_/, ""),
      LABEL: labels.en,
      MULTIPLE: "N",
      MANDATORY: "N",
      SHOW_FILTER: "Y",
      EDIT_IN_LIST: "N",
      EDIT_FORM_LABEL: { ...labels },
      LIST_COLUMN_LABEL: { ...labels },
      LIST_FILTER_LABEL: { ...labels },
      ...more,
    },
  };
}

export const NEW_SEGMENT_FIELD = newField(
  SEGMENT_FIELD,
  { ru: "Пульс: сегмент", en: "Pulse: segment" },
  { USER_TYPE_ID: "enumeration", SETTINGS: { DISPLAY: "LIST", LIST_HEIGHT: 1 } },
);

export const NEW_SCORE_FIELD = newField(
  SCORE_FIELD,
  { ru: "Пульс: здоровье, 0–100", en: "Pulse: health, 0–100" },
  { USER_TYPE_ID: "integer", SETTINGS: {} },
);

export function newStripField(appId: string): Params {
  return newField(
    STRIP_FIELD,
    { ru: "Пульс клиента", en: "Client Pulse" },
    { USER_TYPE_ID: `rest_${appId}_${STRIP_TYPE}`, SHOW_FILTER: "N", EDIT_IN_LIST: "Y" },
  );
}

export function fieldQuery(name: string): Params {
  return { filter: { FIELD_NAME: name } };
}

export async function loadSegment(link: HostLink, kind: ClientKind): Promise<TagField | null> {
  const query = fieldQuery(SEGMENT_FIELD);
  const { result } = await callMethod(link, `crm.${kind}.userfield.list`, query);
  const found = findListField(result, SEGMENT_FIELD, "N");
  return found === "foreign" ? null : found;
}

/** The field with an option for each code; null when the field is not there. Looks before it adds. */
export async function ensureSegment(
  link: HostLink,
  kind: ClientKind,
  codes: readonly string[],
  labels: Readonly<Record<string, string>>,
): Promise<TagField | null> {
  const field = await loadSegment(link, kind);
  const lacking = field === null ? [] : codes.filter((code) => !field.options.has(code));
  if (field === null || lacking.length === 0) return field;
  await callMethod(link, `crm.${kind}.userfield.update`, {
    id: field.fieldId,
    fields: { LIST: lacking.map((code) => newOption(code, labels[code] ?? code)) },
  });
  return loadSegment(link, kind);
}
