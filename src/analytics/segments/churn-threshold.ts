import type { ChurnThresholdReport, ThresholdRow } from "../../crm/segmentation.ts";
import { gapsOf } from "../history.ts";
import { medianOf } from "../quantile.ts";
import type { ClientHistory, Day } from "../types.ts";

/** Silences that a person would choose between, in days. */
const CANDIDATE_DAYS = [7, 14, 21, 30, 45, 60, 75, 90, 120, 150, 180, 240, 300, 365] as const;
const MIN_REPEAT_BUYERS = 20;
/** A candidate that fewer silences reached has no error worth a percent. */
const MIN_SILENCES = 20;
const MAX_FOLLOW_UP_DAYS = 730;
const MIN_FOLLOW_UP_DAYS = 28;
/** A client has been silent for too long after so many of its own median gaps. */
const PERSONAL_GAPS = 3;
const MIN_OWN_GAPS = 3;
/** So many own gaps weigh as much as the base's. */
const GAPS_OF_EQUAL_WEIGHT = 3;

/**
 * A client's own limit of silence in days: three median gaps of its own, drawn (geometrically) to three of the base's, half-way at three
 * gaps. null below three own gaps or without a rhythm of the base.
 */
export function personalLimitDays(days: Int32Array, baseGapDays: number | null): number | null {
  const gaps = gapsOf(days);
  return gaps.length < MIN_OWN_GAPS || baseGapDays === null ? null : shrunkLimit(gaps, baseGapDays);
}

function shrunkLimit(gaps: readonly number[], baseGapDays: number): number {
  const own = medianOf(gaps);
  const base = PERSONAL_GAPS * Math.max(1, baseGapDays);
  if (own === null || own <= 0) return base;
  const weight = gaps.length / (gaps.length + GAPS_OF_EQUAL_WEIGHT);
  return base ** (1 - weight) * (PERSONAL_GAPS * own) ** weight;
}

/**
 * From what silence on a client may be called lost, with both errors on the base's own past. Every purchase begins a
 * silence; it counts when it began at least `followUpDays` (half of the history, at most two years) before `asOf`, whether
 * or not it has ended, because counting ended ones alone favours short gaps (peers.md F1). Judged are silences of clients
 * who had come back before; those after a first purchase are shown apart. Refused below 20 repeat buyers, for a history
 * that is too short, and where no candidate was reached by 20 silences. Cost: linear in purchases, plus a sort.
 */
export function churnThresholdOf(
  histories: readonly ClientHistory[],
  asOf: Day,
  baseGapDays: number | null,
): ChurnThresholdReport {
  const repeatBuyers = histories.filter(({ days }) => days.length > 1).length;
  const firstDay = histories.reduce((least, { days }) => Math.min(least, days[0] ?? asOf), asOf);
  const followUpDays = Math.min(MAX_FOLLOW_UP_DAYS, Math.floor((asOf - firstDay) / 2));
  const empty = {
    kind: "refused" as const,
    repeatBuyers,
    minRepeatBuyers: MIN_REPEAT_BUYERS,
    followUpDays,
    silences: 0,
    realLosses: 0,
    candidates: [],
    recommended: null,
    personal: personalLimits(histories, asOf, baseGapDays),
  };
  if (repeatBuyers < MIN_REPEAT_BUYERS || baseGapDays === null) {
    return { ...empty, reason: "few_repeat_buyers" };
  }
  if (followUpDays < Math.max(MIN_FOLLOW_UP_DAYS, PERSONAL_GAPS * baseGapDays)) {
    return { ...empty, reason: "short_history" };
  }
  const tally = tallyOf(histories, asOf, followUpDays, baseGapDays);
  const candidates = CANDIDATE_DAYS.filter((days) => days <= followUpDays / 2).map((days) =>
    rowOf(days, tally),
  );
  const recommended = bestOf(candidates);
  const silences = tally.repeat.gaps.length + tally.repeat.losses;
  const realLosses = tally.repeat.losses;
  const found = { ...empty, silences, realLosses, candidates, recommended };
  return recommended === null
    ? { ...found, reason: "few_silences" }
    : { ...found, kind: "measured", reason: null };
}

interface Silences {
  /** Days of those that ended within the follow-up, rising. */
  readonly gaps: Int32Array;
  /** Those that did not. */
  readonly losses: number;
}

interface Tally {
  /** Silences after a second or later purchase, and after a first one. */
  readonly repeat: Silences;
  readonly first: Silences;
  /** The clients' own limits at the real losses of `repeat`, by what was known when the silence began; rising. */
  readonly lossLimits: Float64Array;
}

function tallyOf(
  histories: readonly ClientHistory[],
  asOf: Day,
  followUpDays: number,
  baseGapDays: number,
): Tally {
  const ended: { repeat: number[]; first: number[] } = { repeat: [], first: [] };
  const lossLimits: number[] = [];
  let firstLosses = 0;
  for (const { days } of histories) {
    for (let at = 0; at < days.length; at += 1) {
      const start = days[at] as number;
      if (start > asOf - followUpDays) break;
      const gap = (days[at + 1] ?? Number.POSITIVE_INFINITY) - start;
      if (gap <= followUpDays) (at === 0 ? ended.first : ended.repeat).push(gap);
      else if (at === 0) firstLosses += 1;
      else lossLimits.push(shrunkLimit(gapsOf(days.subarray(0, at + 1)), baseGapDays));
    }
  }
  return {
    repeat: { gaps: Int32Array.from(ended.repeat).sort(), losses: lossLimits.length },
    first: { gaps: Int32Array.from(ended.first).sort(), losses: firstLosses },
    lossLimits: Float64Array.from(lossLimits).sort(),
  };
}

function rowOf(days: number, { repeat, first, lossLimits }: Tally): ThresholdRow {
  const foundLate = countWhile(lossLimits, (limit) => limit < days);
  return {
    days,
    ...alarms(repeat, days),
    foundLate,
    late: lossLimits.length > 0 ? foundLate / lossLimits.length : null,
    oneTime: alarms(first, days),
  };
}

function alarms({ gaps, losses }: Silences, days: number) {
  const cameBack = gaps.length - countWhile(gaps, (gap) => gap <= days);
  const calledLost = cameBack + losses;
  return {
    calledLost,
    cameBack,
    falseAlarms: calledLost > 0 ? cameBack / calledLost : null,
  };
}

/** How many leading numbers of a rising list pass; a binary search. */
function countWhile(sorted: ArrayLike<number>, passes: (value: number) => boolean): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (passes(sorted[middle] as number)) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** The smallest sum of both errors, the shorter silence of equals. */
function bestOf(candidates: readonly ThresholdRow[]): ThresholdRow | null {
  let best: ThresholdRow | null = null;
  const errors = (row: ThresholdRow) => (row.falseAlarms ?? 1) + (row.late ?? 1);
  for (const row of candidates) {
    if (row.calledLost < MIN_SILENCES || row.late === null) continue;
    if (best === null || errors(row) < errors(best)) best = row;
  }
  return best;
}

function personalLimits(
  histories: readonly ClientHistory[],
  asOf: Day,
  baseGapDays: number | null,
): ChurnThresholdReport["personal"] {
  let clients = 0;
  let over = 0;
  for (const { days } of histories) {
    const limit = personalLimitDays(days, baseGapDays);
    if (limit === null) continue;
    clients += 1;
    if (asOf - (days[days.length - 1] ?? asOf) > limit) over += 1;
  }
  return { gaps: PERSONAL_GAPS, minGaps: MIN_OWN_GAPS, baseGapDays, clients, over };
}
