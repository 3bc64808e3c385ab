import { currencyDecimals } from "../crm/money.ts";
import { sourceKey } from "./kpi/first-source.ts";
import type { SpendRow } from "./spend.ts";

/** What is wrong with a line; `cells`: not month, channel, amount and perhaps a kind. */
export type SpendFlaw =
  | "cells"
  | "month"
  | "channel"
  | "amount"
  | "kind"
  | "twice"
  | "empty"
  | "too_many";

export interface SpendLineFlaw {
  /** From 1. */
  readonly line: number;
  readonly reason: SpendFlaw;
}

export interface SpendReading {
  readonly rows: readonly SpendRow[];
  /** In the order of the lines; with any of them the rows are not to be used. */
  readonly flaws: readonly SpendLineFlaw[];
}

/** A hundred channels for ten months, or seven channels for twelve years. */
export const MOST_SPEND_ROWS = 1_000;
const LONGEST_CHANNEL = 100;
/** 10 billion of a currency with hundredths; the sum of a full table stays exact. */
const MOST_MINOR = 1_000_000_000_000;
const EARLIEST_YEAR = 1990;
const LATEST_YEAR = 2099;

/**
 * Reads `month;channel;amount[;kind]` line by line, or the same with tabs as a spreadsheet copies it. A first line without a digit
 * is a header. Nothing is guessed: whatever could be read in two ways is a flaw. `currency`: ISO 4217, decides the minor unit.
 */
export function readSpendText(text: string, currency: string): SpendReading {
  const rows: SpendRow[] = [];
  const lines: number[] = [];
  const flaws: SpendLineFlaw[] = [];
  let isFirst = true;
  for (const [at, raw] of text.split(/\r\n|\r|\n/).entries()) {
    if (raw.trim() === "") continue;
    const isHeader = isFirst && !/\d/.test(raw);
    isFirst = false;
    if (isHeader) continue;
    if (rows.length + flaws.length >= MOST_SPEND_ROWS) {
      flaws.push({ line: at + 1, reason: "too_many" });
      break;
    }
    const read = readLine(raw, currency);
    if (typeof read === "string") flaws.push({ line: at + 1, reason: read });
    else {
      rows.push(read);
      lines.push(at + 1);
    }
  }
  if (rows.length === 0 && flaws.length === 0) flaws.push({ line: 1, reason: "empty" });
  return { rows, flaws: inOrder([...flaws, ...repeated(rows, (at) => lines[at] ?? at + 1)]) };
}

/** The same rules for rows that come one by one; lines are their places from 1. */
export function checkSpendRows(
  given: readonly (Omit<SpendRow, "kind"> & { readonly kind?: string | undefined })[],
): SpendReading {
  if (given.length > MOST_SPEND_ROWS) {
    return { rows: [], flaws: [{ line: MOST_SPEND_ROWS + 1, reason: "too_many" }] };
  }
  const flaws: SpendLineFlaw[] = [];
  const rows: SpendRow[] = [];
  const lines: number[] = [];
  for (const [at, row] of given.entries()) {
    const read = spendRow(row.month, row.channel, row.amountMinor, row.kind ?? "");
    if (typeof read === "string") flaws.push({ line: at + 1, reason: read });
    else {
      rows.push(read);
      lines.push(at + 1);
    }
  }
  return { rows, flaws: inOrder([...flaws, ...repeated(rows, (at) => lines[at] ?? at + 1)]) };
}

/** Two rows of one key say the same thing twice; spellings of a channel are one channel. */
export function spendKey({ month, channel, kind }: Omit<SpendRow, "amountMinor">): string {
  return `${month} ${kind} ${sourceKey(channel)}`;
}

