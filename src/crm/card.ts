import { z } from "zod";
import { cardDetail } from "./card-detail.ts";

/** The card document of the public surface, version 1. Texts are made in the page from codes and params. */

export const CARD_STATES = [
  "licence_ended",
  "installing",
  "no_permission",
  "ambiguous_client",
  "merged",
  "no_purchase",
  "too_little_data",
  "refund",
  "snoozed",
  "holdout",
  "returned",
  "formula_changed",
  "stale",
  "one_purchase",
  "ok",
] as const;

export type CardState = (typeof CARD_STATES)[number];

const state = z.enum(CARD_STATES);
const params = z.record(z.string(), z.union([z.number(), z.string()]));
const isoInstant = z.iso.datetime();
const isoDay = z.iso.date();
const minor = z.int();
const band = z.enum(["good", "watch", "risk"]);
const clientReference = z.object({
  kind: z.enum(["company", "contact"]),
  id: z.string(),
  key: z.string(),
});

/** Why the score is not what it was thirty days ago, under the same snapshot: the points of all factors add up to `delta`. */
const change = z.object({
  delta: z.int(),
  /** By purchases, contacts and deals since; and by the passing of time alone. */
  behaviour: z.int(),
  time: z.int(),
  /** The largest first. */
  factors: z.array(
    z.object({ code: z.string(), points: z.int(), behaviour: z.int(), time: z.int() }),
  ),
});

const health = z.object({
  score: z.int().min(0).max(100),
  base: z.int(),
  band,
  bandFrom: z.object({ good: z.int(), watch: z.int(), risk: z.int() }),
  delta30d: z.int().nullable(),
  /** Explains `delta30d`; absent where there was no score then. */
  change: change.optional(),
  factors: z.array(z.object({ code: z.string(), points: z.int(), params })),
  wouldChange: z.array(z.object({ code: z.string(), params, score: z.int(), band })),
});

const forecast = z.object({
  pAlive: z.number().min(0).max(1),
  pChurn: z.number().min(0).max(1),
  horizonDays: z.int(),
  expectedPurchases: z.number().min(0),
  ltv: z.object({ minor, lowMinor: minor, highMinor: minor, horizonDays: z.int() }).nullable(),
  nextPurchase: z.object({ p20: isoDay, p50: isoDay, p80: isoDay }).nullable(),
});

export const cardDocument = z.object({
  version: z.literal(1),
  asOf: isoInstant,
  dataAsOf: isoInstant.nullable(),
  formula: z.string(),
  snapshot: z.string().nullable(),
  state,
  flags: z.array(state).min(1),
  client: clientReference.nullable(),
  alternatives: z.array(clientReference),
  tier: z.union([z.literal(0), z.literal(1), z.literal(2), z.literal(3)]),
  holdout: z.boolean(),
  snooze: z.object({ reason: z.string(), until: isoDay }).nullable(),
  health: health.nullable(),
  reason: z.object({ code: z.string(), params }).nullable(),
  action: z
    .object({
      kind: z.enum(["task", "note", "none"]),
      playbook: z.string().nullable(),
      due: isoDay.nullable(),
      openTaskId: z.string().nullable(),
    })
    .nullable(),
  segment: z
    .object({
      rfm: z.string(),
      name: z.string(),
      from: z.string().nullable(),
      abc: z.string().nullable(),
      xyz: z.string().nullable(),
      lifecycle: z.string(),
      custom: z.array(z.string()),
    })
    .nullable(),
  worth: z
    .object({
      purchases: z.int(),
      totalMinor: minor.nullable(),
      averageMinor: minor.nullable(),
      currency: z.string(),
      basis: z.enum(["revenue", "margin"]),
    })
    .nullable(),
  forecast: forecast.nullable(),
  spark: z.array(z.object({ month: z.string(), amountMinor: minor, purchases: z.int() })),
  history: z.object({
    lastPurchaseAt: isoDay.nullable(),
    lastContact: z
      .object({ kind: z.string(), direction: z.enum(["in", "out"]).nullable(), at: isoDay })
      .nullable(),
  }),
  notes: z.array(z.object({ code: z.string(), params })),
  /** Share of the first sync that is done; only while `installing`. */
  progress: z
    .object({
      done: z.int(),
      total: z.int().nullable(),
      perSecond: z.number().nullable(),
      secondsLeft: z.int().nullable(),
    })
    .optional(),
  /** Only for a wide place, and only of a client that can be judged. */
  detail: cardDetail.optional(),
});

/** How much room a card has: the first lines only, a column, or a whole page. */
export const CARD_SIZES = ["strip", "column", "full"] as const;
export type CardSize = (typeof CARD_SIZES)[number];

/** What of a card is asked for. */
export interface CardLook {
  /** With `detail`. */
  readonly isFull?: boolean;
  /** Key of one of the record's several clients; absent = the one that buys. */
  readonly client?: string;
}

export type CardDocument = z.infer<typeof cardDocument>;
