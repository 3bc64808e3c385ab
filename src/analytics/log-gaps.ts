import type { Day } from "./types.ts";

/** Sum of the natural logarithms of the gaps between these rising purchase days. */
export function logGapsOf(days: ArrayLike<Day>): number {
  let sum = 0;
  for (let at = 1; at < days.length; at += 1) {
    sum += Math.log((days[at] as number) - (days[at - 1] as number));
  }
  return sum;
}
