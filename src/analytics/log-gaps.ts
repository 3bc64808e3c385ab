import type { Day } from "./types.ts";

/** Logarithms of the whole numbers below this are kept: counts and days are among them, a client asks for dozens. */
const MOST_KEPT = 8_192;
const LOGS = Float64Array.from({ length: MOST_KEPT }, (_, x) => Math.log(x));

/** ln x; quick for whole numbers of the size of counts and days. */
export function logOf(x: number): number {
  const kept = LOGS[x];
  return kept === undefined ? Math.log(x) : kept;
}

/** Sum of the natural logarithms of the gaps between these rising purchase days. */
export function logGapsOf(days: ArrayLike<Day>): number {
  let sum = 0;
  for (let at = 1; at < days.length; at += 1) {
    sum += logOf((days[at] as number) - (days[at - 1] as number));
  }
  return sum;
}