/** `2025-01`, `01.2025`, any day of it (`2025-01-31`, `31.01.2025`), `янв. 25`, `January 2025` as `2025-01`; null = no month. */
export function readSpendMonth(text: string): string | null {
  const cell = text
    .trim()
    .toLowerCase()
    .replace(/\s*г(?:ода?)?\.?$/, "");
  const yearFirst = /^(\d{4})[-./](\d{1,2})(?:[-./](\d{1,2}))?$/.exec(cell);
  if (yearFirst) return monthOf(yearFirst[1], Number(yearFirst[2]), yearFirst[3]);
  const yearLast = /^(?:(\d{1,2})[-.])?(\d{1,2})[-./](\d{4})$/.exec(cell);
  if (yearLast) return monthOf(yearLast[3], Number(yearLast[2]), yearLast[1]);
  const named = /^(\p{L}{3,9})[\s.,'’-]*(\d{4}|\d{2})$/u.exec(cell);
  if (!named) return null;
  const year = named[2]?.length === 2 ? `20${named[2]}` : named[2];
  return monthOf(year, MONTH_STARTS.findIndex((start) => start.test(named[1] ?? "")) + 1);
}

const MONTH_STARTS = [
  /^(?:jan|янв)/,
  /^(?:feb|фев)/,
  /^(?:mar|март?а?$)/,
  /^(?:apr|апр)/,
  /^(?:may|ма[йя]$)/,
  /^(?:june?$|июн)/,
  /^(?:july?$|июл)/,
  /^(?:aug|авг)/,
  /^(?:sep|сен)/,
  /^(?:oct|окт)/,
  /^(?:nov|ноя)/,
  /^(?:dec|дек)/,
] as const;

function monthOf(year: string | undefined, month: number, day = "1"): string | null {
  const isMonth = month >= 1 && month <= 12 && Number(day) >= 1 && Number(day) <= 31;
  const isYear = Number(year) >= EARLIEST_YEAR && Number(year) <= LATEST_YEAR;
  return isMonth && isYear ? `${year}-${String(month).padStart(2, "0")}` : null;
}

/**
 * Minor units of `50000`, `50 000,50`, `1,234.50`, `−300 ₽`; null where it is no amount, has more decimals than the currency, or
 * could be read in two ways (`50,000`).
 */
export function readSpendAmount(text: string, currency: string): number | null {
  const decimals = currencyDecimals(currency);
  const cell = text
    .replaceAll(/[\s_'’]/g, "")
    .replace(/^[−–]/, "-")
    .replace(/^(-?)[₽$€₸]/, "$1")
    .replace(/(?:[₽$€₸]|руб\.?|р\.?)$/i, "");
  const grouped =
    /^-?\d{1,3}(?:,\d{3})+\.\d+$/.test(cell) || /^-?\d{1,3}(?:,\d{3}){2,}$/.test(cell)
      ? cell.replaceAll(",", "")
      : /^-?\d{1,3}(?:\.\d{3})+,\d+$/.test(cell) || /^-?\d{1,3}(?:\.\d{3}){2,}$/.test(cell)
        ? cell.replaceAll(".", "").replace(",", ".")
        : cell;
  const match = /^(-?)(\d{1,15})(?:[.,](\d+))?$/.exec(grouped);
  if (!match || (match[3] ?? "").length > decimals) return null;
  const minor = Number(`${match[2]}${(match[3] ?? "").padEnd(decimals, "0")}`);
  if (!(minor <= MOST_MINOR)) return null;
  return match[1] === "-" && minor > 0 ? -minor : minor;
}

const SALES = /^(?:sales|прода)/i;
const MARKETING = /^(?:marketing|маркетинг|реклам|$)/i;

/** `marketing` where nothing is said; null = no kind. */
export function readSpendKind(text: string): SpendRow["kind"] | null {
  const cell = text.trim();
  return SALES.test(cell) ? "sales" : MARKETING.test(cell) ? "marketing" : null;
}

function readLine(line: string, currency: string): SpendRow | SpendFlaw {
  const cells = line.split(line.includes("\t") ? "\t" : ";").map((cell) => {
    const text = cell.trim();
    return /^".*"$/.test(text) ? text.slice(1, -1).replaceAll('""', '"').trim() : text;
  });
  while (cells.length > 3 && cells.at(-1) === "") cells.pop();
  const [month = "", channel = "", amount = "", kind = ""] = cells;
  if (cells.length < 3 || cells.length > 4) return "cells";
  return spendRow(month, channel, readSpendAmount(amount, currency), kind);
}

function spendRow(
  month: string,
  channel: string,
  amountMinor: number | null,
  kind: string,
): SpendRow | SpendFlaw {
  const readMonth = readSpendMonth(month);
  if (readMonth === null) return "month";
  const name = channel.trim().replaceAll(/\s+/g, " ");
  if (name.length > LONGEST_CHANNEL || /\p{Cc}/u.test(name)) return "channel";
  if (amountMinor === null || !Number.isSafeInteger(amountMinor)) return "amount";
  if (Math.abs(amountMinor) > MOST_MINOR) return "amount";
  const readKind = readSpendKind(kind);
  if (readKind === null) return "kind";
  return { month: readMonth, channel: name, amountMinor: amountMinor || 0, kind: readKind };
}

function repeated(rows: readonly SpendRow[], lineOf: (at: number) => number): SpendLineFlaw[] {
  const seen = new Set<string>();
  return rows.flatMap((row, at) => {
    const key = spendKey(row);
    if (seen.has(key)) return [{ line: lineOf(at), reason: "twice" as const }];
    seen.add(key);
    return [];
  });
}

function inOrder(flaws: readonly SpendLineFlaw[]): SpendLineFlaw[] {
  return flaws.toSorted((one, other) => one.line - other.line);
}
