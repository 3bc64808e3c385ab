import { z } from "zod";

/**
 * Everything about the segments of one base: what `pulse analyze --json` prints as `segmentation`, what the portal answers at
 * `/api/segments` and what the dashboard draws. Plain data; texts are made from codes by the pages. Money is net of refunds,
 * whole minor units, over the whole history unless a name says otherwise.
 */

const share = z.number().min(0).max(1);
const count = z.int().min(0);

/** Clients under one code; the rows of a list add up to its base, in clients and in money. */
export const groupRow = z.object({
  code: z.string(),
  clients: count,
  share,
  moneyMinor: z.int(),
});

/** Values of one score: both ends belong to it, null = open. A score that no value can have has no row. */
const boundaryRow = z.object({
  score: z.int().min(1).max(5),
  from: z.int().nullable(),
  to: z.int().nullable(),
});

/** What each score means in days, purchase days and money, best score first. */
const rfmWords = z.object({
  recencyDays: z.array(boundaryRow),
  purchaseDays: z.array(boundaryRow),
  /** null = no sum is known; the money score then repeats the frequency score. */
  moneyMinor: z.array(boundaryRow).nullable(),
});

const rfmMethod = z.object({
  method: z.enum(["quintiles", "thresholds"]),
  boundaries: rfmWords,
  segments: z.array(groupRow),
});

/** One cell of a from -> to matrix; rows with `from` = `to` are those who stay. */
const switchRow = z.object({
  from: z.string(),
  to: z.string(),
  clients: count,
  moneyMinor: z.int(),
});

export const rfmComparison = rfmMethod.extend({
  /** The other method, or the thresholds that were asked for; null where there is none to offer. */
  alternative: rfmMethod.nullable(),
  /** Quintiles of fewer clients than `minClients` are not offered. */
  alternativeReason: z.enum(["few_clients"]).nullable(),
  minClients: count,
  switching: z
    .object({ clients: count, changed: count, share, rows: z.array(switchRow) })
    .nullable(),
  /**
   * What capping single very large purchase days would change in the money score. Only the score: no report of money is ever
   * capped. null below 50 purchase days with a sum.
   */
  largeDeals: z
    .object({
      capMinor: z.int(),
      purchaseDays: count,
      clients: count,
      changedScore: count,
      changedSegment: count,
    })
    .nullable(),
});

export const abcReport = z.object({
  basis: z.enum(["revenue", "margin"]),
  /** Share of purchases with a sum whose margin is known; null = no margin at all. From 0.9 the basis is margin. */
  marginCoverage: share.nullable(),
  limits: z.object({ aFromMinor: z.int(), bFromMinor: z.int() }),
  /** `moneyMinor` is of the basis; `moneyShare` = of all positive money. */
  classes: z.array(groupRow.extend({ moneyShare: z.number() })),
  /** Clients without any known money of the basis: in no class. */
  unknown: count,
  negative: z.object({ clients: count, moneyMinor: z.int(), ids: z.array(z.string()) }),
  pareto: z.object({
    clientsShareFor80: share,
    /** Clients from the most to the least money: share of clients -> share of positive money, at most 101 points. */
    curve: z.array(z.object({ clientsShare: share, moneyShare: share })),
  }),
});

export const xyzReport = z.object({
  /** X below `xBelow`, Y up to `yUpTo`, Z above; the standard deviation of the own intervals / their mean. */
  limits: z.object({ minGaps: count, xBelow: z.number(), yUpTo: z.number() }),
  classes: z.array(groupRow),
  unknown: count,
  matrix: z.array(
    z.object({ abc: z.string().nullable(), xyz: z.string().nullable(), clients: count }),
  ),
});

export const lifecycleReport = z.object({
  thresholds: z.object({
    newDays: z.number(),
    activeDays: z.number(),
    sleepingDays: z.number(),
    lostDays: z.number(),
    loyalPurchases: z.number(),
  }),
  /** Where the thresholds come from. */
  basis: z.object({
    usualGapDays: z.number().nullable(),
    horizonDays: count,
    repeatBuyers: count,
  }),
  states: z.array(groupRow),
  /** People and companies with deals and no purchase; null = the source cannot know them. */
  leads: count.nullable(),
});

