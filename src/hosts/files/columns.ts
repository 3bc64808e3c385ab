import { parseAmount } from "./amounts.ts";
import {
  COST_OF_ROW,
  HEADER_WORDS,
  NAMES_OR_COUNTS,
  NOT_A_CLIENT,
  NOT_A_PURCHASE_DATE,
  NOT_AN_AMOUNT,
  OPTIONAL_ROLES,
  ROLES,
  type Role,
  UNIT_PRICE,
} from "./column-words.ts";
import { currencyOf } from "./currencies.ts";
import { guessDayOrder, parseDay } from "./days.ts";
import { statusMeaning } from "./statuses.ts";

type Cells = readonly string[];
type Found = "header" | "values";

/** Which column is what, by position from 0; `null` = the file has none. */
export interface Columns {
  readonly at: Readonly<Record<Role, number | null>> & {
    readonly client: number;
    readonly date: number;
  };
  readonly hasHeader: boolean;
  /** Header words, or `#1`, `#2` where the file has no header. */
  readonly names: Readonly<Record<Role, string | null>> & {
    readonly client: string;
    readonly date: string;
  };
  /** How each was found: by its `header` or by its `values`. */
  readonly by: Readonly<Record<Role, Found | null>> & {
    readonly client: Found;
    readonly date: Found;
  };
  /** The cost is of one piece, as the sum is; only where there is a `quantity`. */
  readonly isUnitCost: boolean;
  /** Headers of chosen columns that the file has more than once; the first one is taken. */
  readonly repeated: readonly string[];
}

export type ColumnsGuess =
  | { readonly ok: true; readonly columns: Columns }
  | { readonly ok: false; readonly missing: "date" | "client" | "rows" };

const SAMPLE_SHARE = 0.6;
/** A column of currency codes is found by its values only where nearly all of them are. */
const CURRENCY_SHARE = 0.9;
/** A label that is new in more rows than this is a text about its row, not a group. */
const MOST_DISTINCT = 0.5;
const FEWEST_LABELS = 20;

/** Finds the columns of a purchase table by their headers, else by their values. */
export function guessColumns(rows: readonly Cells[]): ColumnsGuess {
  const [first = []] = rows;
  const hasHeader = !looksLikeData(first);
  const header = hasHeader ? first.map(headerWord) : [];
  const sample = hasHeader ? rows.slice(1) : rows;
  if (sample.length === 0) return { ok: false, missing: "rows" };
  const { at, by } = takeColumns(header, sample);
  const { client, date } = at;
  if (date === null) return { ok: false, missing: "date" };
  if (client === null) return { ok: false, missing: "client" };

  const nameOf = (place: number) => (hasHeader && first[place]?.trim()) || `#${place + 1}`;
  const names: Record<Role, string | null> = { ...NO_COLUMNS };
  for (const role of ROLES) names[role] = at[role] === null ? null : nameOf(at[role]);
  return {
    ok: true,
    columns: {
      at: { ...at, client, date },
      hasHeader,
      names: { ...names, client: nameOf(client), date: nameOf(date) },
      by: { ...by, client: by.client ?? "values", date: by.date ?? "values" },
      isUnitCost: at.quantity !== null && !COST_OF_ROW.test(header[at.cost ?? -1] ?? ""),
      repeated: repeatedNames(header, Object.values(at)),
    },
  };
}

interface Taken {
  readonly at: Record<Role, number | null>;
  readonly by: Record<Role, Found | null>;
}

/** Surest first: a column that one role has taken is nobody else's. */
function takeColumns(header: Cells, sample: readonly Cells[]): Taken {
  const width = sample.reduce((widest, row) => Math.max(widest, row.length), header.length);
  const taken: Taken = { at: { ...NO_COLUMNS }, by: { ...NO_COLUMNS } };
  const { at, by } = taken;
  const isFree = (place: number) => !ROLES.some((role) => at[role] === place);
  const take = (role: Role, place: number | null, how: Found) => {
    if (place === null || at[role] !== null) return;
    at[role] = place;
    by[role] = how;
  };
  const byName = (role: Role, accept: (place: number, name: string) => boolean) => {
    const fits = (place: number, name: string) => isFree(place) && accept(place, name);
    take(role, byHeader(header, HEADER_WORDS[role], fits), "header");
  };
  const byValues = (role: Role, score: (rows: readonly Cells[], place: number) => number) => {
    take(
      role,
      bestBy(width, (place) => (isFree(place) ? score(sample, place) : 0)),
      "values",
    );
  };
  const areDates = (place: number) => dateShare(sample, place) >= SAMPLE_SHARE;

  byName("date", (place, name) => areDates(place) && !NOT_A_PURCHASE_DATE.test(name));
  byName("date", areDates);
  byValues("date", dateShare);
  if (at.date === null) return taken;
  byName("amount", (place, name) => !NOT_AN_AMOUNT.test(name) && isMoney(sample, place));
  byName("amount", (_, name) => !NOT_AN_AMOUNT.test(name));
  byName("client", (_, name) => !NOT_A_CLIENT.test(name));
  for (const role of OPTIONAL_ROLES) byName(role, (place) => ACCEPTS[role](column(sample, place)));
  byValues("currency", currencyShare);
  byName("amount", () => true);
  byName("client", () => true);
  byValues("amount", (rows, place) =>
    NAMES_OR_COUNTS.test(header[place] ?? "") ? 0 : amountShare(rows, place),
  );
  if (at.amount === null) lendMoney(taken);
  byValues("client", identityScore);
  // Where the sum is the row's, how many pieces it was for does not matter.
  if (!UNIT_PRICE.test(header[at.amount ?? -1] ?? "")) {
    at.quantity = null;
    by.quantity = null;
  }
  return taken;
}

