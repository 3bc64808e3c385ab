import { z } from "zod";

/**
 * What is taken from the host's rows. amoCRM cannot select fields, so names, phones, mails, texts and custom fields
 * arrive with every row; whatever is not named here is dropped by the parser, before anything else sees the row.
 * Numbers also come as text, empty lists as null, an empty object as `[]`, and one thing as a list of one.
 */

const ID = /^\d{1,16}$/;

export function single(value: unknown): unknown {
  return Array.isArray(value) && value.length === 1 ? value[0] : value;
}

function numeral(value: unknown): unknown {
  const one = single(value);
  return typeof one === "number" && Number.isSafeInteger(one) ? String(one) : one;
}

export const id = z.preprocess(numeral, z.string().regex(ID));

/** Zero is the robot or "nobody". */
export const idOrNull = z.preprocess((value) => {
  const text = numeral(value);
  return text === undefined || text === "" || text === "0" ? null : text;
}, z.string().regex(ID).nullable());

/** Group 0 is a real group, the first one of every account. */
const groupId = z.preprocess((value) => {
  const text = numeral(value);
  return text === undefined || text === "" ? null : text;
}, z.string().regex(ID).nullable());

/** Unix seconds to milliseconds. */
export const instant = z.preprocess((value) => {
  const text = numeral(value);
  return typeof text === "string" && /^\d{1,11}$/.test(text) ? Number(text) * 1000 : undefined;
}, z.number().int().nonnegative());

export const instantOrNull = z.preprocess((value) => {
  const text = numeral(value);
  return typeof text === "string" && /^[1-9]\d{0,10}$/.test(text) ? Number(text) * 1000 : null;
}, z.number().nullable());

export const flag = z.preprocess((value) => {
  const one = single(value);
  return one === true || one === 1 || one === "1";
}, z.boolean());

export const amount = z.preprocess((value) => {
  const one = single(value);
  return one === undefined || one === "" ? null : one;
}, z.union([z.number(), z.string().regex(/^[+-]?\d+(?:\.\d*)?$/)]).nullable());

const sort = z.preprocess((value) => Number(numeral(value) ?? 0) || 0, z.number());

/** Null and a missing list are empty; a single object is a list of one. */
export function listOf<Item extends z.ZodType>(item: Item) {
  return z.preprocess((value) => {
    if (Array.isArray(value)) return value;
    return typeof value === "object" && value !== null ? [value] : [];
  }, z.array(item));
}

/** An object inside a row, such as `_embedded`; PHP writes an empty one as `[]`. */
export function embedded<Shape extends z.ZodRawShape>(shape: Shape) {
  return z.preprocess(
    (value) => (typeof value === "object" && value !== null && !Array.isArray(value) ? value : {}),
    z.object(shape),
  );
}

export const reference = z.object({ id });

/** Own tags carry this prefix, so that people and other integrations keep theirs; what follows is our stable code. */
export const TAG_PREFIX = "pulse:";

const ourTags = listOf(z.object({ name: z.string().nullish() })).transform((tags) =>
  tags.flatMap(({ name }) => (name?.startsWith(TAG_PREFIX) ? [name.slice(TAG_PREFIX.length)] : [])),
);

const UTM_CODES = ["UTM_SOURCE", "UTM_MEDIUM", "UTM_CAMPAIGN"] as const;
const UTM_LENGTH = 100;

/** The only custom fields that are looked at: three predefined tracking fields. */
const utm = listOf(
  z.object({
    field_code: z.string().nullish(),
    field_type: z.string().nullish(),
    values: z.unknown().optional(),
  }),
).transform((fields) => {
  const [source = null, medium = null, campaign = null] = UTM_CODES.map((code) => {
    const found = fields.find(
      (one) => one.field_code === code && one.field_type === "tracking_data",
    );
    const value = Array.isArray(found?.values) ? found.values[0]?.value : undefined;
    return typeof value === "string" && value !== "" ? value.slice(0, UTM_LENGTH) : null;
  });
  return source === null && medium === null && campaign === null
    ? null
    : { source, medium, campaign };
});

