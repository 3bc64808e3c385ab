import type { Day } from "../analytics/types.ts";

/** Monday to Friday, without holidays. Zero gives the day itself, or the next business day. */
export function addBusinessDays(day: Day, count: number): Day {
  let at = day;
  let left = count;
  while (left > 0 || !isBusinessDay(at)) {
    at += 1;
    if (isBusinessDay(at) && left > 0) left -= 1;
  }
  return at;
}

function isBusinessDay(day: Day): boolean {
  // Day 0 was a Thursday; 0 = Monday here.
  const weekday = (((day + 3) % 7) + 7) % 7;
  return weekday < 5;
}
