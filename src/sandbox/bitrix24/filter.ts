import { parseDay, parseTime } from "./dates.ts";
import { isParams, type Params } from "./form.ts";

/** How values of a field compare. */
export type Sort = "number" | "text" | "boolean" | "time" | "day";

export interface Column<T> {
  readonly sort: Sort;
  readonly read: (row: T) => unknown;
}

export interface Columns<T> {
  /** Null when rows cannot be filtered or sorted by this name. */
  readonly find: (name: string) => Column<T> | null;
  readonly offsetMinutes: number;
  /** Called for a name that cannot be used; throws or lets the condition be ignored. */
  readonly onUnknown: (name: string) => void;
  /** Called for a value that cannot be read; throws or makes the condition match nothing. */
  readonly onInvalid: (name: string) => void;
  /** Some portals understand only `YYYY-MM-DD HH:MM:SS`: ISO text then matches nothing. */
  readonly isPlainDatesOnly: boolean;
  /** Old methods ignore `logic` groups. */
  readonly hasGroups: boolean;
}

export interface Query<T> {
  readonly minId: number;
  readonly maxId: number;
  /** The only ids that can match, ascending; null = any. */
  readonly ids: readonly number[] | null;
  readonly test: ((row: T) => boolean) | null;
}

type Test<T> = (row: T) => boolean;

const OPERATOR = /^(!=%|!%=|=%|%=|!=|!@|!%|>=|<=|!|=|>|<|@|%)?(.*)$/s;

function isEmpty(value: unknown): boolean {
  return value === null || value === undefined || value === "" || value === false;
}

/** Row and filter values meet in one comparable form; null = empty, undefined = unreadable. */
export function comparable(
  sort: Sort,
  value: unknown,
  columns: Pick<Columns<never>, "offsetMinutes">,
) {
  if (sort === "boolean" && value === false) return "N";
  if (isEmpty(value)) return null;
  switch (sort) {
    case "number": {
      const number = Number(value);
      return Number.isNaN(number) ? undefined : number;
    }
    case "boolean":
      return value === "Y" || value === "1" || value === 1 || value === true ? "Y" : "N";
    case "time":
      if (typeof value === "number") return value;
      return parseTime(String(value), columns.offsetMinutes) ?? undefined;
    case "day":
      return parseDay(String(value)) ?? undefined;
    case "text":
      return String(value);
    default:
      return sort satisfies never;
  }
}

export type Comparable = number | string | null;

export function compare(a: Comparable, b: Comparable, sort: Sort): number {
  // An empty bound compares as zero: an unresolved batch reference in `>id` starts from the beginning.
  const left = a ?? (sort === "number" || sort === "time" ? 0 : "");
  const right = b ?? (sort === "number" || sort === "time" ? 0 : "");
  if (left === right) return 0;
  return left < right ? -1 : 1;
}

function sameValue(a: Comparable, b: Comparable, sort: Sort): boolean {
  if (b === null) return a === null || (sort === "number" && a === 0);
  return a === b;
}

function like(text: string, pattern: string): boolean {
  const escaped = pattern
    .split("%")
    .map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"))
    .join(".*");
  return new RegExp(`^${escaped}$`, "isu").test(text);
}

function cells<T>(column: Column<T>, row: T, columns: Columns<T>): Comparable[] {
  const raw = column.read(row);
  const list = Array.isArray(raw) ? raw : [raw];
  if (list.length === 0) return [null];
  return list.map((value) => comparable(column.sort, value, columns) ?? null);
}

function wanted<T>(name: string, column: Column<T>, value: unknown, columns: Columns<T>) {
  const list = Array.isArray(value) ? value : isParams(value) ? Object.values(value) : [value];
  const isIso = (item: unknown): boolean => typeof item === "string" && item.includes("T");
  const result: Comparable[] = [];
  for (const item of list) {
    const read = comparable(column.sort, item, columns);
    if (read === undefined) columns.onInvalid(name);
    else if (!(columns.isPlainDatesOnly && column.sort === "time" && isIso(item)))
      result.push(read);
  }
  return result;
}

function orderTest<T>(
  operator: string,
  column: Column<T>,
  values: readonly Comparable[],
  columns: Columns<T>,
): Test<T> {
  const bound = values[0];
  if (bound === undefined) return () => false;
  const passes = (sign: number): boolean => {
    if (operator === ">") return sign > 0;
    if (operator === ">=") return sign >= 0;
    return operator === "<" ? sign < 0 : sign <= 0;
  };
  const isPlain = typeof bound === "number";
  return (row) => {
    const raw = column.read(row);
    // Times and numbers are stored as they compare: a poll over the whole table stays cheap.
    if (isPlain && typeof raw === "number") return passes(raw - bound);
    return cells(column, row, columns).some(
      (cell) => cell !== null && passes(compare(cell, bound, column.sort)),
    );
  };
}

