import { type DecimalMark, roundedDivision } from "./amounts.ts";
import {
  type CurrencyCount,
  makeCurrencyCounter,
  makeDayReader,
  makeMoneyReader,
} from "./column-readers.ts";
import type { Columns } from "./columns.ts";
import { currencyCode } from "./currencies.ts";
import type { DayOrder } from "./days.ts";
import { type Growing, growingFloat64, growingInt32, growingUint8 } from "./growing.ts";
import { type Labels, makeLabels } from "./labels.ts";
import type { FileLabels, PurchaseColumns } from "./log-builder.ts";
import { orderKey } from "./order-lines.ts";
import type { Problems, RowProblem } from "./problems.ts";
import { statusMeaning } from "./statuses.ts";

/** What a row leaves open until the column has proved its habit. */
const OPEN_DAY = 1;
const OPEN_AMOUNT: Readonly<Record<DecimalMark, number>> = { comma: 2, dot: 4 };
const OPEN_EXTRA: Readonly<Record<DecimalMark, number>> = { comma: 8, dot: 16 };

/** Error values of spreadsheet programs, English and Russian. */
const ERROR_CELL =
  /^#(?:N\/A|REF!|VALUE!|DIV\/0!|NAME\?|NULL!|NUM!|SPILL!|CALC!|Н\/Д|ССЫЛКА!|ЗНАЧ!|ДЕЛ\/0!|ИМЯ\?|ПУСТО!|ЧИСЛО!)$/;

/** Rows of a purchase table, read one by one into columns of numbers. */
export interface PurchaseRows {
  push(line: number, cells: readonly string[]): void;
  /** Rows read so far that can be used, whatever their currency. */
  readonly size: number;
  finish(): ReadColumns;
}

export interface ReadColumns {
  readonly columns: PurchaseColumns;
  readonly dayOrder: DayOrder;
  readonly decimalMark: DecimalMark;
  /** Number of each row's currency; 0 = the file does not say. */
  readonly currency: Uint8Array;
  /** Of each row: where it starts in the file. */
  readonly line: Int32Array;
  /** Most frequent first; rows that name no currency are not counted. */
  readonly currencies: readonly CurrencyCount[];
}

/** `currency`: of sums that do not name their own. `serialShift`: days to add to Excel serials (1904 workbooks). */
export interface RowHabits {
  readonly currency: string;
  readonly serialShift: number;
}

/** Bad rows go to `problems`, each with its line and reason. */
export function makePurchaseRows(
  columns: Columns,
  problems: Problems,
  habits: RowHabits,
): PurchaseRows {
  const { at } = columns;
  const extraAt = at.margin ?? at.cost;
  const days = makeDayReader(habits.serialShift);
  const money = makeMoneyReader(habits.currency);
  const currencies = makeCurrencyCounter();
  const store = makeStore(columns);
  const lines = growingInt32();
  /** The row at hand. */
  let id = "";
  let day = 0;
  let isRefund = false;
  let sign = 1;
  let amount = 0;
  let extra = 0;
  let open = 0;
  let currency: string | null = null;
  let named: string | null = null;
  let pieces = 1;

  const readWhoAndWhen = (cells: readonly string[]): RowProblem | "blank" | null => {
    const dateCell = cellAt(cells, at.date);
    day = days.read(dateCell);
    open = days.isOpen ? OPEN_DAY : 0;
    id = cellAt(cells, at.client);
    if (id === "") return cells.some((cell) => cell.trim() !== "") ? "no_client" : "blank";
    if (dateCell === "") return "no_date";
    if (id.startsWith("#") && ERROR_CELL.test(id)) return "error_cell";
    if (Number.isNaN(day)) return ERROR_CELL.test(dateCell) ? "error_cell" : "unreadable_date";
    return null;
  };

  const readStatus = (cells: readonly string[]): RowProblem | null => {
    if (at.status === null) return null;
    const meaning = statusMeaning(cellAt(cells, at.status));
    isRefund = meaning === "refund";
    return meaning === "not_won" ? "not_won" : null;
  };

  const readSums = (cells: readonly string[]): RowProblem | null => {
    currency = currencyCode(cellAt(cells, at.currency));
    named = currency;
    const amountCell = cellAt(cells, at.amount);
    amount = money.read(amountCell, named);
    if (money.isUnreadable) return ERROR_CELL.test(amountCell) ? "error_cell" : "unreadable_amount";
    const count = at.quantity === null ? 1 : quantityOf(cellAt(cells, at.quantity));
    if (count === null) return "unreadable_amount";
    pieces = count;
    amount = timesPieces(amount, pieces);
    if (money.open !== null) open |= OPEN_AMOUNT[money.open];
    currency ??= money.own;
    return readRefund();
  };

  const readRefund = (): RowProblem | null => {
    // A refund of an unknown sum is no purchase either.
    if (isRefund && !(Math.abs(amount) > 0)) return "not_won";
    // A sum below zero says itself that money went back.
    sign = isRefund && amount > 0 ? -1 : 1;
    return null;
  };

  const readExtra = (cells: readonly string[]): void => {
    if (extraAt === null) return;
    extra = money.read(cellAt(cells, extraAt), named);
    if (at.margin === null && columns.isUnitCost) extra = timesPieces(extra, pieces);
    if (money.open !== null) open |= OPEN_EXTRA[money.open];
  };

  return {
    push(line, cells) {
      const problem = readWhoAndWhen(cells) ?? readStatus(cells) ?? readSums(cells);
      if (problem === "blank") return;
      if (problem !== null) {
        problems.add(line, problem);
        return;
      }
      readExtra(cells);
      store.add(id, day, sign * amount, sign * extra, open, currencies.add(currency, line), cells);
      lines.push(line);
    },
    get size() {
      return store.size;
    },
    finish: () => ({
      ...store.finish(days.order ?? "dayFirst", money.mark ?? "dot", currencies.counts()),
      line: lines.values(),
    }),
  };
}

