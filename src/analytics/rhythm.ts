import type { Timings } from "./buckets.ts";

/** Mean gap between purchase days over all repeat buyers, at least a day; null when nobody came back. */
export function meanGapDays({ frequency, recency }: Timings): number | null {
  let [repeats, days] = [0, 0];
  for (let at = 0; at < frequency.length; at += 1) {
    repeats += frequency[at] as number;
    days += recency[at] as number;
  }
  return repeats > 0 ? Math.max(1, days / repeats) : null;
}
