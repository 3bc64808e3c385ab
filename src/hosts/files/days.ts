import type { Day } from "../../analytics/types.ts";
import { monthOfName } from "./months.ts";

/** Excel's day 0 is 1899-12-30 because of its invented 29 February 1900. */
const EXCEL_EPOCH_DAY = -25_569;
/** Serial numbers that are plausible dates: 1954-10-03 .. 2119-01-09. */
const EXCEL_MIN = 20_000;
const EXCEL_MAX = 80_000;
/** Two digits of a year up to this one belong to the 2000s. */
const LAST_SHORT_YEAR = 69;
const MONTH_DAYS = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31] as const;

export type DayOrder = "dayFirst" | "monthFirst";

/** What one cell says of a day. */
export type DayCell =
  | { readonly kind: "day"; readonly day: Day }
  /** `day` if the day stands first, `swapped` if the month does. */
  | { readonly kind: "open"; readonly day: Day; readonly swapped: Day }
  /** Slashes or dashes that can be read one way only. */
  | { readonly kind: "proof"; readonly day: Day; readonly order: DayOrder }
  | { readonly kind: "none" };

const NONE: DayCell = { kind: "none" };

/**
 * The day of a date cell: ISO (with or without time), `31.12.2025 14:05`, `31/12/2025`, `2025/12/31`, `20251231`,
 * `31 декабря 2025`, `Dec 31, 2025`, Excel serials. The calendar day is taken as written; a time of day is ignored.
 * null = not a date.
 */
export function parseDay(cell: string, order: DayOrder): Day | null {
  const read = readDayCell(cell);
  switch (read.kind) {
    case "day":
      return read.day;
    case "open":
      return order === "dayFirst" ? read.day : read.swapped;
    case "proof":
      return read.order === order ? read.day : null;
    case "none":
      return null;
  }
}

/** The day of a cell and what it says of the order of days and months in its column. */
export function readDayCell(cell: string): DayCell {
  const text = cell.trim();
  const plain = plainDay(text);
  if (!Number.isNaN(plain)) return { kind: "day", day: plain };
  const local = /^(\d{1,2})([./-])(\d{1,2})[./-](\d{4}|\d{2}(?!\d))(?:$|[\s,T])/.exec(text);
  if (local) return localDay(local);
  return otherDay(text);
}

function localDay(local: RegExpExecArray): DayCell {
  const [, first = "", mark = "", second = "", shortYear = ""] = local;
  const year = fullYear(shortYear, mark);
  const dayFirst = calendarDay(year, Number(second), Number(first));
  if (mark === ".") return dayFirst === null ? NONE : { kind: "day", day: dayFirst };
  const monthFirst = calendarDay(year, Number(first), Number(second));
  if (dayFirst !== null && monthFirst !== null) {
    return { kind: "open", day: dayFirst, swapped: monthFirst };
  }
  if (dayFirst !== null) return { kind: "proof", day: dayFirst, order: "dayFirst" };
  return monthFirst === null ? NONE : { kind: "proof", day: monthFirst, order: "monthFirst" };
}

/** NaN where two digits are rather a part of a number with dashes. */
function fullYear(text: string, mark: string): number {
  const year = Number(text);
  if (text.length === 4) return year;
  if (mark === "-") return Number.NaN;
  return year <= LAST_SHORT_YEAR ? 2000 + year : 1900 + year;
}

function otherDay(text: string): DayCell {
  const iso = /^(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})(?:$|[T\s])/.exec(text);
  if (iso) return dayCell(calendarDay(Number(iso[1]), Number(iso[2]), Number(iso[3])));
  const compact = /^(\d{4})(\d{2})(\d{2})$/.exec(text);
  if (compact) {
    return dayCell(calendarDay(Number(compact[1]), Number(compact[2]), Number(compact[3])));
  }
  const serial = /^(\d{5})(?:[.,]\d+)?$/.exec(text);
  if (serial) {
    const days = Number(serial[1]);
    return days >= EXCEL_MIN && days <= EXCEL_MAX ? dayCell(days + EXCEL_EPOCH_DAY) : NONE;
  }
  const named = /^(\d{1,2})[\s-]+(\p{L}{3,9})\.?[\s-]+(\d{4})(?!\d)/u.exec(text);
  if (named) {
    return dayCell(calendarDay(Number(named[3]), monthOfName(named[2] ?? ""), Number(named[1])));
  }
  const english = /^(\p{L}{3,9})\.?\s+(\d{1,2}),?\s+(\d{4})(?!\d)/u.exec(text);
  if (english) {
    const month = monthOfName(english[1] ?? "");
    return dayCell(calendarDay(Number(english[3]), month, Number(english[2])));
  }
  return NONE;
}

function dayCell(day: Day | null): DayCell {
  return day === null ? NONE : { kind: "day", day };
}

/** `2025-12-31` or `31.12.2025`, alone or before a time, without a regular expression; NaN = something else. */
export function plainDay(text: string): Day {
  const { length } = text;
  if (length < 10) return Number.NaN;
  const after = length === 10 ? 32 : text.charCodeAt(10);
  if (after !== 32 && after !== 84) return Number.NaN;
  const isIso = text.charCodeAt(4) === 45 && text.charCodeAt(7) === 45;
  if (!isIso && (text.charCodeAt(2) !== 46 || text.charCodeAt(5) !== 46)) return Number.NaN;
  const year = number(text, isIso ? 0 : 6, 4);
  const month = number(text, isIso ? 5 : 3, 2);
  const day = number(text, isIso ? 8 : 0, 2);
  return calendarDay(year, month, day) ?? Number.NaN;
}

function number(text: string, from: number, length: number): number {
  let value = 0;
  for (let at = from; at < from + length; at += 1) {
    const digit = text.charCodeAt(at) - 48;
    if (!(digit >= 0 && digit <= 9)) return Number.NaN;
    value = value * 10 + digit;
  }
  return value;
}

function calendarDay(year: number, month: number, day: number): Day | null {
  if (!(year >= 1900 && year <= 2200 && month >= 1 && month <= 12 && day >= 1)) return null;
  const isLeap = year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
  if (day > (month === 2 && isLeap ? 29 : (MONTH_DAYS[month - 1] ?? 0))) return null;
  return dayNumber(year, month, day);
}

/**
 * Days since 1970-01-01 of a proleptic Gregorian date: the year is taken from March on, so that the leap day is its last
 * (H. Hinnant, chrono-Compatible Low-Level Date Algorithms, days_from_civil).
 */
function dayNumber(year: number, month: number, day: number): Day {
  const y = month <= 2 ? year - 1 : year;
  const era = Math.floor(y / 400);
  const yearOfEra = y - era * 400;
  const dayOfYear = Math.floor((153 * (month + (month > 2 ? -3 : 9)) + 2) / 5) + day - 1;
  const leapDays = Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100);
  return era * 146_097 + yearOfEra * 365 + leapDays + dayOfYear - 719_468;
}

/** Which of `a/b/year` is the day: decided by the values themselves, day first when they leave it open. */
export function guessDayOrder(cells: Iterable<string>): DayOrder {
  for (const cell of cells) {
    const read = readDayCell(cell);
    if (read.kind === "proof") return read.order;
  }
  return "dayFirst";
}
