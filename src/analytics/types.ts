/**
 * The shapes that analytics takes and gives. Pure data: no clock, no database, no host. A day is the number of whole days
 * since 1970-01-01 in the portal's own time zone; money is integer minor units of the portal's currency.
 */

import type { ChurnModel, ModelQuality } from "./churn-types.ts";
import type { ClientSignals, SignalLog } from "./signal-types.ts";

export type Day = number;

/**
 * Purchases as columns, sorted by client, then day. One row = one purchase or refund of one deal (not yet merged by day).
 * `amountMinor` NaN = no sum. Negative = refund.
 */
export interface PurchaseLog {
  /** Client ids; `client[i]` is an index into it. */
  readonly clients: readonly string[];
  readonly client: Int32Array;
  readonly day: Int32Array;
  readonly amountMinor: Float64Array;
  /** What else is known of the rows, in the same order. */
  readonly details?: PurchaseDetails;
  /** Contacts and deals of the same clients; absent = not known of anybody. */
  readonly signals?: SignalLog;
}

/** Labels of rows: `code[row]` is an index into `names`, -1 = unknown. */
export interface LabelColumn {
  readonly names: readonly string[];
  readonly code: Int32Array;
  /** What names that are ids are called. */
  readonly titles?: ReadonlyMap<string, string>;
}

/** Optional columns of a purchase log; one that is absent is unknown for every row. */
export interface PurchaseDetails {
  /** Money that stays with the company, minor units; NaN = unknown. */
  readonly marginMinor?: Float64Array;
  /** Where the client of the row came from. */
  readonly source?: LabelColumn;
  /** Group of what was bought. */
  readonly group?: LabelColumn;
}

/** One client's purchase history, merged by day. Refunds subtract from money and never make a purchase. */
export interface ClientHistory {
  readonly id: string;
  /** Distinct purchase days, ascending. Empty = not a client (only refunds). */
  readonly days: Int32Array;
  /** Money of each purchase day, refunds of later days not included; NaN = unknown. */
  readonly dayAmountMinor: Float64Array;
  /** Purchases (deals), not days. */
  readonly purchases: number;
  /** Net of refunds; only known sums. */
  readonly totalMinor: number;
  /**
   * Refunds that are not in `dayAmountMinor`, by day; negative. Together with the known day amounts they give `totalMinor`.
   */
  readonly refunds?: readonly { readonly day: Day; readonly amountMinor: number }[];
  /** Purchases with a known positive sum. */
  readonly purchasesWithSum: number;
  /** Contacts and deals up to the same day; absent = unknown. */
  readonly signals?: ClientSignals;
}

export type Tier = 0 | 1 | 2 | 3;

export type RfmSegmentCode =
  | "champions"
  | "loyal"
  | "potential_loyalist"
  | "new"
  | "promising"
  | "need_attention"
  | "about_to_sleep"
  | "at_risk"
  | "cannot_lose"
  | "hibernating"
  | "lost";

export type LifecycleState =
  | "lead"
  | "new"
  | "active"
  | "loyal"
  | "at_risk"
  | "sleeping"
  | "lost"
  | "returned";

export type HealthBand = "good" | "watch" | "risk";

export interface PurchaseModel {
  readonly kind: "bgnbd" | "mbgnbd";
  readonly k: 1 | 2 | 4 | 8;
  readonly r: number;
  readonly alpha: number;
  readonly a: number;
  readonly b: number;
  /** Unit of alpha. */
  readonly unit: "day" | "week";
  readonly logLikelihood: number;
  readonly clients: number;
}

/**
 * How regular the clients are: weights of k = 1, 2, 4, 8 and the shared MBG/NBD parameters in days; class k has alpha / k, so
 * that every class has the same mean gap.
 */
export interface RegularityModel {
  readonly weights: readonly [number, number, number, number];
  readonly r: number;
  readonly alpha: number;
  readonly a: number;
  readonly b: number;
  readonly logLikelihood: number;
  readonly clients: number;
}

export interface SpendModel {
  readonly p: number;
  readonly q: number;
  /** Minor units. */
  readonly v: number;
  readonly logLikelihood: number;
  readonly clients: number;
  /** Winsorised mean of the base in minor units; stands in where the model's own mean is infinite (q <= 1). */
  readonly fallbackMinor?: number;
  /** A purchase day above this counts as this much in what a client is expected to spend; never in money that was paid. */
  readonly capMinor?: number;
}

/**
 * Everything that scoring one client needs besides the client's own facts. Made nightly, kept a year, plain JSON.
 * The same facts, asOf and snapshot always give the same insight.
 */
export interface Snapshot {
  readonly id: string;
  readonly asOf: Day;
  readonly formula: "health-1";
  readonly tier: Tier;
  /** Why no probabilities are shown in tier 0: code for the page. */
  readonly tierReason: "few_clients" | "few_repeat_buyers" | "nobody_returns" | null;
  readonly clients: number;
  readonly repeatBuyers: number;
  readonly horizonDays: number;
  readonly ltvHorizonDays: number;
  readonly model: PurchaseModel | null;
  readonly spend: SpendModel | null;
  /** From tier 2, where BIC sees regular clients: the core is then a mixture over how regular a client is. */
  readonly regularity: RegularityModel | null;
  /** How P(no purchase) is made from the core; null in tier 0. */
  readonly churn: ChurnModel | null;
  /** How many times more than the core says is bought in the coming horizon and in the LTV's: same season last year. */
  readonly level: { readonly horizon: number; readonly ltv: number };
  /** Mean gap of the base in days, what short histories are compared with; null when nobody came back. */
  readonly gapDays: number | null;
  /** The newest test on the base's own past; null before there was one. */
  readonly quality: ModelQuality | null;
  /** RFM: quintile boundaries, or null below 50 clients (then fixed thresholds are used). */
  readonly rfm: RfmBoundaries;
  readonly abc: { readonly aFromMinor: number; readonly bFromMinor: number } | null;
  readonly lifecycle: LifecycleThresholds;
  readonly health: {
    /** Mean score of the base, 0..100. */
    readonly base: number;
    readonly bandFrom: Readonly<Record<HealthBand, number>>;
    /** The client that factors are measured against; its score is the base. */
    readonly reference: HealthReference;
  } | null;
  readonly usualGapDays: number | null;
}

