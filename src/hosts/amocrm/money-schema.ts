import { z } from "zod";
import {
  amount,
  embedded,
  flag,
  id,
  idOrNull,
  instant,
  instantOrNull,
  listOf,
  reference,
  single,
} from "./schema.ts";

/** Rows of customers, catalogs and incoming leads; as in schema.ts, what is not named here is dropped. */

const linkedContact = z.object({ id, is_main: flag });

export const customerRow = z.object({
  id,
  updated_at: instant,
  is_deleted: flag,
  _embedded: embedded({ contacts: listOf(linkedContact), companies: listOf(reference) }),
});

export const transactionRow = z.object({
  id,
  customer_id: idOrNull,
  price: amount,
  completed_at: instantOrNull,
  created_at: instant,
  updated_at: instant,
  is_deleted: flag,
  _embedded: embedded({ customer: listOf(reference) }),
});

/** One value of a field; which of its keys are there depends on the type of the field. */
const fieldValue = z.object({
  value: z.unknown().optional(),
  enum_id: z.unknown().optional(),
  enum_code: z.unknown().optional(),
});

const fieldValues = listOf(
  z.object({ field_code: z.string().nullish(), values: listOf(fieldValue.catch({})) }),
);

export const elementRow = z.object({
  id,
  name: z.preprocess(single, z.string()).catch(""),
  created_at: instant,
  updated_at: instant,
  is_deleted: flag,
  custom_fields_values: fieldValues,
});

export const catalogRow = z.object({ id, type: z.preprocess(single, z.string()).catch("regular") });

export const namedRow = z.object({ id, name: z.preprocess(single, z.string()) });

export const unsortedRow = z.object({
  uid: z.preprocess(single, z.string().regex(/^[\w-]{8,128}$/)),
  source_uid: z.preprocess(single, z.string().max(128).nullish()).catch(null),
  pipeline_id: idOrNull,
  created_at: instant,
  _embedded: embedded({
    contacts: listOf(reference),
    companies: listOf(reference),
  }),
});

export type CustomerRow = z.infer<typeof customerRow>;
export type TransactionRow = z.infer<typeof transactionRow>;
export type ElementRow = z.infer<typeof elementRow>;
export type UnsortedRow = z.infer<typeof unsortedRow>;

/** The first value of the field with this code; undefined without one. */
export function firstValue(row: ElementRow, code: string): z.infer<typeof fieldValue> | undefined {
  return row.custom_fields_values.find((field) => field.field_code === code)?.values[0];
}
