import {
  type Column,
  type Columns,
  type Comparable,
  comparable,
  compare,
  type Query,
} from "./filter.ts";
import type { Params } from "./form.ts";
import type { Table } from "./table.ts";

export interface Page<T> {
  readonly rows: readonly T[];
  readonly total: number;
  readonly next: number | null;
}

export interface Ordering<T> {
  readonly column: Column<T>;
  readonly isId: boolean;
  readonly isDescending: boolean;
}

const PAGE = 50;

/** Positions `from`..`to` (exclusive) of the ids that can match. */
function candidates<T extends { readonly id: number }>(table: Table<T>, query: Query<T>) {
  if (query.ids !== null) {
    const ids = query.ids.filter(
      (id) => id >= query.minId && id <= query.maxId && table.get(id) !== undefined,
    );
    return { ids, from: 0, to: ids.length };
  }
  const from = table.lowerBound(query.minId);
  return { ids: table.ids, from, to: table.lowerBound(query.maxId + 1) };
}

function idOrderedPage<T extends { readonly id: number }>(
  table: Table<T>,
  query: Query<T>,
  isDescending: boolean,
  start: number,
): Page<T> {
  const { ids, from, to } = candidates(table, query);
  const rows: T[] = [];
  const offset = Math.max(0, start);
  const count = Math.max(0, to - from);
  const at = (position: number): T | undefined => {
    const id = ids[isDescending ? to - 1 - position : from + position];
    return id === undefined ? undefined : table.get(id);
  };
  const { test } = query;
  if (test === null) {
    for (let i = offset; i < Math.min(count, offset + PAGE); i += 1) {
      const row = at(i);
      if (row !== undefined) rows.push(row);
    }
    return page(rows, count, start);
  }
  let total = 0;
  for (let i = 0; i < count; i += 1) {
    const row = at(i);
    if (row === undefined || !test(row)) continue;
    if (total >= offset && rows.length < PAGE) rows.push(row);
    total += 1;
    if (start < 0 && rows.length === PAGE) break;
  }
  return page(rows, total, start);
}

function page<T>(rows: readonly T[], total: number, start: number): Page<T> {
  if (start < 0) return { rows, total: 0, next: null };
  const end = start + rows.length;
  return { rows, total, next: end < total && rows.length === PAGE ? end : null };
}

/** One page of 50. `start` -1 = the first page without counting. */
export function listPage<T extends { readonly id: number }>(
  table: Table<T>,
  query: Query<T>,
  ordering: readonly Ordering<T>[],
  start: number,
  offsetMinutes: number,
): Page<T> {
  const first = ordering[0];
  if (first === undefined || first.isId) {
    return idOrderedPage(table, query, first?.isDescending ?? false, start);
  }
  const found: T[] = [];
  const { ids, from, to } = candidates(table, query);
  for (let i = from; i < to; i += 1) {
    const row = table.get(ids[i] ?? -1);
    if (row !== undefined && (query.test === null || query.test(row))) found.push(row);
  }
  const key = (entry: Ordering<T>, row: T): Comparable => {
    const raw = entry.column.read(row);
    return (
      comparable(entry.column.sort, Array.isArray(raw) ? raw[0] : raw, { offsetMinutes }) ?? null
    );
  };
  found.sort((a, b) => {
    for (const entry of ordering) {
      const sign = compare(key(entry, a), key(entry, b), entry.column.sort);
      if (sign !== 0) return entry.isDescending ? -sign : sign;
    }
    return a.id - b.id;
  });
  const offset = Math.max(0, start);
  return page(found.slice(offset, offset + PAGE), found.length, start);
}

/** `{NAME: "DESC"}` to orderings; names that cannot sort go to `onUnknown`. */
export function compileOrder<T>(order: Params, columns: Columns<T>, idName: string): Ordering<T>[] {
  const result: Ordering<T>[] = [];
  for (const [name, direction] of Object.entries(order)) {
    const column = columns.find(name);
    if (column === null) {
      columns.onUnknown(name);
      continue;
    }
    const isDescending = String(direction).toUpperCase().startsWith("DESC");
    result.push({ column, isId: name.toUpperCase() === idName.toUpperCase(), isDescending });
  }
  return result;
}