/** A client in three numbers, not necessarily whole. */
export interface HealthReference {
  /** Purchase days, the first included. */
  readonly purchases: number;
  readonly gapDays: number;
  readonly silentDays: number;
}

export interface RfmBoundaries {
  readonly method: "quintiles" | "thresholds";
  /** Four rising upper limits of days since the last purchase for scores 5, 4, 3, 2 (above the last: 1). */
  readonly recencyDays: readonly [number, number, number, number];
  /** Four rising lower limits for scores 2, 3, 4, 5. */
  readonly frequency: readonly [number, number, number, number];
  readonly monetaryMinor: readonly [number, number, number, number] | null;
}

export interface LifecycleThresholds {
  readonly newDays: number;
  readonly activeDays: number;
  readonly sleepingDays: number;
  readonly lostDays: number;
  readonly loyalPurchases: number;
}

/** Facts that the purchase model does not see. Unknown ones are null and neutral. */
export interface SideFacts {
  readonly hasOpenDeal: boolean | null;
  /** Days since the last contact in either direction. */
  readonly silentDays: number | null;
}

/** Sides of health for people, 0..100, 50 = the middle of the base; null = unknown. They do not enter the score. */
export interface HealthSubScores {
  readonly activity: number;
  /** Product groups. */
  readonly breadth: number | null;
  readonly recommendation: number | null;
  readonly profit: number | null;
}

export interface HealthFactor {
  readonly code: string;
  /** Whole points; base + all points = score. */
  readonly points: number;
  readonly params: Readonly<Record<string, number | string>>;
}

export interface Insight {
  readonly id: string;
  readonly tier: Tier;
  readonly purchases: number;
  readonly purchaseDays: number;
  readonly totalMinor: number;
  readonly averageMinor: number | null;
  readonly firstDay: Day;
  readonly lastDay: Day;
  readonly daysSinceLast: number;
  readonly usualDays: number | null;
  readonly rScore: 1 | 2 | 3 | 4 | 5;
  readonly fScore: 1 | 2 | 3 | 4 | 5;
  /** Falls back to fScore when no sums are known. */
  readonly mScore: 1 | 2 | 3 | 4 | 5;
  readonly segment: RfmSegmentCode;
  readonly abc: "A" | "B" | "C" | null;
  readonly xyz: "X" | "Y" | "Z" | null;
  readonly lifecycle: LifecycleState;
  readonly forecast: {
    readonly pAlive: number;
    /** P(no purchase in the next horizonDays). */
    readonly pChurn: number;
    readonly horizonDays: number;
    readonly expectedPurchases: number;
    readonly ltv: {
      readonly minor: number;
      readonly lowMinor: number;
      readonly highMinor: number;
      readonly horizonDays: number;
    } | null;
    /** Days from asOf; null where no date is honest. */
    readonly nextPurchase: {
      readonly p20: number;
      readonly p50: number;
      readonly p80: number;
    } | null;
  } | null;
  readonly health: {
    readonly score: number;
    readonly base: number;
    readonly band: HealthBand;
    readonly factors: readonly HealthFactor[];
    readonly wouldChange: readonly {
      readonly code: string;
      readonly inDays: number;
      readonly score: number;
      readonly band: HealthBand;
    }[];
    readonly subScores: HealthSubScores;
  } | null;
  readonly reason: {
    readonly code: string;
    readonly params: Readonly<Record<string, number | string>>;
  };
}

/** A figure with everything that makes it honest. Texts are made from codes by the pages. */
export interface Kpi {
  readonly code: string;
  /** null = not defined (never a stand-in zero). */
  readonly value: number | null;
  /** `share` lies in 0..1, `percent` is a share that may exceed 1. */
  readonly unit: "money" | "share" | "percent" | "count" | "days" | "months" | "ratio";
  /** Formula in words of the dictionary: code of the definition. */
  readonly definition: string;
  readonly population: number;
  readonly populationUnit: "clients" | "orders" | "deals" | "months" | "gaps";
  /** Sum of the exclusions. */
  readonly excluded: number;
  /** What was left out, by reason; only what occurs. */
  readonly exclusions: readonly { readonly code: string; readonly count: number }[];
  /** Why the value is null or only preliminary. */
  readonly note: string | null;
  /** Days `YYYY-MM-DD`, both inside the period; `from` null = the whole history. */
  readonly period: { readonly from: string | null; readonly to: string };
  /** What the money of the figure is; absent where there is no money in it or it is always revenue. */
  readonly basis?: "margin" | "revenue";
  /** The numbers that went into the formula, by name. */
  readonly inputs?: Readonly<Record<string, number>>;
  /** 80 % range of a forecast. */
  readonly range?: { readonly low: number; readonly high: number };
}