export const templateReport = z.object({
  limits: z.object({
    inactiveMonths: count,
    /** Whose last purchase is on this day or earlier is inactive. */
    inactiveUntil: z.string(),
    /** Average purchase that makes a VIP: a fifth of the base at most; null = no sums, or too many are equal. */
    vipFromMinor: z.int().nullable(),
    loyalFromPurchases: count,
  }),
  /** The first that fits names the client. */
  precedence: z.array(z.string()),
  segments: z.array(groupRow),
});

export const valueTiersReport = z.object({
  /** What a client is valued by: expected money, money of the last 365 days, or purchase days of them. */
  basis: z.enum(["expected", "revenue_12m", "purchases_12m"]),
  horizonDays: count,
  limits: z.object({
    /** Value from which a client is a VIP (a tenth of the base at most); minor units, or purchase days. */
    vipFrom: z.number().nullable(),
    /** Silent for longer = low activity, whatever the value. */
    lowAfterDays: z.number(),
  }),
  tiers: z.array(groupRow.extend({ value: z.number() })),
});

/** null = not a client at that end. */
const moveRow = z.object({
  from: z.string().nullable(),
  to: z.string().nullable(),
  clients: count,
  /** Change of the money basis over these clients; null for those who stay, for a mere change of limits, and without sums. */
  moneyMinor: z.int().nullable(),
  /** What these clients paid in the last 365 days. */
  revenueMinor: z.int(),
  cause: z.enum(["behaviour", "boundary"]),
});

const moves = z.object({
  moved: count,
  /** Sum of the rows. */
  gainedMinor: z.int().nullable(),
  lostMinor: z.int().nullable(),
  rows: z.array(moveRow),
});

export const migrationReport = z.object({
  from: z.string(),
  to: z.string(),
  days: count,
  /** `rescored` = the base of the first day under today's limits; `recorded` = the moves that were logged as they happened. */
  method: z.enum(["rescored", "recorded"]),
  /**
   * `expected` = expected money over `horizonDays` at the end minus at the start; `revenue_12m` = money of the 365 days before
   * the end minus before the start.
   */
  money: z.object({ basis: z.enum(["expected", "revenue_12m"]), horizonDays: count }),
  segment: moves,
  lifecycle: moves,
});

/** Clients on check days; one client counts on each of them. */
const thresholdErrors = z.object({
  /** Silent for longer than the threshold. */
  calledLost: count,
  /** Of these, who bought again within the follow-up. */
  cameBack: count,
  /** cameBack / calledLost. */
  falseAlarms: share.nullable(),
  /** Really lost, and not called so yet. */
  missed: count,
  /** missed / all who were really lost. */
  missedShare: share.nullable(),
});

/** `oneTime` = the same after a first purchase; it is in neither error of the row. */
const thresholdRow = thresholdErrors.extend({ days: count, oneTime: thresholdErrors });

export const churnThresholdReport = z.object({
  kind: z.enum(["measured", "refused"]),
  /** `no_signal` = of every threshold more than half would be wrong on one side: silence does not tell who leaves here. */
  reason: z.enum(["few_repeat_buyers", "short_history", "few_silences", "no_signal"]).nullable(),
  repeatBuyers: count,
  minRepeatBuyers: count,
  /**
   * Judged are clients who had bought within so many days before a check day, by as many days after it. Check days lie at
   * least that far back: nobody is judged by a future that is not over.
   */
  followUpDays: count,
  checkDays: z.array(z.string()),
  judged: count,
  /** Of the judged, who did not buy within the follow-up. */
  realLosses: count,
  candidates: z.array(thresholdRow),
  /** The candidate whose larger error is smallest. */
  recommended: thresholdRow.nullable(),
  /** A client's own limit: `gaps` times its median gap, drawn to `gaps` times the base's; from `minGaps` own gaps. */
  personal: z.object({
    gaps: z.number(),
    minGaps: count,
    baseGapDays: z.number().nullable(),
    clients: count,
    /** Of these, silent for longer than their own limit today. */
    over: count,
    /** The own limits instead of one threshold, on the same clients and check days. */
    errors: thresholdErrors.nullable(),
  }),
});

