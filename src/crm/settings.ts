import { z } from "zod";

/** What an administrator decides about a portal's figures. */

export const MONEY_SOURCES = ["deals", "invoice", "transaction", "payment"] as const;
export const CLIENT_RULES = ["company_first", "company", "contact"] as const;

const choices = {
  /** A purchase is a deal in a won stage of a counted pipeline, or a paid record of this kind. */
  moneySource: z.enum(MONEY_SOURCES),
  /** Ids of the pipelines whose won deals are purchases; null = all, also those that come later. */
  pipelines: z.array(z.string().min(1).max(64)).max(1_000).nullable(),
  /** Who buys: the company if present, else the main contact; or one of them alone. */
  clientRule: z.enum(CLIENT_RULES),
  /** Is a won deal without a sum a purchase (for rhythm, never for money)? */
  countsZeroSums: z.boolean(),
  /**
   * Prices of one unit in the portal's currency, by ISO 4217 codes: for purchases that are older than the CRM's own rates,
   * and for currencies that it tells no rate of.
   */
  rates: z
    .array(
      z.strictObject({
        currency: z.string().regex(/^[A-Z]{3}$/),
        perUnit: z.number().positive().max(1e9),
      }),
    )
    .max(200),
};

export const settingsInput = z.strictObject({
  /** The version that the change was made of: one that is older than the stored one is refused. */
  version: z.int().min(0),
  ...choices,
});

/** The same without a version: nothing is saved. */
export const settingsDraft = z.strictObject(choices);

export const settingsDocument = z.object({
  version: z.int().min(0),
  ...choices,
  /** ISO 4217 and IANA, as the CRM says. */
  currency: z.string(),
  timeZone: z.string(),
  /** What may be chosen here. */
  options: z.object({
    moneySources: z.array(z.enum(MONEY_SOURCES)),
    pipelines: z.array(z.object({ id: z.string(), name: z.string() })),
    /** Of everything mirrored; what the CRM's newest rate is, null = it tells none. */
    currencies: z.array(z.object({ currency: z.string(), perUnit: z.number().nullable() })),
  }),
  /** What a new portal begins with. */
  initial: z.object(choices),
  /** Purchases are being counted anew after the last change. */
  isCounting: z.boolean(),
  /** The last changes, the newest first: send `choices` of one again to go back to it. */
  history: z.array(
    z.object({
      version: z.int(),
      at: z.iso.datetime(),
      /** Id of the CRM's user. */
      by: z.string(),
      /** Names of what differs from the version before. */
      changed: z.array(z.string()),
      choices: z.object(choices),
    }),
  ),
});

const totals = z.object({
  clients: z.int(),
  purchases: z.int(),
  revenueMinor: z.int(),
  /** Sums that no rate is known for, in minor units of their own currencies. */
  missingRates: z.array(z.object({ currency: z.string(), count: z.int(), amountMinor: z.int() })),
});

/** What the figures are and what they would be; nothing is saved. */
export const settingsPreview = z.object({
  /** ISO 4217, of `revenueMinor`. */
  currency: z.string(),
  before: totals,
  after: totals,
});

export type SettingsInput = z.infer<typeof settingsInput>;
export type SettingsDraft = z.infer<typeof settingsDraft>;
export type SettingsDocument = z.infer<typeof settingsDocument>;
export type SettingsPreview = z.infer<typeof settingsPreview>;
export type SettingsTotals = z.infer<typeof totals>;
export type MoneySource = (typeof MONEY_SOURCES)[number];
export type ClientRule = (typeof CLIENT_RULES)[number];
