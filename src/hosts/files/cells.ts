import { currencyDecimals, toMinor } from "../../crm/money.ts";

/** Whole days since 1970-01-01. */
const MS_PER_DAY = 86_400_000;
/** Excel's day 0 is 1899-12-30 because of its invented 29 February 1900. */
const EXCEL_EPOCH_DAY = -25_569;
/** Serial numbers that are plausible dates: 1954-10-03 .. 2119-01-09. */
const EXCEL_MIN = 20_000;
const EXCEL_MAX = 80_000;

export type DayOrder = "dayFirst" | "monthFirst";
export type DecimalMark = "comma" | "dot";

/**
 * The day of a date cell: ISO (with or without time), `31.12.2025 14:05`, `31/12/2025`, `2025/12/31`, `20251231`,
 * Excel serials. The calendar day is taken as written; a time of day is ignored. null = not a date.
 */
export function parseDay(cell: string, order: DayOrder): number | null {
  const text = cell.trim();
  const iso = /^(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})(?:$|[T\s])/.exec(text);
  if (iso) return calendarDay(Number(iso[1]), Number(iso[2]), Number(iso[3]));
  const local = /^(\d{1,2})[./-](\d{1,2})[./-](\d{4})(?:$|[\s,T])/.exec(text);
  if (local) {
    const [first, second, year] = [Number(local[1]), Number(local[2]), Number(local[3])];
    const isDotted = text.includes(".");
    return order === "dayFirst" || isDotted
      ? calendarDay(year, second, first)
      : calendarDay(year, first, second);
  }
  const compact = /^(\d{4})(\d{2})(\d{2})$/.exec(text);
  if (compact) return calendarDay(Number(compact[1]), Number(compact[2]), Number(compact[3]));
  const serial = /^(\d{5})(?:[.,]\d+)?$/.exec(text);
  if (serial) {
    const days = Number(serial[1]);
    return days >= EXCEL_MIN && days <= EXCEL_MAX ? days + EXCEL_EPOCH_DAY : null;
  }
  return null;
}

function calendarDay(year: number, month: number, day: number): number | null {
  if (year < 1900 || year > 2200) return null;
  const at = Date.UTC(year, month - 1, day);
  const made = new Date(at);
  const isReal = made.getUTCMonth() === month - 1 && made.getUTCDate() === day;
  return isReal ? at / MS_PER_DAY : null;
}

/** Which of `a/b/year` is the day: decided by the values themselves, day first when they leave it open. */
export function guessDayOrder(cells: Iterable<string>): DayOrder {
  for (const cell of cells) {
    const slashed = /^\s*(\d{1,2})[/-](\d{1,2})[/-]\d{4}/.exec(cell);
    if (!slashed) continue;
    if (Number(slashed[1]) > 12) return "dayFirst";
    if (Number(slashed[2]) > 12) return "monthFirst";
  }
  return "dayFirst";
}

export type AmountCell =
  | { readonly kind: "amount"; readonly minor: number }
  | { readonly kind: "empty" }
  | { readonly kind: "unreadable" };

/**
 * Money as people write it: `1 234,56 ₽`, `1,234.56`, `1.234,56`, `(15.00)`, `−3`. Exact integer minor units.
 * `mark` decides what a lone comma or dot before three digits means.
 */
export function parseAmount(cell: string, currency: string, mark: DecimalMark): AmountCell {
  if (/^\d{1,12}\.\d\d$/.test(cell) && currencyDecimals(currency) === 2) {
    // What nearly every cell of a large file looks like; the digits are the minor units.
    return { kind: "amount", minor: Number(cell.replace(".", "")) };
  }
  let text = cell.replace(/[\s\u00a0\u202f'’]/g, "").replace(/[\u2212\u2013]/g, "-");
  text = text.replace(/(?:руб\.?|р\.|₽|rub|usd|eur|\$|€|£|₸|₴|kzt|byn|uah)/gi, "");
  if (text === "" || text === "-") return { kind: "empty" };
  const bracketed = /^\((.*)\)$/.exec(text);
  if (bracketed) text = `-${bracketed[1] ?? ""}`;
  if (!/^[+-]?[\d.,]+$/.test(text) || !/\d/.test(text)) return { kind: "unreadable" };
  try {
    return { kind: "amount", minor: toMinor(plainDecimal(text, mark), currency) };
  } catch {
    return { kind: "unreadable" };
  }
}

function plainDecimal(text: string, mark: DecimalMark): string {
  const comma = text.lastIndexOf(",");
  const dot = text.lastIndexOf(".");
  if (comma >= 0 && dot >= 0) {
    return comma > dot ? text.replaceAll(".", "").replace(",", ".") : text.replaceAll(",", "");
  }
  const separator = comma >= 0 ? "," : ".";
  const pieces = text.split(separator);
  if (pieces.length === 1) return text;
  const isMark = (separator === ",") === (mark === "comma");
  const groups = pieces.slice(1).every((piece) => piece.length === 3);
  if (pieces.length > 2 || (groups && !isMark)) return pieces.join("");
  return pieces.join(".");
}

/** A comma or dot that is not followed by exactly three digits can only be a decimal mark. */
export function guessDecimalMark(cells: Iterable<string>): DecimalMark {
  for (const cell of cells) {
    const text = cell.replace(/[\s\u00a0\u202f]/g, "");
    const last = /([.,])(\d+)\D*$/.exec(text);
    if (!last || last[2]?.length === 3) continue;
    return last[1] === "," ? "comma" : "dot";
  }
  return "dot";
}
