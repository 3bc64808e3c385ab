import type { ChurnThresholdReport, ThresholdErrors } from "../../crm/segmentation.ts";
import { dayText } from "../calendar.ts";
import { gapsOf } from "../history.ts";
import { medianOf } from "../quantile.ts";
import type { ClientHistory, Day } from "../types.ts";

/** Silences that a person would choose between, in days. */
const CANDIDATE_DAYS = [7, 14, 21, 30, 45, 60, 75, 90, 120, 150, 180, 240, 300] as const;
const MIN_REPEAT_BUYERS = 20;
/** Errors of fewer clients than this are not worth a percent. */
const MIN_JUDGED = 20;
const MAX_FOLLOW_UP_DAYS = 365;
const MIN_FOLLOW_UP_DAYS = 28;
const MIN_FOLLOW_UP_GAPS = 2;
const CHECK_DAYS = 12;
/** A threshold that is wrong about more than half, on one side or the other, is worse than none. */
const MOST_ERROR = 0.5;
/** An even sample of more clients gives the same percents. */
const MOST_CLIENTS = 50_000;
/** A client has been silent for too long after so many of its own median gaps. */
const PERSONAL_GAPS = 3;
const MIN_OWN_GAPS = 3;
/** So many own gaps weigh as much as the base's. */
const GAPS_OF_EQUAL_WEIGHT = 3;

/**
 * A client's own limit of silence in days: three median gaps of its own, drawn (geometrically) to three of the base's,
 * half-way at three gaps. null below three own gaps or without a rhythm of the base.
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

interface Plan {
  readonly checkDays: readonly Day[];
  /** Judged are clients who bought within so many days before a check day, by what they did in as many days after it. */
  readonly followUpDays: number;
}

/**
 * From what silence on a client may be called lost, with both errors on the base's own past. On up to twelve past check
 * days every client who had come back at least once and bought within the last `followUpDays` (a third of the history, a
 * year at most) is judged: called lost when silent for longer than the threshold, really lost when nothing came in the next
 * `followUpDays`. Check days lie that far back, so every judgement has seen its whole future: nothing is censored and no
 * gap is favoured for being short. Who comes back later still counts as lost, so false alarms are a lower bound. Refused
 * below 20 repeat buyers, for a history too short for two usual gaps of follow-up, where fewer than 20 were called lost or
 * were, and where every threshold is wrong about more than half on one side. Cost: clients (a sample of 50 000 at most)
 * times check days.
 */
export function churnThresholdOf(
  histories: readonly ClientHistory[],
  asOf: Day,
  baseGapDays: number | null,
): ChurnThresholdReport {
  const repeatBuyers = histories.filter(({ days }) => days.length > 1).length;
  const plan = planOf(histories, asOf);
  const { followUpDays } = plan;
  const refused = (reason: ChurnThresholdReport["reason"]): ChurnThresholdReport => ({
    kind: "refused",
    reason,
    repeatBuyers,
    minRepeatBuyers: MIN_REPEAT_BUYERS,
    followUpDays,
    checkDays: [],
    judged: 0,
    realLosses: 0,
    candidates: [],
    recommended: null,
    personal: { ...personalLimits(histories, asOf, baseGapDays), errors: null },
  });
  if (repeatBuyers < MIN_REPEAT_BUYERS || baseGapDays === null) return refused("few_repeat_buyers");
  if (followUpDays < Math.max(MIN_FOLLOW_UP_DAYS, MIN_FOLLOW_UP_GAPS * baseGapDays)) {
    return refused("short_history");
  }
  const { repeat, first, personal } = judge(histories, plan, baseGapDays);
  const candidates = CANDIDATE_DAYS.filter((days) => days <= followUpDays / 2).map((days) => ({
    days,
    ...errorsOf(repeat, days),
    oneTime: errorsOf(first, days),
  }));
  const best = bestOf(candidates);
  const recommended = best !== null && worseError(best) <= MOST_ERROR ? best : null;
  const reason = best === null ? ("few_silences" as const) : ("no_signal" as const);
  return {
    ...refused(recommended === null ? reason : null),
    kind: recommended === null ? "refused" : "measured",
    checkDays: plan.checkDays.map(dayText),
    judged: sum(repeat.back) + sum(repeat.lost),
    realLosses: sum(repeat.lost),
    candidates,
    recommended,
    personal: {
      ...personalLimits(histories, asOf, baseGapDays),
      errors: errorsOf(personal, 0),
    },
  };
}

