import { AppError } from "../../crm/error.ts";
import type { ClientMark, HostLink, MarkResult } from "../../crm/host.ts";
import type { ClientRef } from "../../crm/records.ts";
import { callMethod } from "./api.ts";
import { ENTITY_TYPE, optionIds } from "./mapping.ts";
import { fieldGone, isUnknownOption } from "./own-field.ts";
import {
  codesOf,
  memoName,
  readTagFields,
  spellingIn,
  spellingMemo,
  TAG_FIELD,
  type TagField,
  tagSpelling,
  toMemoText,
} from "./tag-field.ts";
import { ensureOptions, loadTagField } from "./tag-field-setup.ts";
import { type Fields, isFields, toFields, toList } from "./values.ts";

/**
 * Reads the client's labels, replaces ours by the wanted ones and writes only when that changes something: every write
 * would start robots and come back as an event. Labels that people added stay. Throws AppError `host.not_found` when the
 * client is gone, `host.no_rights` when our field cannot be used, or another `host.*`.
 */
export async function mark(
  link: HostLink,
  client: ClientRef,
  wish: ClientMark,
): Promise<MarkResult> {
  try {
    return await markWith(link, client, wish, readTagFields(link.memo)[client.kind]);
  } catch (thrown) {
    // Somebody has changed the list: our options have other ids now, or none.
    if (!isUnknownOption(thrown)) throw thrown;
    return await markWith(link, client, wish, null);
  }
}

async function markWith(
  link: HostLink,
  client: ClientRef,
  { tags, labels = {}, onlyIf }: ClientMark,
  known: TagField | null,
): Promise<MarkResult> {
  const held = await readHeld(link, client);
  if (known !== null && held === null) await checkField(link, client.kind);
  const carried = held ?? [];
  const isKnown = known !== null && isWhole(known, tags, carried);
  const field = isKnown ? known : await ensureOptions(link, client.kind, tags, labels);
  if (field === null) throw new AppError("host.no_rights", { details: { field: TAG_FIELD } });
  const memo = isKnown ? link.memo : { ...link.memo, [memoName(client.kind)]: toMemoText(field) };
  const before = codesOf(field, carried);
  const wanted = toOptionIds(field, tags, carried);
  const learnt = isKnown ? {} : { memo };
  const isTheirs = onlyIf !== undefined && !isSameSet(onlyIf, before);
  if (isTheirs || isSameSet(wanted, carried)) return { changed: false, before, ...learnt };
  const name = await write(link, client, wanted);
  const isNewName = name !== tagSpelling(link.memo);
  return {
    changed: true,
    before,
    ...(isNewName ? { memo: { ...memo, ...spellingMemo(name) } } : learnt),
  };
}

/** The record does not show a field that we know: either its name is another here, or an administrator deleted it. */
async function checkField(link: HostLink, kind: ClientRef["kind"]): Promise<void> {
  if ((await loadTagField(link, kind)) === null) throw fieldGone(TAG_FIELD);
}

/**
 * Writes and gives the name under which that worked. A portal that does not know `useOriginalUfNames` drops the original
 * name without a word; the record in its answer shows the name that it does take.
 */
async function write(link: HostLink, client: ClientRef, wanted: readonly string[]) {
  const put = async (name: string): Promise<Fields> => {
    const { result } = await callMethod(link, "crm.item.update", {
      entityTypeId: ENTITY_TYPE[client.kind],
      id: client.id,
      useOriginalUfNames: "Y",
      fields: { [name]: wanted.map(Number) },
    });
    return toFields(toFields(result).item);
  };
  const tried = tagSpelling(link.memo);
  const item = await put(tried);
  const name = spellingIn(item) ?? tried;
  if (name !== tried && !isSameSet(wanted, optionIds(item[name]))) await put(name);
  return name;
}

/** By list, not by `crm.item.get`: only a list can leave names and phones out. null = the record shows no such field. */
async function readHeld(
  link: HostLink,
  { kind, id }: ClientRef,
): Promise<readonly string[] | null> {
  const { result } = await callMethod(link, "crm.item.list", {
    entityTypeId: ENTITY_TYPE[kind],
    useOriginalUfNames: "Y",
    select: ["id", tagSpelling(link.memo)],
    filter: { id },
    order: { id: "ASC" },
    start: -1,
  });
  const row = toList(toFields(result).items).find(isFields);
  if (!row) throw new AppError("host.not_found", { details: { kind, id } });
  const name = spellingIn(row);
  return name === null ? null : optionIds(row[name]);
}

/** Do we know every option that is wanted, and every one that the client carries? */
function isWhole(field: TagField, tags: readonly string[], held: readonly string[]): boolean {
  const ids = new Set(field.options.values());
  return tags.every((code) => field.options.has(code)) && held.every((id) => ids.has(id));
}

function toOptionIds(
  field: TagField,
  tags: readonly string[],
  held: readonly string[],
): readonly string[] {
  const ours = new Set(field.options.values());
  const foreign = held.filter((id) => !ours.has(id));
  const wanted = tags.map((code) => {
    const id = field.options.get(code);
    if (id === undefined) throw new AppError("host.bad_answer", { details: { field: TAG_FIELD } });
    return id;
  });
  return [...new Set([...foreign, ...wanted])];
}

function isSameSet(left: readonly string[], right: readonly string[]): boolean {
  const held = new Set(right);
  return new Set(left).size === held.size && left.every((id) => held.has(id));
}
