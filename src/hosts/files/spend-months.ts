import { monthIndex, monthText } from "../../analytics/calendar.ts";
import { type DayOrder, parseDay, readDayCell } from "./days.ts";
import { monthOfName } from "./months.ts";

/** Two digits of a year stand for this century. */
const CENTURY = 2000;

/**
 * `YYYY-MM` of `2025-01`, `01.2025`, `январь 2025`, `Jan-25`, `2025 Jan`, or of any date; null = no month. `order` decides dates
 * with slashes.
 */
export function parseMonth(cell: string, order: DayOrder): string | null {
  const text = cell.trim().replace(/\s*г(?:ода?)?\.?$/i, "");
  const yearFirst = /^(\d{4})(?:[-/. ](\d{1,2})|(\d{2}))$/.exec(text);
  if (yearFirst) return monthOf(Number(yearFirst[1]), Number(yearFirst[2] ?? yearFirst[3]));
  const monthFirst = /^(\d{1,2})[-/.](\d{4})$/.exec(text);
  if (monthFirst) return monthOf(Number(monthFirst[2]), Number(monthFirst[1]));
  const named = /^(\p{L}{3,9})\.?[\s,'’-]*(\d{4}|\d{2})$/u.exec(text);
  if (named) return monthOf(yearOf(named[2] ?? ""), monthOfName(named[1] ?? ""));
  const nameLast = /^(\d{4})[\s,-]+(\p{L}{3,9})\.?$/u.exec(text);
  if (nameLast) return monthOf(Number(nameLast[1]), monthOfName(nameLast[2] ?? ""));
  const day = parseDay(text, order);
  return day === null ? null : monthText(monthIndex(day));
}

function yearOf(text: string): number {
  return text.length === 2 ? CENTURY + Number(text) : Number(text);
}

function monthOf(year: number, month: number): string | null {
  if (!(year >= 1900 && year <= 2200 && month >= 1 && month <= 12)) return null;
  return `${year}-${String(month).padStart(2, "0")}`;
}

/**
 * Whether the day or the month stands first in a column of months: what the dates prove, else what makes all of them the first of
 * a month.
 */
export function monthDayOrder(cells: readonly string[]): DayOrder {
  const read = cells.map(readDayCell);
  const proof = read.find((cell) => cell.kind === "proof");
  if (proof?.kind === "proof") return proof.order;
  const open = read.filter((cell) => cell.kind === "open");
  const isFirst = (day: number) => new Date(day * 86_400_000).getUTCDate() === 1;
  const areFirst = (days: readonly number[]) => days.length > 0 && days.every(isFirst);
  return !areFirst(open.map(({ day }) => day)) && areFirst(open.map(({ swapped }) => swapped))
    ? "monthFirst"
    : "dayFirst";
}
