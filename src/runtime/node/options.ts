import type { Day } from "../../analytics/types.ts";
import { parseDay } from "../../hosts/files/days.ts";

/** A mistake in the command itself: exit code 2. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}

export function readCurrency(text: string): string {
  if (/^[A-Z]{3}$/.test(text)) return text;
  throw new UsageError(`--currency ${text} is not an ISO 4217 code such as RUB`);
}

export function readDay(option: string, text: string | null): Day | null {
  if (text === null) return null;
  const day = parseDay(text, "dayFirst");
  if (day === null) throw new UsageError(`${option} ${text} is not a date such as 2026-11-24`);
  return day;
}

export function readDays(option: string, text: string | null): number | null {
  if (text === null) return null;
  const days = Number(text);
  if (!/^\d+$/.test(text) || days < 1 || days > 3650) {
    throw new UsageError(`${option} ${text} is not a number of days from 1 to 3650`);
  }
  return days;
}

/** One of the words an option allows. */
export function readChoice<const Word extends string>(
  option: string,
  text: string,
  words: readonly Word[],
): Word {
  const word = words.find((known) => known === text);
  if (word === undefined) throw new UsageError(`${option} is one of ${words.join(", ")}`);
  return word;
}
