import { quantileOfSorted } from "./quantile.ts";
import type { RfmBoundaries, RfmSegmentCode } from "./types.ts";

export type Score = 1 | 2 | 3 | 4 | 5;
type Limits = readonly [number, number, number, number];

/** What RFM looks at, one row a client. */
export interface RfmFacts {
  readonly daysSinceLast: number;
  readonly purchaseDays: number;
  /** null = no known sum. */
  readonly totalMinor: number | null;
}

/** Fewer clients than this have no quintiles worth the name. */
export const MIN_CLIENTS_FOR_QUINTILES = 50;

const THRESHOLD_FREQUENCY: Limits = [2, 3, 5, 10];
const THRESHOLD_RECENCY: Limits = [30, 90, 180, 365];
const RECENCY_IN_GAPS: Limits = [1, 2, 4, 8];
const MONEY_IN_MEDIANS: Limits = [0.5, 1, 2, 4];

/** The same for a whole base, as columns. */
export interface RfmColumns {
  readonly daysSinceLast: Int32Array;
  readonly purchaseDays: Int32Array;
  /** NaN = no known sum. */
  readonly totalMinor: Float64Array;
}

/**
 * Score limits of a base: quintiles of its own values from 50 clients, fixed thresholds below (days in multiples of the
 * usual gap where there is one, orders 2/3/5/10, money in multiples of the median). A score depends on the value alone, so
 * equal values always share a score, however many there are. Money limits are null when no sum is known.
 */
export function rfmLimits(
  base: RfmColumns,
  usualGapDays: number | null,
  method: RfmBoundaries["method"] = base.purchaseDays.length < MIN_CLIENTS_FOR_QUINTILES
    ? "thresholds"
    : "quintiles",
): RfmBoundaries {
  const money = base.totalMinor.filter((minor) => !Number.isNaN(minor)).sort();
  if (method === "quintiles" && base.purchaseDays.length > 0) {
    return {
      method,
      recencyDays: upperLimits(base.daysSinceLast.toSorted()),
      frequency: lowerLimits(base.purchaseDays.toSorted()),
      monetaryMinor: money.length > 0 ? lowerLimits(money) : null,
    };
  }
  const median = Math.max(1, quantileOfSorted(money, 0.5) ?? 0);
  const gap = usualGapDays;
  return {
    method: "thresholds",
    recencyDays:
      gap === null ? THRESHOLD_RECENCY : scale(RECENCY_IN_GAPS, Math.max(1, gap), Math.round),
    frequency: THRESHOLD_FREQUENCY,
    monetaryMinor: money.length > 0 ? scale(MONEY_IN_MEDIANS, median, Math.round) : null,
  };
}

export interface RfmScores {
  readonly rScore: Score;
  readonly fScore: Score;
  readonly mScore: Score;
}

/** Scores of one client; 5 is best on every axis. Money unknown: mScore repeats fScore. */
export function scoreRfm(facts: RfmFacts, boundaries: RfmBoundaries): RfmScores {
  const rScore = scoreOf(4 - countBelow(boundaries.recencyDays, facts.daysSinceLast));
  const fScore = scoreOf(countReached(boundaries.frequency, facts.purchaseDays));
  const isMoneyKnown = boundaries.monetaryMinor !== null && facts.totalMinor !== null;
  const mScore =
    isMoneyKnown && boundaries.monetaryMinor !== null
      ? scoreOf(countReached(boundaries.monetaryMinor, facts.totalMinor ?? 0))
      : fScore;
  return { rScore, fScore, mScore };
}

/**
 * Eleven named segments over all 125 codes, read as R, F, M digits with 5 = best; the map published as "RFM segmentation"
 * by several vendors, complete and without overlap.
 */
export const RFM_SEGMENTS: Readonly<Record<RfmSegmentCode, string>> = {
  champions: "555 554 544 545 454 455 445",
  loyal: "543 444 435 355 354 345 344 335",
  potential_loyalist:
    "553 551 552 541 542 533 532 531 452 451 442 441 431 453 433 432 423 353 352 351 342 341 333 323",
  new: "512 511 422 421 412 411 311",
  promising: "525 524 523 522 521 515 514 513 425 424 413 414 415 315 314 313",
  need_attention: "535 534 443 434 343 334 325 324",
  about_to_sleep: "331 321 312 221 213 231 241 251",
  at_risk:
    "255 254 245 244 253 252 243 242 235 234 225 224 153 152 145 143 142 135 134 133 125 124",
  cannot_lose: "155 154 144 214 215 115 114 113",
  hibernating: "332 322 233 232 223 222 132 123 122 212 211",
  lost: "111 112 121 131 141 151",
};

const SCORES_A_AXIS = 5;

/** Where the segment of three scores stands in a table of all 125. */
function placeOf(rScore: number, fScore: number, mScore: number): number {
  return ((rScore - 1) * SCORES_A_AXIS + (fScore - 1)) * SCORES_A_AXIS + (mScore - 1);
}

const SEGMENTS_BY_PLACE: readonly RfmSegmentCode[] = segmentTable();

function segmentTable(): RfmSegmentCode[] {
  const table = new Array<RfmSegmentCode>(SCORES_A_AXIS ** 3).fill("lost");
  for (const [segment, codes] of Object.entries(RFM_SEGMENTS) as [RfmSegmentCode, string][]) {
    for (const code of codes.split(" ")) {
      const [r = 1, f = 1, m = 1] = Array.from(code, Number);
      table[placeOf(r, f, m)] = segment;
    }
  }
  return table;
}

/** The named segment of three scores. */
export function segmentOf(scores: RfmScores): RfmSegmentCode {
  return SEGMENTS_BY_PLACE[placeOf(scores.rScore, scores.fScore, scores.mScore)] ?? "lost";
}

/** Score s or better needs less than (6 - s) / 5 of the base strictly below the value: few days are good. */
function upperLimits(sorted: ArrayLike<number>): Limits {
  const limit = (share: number) => {
    let best = sorted[0] ?? 0;
    for (let at = 0; at < sorted.length; at += 1) {
      const value = sorted[at] as number;
      if (value === best) continue;
      if (at >= share * sorted.length) break;
      best = value;
    }
    return best;
  };
  return [limit(0.2), limit(0.4), limit(0.6), limit(0.8)];
}

/** Score s needs at least (s - 1) / 5 of the base strictly below the value; out of reach when too many are equal. */
function lowerLimits(sorted: ArrayLike<number>): Limits {
  const last = sorted[sorted.length - 1] ?? 0;
  const limit = (share: number) => {
    for (let at = 1; at < sorted.length; at += 1) {
      const value = sorted[at] as number;
      if (value !== sorted[at - 1] && at >= share * sorted.length) return value;
    }
    return last + 1;
  };
  return [limit(0.2), limit(0.4), limit(0.6), limit(0.8)];
}

function scale(limits: Limits, by: number, round: (x: number) => number): Limits {
  const [a, b, c, d] = limits;
  return [round(a * by), round(b * by), round(c * by), round(d * by)];
}

/** Written out: three of these a client, a million clients. */
function countBelow([a, b, c, d]: Limits, value: number): number {
  return Number(a < value) + Number(b < value) + Number(c < value) + Number(d < value);
}

function countReached([a, b, c, d]: Limits, value: number): number {
  return Number(a <= value) + Number(b <= value) + Number(c <= value) + Number(d <= value);
}

function scoreOf(steps: number): Score {
  return (Math.min(4, Math.max(0, steps)) + 1) as Score;
}
