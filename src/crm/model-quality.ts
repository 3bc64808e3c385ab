import { z } from "zod";

/** How often the forecasts would have been wrong on the company's own past; plain data, texts are made by the page. */

const share = z.number().min(0).max(1);
const day = z.iso.date();
const whole = z.int().min(0);

/** How good one method was for one group of clients; null = not defined for this group. */
const figures = z.object({
  auc: share.nullable(),
  aucLow: share.nullable(),
  aucHigh: share.nullable(),
  brier: z.number().nullable(),
  logLoss: z.number().nullable(),
  ece: z.number().nullable(),
  /** Share of the `k` most doubtful clients who did not buy. */
  precisionAtK: share.nullable(),
  k: whole,
  n: whole,
  /** Share of all `n` who did not buy. */
  baseRate: share.nullable(),
});

const methods = z.object({ chosen: figures, hiatus: figures, baseRate: figures });
const method = z.enum(["core", "layer", "hiatus", "baseRate"]);

export const MODEL_STATES = [
  "usable",
  "no_signal",
  "unproven",
  "refused",
  "tier_0",
  "untested",
] as const;

export const modelQuality = z.object({
  /**
   * `no_signal` = tested, useless, one rate is shown for everybody; `unproven` = the same of too few clients, the model is
   * kept; `refused` = too short a history; `tier_0` = too small a base; `untested` = the first test is still to come.
   */
  state: z.enum(MODEL_STATES),
  reason: z.string().nullable(),
  /** Day of the test. */
  testedOn: day.nullable(),
  horizonDays: z.int(),
  /** What the scores of today are made by. */
  inUse: method.nullable(),
  clients: whole,
  repeatBuyers: whole,
  /** Clients of the newest window: everybody known then, or an even sample. */
  tested: whole,
  isSample: z.boolean(),
  testableFrom: day.nullable(),
  bandFrom: z.object({ good: z.int(), watch: z.int(), risk: z.int() }).nullable(),
  /** K of the precision: a week of the team's calls, or a tenth of the clients. */
  calls: z.object({ basis: z.enum(["team", "tenth"]), perWeek: z.number().nullable() }),
  /** Newest first. */
  windows: z.array(
    z.object({
      cutoff: day,
      method,
      /** Everybody known; and those who had bought within the last two horizons. */
      all: methods,
      active: methods,
      buyers: z.object({ clients: whole, predicted: z.number(), actual: whole }),
      /** How much earlier than the silence rule clients who stayed away were doubted. */
      warning: z.object({
        clients: whole,
        doubtedAtOnce: whole,
        earlier: whole,
        medianDays: z.number().nullable(),
      }),
      /** Purchase days. */
      totals: z.object({ predicted: z.number(), actual: whole, level: z.number() }),
      rangeCoverage: z.object({ all: share.nullable(), active: share.nullable() }),
    }),
  ),
  /** The newest window: chance of no purchase said, and what came true. */
  calibration: z.array(z.object({ n: whole, predicted: share, observed: share })),
  versusRule: z.object({ windows: whole, won: whole, isBetter: z.boolean() }).nullable(),
  /** Buyers seen against buyers said; an alarm when off by more than 15 % twice. */
  drift: z.object({ windows: whole, more: whole, fewer: whole, isAlarm: z.boolean() }).nullable(),
});

export type ModelQualityDocument = z.infer<typeof modelQuality>;
