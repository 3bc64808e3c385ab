import { z } from "zod";

/** What acquisition costs, as an administrator enters it; the rows are the same as those of a spend file. */

const month = z.string().regex(/^\d{4}-(?:0[1-9]|1[0-2])$/);

export const spendTable = z.object({
  /** Grows with every change; sent back with a change it keeps two people from overwriting each other. */
  version: z.int(),
  /** ISO 4217 of the amounts. */
  currency: z.string(),
  /** The newest month first. */
  rows: z.array(
    z.object({
      month,
      /** "" = not told apart. */
      channel: z.string(),
      kind: z.enum(["marketing", "sales"]),
      amountMinor: z.int(),
    }),
  ),
  /** Average margin in percent of revenue; null = unknown. */
  marginPercent: z.number().min(0).max(100).nullable(),
});

/** What the overview says of the table. */
export const spendSummary = z.object({
  rows: z.int(),
  totalMinor: z.int(),
  fromMonth: month.nullable(),
  toMonth: month.nullable(),
  marginPercent: spendTable.shape.marginPercent,
});

/** One month of all channels (`channel` null) or of one of them. */
export const acquisitionRow = z.object({
  month,
  channel: z.string().nullable(),
  marketingMinor: z.int(),
  salesMinor: z.int(),
  /** null = the sources of clients are not known. */
  newClients: z.int().nullable(),
  cacMarketingMinor: z.int().nullable(),
  cacFullMinor: z.int().nullable(),
});

const version = z.int().min(0).optional();

/**
 * The whole table anew: rows, or a text of lines `month;channel;amount[;kind]`. What is wrong with a row is said by its line, so
 * the values are not judged here.
 */
export const spendInput = z.union([
  z.strictObject({
    version,
    rows: z.array(
      z.strictObject({
        month: z.string(),
        channel: z.string(),
        amountMinor: z.number(),
        kind: z.string().optional(),
      }),
    ),
  }),
  z.strictObject({ version, text: z.string() }),
]);

export const marginInput = z.strictObject({ percent: spendTable.shape.marginPercent });

export const spendRefusal = z.object({
  code: z.literal("input.invalid"),
  message: z.string(),
  /** The first of them, by line. */
  problems: z.array(
    z.object({
      line: z.int(),
      reason: z.enum(["cells", "month", "channel", "amount", "kind", "twice", "empty", "too_many"]),
    }),
  ),
});

export type SpendTable = z.infer<typeof spendTable>;
export type SpendSummary = z.infer<typeof spendSummary>;
export type SpendInput = z.infer<typeof spendInput>;
export type SpendRefusal = z.infer<typeof spendRefusal>;
