import { currencyDecimals, toMinor } from "../../crm/money.ts";
import { currencyOf } from "./currencies.ts";

export type DecimalMark = "comma" | "dot";

/** What one cell says of money. */
export type MoneyCell =
  | {
      readonly kind: "amount";
      /** Exact minor units; where `open` is not null: as if the lone separator parted thousands. */
      readonly minor: number;
      /** The lone separator before exactly three digits: a decimal mark if the column's is this one. */
      readonly open: DecimalMark | null;
      /** The decimal mark of the column, where this cell leaves no doubt. */
      readonly proof: DecimalMark | null;
      /** ISO 4217, where a sign or a word stands beside the sum. */
      readonly currency: string | null;
    }
  | { readonly kind: "empty" }
  | { readonly kind: "unreadable" };

const EMPTY: MoneyCell = { kind: "empty" };
const UNREADABLE: MoneyCell = { kind: "unreadable" };
/** Longer digits go the slow, exact way. */
const SAFE_DIGITS = 15;

/**
 * NaN, or the hundredths of a cell that is nothing but `123`, `-1 234,5` or `123.45`: what most cells of a large file look like,
 * without a regular expression. The separator of such a cell can only be its decimal mark.
 */
export function plainHundredths(cell: string): number {
  const from = cell.charCodeAt(0) === MINUS ? 1 : 0;
  if (cell.length > LONGEST_PLAIN || !isDigit(cell.charCodeAt(from))) return Number.NaN;
  let value = 0;
  let decimals = -1;
  for (let at = from; at < cell.length; at += 1) {
    const code = cell.charCodeAt(at);
    if (isDigit(code)) {
      value = value * 10 + (code - 48);
      if (decimals >= 0) decimals += 1;
    } else if (decimals >= 0) return Number.NaN;
    else if (code === COMMA || code === DOT) decimals = 0;
    else if (!isSpace(code)) return Number.NaN;
  }
  const hundredths = value * hundredthsOf(decimals);
  return from === 1 && hundredths !== 0 ? -hundredths : hundredths;
}

/** What the last digit is worth; -1 decimals = there is no mark. */
function hundredthsOf(decimals: number): number {
  if (decimals === 2) return 1;
  if (decimals === 1) return 10;
  return decimals < 0 ? 100 : Number.NaN;
}
/** So short that its digits are a safe integer in any case. */
const LONGEST_PLAIN = 15;
const MINUS = 45;
const COMMA = 44;
const DOT = 46;

function isDigit(code: number): boolean {
  return code >= 48 && code <= 57;
}

/** Blank, no-break, figure, thin and narrow no-break space. */
function isSpace(code: number): boolean {
  return code === 32 || code === 0xa0 || code === 0x2007 || code === 0x2009 || code === 0x202f;
}

/**
 * Money as people write it: `1 234,56 ₽`, `1,234.56`, `1.234,56`, `(15.00)`, `−3`, `1.5E+3`. Exact integer minor units of
 * `currency`, unless a currency stands in the cell itself.
 */
