import { parseAmount } from "./amounts.ts";
import { parseMonth } from "./spend-months.ts";

type Cells = readonly string[];

/** Where a spend table keeps what; positions from 0. */
export interface SpendColumns {
  /** `long`: a line each; `wide`: a column each channel; `across`: a column each month. */
  readonly form: "long" | "wide" | "across";
  readonly hasHeader: boolean;
  /** null = months are columns. */
  readonly month: number | null;
  /** null = channels are columns, or not told apart. */
  readonly channel: number | null;
  readonly amounts: readonly number[];
  readonly kind: number | null;
  readonly currency: number | null;
}

const SHARE = 0.6;
const WORDS = {
  month: /^(?:month|period|date|месяц|период|дата)/,
  channel: /(?:channel|source|campaign|канал|источник|кампани|площадка)/,
  amount: /(?:amount|spend|spent|cost|budget|sum|сумма|расход|затрат|бюджет|потрачен)/,
  kind: /^(?:kind|type|вид|тип|статья)/,
  currency: /^(?:currency|валюта)/,
  total: /^(?:итого|всего|total|grand total)/,
} as const;

/** Finds the columns by their headers, else by their values. */
export function spendColumns(rows: readonly Cells[]): SpendColumns | "no_month" | "no_amount" {
  const [first = []] = rows;
  const width = rows.reduce((widest, row) => Math.max(widest, row.length), 0);
  const places = Array.from({ length: width }, (_, at) => at);
  const header = first.map((cell) => cell.trim().toLowerCase());
  const acrossMonths = places.filter((at) => isWrittenMonth(header[at] ?? ""));
  if (acrossMonths.length > 1 && rows.length > 1) return across(header, places, acrossMonths);
  const hasHeader = acrossMonths.length === 0;
  const names = hasHeader ? header : [];
  const sample = hasHeader ? rows.slice(1) : rows;
  const named = (word: RegExp) => places.find((at) => word.test(names[at] ?? "")) ?? null;
  const month =
    places.find(
      (at) => WORDS.month.test(names[at] ?? "") && shareOf(sample, at, isMonth) >= SHARE,
    ) ?? places.find((at) => shareOf(sample, at, isMonth) >= SHARE);
  if (month === undefined) return "no_month";
  const kind = named(WORDS.kind);
  const currency = named(WORDS.currency);
  const isOther = (at: number) => at === month || at === kind || at === currency;
  const isNamedAmount = (at: number) => WORDS.amount.test(names[at] ?? "");
  const numbers = places.filter((at) => {
    const share = shareOf(sample, at, isSum);
    return !isOther(at) && (share >= SHARE || (share > 0 && isNamedAmount(at)));
  });
  const channel =
    places.find(
      (at) => WORDS.channel.test(names[at] ?? "") && !isOther(at) && !numbers.includes(at),
    ) ??
    places.find(
      (at) => !isOther(at) && !numbers.includes(at) && shareOf(sample, at, isWord) >= SHARE,
    ) ??
    kind;
  const amount = numbers.find(isNamedAmount);
  const isLong = channel !== null || (numbers.length === 1 && (amount !== undefined || !hasHeader));
  if (isLong) {
    const one = amount ?? numbers.at(-1);
    if (one === undefined) return "no_amount";
    return { form: "long", hasHeader, month, channel, amounts: [one], kind, currency };
  }
  const amounts = numbers.filter((at) => !WORDS.total.test(names[at] ?? ""));
  if (amounts.length === 0 || !hasHeader) return "no_amount";
  return { form: "wide", hasHeader, month, channel: null, amounts, kind: null, currency };
}

function across(
  header: Cells,
  places: readonly number[],
  amounts: readonly number[],
): SpendColumns {
  const rest = places.filter((at) => !amounts.includes(at));
  const named = (word: RegExp) => rest.find((at) => word.test(header[at] ?? "")) ?? null;
  const kind = named(WORDS.kind);
  return {
    form: "across",
    hasHeader: true,
    month: null,
    channel: named(WORDS.channel) ?? rest.find((at) => at !== kind) ?? kind,
    amounts,
    kind,
    currency: named(WORDS.currency),
  };
}

function shareOf(rows: readonly Cells[], at: number, fits: (cell: string) => boolean): number {
  const cells = rows.map((row) => row[at]?.trim() ?? "").filter((cell) => cell !== "");
  return cells.length === 0 ? 0 : cells.filter(fits).length / cells.length;
}

function isMonth(cell: string): boolean {
  const month = parseMonth(cell, "dayFirst") ?? parseMonth(cell, "monthFirst");
  return cell !== "" && month !== null;
}

/** Without a name above it, a bare number is rather a sum than a month. */
function isWrittenMonth(cell: string): boolean {
  return /\D/.test(cell) && isMonth(cell);
}

function isSum(cell: string): boolean {
  return parseAmount(cell, "RUB", "dot").kind === "amount";
}

function isWord(cell: string): boolean {
  return /\p{L}/u.test(cell);
}
