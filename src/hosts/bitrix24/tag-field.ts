import type { Memo } from "../../crm/host.ts";
import type { ClientKind } from "../../crm/records.ts";
import { type Fields, isFields, parseJson, toFields, toId, toList, toText } from "./values.ts";

/**
 * Our labels live in one multiple list field of ours, on contacts and on companies. Option ids differ from portal to
 * portal and between the two, so they are remembered; the option's XML_ID carries our code.
 */
export const TAG_FIELD = "UF_CRM_PULSE_TAGS";
/** Portals that do not know `useOriginalUfNames` answer under a converted name. */
export const TAG_FIELD_SPELLINGS = [TAG_FIELD, "ufCrm_PULSE_TAGS", "ufCrmPulseTags"] as const;

const XML_PREFIX = "pulse:";
const SPELLING_MEMO = "tags.spelling";

export interface TagField {
  /** Id of the field itself, for `userfield.update`. */
  readonly fieldId: string;
  /** Option id by our code. */
  readonly options: ReadonlyMap<string, string>;
}

export type TagFields = Readonly<Record<ClientKind, TagField | null>>;

/** The name of our field in the universal methods of this portal; the original one until `mark` has seen another. */
export function tagSpelling(memo: Memo): string {
  return TAG_FIELD_SPELLINGS.find((name) => name === memo[SPELLING_MEMO]) ?? TAG_FIELD;
}

export function spellingMemo(name: string): Memo {
  return { [SPELLING_MEMO]: name };
}

/** The name under which an answered record carries our field; null when it does not carry it at all. */
export function spellingIn(row: Fields): string | null {
  return TAG_FIELD_SPELLINGS.find((name) => row[name] !== undefined) ?? null;
}

export function readTagFields(memo: Memo): TagFields {
  return { company: fromMemo(memo, "company"), contact: fromMemo(memo, "contact") };
}

function fromMemo(memo: Memo, kind: ClientKind): TagField | null {
  return fromMemoText(memo[memoName(kind)]);
}

export function fromMemoText(text: string | undefined): TagField | null {
  const stored = toFields(parseJson(text ?? ""));
  const fieldId = toId(stored.fieldId);
  if (fieldId === null) return null;
  const options = new Map<string, string>();
  for (const [code, id] of Object.entries(toFields(stored.options))) {
    const known = toId(id);
    if (known !== null) options.set(code, known);
  }
  return { fieldId, options };
}

export function memoName(kind: ClientKind): string {
  return `tags.${kind}`;
}

export function toMemoText({ fieldId, options }: TagField): string {
  return JSON.stringify({ fieldId, options: Object.fromEntries(options) });
}

/** Our field in the answer of `crm.<kind>.userfield.list`; null when it is not there, "foreign" when it is not ours. */
export function findTagField(rows: unknown): TagField | "foreign" | null {
  return findListField(rows, TAG_FIELD, "Y");
}

/** The same for any list field of ours. `multiple` as the portal writes it. */
export function findListField(
  rows: unknown,
  name: string,
  multiple: "Y" | "N",
): TagField | "foreign" | null {
  const row = toList(rows)
    .filter(isFields)
    .find((one) => toText(one.FIELD_NAME)?.toUpperCase() === name);
  if (!row) return null;
  const fieldId = toId(row.ID);
  if (fieldId === null || row.USER_TYPE_ID !== "enumeration" || row.MULTIPLE !== multiple) {
    return "foreign";
  }
  const options = new Map<string, string>();
  for (const option of toList(row.LIST).filter(isFields)) {
    const id = toId(option.ID);
    const xmlId = toText(option.XML_ID) ?? "";
    if (id !== null && xmlId.startsWith(XML_PREFIX)) {
      options.set(xmlId.slice(XML_PREFIX.length), id);
    }
  }
  return { fieldId, options };
}

export function newOption(code: string, label: string): { VALUE: string; XML_ID: string } {
  return { VALUE: label, XML_ID: `${XML_PREFIX}${code}` };
}

/** Codes of the options that are ours; others were added by people and are nobody's business. */
export function codesOf(field: TagField, optionIds: readonly string[]): readonly string[] {
  const held = new Set(optionIds);
  return [...field.options].filter(([, id]) => held.has(id)).map(([code]) => code);
}
