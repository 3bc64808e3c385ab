import { AppError } from "../../crm/error.ts";
import type { HostLink, Memo } from "../../crm/host.ts";
import type { ClientRef } from "../../crm/records.ts";
import { callMethod, type Params, type ParamValue } from "./api.ts";
import { ENTITY_TYPE, optionIds } from "./mapping.ts";
import { type Fields, isFields, toFields, toList } from "./values.ts";

/** Reading and writing fields of ours on a client, whatever names this portal uses for them. */

const STYLE_MEMO = "tags.spelling";
/** The label field tells how this portal spells all of ours. */
const STYLES = ["UF_CRM_PULSE_TAGS", "ufCrm_PULSE_TAGS", "ufCrmPulseTags"] as const;

/** Portals that do not know `useOriginalUfNames` answer under a converted name. */
function spellingsOf(name: string): readonly [string, string, string] {
  const tail = name.replace(/^UF_CRM_/, "");
  const camel = tail
    .split("_")
    .map((word) => word.charAt(0) + word.slice(1).toLowerCase())
    .join("");
  return [name, `ufCrm_${tail}`, `ufCrm${camel}`];
}

function styleOf(memo: Memo): 0 | 1 | 2 {
  const style = STYLES.indexOf(memo[STYLE_MEMO] as (typeof STYLES)[number]);
  return style === 1 || style === 2 ? style : 0;
}

/** The name of a field of ours in the universal methods of this portal; the original one until a write has shown another. */
export function spelling(memo: Memo, name: string): string {
  return spellingsOf(name)[styleOf(memo)];
}

/** What a record holds under any of the names; undefined = it does not carry the field at all. */
export function heldIn(row: Fields, name: string): unknown {
  const known = spellingsOf(name).find((one) => row[one] !== undefined);
  return known === undefined ? undefined : row[known];
}

/** By list, not by `crm.item.get`: only a list can leave names and phones out. Throws AppError `host.not_found`. */
export async function readOwn(
  link: HostLink,
  { kind, id }: ClientRef,
  names: readonly string[],
): Promise<Fields> {
  const { result } = await callMethod(link, "crm.item.list", {
    entityTypeId: ENTITY_TYPE[kind],
    useOriginalUfNames: "Y",
    select: ["id", ...names.map((name) => spelling(link.memo, name))],
    filter: { id },
    order: { id: "ASC" },
    start: -1,
  });
  const row = toList(toFields(result).items).find(isFields);
  if (!row) throw new AppError("host.not_found", { details: { kind, id } });
  return row;
}

export interface OwnWritten {
  /** The record as it is after the write. */
  readonly item: Fields;
  /** Replaces the link's memo when a portal has shown how it spells our names. */
  readonly memo: Memo | null;
}

/**
 * Writes and looks at the answer: a portal that does not know `useOriginalUfNames` drops original names without a word, and
 * the record that it answers shows the name that it does take.
 */
export async function writeOwn(
  link: HostLink,
  { kind, id }: ClientRef,
  values: Readonly<Record<string, ParamValue>>,
): Promise<OwnWritten> {
  const put = async (style: 0 | 1 | 2): Promise<Fields> => {
    const fields: Record<string, ParamValue> = {};
    for (const [name, value] of Object.entries(values)) fields[spellingsOf(name)[style]] = value;
    const { result } = await callMethod(link, "crm.item.update", {
      entityTypeId: ENTITY_TYPE[kind],
      id,
      useOriginalUfNames: "Y",
      fields,
    } satisfies Params);
    return toFields(toFields(result).item);
  };
  const tried = styleOf(link.memo);
  const item = await put(tried);
  const answered = answeredStyle(item, Object.keys(values));
  if (answered === null || answered === tried) return { item, memo: null };
  const memo = { ...link.memo, [STYLE_MEMO]: STYLES[answered] };
  const isTaken = Object.entries(values).every(([name, value]) => holds(item, name, value));
  return { item: isTaken ? item : await put(answered), memo };
}

function answeredStyle(item: Fields, names: readonly string[]): 0 | 1 | 2 | null {
  for (const style of [0, 1, 2] as const) {
    if (names.some((name) => item[spellingsOf(name)[style]] !== undefined)) return style;
  }
  return null;
}

/** Does the record hold exactly this, whatever form emptiness and numbers have? */
export function holds(row: Fields, name: string, wanted: ParamValue): boolean {
  const held = heldIn(row, name);
  if (Array.isArray(wanted)) {
    const ids = new Set(wanted.map(String));
    const has = optionIds(held);
    return has.length === ids.size && has.every((id) => ids.has(id));
  }
  return asText(held) === asText(wanted);
}

function asText(value: unknown): string {
  if (value === null || value === undefined || value === false || Array.isArray(value)) return "";
  const number = typeof value === "string" && value !== "" ? Number(value) : value;
  return typeof number === "number" && Number.isFinite(number) ? String(number) : String(value);
}

/** An administrator has deleted the field: the next set-up makes it anew, and says so. */
export function fieldGone(field: string): AppError {
  return new AppError("host.no_rights", { details: { field, needsSetup: true } });
}

/** The portal does not know an option that we wrote: somebody has changed the list. */
export function isUnknownOption(thrown: unknown): boolean {
  return (
    thrown instanceof AppError && thrown.details.hostError === "crm_field_error_value_not_valid"
  );
}
