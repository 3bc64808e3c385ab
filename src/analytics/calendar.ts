import type { Day } from "./types.ts";

const DAY_MS = 86_400_000;

/** `YYYY-MM-DD` of a day number. */
export function dayText(day: Day): string {
  return new Date(day * DAY_MS).toISOString().slice(0, 10);
}

/** Day number of `YYYY-MM-DD`; NaN for anything else. */
export function dayOf(text: string): Day {
  return /^\d{4}-\d{2}-\d{2}$/.test(text) ? Date.parse(`${text}T00:00:00Z`) / DAY_MS : Number.NaN;
}

/** Months since January 1970. */
export function monthIndex(day: Day): number {
  const date = new Date(day * DAY_MS);
  return (date.getUTCFullYear() - 1970) * 12 + date.getUTCMonth();
}

/** `YYYY-MM` of a number of months since January 1970. */
export function monthText(index: number): string {
  const year = 1970 + Math.floor(index / 12);
  return `${String(year).padStart(4, "0")}-${String((((index % 12) + 12) % 12) + 1).padStart(2, "0")}`;
}

/** First day of a month counted since January 1970. */
export function monthStart(index: number): Day {
  return Date.UTC(1970 + Math.floor(index / 12), ((index % 12) + 12) % 12, 1) / DAY_MS;
}

/** The same date so many months earlier; the last day of a month that is too short for it. */
export function monthsBefore(day: Day, months: number): Day {
  const target = monthIndex(day) - months;
  const first = monthStart(target);
  const length = monthStart(target + 1) - first;
  return first + Math.min(new Date(day * DAY_MS).getUTCDate(), length) - 1;
}
