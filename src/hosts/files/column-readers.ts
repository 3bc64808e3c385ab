import type { Day } from "../../analytics/types.ts";
import { currencyDecimals } from "../../crm/money.ts";
import { type DecimalMark, plainHundredths, readMoney, roundedDivision } from "./amounts.ts";
import { type DayOrder, plainDay, readDayCell } from "./days.ts";
import { addLine, type LineCount } from "./problems.ts";

/** Days of a column. Which of `a/b/year` is the day may become clear late; until then the day stands first. */
export interface DayReader {
  /** NaN = not a date. */
  read(cell: string): Day;
  /** The last cell read can be read both ways, and nothing has decided yet. */
  readonly isOpen: boolean;
  /** null = no cell has decided. */
  readonly order: DayOrder | null;
}

/** `serialShift`: days to add to Excel's serial numbers (workbooks that count from 1904). */
export function makeDayReader(serialShift: number): DayReader {
  let order: DayOrder | null = null;
  let isOpen = false;
  return {
    read(cell) {
      isOpen = false;
      const plain = plainDay(cell);
      if (!Number.isNaN(plain)) return plain;
      const read = readDayCell(cell);
      switch (read.kind) {
        case "none":
          return Number.NaN;
        case "day":
          return serialShift !== 0 && /^\d{5}(?:[.,]\d+)?$/.test(cell)
            ? read.day + serialShift
            : read.day;
        case "proof":
          order ??= read.order;
          return read.order === order ? read.day : Number.NaN;
        case "open":
          isOpen = order === null;
          return order === "monthFirst" ? read.swapped : read.day;
      }
    },
    get isOpen() {
      return isOpen;
    },
    get order() {
      return order;
    },
  };
}

/** Sums of a table. Whether `1,234` is a thousand may become clear late; until then it is. */
export interface MoneyReader {
  /** Minor units of `currency`, or of the assumed one; NaN = no sum, or one that cannot be read. */
  read(cell: string, currency: string | null): number;
  /** null = no cell has decided. */
  readonly mark: DecimalMark | null;
  /** Of the last cell read: its lone separator before three digits, while nothing has decided what it means. */
  readonly open: DecimalMark | null;
  /** Of the last cell read: the currency written beside the sum. */
  readonly own: string | null;
  readonly isUnreadable: boolean;
}

export function makeMoneyReader(assumed: string): MoneyReader {
  let mark: DecimalMark | null = null;
  let open: DecimalMark | null = null;
  let own: string | null = null;
  let isUnreadable = false;

  const plain = (cell: string, currency: string): number => {
    if (currencyDecimals(currency) !== 2) return Number.NaN;
    const hundredths = plainHundredths(cell);
    if (mark === null && !Number.isNaN(hundredths)) {
      if (cell.includes(".")) mark = "dot";
      else if (cell.includes(",")) mark = "comma";
    }
    return hundredths;
  };
  const written = (cell: string, currency: string): number => {
    const read = readMoney(cell, currency);
    if (read.kind !== "amount") {
      isUnreadable = read.kind === "unreadable";
      return Number.NaN;
    }
    mark ??= read.proof;
    own = read.currency;
    open = mark === null ? read.open : null;
    return mark !== null && read.open === mark ? roundedDivision(read.minor, 1000) : read.minor;
  };
  return {
    read(cell, currency) {
      open = null;
      own = null;
      isUnreadable = false;
      const hundredths = plain(cell, currency ?? assumed);
      return Number.isNaN(hundredths) ? written(cell, currency ?? assumed) : hundredths;
    },
    get mark() {
      return mark;
    },
    get open() {
      return open;
    },
    get own() {
      return own;
    },
    get isUnreadable() {
      return isUnreadable;
    },
  };
}

/** Rows of one currency; `number` stands for it in a column, 0 for rows that name none. */
export interface CurrencyCount extends Readonly<LineCount> {
  readonly code: string;
  readonly number: number;
}

export interface CurrencyCounter {
  /** The number of a currency; those beyond the last number share it. */
  add(code: string | null, line: number): number;
  /** Most frequent first. */
  counts(): CurrencyCount[];
}

/** Numbers are kept in bytes. */
const LAST_NUMBER = 255;

export function makeCurrencyCounter(): CurrencyCounter {
  const known = new Map<string, { readonly number: number; readonly lines: LineCount }>();
  return {
    add(code, line) {
      if (code === null) return 0;
      let one = known.get(code);
      if (!one) {
        one = { number: Math.min(known.size + 1, LAST_NUMBER), lines: { count: 0, lines: [] } };
        known.set(code, one);
      }
      addLine(one.lines, line);
      return one.number;
    },
    counts: () =>
      [...known]
        .map(([code, { number, lines }]) => ({ code, number, ...lines }))
        .sort((left, right) => right.count - left.count || left.number - right.number),
  };
}
