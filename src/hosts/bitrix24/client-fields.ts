import { AppError } from "../../crm/error.ts";
import type { HostLink } from "../../crm/host.ts";
import type { ClientFields, FieldsDraft, FieldsResult, HostFields } from "../../crm/host-writes.ts";
import type { ClientRef } from "../../crm/records.ts";
import type { ParamValue } from "./api.ts";
import { ensureSegment, loadSegment, SCORE_FIELD, SEGMENT_FIELD } from "./client-field-setup.ts";
import { optionIds } from "./mapping.ts";
import { fieldGone, heldIn, holds, isUnknownOption, readOwn, writeOwn } from "./own-field.ts";
import { fromMemoText, type TagField, toMemoText } from "./tag-field.ts";
import { type Fields, toNumber } from "./values.ts";

/** Segment and score as fields of ours, so that lists and the board can be filtered by them. */

export const fields: HostFields = {
  async write(link, client, draft) {
    try {
      return await writeWith(link, client, draft, fromMemoText(link.memo[segmentMemo(client)]));
    } catch (thrown) {
      // Somebody has changed the list: our options have other ids now, or none.
      if (!isUnknownOption(thrown)) throw thrown;
      return await writeWith(link, client, draft, null);
    }
  },
};

export function segmentMemo({ kind }: Pick<ClientRef, "kind">): string {
  return `segment.${kind}`;
}

async function writeWith(
  link: HostLink,
  client: ClientRef,
  { values, labels, onlyIf }: FieldsDraft,
  known: TagField | null,
): Promise<FieldsResult> {
  const row = await readOwn(link, client, [SEGMENT_FIELD, SCORE_FIELD]);
  const shows = [SEGMENT_FIELD, SCORE_FIELD].some((name) => heldIn(row, name) !== undefined);
  if (!shows && known !== null && (await loadSegment(link, client.kind)) === null) {
    throw fieldGone(SEGMENT_FIELD);
  }
  const code = values.segment;
  const held = optionIds(heldIn(row, SEGMENT_FIELD));
  const ids = known === null ? [] : [...known.options.values()];
  const isKnown =
    known !== null &&
    (code === null || known.options.has(code)) &&
    held.every((id) => ids.includes(id));
  const codes = code === null ? [] : [code];
  const field = isKnown ? known : await ensureSegment(link, client.kind, codes, labels);
  if (field === null) throw new AppError("host.no_rights", { details: { field: SEGMENT_FIELD } });
  const learnt = isKnown ? null : { ...link.memo, [segmentMemo(client)]: toMemoText(field) };
  const before = heldOf(row, field);
  const isTheirs = onlyIf !== undefined && !isSame(onlyIf, before);
  const wanted: Record<string, ParamValue> = {
    [SEGMENT_FIELD]: code === null ? "" : Number(field.options.get(code)),
    [SCORE_FIELD]: values.score ?? "",
  };
  const changes = Object.entries(wanted).filter(([name, value]) => !holds(row, name, value));
  if (isTheirs || changes.length === 0) {
    return { changed: false, before, ...(learnt ? { memo: learnt } : {}) };
  }
  const { memo } = await writeOwn(link, client, Object.fromEntries(changes));
  const next = memo === null ? learnt : { ...memo, ...learnt };
  return { changed: true, before, ...(next ? { memo: next } : {}) };
}

function heldOf(row: Fields, field: TagField): ClientFields {
  const held = optionIds(heldIn(row, SEGMENT_FIELD));
  const segment = [...field.options].find(([, id]) => held.includes(id))?.[0] ?? null;
  return { segment, score: toNumber(heldIn(row, SCORE_FIELD)) };
}

function isSame(one: ClientFields, other: ClientFields): boolean {
  return one.segment === other.segment && one.score === other.score;
}