function planOf(histories: readonly ClientHistory[], asOf: Day): Plan {
  const firstDay = histories.reduce((least, { days }) => Math.min(least, days[0] ?? asOf), asOf);
  const followUpDays = Math.min(MAX_FOLLOW_UP_DAYS, Math.floor((asOf - firstDay) / 3));
  const last = asOf - followUpDays;
  const step = Math.max(7, Math.floor((last - firstDay - followUpDays) / (CHECK_DAYS - 1)));
  const checkDays = Array.from({ length: CHECK_DAYS }, (_, at) => last - at * step)
    .filter((day) => day >= firstDay + followUpDays)
    .reverse();
  return { checkDays, followUpDays };
}

/** Clients on check days by days of silence: who bought again within the follow-up, and who did not. */
interface Tally {
  readonly back: Int32Array;
  readonly lost: Int32Array;
}

interface Judged {
  /** Clients who had come back before, and those after a first purchase. */
  readonly repeat: Tally;
  readonly first: Tally;
  /** The first of these by the personal limit: 0 = within it, 1 = over it. */
  readonly personal: Tally;
}

function judge(histories: readonly ClientHistory[], plan: Plan, baseGapDays: number): Judged {
  const tally = (): Tally => ({
    back: new Int32Array(plan.followUpDays + 1),
    lost: new Int32Array(plan.followUpDays + 1),
  });
  const judged: Judged = { repeat: tally(), first: tally(), personal: tally() };
  const step = Math.max(1, Math.ceil(histories.length / MOST_CLIENTS));
  for (let client = 0; client < histories.length; client += step) {
    judgeClient((histories[client] as ClientHistory).days, plan, baseGapDays, judged);
  }
  return judged;
}

function judgeClient(days: Int32Array, plan: Plan, baseGapDays: number, into: Judged): void {
  let known = 0;
  for (const check of plan.checkDays) {
    while (known < days.length && (days[known] as number) <= check) known += 1;
    const silent = check - (days[known - 1] ?? Number.NEGATIVE_INFINITY);
    if (silent > plan.followUpDays) continue;
    const isBack = (days[known] ?? Number.POSITIVE_INFINITY) <= check + plan.followUpDays;
    if (known === 1) {
      addTo(into.first, silent, isBack);
      continue;
    }
    addTo(into.repeat, silent, isBack);
    const limit = shrunkLimit(gapsOf(days.subarray(0, known)), baseGapDays);
    addTo(into.personal, silent > limit ? 1 : 0, isBack);
  }
}

function addTo({ back, lost }: Tally, at: number, isBack: boolean): void {
  const counts = isBack ? back : lost;
  counts[at] = (counts[at] as number) + 1;
}

/** Both errors when silence longer than `days` is called lost. */
function errorsOf({ back, lost }: Tally, days: number): ThresholdErrors {
  const cameBack = sum(back.subarray(days + 1));
  const calledLost = cameBack + sum(lost.subarray(days + 1));
  const missed = sum(lost.subarray(0, days + 1));
  const losses = sum(lost);
  return {
    calledLost,
    cameBack,
    falseAlarms: calledLost > 0 ? cameBack / calledLost : null,
    missed,
    missedShare: losses > 0 ? missed / losses : null,
  };
}

function sum(counts: Int32Array): number {
  return counts.reduce((total, n) => total + n, 0);
}

function worseError(row: ThresholdErrors): number {
  return Math.max(row.falseAlarms ?? 1, row.missedShare ?? 1);
}

/** Where the larger of the two errors is smallest, the shorter silence of equals: a balance, not the side that is easy. */
function bestOf<Row extends ThresholdErrors>(candidates: readonly Row[]): Row | null {
  let best: Row | null = null;
  for (const row of candidates) {
    const losses = row.missed + row.calledLost - row.cameBack;
    if (row.calledLost < MIN_JUDGED || losses < MIN_JUDGED) continue;
    if (best === null || worseError(row) < worseError(best)) best = row;
  }
  return best;
}

function personalLimits(
  histories: readonly ClientHistory[],
  asOf: Day,
  baseGapDays: number | null,
): Omit<ChurnThresholdReport["personal"], "errors"> {
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