const named = z.object({ id, name: z.preprocess(single, z.string().nullish()).catch(null) });

const quantity = z.preprocess((value) => Number(single(value) ?? 1), z.number().nonnegative());

const element = z.object({
  id,
  metadata: embedded({ catalog_id: idOrNull, quantity: quantity.catch(1) }),
});

export const leadRow = z.object({
  id,
  pipeline_id: id,
  status_id: id,
  price: amount,
  price_with_minor_units: amount,
  responsible_user_id: idOrNull,
  group_id: groupId,
  created_at: instant,
  updated_at: instant,
  closed_at: instantOrNull,
  loss_reason_id: idOrNull,
  source_id: idOrNull,
  is_deleted: flag,
  custom_fields_values: utm,
  _embedded: embedded({
    companies: listOf(reference),
    contacts: listOf(z.object({ id, is_main: flag })),
    loss_reason: listOf(named),
    source: listOf(named),
    catalog_elements: listOf(element),
  }),
});

export const clientRow = z.object({
  id,
  responsible_user_id: idOrNull,
  group_id: groupId,
  created_at: instant,
  updated_at: instant,
  is_deleted: flag,
  _embedded: embedded({ tags: ourTags, companies: listOf(reference) }),
});

export const pipelineRow = z.object({
  id,
  name: z.string().catch(""),
  sort,
  _embedded: embedded({
    statuses: listOf(z.object({ id, name: z.string().catch(""), sort })),
  }),
});

/** View rights: A all, G own group, M own, D denied, L linked. */
const right = z.preprocess(single, z.string().catch("D"));
const viewRight = z.preprocess((value) => value ?? {}, z.object({ view: right }));

export const userRow = z.object({
  id,
  rights: embedded({
    is_admin: flag,
    is_active: z.preprocess((value) => value ?? true, flag),
    group_id: groupId,
    leads: viewRight,
    contacts: viewRight,
    companies: viewRight,
    status_rights: listOf(
      z.object({
        entity_type: z.string().nullish(),
        pipeline_id: id,
        status_id: id,
        rights: viewRight,
      }),
    ),
  }),
});

/** Values differ by the kind of event; each reader takes from them what it knows. */
export const eventRow = z.object({
  id: z.preprocess(numeral, z.string().regex(/^[A-Za-z0-9_-]{1,64}$/)),
  type: z.string(),
  entity_id: id,
  entity_type: z.string().nullish(),
  created_at: instant,
  value_after: listOf(z.unknown()),
  value_before: listOf(z.unknown()),
});

export const stageValue = z.object({ lead_status: z.object({ id, pipeline_id: id }) });

export const noteRow = z.object({
  id,
  entity_id: id,
  note_type: z.preprocess(numeral, z.string()),
  created_at: instant,
  updated_at: instant,
  params: embedded({ income: flag }),
});

export const taskRow = z.object({
  id,
  entity_id: idOrNull,
  entity_type: z.string().nullish(),
  is_completed: flag,
  task_type_id: idOrNull,
  complete_till: instantOrNull,
  created_at: instant,
  updated_at: instant,
});

export const accountRow = z.object({
  id,
  current_user_id: idOrNull,
  currency: z.string().regex(/^[A-Z]{3}$/),
  customers_mode: z.preprocess(single, z.string().nullish()).catch(null),
  invoices_settings: embedded({ invoices_catalog_id: idOrNull.catch(null) }),
  is_api_filter_enabled: z
    .preprocess((value) => single(value) ?? null, z.boolean().nullable())
    .catch(null),
  _embedded: embedded({
    datetime_settings: embedded({ timezone: z.string().nullish() }),
  }),
});

export type LeadRow = z.infer<typeof leadRow>;
export type ClientRow = z.infer<typeof clientRow>;
export type PipelineRow = z.infer<typeof pipelineRow>;
export type UserRow = z.infer<typeof userRow>;
export type EventRow = z.infer<typeof eventRow>;
export type NoteRow = z.infer<typeof noteRow>;
export type TaskRow = z.infer<typeof taskRow>;
