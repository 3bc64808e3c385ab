import { z } from "zod";
import { AppError, errorCode } from "../../crm/error.ts";
import type { HostLink, Memo } from "../../crm/host.ts";
import type { ClientFields, FieldsDraft, FieldsResult, HostFields } from "../../crm/host-writes.ts";
import type { ClientRef } from "../../crm/records.ts";
import { field, readOne, writeRequest } from "./api.ts";
import { ensureFields, knownFields, type OurFields, rememberFields } from "./field-setup.ts";
import { id, listOf } from "./schema.ts";

/**
 * Segment and score in fields of ours. They are made when they are first written, which is after somebody has approved it;
 * when the customer has deleted one it is made anew.
 */
export const fields: HostFields = {
  async write(link, client, draft) {
    const path = `${client.kind === "contact" ? "contacts" : "companies"}/${encodeURIComponent(client.id)}`;
    const body = await readOne(link, "client.one", path);
    if (body === null || field(body, "is_deleted") === true) throw new AppError("host.not_found");
    const known = await fieldsFor(link, client, draft);
    const before = valuesOf(body, known.fields);
    const isTheirs = draft.onlyIf !== undefined && !isSame(before, draft.onlyIf);
    if (isTheirs || isSame(before, draft.values)) return { changed: false, before, ...known.memo };
    try {
      await send(link, path, known.fields, draft.values);
      return { changed: true, before, ...known.memo };
    } catch (error) {
      if (!isFieldGone(error)) throw error;
      link.log.warn("host.field_made_anew", { entity: client.kind });
      return await writeAnew(link, client, draft, path);
    }
  },
};

/** The customer has deleted a field or an option: values written before are gone with it. */
async function writeAnew(
  link: HostLink,
  client: ClientRef,
  { labels, values }: FieldsDraft,
  path: string,
): Promise<FieldsResult> {
  const made = await ensureFields(link, client.kind, labels);
  await send(link, path, made, values);
  const memo = rememberFields(link.memo, client.kind, made);
  return { changed: true, before: { segment: null, score: null }, memo };
}

interface Known {
  readonly fields: OurFields;
  /** Present when something new has to be remembered. */
  readonly memo: { readonly memo?: Memo };
}

async function fieldsFor(link: HostLink, client: ClientRef, draft: FieldsDraft): Promise<Known> {
  const known = knownFields(link.memo, client.kind);
  const { segment } = draft.values;
  const isEnough = known && (segment === null || known.options.has(segment));
  if (isEnough) return { fields: known, memo: {} };
  const labels = { ...(segment === null ? {} : { [segment]: segment }), ...draft.labels };
  const made = await ensureFields(link, client.kind, labels);
  return { fields: made, memo: { memo: rememberFields(link.memo, client.kind, made) } };
}

async function send(
  link: HostLink,
  path: string,
  ours: OurFields,
  { segment, score }: ClientFields,
): Promise<void> {
  const option = segment === null ? null : ours.options.get(segment);
  const values = [
    {
      field_id: Number(ours.segmentId),
      values: option ? [{ enum_id: Number(option) }] : null,
    },
    {
      field_id: Number(ours.scoreId),
      values: score === null ? null : [{ value: score }],
    },
  ];
  await link.send("client.fields", writeRequest("PATCH", path, { custom_fields_values: values }));
}

const values = z.object({
  custom_fields_values: listOf(
    z.object({
      field_id: id,
      values: listOf(z.object({ value: z.unknown().optional(), enum_id: z.unknown().optional() })),
    }),
  ),
});

/** Our own two fields and nothing else of the card. */
function valuesOf(body: unknown, ours: OurFields): ClientFields {
  const rows = values.safeParse(body).data?.custom_fields_values ?? [];
  const of = (fieldId: string) => rows.find((row) => row.field_id === fieldId)?.values[0];
  const optionId = id.safeParse(of(ours.segmentId)?.enum_id).data;
  const segment = [...ours.options].find(([, known]) => known === optionId)?.[0] ?? null;
  const value = of(ours.scoreId)?.value;
  const score = value === undefined || value === null || value === "" ? Number.NaN : Number(value);
  return { segment, score: Number.isFinite(score) ? score : null };
}

function isSame(one: ClientFields, other: ClientFields): boolean {
  return one.segment === other.segment && one.score === other.score;
}

function isFieldGone(error: unknown): boolean {
  const paths = error instanceof AppError ? String(error.details.paths ?? "") : "";
  return errorCode(error) === "host.refused" && paths.includes("custom_fields_values");
}
