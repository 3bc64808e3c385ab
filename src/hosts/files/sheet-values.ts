/** How a workbook writes the values of its cells. */
export interface ValueHabits {
  readonly strings: readonly string[];
  /** By number of the cell's style: does it show a day? */
  readonly isDateStyle: readonly boolean[];
  /** Serial days count from 1904-01-01, not from 1899-12-30. */
  readonly isFrom1904: boolean;
}

/** Stands in the place of a formula whose result was never stored. */
const NOT_CALCULATED = "#CALC!";
const MS_PER_DAY = 86_400_000;
/** 1899-12-30: with the 29 February 1900 that never was, serial days are right from March 1900 on. */
const EPOCH_1900 = -25_569;
const EPOCH_1904 = -24_107;
/** Below this serial the invented leap day is still ahead. */
const LEAP_BUG = 60;
const LAST_SERIAL = 2_958_465;
/** Binary fractions of a day that a rounded time may be short of midnight. */
const HALF_MILLISECOND = 0.5 / MS_PER_DAY;

/**
 * A cell as a person reads it in a plain table: text, `1234.56` without binary noise, `2025-12-31` for days (the calendar day as
 * written, no time zone). `value` null = the cell has none.
 */
export function cellText(
  type: string | null,
  style: number,
  value: string | null,
  hasFormula: boolean,
  habits: ValueHabits,
): string {
  const isEmpty = value === null || (value === "" && type !== "str");
  if (isEmpty && hasFormula) return NOT_CALCULATED;
  if (value === null) return "";
  switch (type) {
    case "s":
      return habits.strings[Number(value)] ?? "";
    case "inlineStr":
    case "str":
      return unescaped(value);
    case "b":
      return value.trim() === "1" ? "TRUE" : "FALSE";
    case "e":
    case "d":
      return value.trim();
    default:
      return numberText(value.trim(), habits.isDateStyle[style] === true, habits.isFrom1904);
  }
}

function numberText(value: string, isDate: boolean, isFrom1904: boolean): string {
  if (!isDate && /^\d{1,13}(?:\.\d{1,2})?$/.test(value)) return value;
  const number = Number(value);
  if (value === "" || !Number.isFinite(number)) return value;
  return (isDate ? dayText(number, isFrom1904) : null) ?? decimalText(number);
}

/** null = no day of the calendar: a time of day alone, or beyond Excel's last day. */
function dayText(serial: number, isFrom1904: boolean): string | null {
  const whole = Math.floor(serial + HALF_MILLISECOND);
  if (whole < (isFrom1904 ? 0 : 1) || whole > LAST_SERIAL) return null;
  const shift = !isFrom1904 && whole < LEAP_BUG ? 1 : 0;
  const day = whole + shift + (isFrom1904 ? EPOCH_1904 : EPOCH_1900);
  return new Date(day * MS_PER_DAY).toISOString().slice(0, 10);
}

/** The fifteen digits that spreadsheets show; `0.1 + 0.2` is `0.3`. */
function decimalText(number: number): string {
  const shown = Number(number.toPrecision(15));
  const text = String(shown);
  const plain = text.includes("e-") ? shown.toFixed(12).replace(/\.?0+$/, "") : text;
  // In a text, three digits behind a dot could be thousands; a number has no such doubt.
  return /\.\d{3}$/.test(plain) ? `${plain}0` : plain;
}

/** `_x000D_` stands for characters that XML cannot hold (ECMA-376 part 1, 22.9.2.19). */
export function unescaped(text: string): string {
  if (!text.includes("_x")) return text;
  return text.replace(/_x([\dA-Fa-f]{4})_/g, (_, hex: string) => {
    const code = Number.parseInt(hex, 16);
    return code >= 0xd800 && code <= 0xdfff ? "\ufffd" : String.fromCharCode(code);
  });
}

/** Built-in formats that show a day (ECMA-376 part 1, 18.8.30; 27 to 58 in East Asian programs). */
export function isDateFormat(id: number, code: string | null): boolean {
  if (code === null)
    return (id >= 14 && id <= 17) || id === 22 || (id >= 27 && id <= 36) || (id >= 50 && id <= 58);
  const shown = code.replace(/"[^"]*"|\\.|_.|\*./g, "").replace(/\[[^\]]*\]/g, "");
  return /[dy]/i.test(shown) && !/general/i.test(shown);
}
