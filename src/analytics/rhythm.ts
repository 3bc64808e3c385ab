import type { Timings } from "./buckets.ts";
import { quantileOfSorted } from "./quantile.ts";
import type { Day } from "./types.ts";

/** Mean gap between purchase days over all repeat buyers, at least a day; null when nobody came back. */
export function meanGapDays({ frequency, recency }: Timings): number | null {
  let [repeats, days] = [0, 0];
  for (let at = 0; at < frequency.length; at += 1) {
    repeats += frequency[at] as number;
    days += recency[at] as number;
  }
  return repeats > 0 ? Math.max(1, days / repeats) : null;
}

/** Fewer gaps than this are an accident, not a rhythm. */
const LEAST_GAPS = 4;

/** The middle 60 % of one client's own gaps, whole days. */
export interface OwnRhythm {
  readonly fromDays: number;
  readonly usualDays: number;
  readonly toDays: number;
  readonly gaps: number;
}

/** The usual pause of a client with at least five purchase days (rising, distinct); null for fewer. */
export function ownRhythm(days: readonly Day[]): OwnRhythm | null {
  const gaps = days.slice(1).map((day, at) => day - (days[at] as Day));
  if (gaps.length < LEAST_GAPS) return null;
  gaps.sort((one, other) => one - other);
  const at = (share: number) => Math.max(1, Math.round(quantileOfSorted(gaps, share) ?? 1));
  return { fromDays: at(0.2), usualDays: at(0.5), toDays: at(0.8), gaps: gaps.length };
}