/** A table whose only money is called a cost or a profit: that is what its rows are about. */
function lendMoney({ at, by }: Taken): void {
  const role = at.margin === null ? "cost" : "margin";
  at.amount = at[role];
  by.amount = by[role];
  at[role] = null;
  by[role] = null;
}

const NO_COLUMNS: Readonly<Record<Role, null>> = {
  client: null,
  date: null,
  amount: null,
  margin: null,
  cost: null,
  source: null,
  group: null,
  status: null,
  currency: null,
  order: null,
  quantity: null,
};

/** A header word alone does not make an optional column; its values must fit. */
const ACCEPTS: Readonly<Record<(typeof OPTIONAL_ROLES)[number], (cells: Cells) => boolean>> = {
  margin: (cells) => share(cells, isSum) >= SAMPLE_SHARE,
  cost: (cells) => share(cells, isSum) >= SAMPLE_SHARE,
  source: areLabels,
  group: areLabels,
  status: (cells) => share(cells, (cell) => statusMeaning(cell) !== null) >= SAMPLE_SHARE,
  currency: (cells) =>
    share(cells, (cell) => /^[\p{L}\p{Sc}.\s]{1,12}$|^\d{3}$/u.test(cell)) >= SAMPLE_SHARE,
  order: (cells) => share(cells, (cell) => !/[.,]\d{1,2}$/.test(cell)) >= SAMPLE_SHARE,
  quantity: (cells) => share(cells, isSum) >= SAMPLE_SHARE,
};

/** Does the row name both when something was bought and by whom or for how much? Then it is the head of a table. */
export function isHeaderRow(row: Cells): boolean {
  const names = row.map(headerWord);
  const has = (role: Role) =>
    names.some((name) => HEADER_WORDS[role].some((word) => word.test(name)));
  return (
    names.filter((name) => name !== "").length > 1 &&
    has("date") &&
    (has("client") || has("amount"))
  );
}

function headerWord(cell: string): string {
  return cell
    .trim()
    .toLowerCase()
    .replace(/[\s\u00a0]+/g, " ");
}

/** A date with its separators, or a number in a row without a single word that names a column. */
function looksLikeData(row: Cells): boolean {
  const cells = row.map(headerWord);
  if (cells.some((cell) => parseDay(cell, "dayFirst") !== null && !/^\d+$/.test(cell))) return true;
  const words = [...HEADER_WORDS.client, ...HEADER_WORDS.date, ...HEADER_WORDS.amount];
  const hasName = cells.some((cell) => words.some((word) => word.test(cell)));
  return !hasName && cells.some(isSum);
}

function byHeader(
  header: Cells,
  words: readonly RegExp[],
  accept: (at: number, name: string) => boolean,
): number | null {
  for (const word of words) {
    const at = header.findIndex((name, index) => word.test(name) && accept(index, name));
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

function repeatedNames(header: Cells, chosen: readonly (number | null)[]): string[] {
  const names = chosen.map((at) => (at === null ? "" : (header[at] ?? "")));
  return [
    ...new Set(
      names.filter((name) => name !== "" && header.indexOf(name) !== header.lastIndexOf(name)),
    ),
  ];
}

function column(rows: readonly Cells[], at: number): string[] {
  return rows.map((row) => row[at]?.trim() ?? "").filter((cell) => cell !== "");
}

function share(cells: Cells, fits: (cell: string) => boolean): number {
  return cells.length === 0 ? 0 : cells.filter(fits).length / cells.length;
}

function isSum(cell: string): boolean {
  return parseAmount(cell, "RUB", "dot").kind === "amount";
}

function isMoney(rows: readonly Cells[], at: number): boolean {
  const cells = column(rows, at);
  return cells.length === 0 || share(cells, isSum) >= SAMPLE_SHARE;
}

function areLabels(cells: Cells): boolean {
  const distinct = new Set(cells).size;
  const isVaried = distinct > FEWEST_LABELS && distinct > MOST_DISTINCT * cells.length;
  return cells.length > 0 && !isVaried;
}

/** Only where nearly every cell is one: a mistake here would leave rows out. */
function currencyShare(rows: readonly Cells[], at: number): number {
  const isWritten = (cell: string) => currencyOf(cell) !== null && !/^\d+$/.test(cell);
  const found = share(column(rows, at), isWritten);
  return found >= CURRENCY_SHARE ? found : 0;
}

function dateShare(rows: readonly Cells[], at: number): number {
  const cells = column(rows, at);
  const order = guessDayOrder(cells);
  return share(cells, (cell) => parseDay(cell, order) !== null);
}

function amountShare(rows: readonly Cells[], at: number): number {
  const cells = column(rows, at);
  const numeric = cells.filter(isSum);
  // Sums have decimals or many digits; running numbers and flags do not decide.
  const moneyLike = numeric.some((cell) => /[.,]\d/.test(cell) || cell.length > 2) ? 1 : 0.5;
  return share(cells, isSum) * moneyLike;
}

/** Filled in nearly every row, and repeating: that is what a client column of a purchase log does. */
function identityScore(rows: readonly Cells[], at: number): number {
  const cells = column(rows, at);
  if (cells.length === 0) return 0;
  const filled = cells.length / rows.length;
  const isConstant = rows.length > 3 && new Set(cells).size === 1;
  const distinct = new Set(cells).size / cells.length;
  return isConstant ? 0.1 : filled * (0.8 + 0.2 * Math.min(1, 2 * (1 - distinct) + 0.5));
}