function textTest<T>(
  operator: string,
  column: Column<T>,
  values: readonly Comparable[],
  columns: Columns<T>,
): Test<T> {
  const pattern = String(values[0] ?? "");
  const isPattern = operator.includes("=");
  const hit = (cell: Comparable): boolean =>
    isPattern
      ? like(String(cell ?? ""), pattern)
      : String(cell ?? "")
          .toLowerCase()
          .includes(pattern.toLowerCase());
  const isNegative = operator.startsWith("!");
  return (row) => cells(column, row, columns).some(hit) !== isNegative;
}

function condition<T>(key: string, value: unknown, columns: Columns<T>): Test<T> | null {
  const match = OPERATOR.exec(key);
  const operator = match?.[1] ?? "=";
  const name = match?.[2] ?? key;
  const column = columns.find(name);
  if (column === null) {
    columns.onUnknown(name);
    return null;
  }
  const values = wanted(name, column, value, columns);
  if (operator === ">" || operator === ">=" || operator === "<" || operator === "<=") {
    return orderTest(operator, column, values, columns);
  }
  if (operator.includes("%")) return textTest(operator, column, values, columns);
  const isNegative = operator.startsWith("!");
  const single = values[0];
  if (values.length > 20 && column.sort !== "boolean") {
    const set = new Set(values);
    return (row) => cells(column, row, columns).some((cell) => set.has(cell)) !== isNegative;
  }
  const isIn = (cell: Comparable): boolean =>
    values.length === 1 && single !== undefined
      ? sameValue(cell, single, column.sort)
      : values.some((item) => sameValue(cell, item, column.sort));
  return (row) => cells(column, row, columns).some(isIn) !== isNegative;
}

function group<T>(filter: Params, columns: Columns<T>): Test<T> | null {
  const logic = String(filter.logic ?? "AND").toUpperCase();
  const tests: Test<T>[] = [];
  for (const [key, value] of Object.entries(filter)) {
    if (key.toLowerCase() === "logic") continue;
    if (/^\d+$/.test(key)) {
      if (!columns.hasGroups || !isParams(value)) continue;
      const inner = group(value, columns);
      if (inner !== null) tests.push(inner);
      continue;
    }
    const test = condition(key, value, columns);
    if (test !== null) tests.push(test);
  }
  if (tests.length === 0) return null;
  if (logic === "OR") return (row) => tests.some((test) => test(row));
  return (row) => tests.every((test) => test(row));
}

const ID_BOUND = /^(>=|<=|>|<|=|@)?(id)$/i;

function idList(value: unknown): number[] {
  const list = Array.isArray(value) ? value : isParams(value) ? Object.values(value) : [value];
  const ids = list.map((item) => Number(item === null || item === "" ? 0 : item));
  return [...new Set(ids.filter((id) => !Number.isNaN(id)))].sort((a, b) => a - b);
}

/** Bounds on the id become a range of the table, everything else a test of a row. */
export function compileFilter<T>(filter: Params, columns: Columns<T>): Query<T> {
  const range: IdRange = { minId: 0, maxId: Number.MAX_SAFE_INTEGER, ids: null };
  const rest: Params = {};
  for (const [key, value] of Object.entries(filter)) {
    const bound = ID_BOUND.exec(key);
    const isId = bound !== null && columns.find(bound[2] ?? "") !== null;
    if (!(isId && narrow(range, bound[1] ?? "=", value))) rest[key] = value;
  }
  return { ...range, test: group(rest, columns) };
}

interface IdRange {
  minId: number;
  maxId: number;
  ids: readonly number[] | null;
}

/** False when the condition has to be tested row by row. */
function narrow(range: IdRange, operator: string, value: unknown): boolean {
  if (operator === "=" || operator === "@") {
    if (range.ids !== null) return false;
    range.ids = idList(value);
    return true;
  }
  const number = Number(value === null || value === "" ? 0 : value);
  if (Number.isNaN(number)) return false;
  if (operator === ">") range.minId = Math.max(range.minId, number + 1);
  else if (operator === ">=") range.minId = Math.max(range.minId, number);
  else if (operator === "<") range.maxId = Math.min(range.maxId, number - 1);
  else range.maxId = Math.min(range.maxId, number);
  return true;
}