export function readMoney(cell: string, currency: string): MoneyCell {
  const plain = cell
    .replace(/[\s\u00a0\u2007\u2009\u202f'’]+/g, "")
    .replace(/[\u2212\u2013]/g, "-");
  if (plain === "" || plain === "-") return EMPTY;
  if (/^[+-]?\d+(?:\.\d+)?e[+-]?\d{1,2}$/i.test(plain)) return scientific(plain, currency);
  const parts =
    /^(\()?([^\d.,+()-]+\.?)?(\()?([+-]?)([^\d.,+()-]+\.?)?([\d.,]*\d[\d.,]*)([^\d.,()+-]+\.?)?(\))?([^\d.,()+-]+\.?)?$/.exec(
      plain,
    );
  if (!parts) return UNREADABLE;
  const [, open1, word1, open2, sign, word2, digits = "", word3, close, word4] = parts;
  if ((open1 ?? open2 ?? "").length !== (close ?? "").length) return UNREADABLE;
  const words = [word1, word2, word3, word4].filter((word) => word !== undefined);
  const own = words.length === 1 ? currencyOf(words[0] ?? "") : null;
  if (words.length > 1 || (words.length === 1 && own === null)) return UNREADABLE;
  const isNegative = close !== undefined || sign === "-";
  return amountOf(digits, isNegative, own ?? currency, own);
}

function amountOf(
  digits: string,
  isNegative: boolean,
  currency: string,
  own: string | null,
): MoneyCell {
  const shape = shapeOf(digits);
  if (shape === null) return UNREADABLE;
  const minor = minorOf(digits, shape.fraction, currency);
  if (minor === null) return UNREADABLE;
  const signed = isNegative && minor !== 0 ? -minor : minor;
  return { kind: "amount", minor: signed, open: shape.open, proof: shape.proof, currency: own };
}

interface Shape {
  /** Digits behind the decimal mark. */
  readonly fraction: number;
  readonly open: DecimalMark | null;
  readonly proof: DecimalMark | null;
}

const WHOLE: Shape = { fraction: 0, open: null, proof: null };

/** Which separators part thousands and which one the fraction; null = no number. */
function shapeOf(digits: string): Shape | null {
  const comma = digits.lastIndexOf(",");
  const dot = digits.lastIndexOf(".");
  if (comma < 0 && dot < 0) return WHOLE;
  const mark: DecimalMark = comma > dot ? "comma" : "dot";
  return comma >= 0 && dot >= 0
    ? twoSeparators(digits, Math.max(comma, dot), mark)
    : oneSeparator(digits.split(SIGNS[mark]), mark);
}

const SIGNS: Readonly<Record<DecimalMark, string>> = { comma: ",", dot: "." };
const OTHER: Readonly<Record<DecimalMark, DecimalMark>> = { comma: "dot", dot: "comma" };

function twoSeparators(digits: string, at: number, mark: DecimalMark): Shape | null {
  const isOnce = digits.indexOf(SIGNS[mark]) === at;
  const isGrouped = areGroups(digits.slice(0, at).split(SIGNS[OTHER[mark]]));
  if (!isOnce || !isGrouped) return null;
  return { fraction: digits.length - at - 1, open: null, proof: mark };
}

function oneSeparator(pieces: readonly string[], mark: DecimalMark): Shape | null {
  if (pieces.length > 2) {
    return areGroups(pieces) ? { fraction: 0, open: null, proof: OTHER[mark] } : null;
  }
  const [lead = "", { length: fraction } = ""] = pieces;
  const canGroup = fraction === 3 && lead.length >= 1 && lead.length <= 3 && !lead.startsWith("0");
  return canGroup
    ? { fraction: 0, open: mark, proof: null }
    : { fraction, open: null, proof: fraction === 0 ? null : mark };
}

/** `1` `234` `567`, or by lakhs `12` `34` `567`. */
function areGroups(pieces: readonly string[]): boolean {
  return pieces.every((piece, at) => {
    if (at === 0) return piece.length >= 1 && piece.length <= 3;
    return piece.length === 3 || (piece.length === 2 && at < pieces.length - 1);
  });
}

function minorOf(digits: string, fraction: number, currency: string): number | null {
  const plain = digits.replace(/[.,]/g, "");
  const decimals = currencyDecimals(currency);
  if (plain.length + Math.max(0, decimals - fraction) <= SAFE_DIGITS) {
    const value = Number(plain);
    return fraction <= decimals
      ? value * 10 ** (decimals - fraction)
      : roundedDivision(value, 10 ** (fraction - decimals));
  }
  const whole = plain.slice(0, plain.length - fraction);
  return minorOfText(`${whole || "0"}.${plain.slice(plain.length - fraction)}`, currency);
}

function minorOfText(text: string | number, currency: string): number | null {
  try {
    return toMinor(text, currency);
  } catch {
    return null;
  }
}

function scientific(text: string, currency: string): MoneyCell {
  const minor = minorOfText(Number(text), currency);
  return minor === null
    ? UNREADABLE
    : { kind: "amount", minor, open: null, proof: null, currency: null };
}

/** Half away from zero, exact for safe integers. */
export function roundedDivision(value: number, by: number): number {
  const rest = Math.abs(value) % by;
  const whole = (Math.abs(value) - rest) / by + (2 * rest >= by ? 1 : 0);
  return value < 0 && whole !== 0 ? -whole : whole;
}

export type AmountCell =
  | { readonly kind: "amount"; readonly minor: number }
  | { readonly kind: "empty" }
  | { readonly kind: "unreadable" };

/** A money cell by itself, in a column whose decimal mark is known. */
export function parseAmount(cell: string, currency: string, mark: DecimalMark): AmountCell {
  const read = readMoney(cell, currency);
  if (read.kind !== "amount") return read;
  const minor = read.open === mark ? roundedDivision(read.minor, 1000) : read.minor;
  return { kind: "amount", minor };
}