const ruleWarning = z.object({
  code: z.enum(["too_few", "too_broad", "unknown_facts"]),
  limit: z.number(),
  value: z.number(),
  facts: z.array(z.string()),
});

/** How many clients a rule takes. `matched` + `notMatched` + `unknown` = `base`. */
export const ruleCount = z.object({
  base: count,
  matched: count,
  notMatched: count,
  /** The facts do not suffice to say: not in the segment. */
  unknown: count,
  share,
  moneyMinor: z.int(),
  warnings: z.array(ruleWarning),
});

/** A rule ready to use, in the numbers of this base. */
export const recipeRow = z.object({
  code: z.string(),
  /** What has to be filled in first: a product group. */
  needs: z.enum(["group"]).nullable(),
  /** The product group in the rule, as the CRM calls it; absent = none. */
  group: z.object({ id: z.string(), name: z.string() }).optional(),
  rule: z.unknown(),
  /** null = not counted yet. */
  count: ruleCount.nullable(),
});

export const segmentationDocument = z.object({
  asOf: z.string(),
  clients: count,
  rfm: rfmComparison,
  abc: abcReport.nullable(),
  xyz: xyzReport,
  lifecycle: lifecycleReport,
  template: templateReport,
  valueTiers: valueTiersReport,
  /** The rule that was asked for, with its live count. */
  custom: z.object({ code: z.string(), rule: z.unknown(), count: ruleCount }).nullable(),
  recipes: z.array(recipeRow),
  migration: migrationReport.nullable(),
  churnThreshold: churnThresholdReport,
});

/** What `GET /api/segments` answers. */
export const segmentsDocument = z.object({
  /** null before the first snapshot. */
  segmentation: segmentationDocument.nullable(),
  /** What a rule may ask for. */
  facts: z.object({
    numbers: z.array(z.string()),
    labels: z.array(z.string()),
    days: z.array(z.string()),
    windows: z.array(z.string()),
    lists: z.array(z.string()),
  }),
  /** What values of the facts `source` and `boughtGroup` are called in the CRM; at most 200 each. */
  names: z
    .object({
      source: z.array(z.object({ id: z.string(), name: z.string() })),
      boughtGroup: z.array(z.object({ id: z.string(), name: z.string() })),
    })
    .optional(),
});

/** A rule counted over the base; nothing is saved. */
export const segmentPreview = z.object({
  asOf: z.string(),
  code: z.string(),
  rule: z.unknown(),
  count: ruleCount,
  /** The first clients of the segment, at most twenty: ids only, names are the host's to show. */
  sample: z.array(
    z.object({ kind: z.enum(["company", "contact"]), id: z.string(), url: z.string() }),
  ),
});

export type GroupRow = z.infer<typeof groupRow>;
export type RfmComparison = z.infer<typeof rfmComparison>;
export type RfmWords = z.infer<typeof rfmWords>;
export type AbcReport = z.infer<typeof abcReport>;
export type XyzReport = z.infer<typeof xyzReport>;
export type TemplateReport = z.infer<typeof templateReport>;
export type ValueTiersReport = z.infer<typeof valueTiersReport>;
export type MigrationReport = z.infer<typeof migrationReport>;
export type MoveRow = z.infer<typeof moveRow>;
export type ChurnThresholdReport = z.infer<typeof churnThresholdReport>;
export type ThresholdErrors = z.infer<typeof thresholdErrors>;
export type RuleCount = z.infer<typeof ruleCount>;
export type RuleWarning = z.infer<typeof ruleWarning>;
export type SegmentationDocument = z.infer<typeof segmentationDocument>;
export type SegmentsDocument = z.infer<typeof segmentsDocument>;
export type SegmentPreview = z.infer<typeof segmentPreview>;
