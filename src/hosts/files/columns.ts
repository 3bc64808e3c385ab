import { guessDayOrder, parseAmount, parseDay } from "./cells.ts";

/** Which column is what; `null` = the file has none. Positions from 0. */
export interface Columns {
  readonly client: number;
  readonly date: number;
  readonly amount: number | null;
  readonly hasHeader: boolean;
  /** Header words, or `#1`, `#2` where the file has no header. */
  readonly names: {
    readonly client: string;
    readonly date: string;
    readonly amount: string | null;
  };
  /** How each was found: by its `header` or by its `values`. */
  readonly by: {
    readonly client: "header" | "values";
    readonly date: "header" | "values";
    readonly amount: "header" | "values" | null;
  };
  /** Headers of chosen columns that the file has more than once; the first one is taken. */
  readonly repeated: readonly string[];
}

/** Word stems of headers, best first, in the languages our users' exports come in. */
const WORDS = {
  client: [
    /^(?:client|customer|buyer|account|contact|company|user)[ _-]?(?:id|no|number|code|key)$/,
    /^(?:id|код|номер)[ _-]?(?:клиента|покупателя|контрагента|контакта|компании)$/,
    /^(?:cust|client|customer|buyer|member|клиент|покупатель|контрагент|заказчик)/,
    /(?:client|customer|клиент|покупател|контрагент|заказчик)/,
    /^(?:компания|контакт|company|contact|email|e-mail|телефон|phone|id)$/,
  ],
  date: [
    /^(?:purchase|order|invoice|payment|deal|closed?|sale)[ _-]?(?:date|day|at|time)$/,
    /^дата[ _-]?(?:покупки|заказа|продажи|оплаты|сделки|закрытия|отгрузки)/,
    /^(?:date|day|дата|день|datetime|timestamp|when)$/,
    /(?:date|дата)/,
  ],
  amount: [
    /^(?:amount|sum|total|revenue|сумма|итого|выручка|стоимость)$/,
    /(?:amount|revenue|total|сумма|итого|выручка|opportunity|бюджет|стоимость)/,
    /^(?:price|value|sales|spend|оплата|цена|monetary)/,
  ],
} as const;

const SAMPLE_SHARE = 0.6;

export type ColumnsGuess =
  | { readonly ok: true; readonly columns: Columns }
  | { readonly ok: false; readonly missing: "date" | "client" | "rows" };

/** Finds the client, date and amount columns by their headers, else by their values. */
export function guessColumns(rows: readonly (readonly string[])[]): ColumnsGuess {
  const [first = []] = rows;
  const width = rows.reduce((widest, row) => Math.max(widest, row.length), 0);
  const hasHeader = !looksLikeData(first);
  const header = hasHeader ? first.map((cell) => cell.trim().toLowerCase()) : [];
  const sample = hasHeader ? rows.slice(1) : rows;
  if (sample.length === 0) return { ok: false, missing: "rows" };

  const dateByName = byHeader(header, WORDS.date, (at) => dateShare(sample, at) >= SAMPLE_SHARE);
  const date = dateByName ?? bestBy(width, (at) => dateShare(sample, at));
  if (date === null) return { ok: false, missing: "date" };
  const amountByName = byHeader(header, WORDS.amount, (at) => at !== date);
  const clientByName = byHeader(header, WORDS.client, (at) => at !== date && at !== amountByName);
  const amount =
    amountByName ??
    bestBy(width, (at) => (at === date || at === clientByName ? 0 : amountShare(sample, at)));
  const client =
    clientByName ??
    bestBy(width, (at) => (at === date || at === amount ? 0 : identityScore(sample, at)));
  if (client === null) return { ok: false, missing: "client" };

  const nameOf = (at: number) => (hasHeader && first[at]?.trim()) || `#${at + 1}`;
  const columns: Columns = {
    client,
    date,
    amount,
    hasHeader,
    names: {
      client: nameOf(client),
      date: nameOf(date),
      amount: amount === null ? null : nameOf(amount),
    },
    by: {
      client: clientByName === null ? "values" : "header",
      date: dateByName === null ? "values" : "header",
      amount: amount === null ? null : amountByName === null ? "values" : "header",
    },
    repeated: [
      ...new Set(
        [client, date, amount]
          .map((at) => (at === null ? "" : (header[at] ?? "")))
          .filter((name) => name !== "" && header.indexOf(name) !== header.lastIndexOf(name)),
      ),
    ],
  };
  return { ok: true, columns };
}

/** A date with its separators, or a number in a row without a single word that names a column. */
function looksLikeData(row: readonly string[]): boolean {
  const cells = row.map((cell) => cell.trim().toLowerCase());
  if (cells.some((cell) => parseDay(cell, "dayFirst") !== null && !/^\d+$/.test(cell))) return true;
  const words: readonly RegExp[] = [...WORDS.client, ...WORDS.date, ...WORDS.amount];
  const hasName = cells.some((cell) => words.some((word) => word.test(cell)));
  return !hasName && cells.some((cell) => parseAmount(cell, "RUB", "dot").kind === "amount");
}

function byHeader(
  header: readonly string[],
  words: readonly RegExp[],
  accept: (at: number) => boolean,
): number | null {
  for (const word of words) {
    const at = header.findIndex((name, index) => word.test(name) && accept(index));
    if (at >= 0) return at;
  }
  return null;
}

function bestBy(width: number, score: (at: number) => number): number | null {
  let best: number | null = null;
  let bestScore = 0;
  for (let at = 0; at < width; at += 1) {
    const value = score(at);
    if (value > bestScore) {
      best = at;
      bestScore = value;
    }
  }
  return bestScore >= SAMPLE_SHARE ? best : null;
}

function column(rows: readonly (readonly string[])[], at: number): string[] {
  return rows.map((row) => row[at]?.trim() ?? "").filter((cell) => cell !== "");
}

function dateShare(rows: readonly (readonly string[])[], at: number): number {
  const cells = column(rows, at);
  if (cells.length === 0) return 0;
  const order = guessDayOrder(cells);
  return cells.filter((cell) => parseDay(cell, order) !== null).length / cells.length;
}

function amountShare(rows: readonly (readonly string[])[], at: number): number {
  const cells = column(rows, at);
  if (cells.length === 0) return 0;
  const numeric = cells.filter((cell) => parseAmount(cell, "RUB", "dot").kind === "amount");
  // Sums have decimals or many digits; running numbers and flags do not decide.
  const moneyLike = numeric.some((cell) => /[.,]\d/.test(cell) || cell.length > 2) ? 1 : 0.5;
  return (numeric.length / cells.length) * moneyLike;
}

/** Filled in nearly every row, and repeating: that is what a client column of a purchase log does. */
function identityScore(rows: readonly (readonly string[])[], at: number): number {
  const cells = column(rows, at);
  if (cells.length === 0) return 0;
  const filled = cells.length / rows.length;
  const isConstant = rows.length > 3 && new Set(cells).size === 1;
  const distinct = new Set(cells).size / cells.length;
  return isConstant ? 0.1 : filled * (0.8 + 0.2 * Math.min(1, 2 * (1 - distinct) + 0.5));
}