function cellAt(cells: readonly string[], place: number | null): string {
  return place === null ? "" : (cells[place] ?? "").trim();
}

/** NaN = the cell is empty; null = it holds no number. */
function quantityOf(cell: string): number | null {
  if (cell === "") return Number.NaN;
  const pieces = Number(
    cell
      .replace(/[\s\u00a0\u202f]/g, "")
      .replace("\u2212", "-")
      .replace(",", "."),
  );
  return Number.isFinite(pieces) ? pieces : null;
}

/** Whole pieces are exact, parts of one are rounded to the thousandth first. */
function timesPieces(minor: number, pieces: number): number {
  const product = Number.isInteger(pieces)
    ? minor * pieces
    : roundedDivision(minor * Math.round(pieces * 1000), 1000);
  return product === 0 ? 0 : product;
}

/** The columns that grow row by row. */
function makeStore({ at }: Columns) {
  const ids = makeLabels();
  const client = growingInt32();
  const day = growingInt32();
  const amount = growingFloat64();
  const open = growingUint8();
  const currency = growingUint8();
  const extra = at.margin === null && at.cost === null ? null : growingFloat64();
  const source = labelsOf(at.source);
  const group = labelsOf(at.group);
  const order = at.order === null ? null : growingFloat64();
  return {
    add(
      id: string,
      rowDay: number,
      amountMinor: number,
      extraMinor: number,
      flags: number,
      currencyNumber: number,
      cells: readonly string[],
    ): void {
      client.push(ids.codeOf(id));
      day.push(rowDay);
      amount.push(amountMinor);
      open.push(flags);
      currency.push(currencyNumber);
      extra?.push(extraMinor);
      if (source !== null) pushLabel(source, cellAt(cells, at.source));
      if (group !== null) pushLabel(group, cellAt(cells, at.group));
      order?.push(orderKey(cellAt(cells, at.order)));
    },
    get size() {
      return client.length;
    },
    finish(
      dayOrder: DayOrder,
      decimalMark: DecimalMark,
      currencies: readonly CurrencyCount[],
    ): Omit<ReadColumns, "line"> {
      const flags = open.values();
      const dayColumn = day.values();
      const amountMinor = amount.values();
      const extraMinor = extra?.values() ?? null;
      if (dayOrder === "monthFirst") swapOpenDays(dayColumn, flags);
      closeOpenSums(amountMinor, flags, OPEN_AMOUNT[decimalMark]);
      if (extraMinor !== null) closeOpenSums(extraMinor, flags, OPEN_EXTRA[decimalMark]);
      const marginMinor =
        extraMinor === null || at.margin !== null
          ? extraMinor
          : marginOfCost(amountMinor, extraMinor);
      const columns = {
        ids,
        client: client.values(),
        day: dayColumn,
        amountMinor,
        marginMinor,
        source: finished(source),
        group: finished(group),
        order: order?.values() ?? null,
      };
      return { columns, dayOrder, decimalMark, currency: currency.values(), currencies };
    },
  };
}

interface GrowingLabels {
  readonly labels: Labels;
  readonly code: Growing<Int32Array>;
}

function labelsOf(at: number | null): GrowingLabels | null {
  return at === null ? null : { labels: makeLabels(), code: growingInt32() };
}

function pushLabel({ labels, code }: GrowingLabels, text: string): void {
  code.push(text === "" || ERROR_CELL.test(text) ? -1 : labels.codeOf(text));
}

function finished(column: GrowingLabels | null): FileLabels | null {
  return column === null ? null : { labels: column.labels, code: column.code.values() };
}

const MS_PER_DAY = 86_400_000;

/** Day and month change places; both are at most 12. */
function swapOpenDays(days: Int32Array, flags: Uint8Array): void {
  for (let row = 0; row < days.length; row += 1) {
    if (((flags[row] ?? 0) & OPEN_DAY) === 0) continue;
    const date = new Date((days[row] ?? 0) * MS_PER_DAY);
    const [month, dayOfMonth] = [date.getUTCDate() - 1, date.getUTCMonth() + 1];
    days[row] = Date.UTC(date.getUTCFullYear(), month, dayOfMonth) / MS_PER_DAY;
  }
}

/** What stands before three digits was the decimal mark after all. */
function closeOpenSums(sums: Float64Array, flags: Uint8Array, bit: number): void {
  for (let row = 0; row < sums.length; row += 1) {
    if (((flags[row] ?? 0) & bit) !== 0) sums[row] = roundedDivision(sums[row] ?? 0, 1000);
  }
}

/** A refund takes its cost back with it, whatever sign the file gives the cost. */
function marginOfCost(amounts: Float64Array, costs: Float64Array): Float64Array {
  return amounts.map((amount, row) => {
    const cost = Math.abs(costs[row] ?? Number.NaN);
    return amount < 0 ? amount + cost : amount - cost;
  });
}
