import { hal, type Json, type JsonObject, nothing } from "./answer.ts";
import type { Call } from "./call.ts";
import { child, numbers, positive, type Range, rangeOf, scalars, words } from "./query.ts";
import type { Table } from "./table.ts";

/** Lists of the API: filters, order, pages and absolute links on the account's own origin. */

interface Row {
  readonly id: number;
  created_at: number;
  updated_at: number;
}

export type Getters<T> = Readonly<Record<string, (row: T) => number | string | boolean | null>>;

export interface Listing<T extends Row> {
  readonly table: Table<T>;
  /** Key of the collection in `_embedded`. */
  readonly name: string;
  readonly getters: Getters<T>;
  /** Fields that `order` accepts. */
  readonly orders: readonly string[];
  readonly view: (row: T) => Json;
  readonly isVisible?: (row: T) => boolean;
  /** Further conditions; `key` names them for the memory of filtered rows. */
  readonly extra?: { readonly key: string; readonly test: (row: T) => boolean } | null;
  readonly maxLimit?: number;
}

type Test<T> = (row: T) => boolean;

function filterTests<T extends Row>(call: Call, getters: Getters<T>): Test<T>[] {
  const filter = call.query.get("filter");
  const tests: Test<T>[] = [];
  for (const [key, getter] of Object.entries(getters)) {
    const node = child(filter, key);
    if (node === undefined || key === "updated_at") continue;
    const range = rangeOf(node);
    if (range !== null) tests.push((row) => inRange(getter(row), range));
    else {
      const wanted = new Set(scalars(node).flatMap((text) => [text, ...text.split(",")]));
      tests.push((row) => wanted.has(textOf(getter(row))));
    }
  }
  return tests;
}

function textOf(value: number | string | boolean | null): string {
  return typeof value === "boolean" ? (value ? "1" : "0") : String(value);
}

function inRange(value: number | string | boolean | null, range: Range): boolean {
  return typeof value === "number" && value >= range.from && value <= range.to;
}

interface Order {
  readonly field: string;
  readonly isDescending: boolean;
}

function orderOf(call: Call, allowed: readonly string[]): Order {
  const node = call.query.get("order");
  if (node instanceof Map)
    for (const [field, direction] of node)
      if (allowed.includes(field)) return { field, isDescending: direction === "desc" };
  return { field: "id", isDescending: false };
}

interface Window<T> {
  readonly rows: readonly T[];
  readonly low: number;
  readonly high: number;
  readonly isDescending: boolean;
}

function updatedRange(call: Call): Range | null {
  const node = child(call.query.get("filter"), "updated_at");
  if (node === undefined) return null;
  const range = rangeOf(node);
  if (range !== null) return range;
  const at = numbers(node)[0] ?? 0;
  return { from: at, to: at };
}

/** The rows a query means, as a stretch of an ordered array: without conditions no row is looked at. */
function windowOf<T extends Row>(call: Call, listing: Listing<T>, order: Order): Window<T> {
  const { table } = listing;
  const range = updatedRange(call);
  const ids = child(call.query.get("filter"), "id");
  const tests = filterTests(call, listing.getters);
  if (listing.isVisible !== undefined) tests.push(listing.isVisible);
  if (listing.extra !== undefined && listing.extra !== null) tests.push(listing.extra.test);
  const stretch = (): Omit<Window<T>, "isDescending"> => {
    const rows = table.byUpdated.rows;
    const low = range === null ? 0 : table.byUpdated.from(range.from);
    const high =
      range === null || range.to === Number.POSITIVE_INFINITY
        ? rows.length
        : table.byUpdated.from(range.to + 1);
    return { rows, low, high: Math.max(low, high) };
  };
  const isPlain = tests.length === 0 && ids === undefined;
  if (isPlain && order.field === "updated_at")
    return { ...stretch(), isDescending: order.isDescending };
  if (isPlain && order.field === "id" && range === null) {
    const rows = table.byId.rows;
    return { rows, low: 0, high: rows.length, isDescending: order.isDescending };
  }
  const key = JSON.stringify([
    scalarsKey(call.params),
    order.field,
    listing.extra?.key ?? "",
    listing.isVisible === undefined ? 0 : call.user.id,
  ]);
  const rows = table.remember(key, () => {
    const found =
      ids === undefined ? candidates(stretch(), table, range) : picked(table, numbers(ids), range);
    const kept = found.filter((row) => tests.every((test) => test(row)));
    return sorted(kept, order.field, listing.getters);
  });
  return { rows, low: 0, high: rows.length, isDescending: order.isDescending };
}

function scalarsKey(params: URLSearchParams): string {
  return [...params]
    .filter(([key]) => key.startsWith("filter") || key === "query")
    .map((pair) => pair.join("="))
    .join("&");
}

function candidates<T extends Row>(
  stretch: Omit<Window<T>, "isDescending">,
  table: Table<T>,
  range: Range | null,
): readonly T[] {
  return range === null ? table.byId.rows : stretch.rows.slice(stretch.low, stretch.high);
}

function picked<T extends Row>(table: Table<T>, ids: readonly number[], range: Range | null): T[] {
  return [...new Set(ids)]
    .map((id) => table.listed(id))
    .filter((row) => row !== undefined)
    .filter((row) => range === null || inRange(row.updated_at, range));
}

function sorted<T extends Row>(rows: readonly T[], field: string, getters: Getters<T>): T[] {
  const getter = getters[field] ?? ((row: T) => (field === "updated_at" ? row.updated_at : row.id));
  const key = (row: T) => Number(getter(row) ?? 0);
  return [...rows].sort((a, b) => key(a) - key(b) || a.id - b.id);
}

export function list<T extends Row>(call: Call, listing: Listing<T>, forced?: Order): Response {
  const order = forced ?? orderOf(call, listing.orders);
  const found = windowOf(call, listing, order);
  const paging = pagingOf(call, listing.maxLimit ?? 250);
  const start = (paging.page - 1) * paging.limit;
  const count = found.high - found.low;
  const rows: T[] = [];
  for (let at = start; at < Math.min(start + paging.limit, count); at += 1) {
    const row = found.rows[found.isDescending ? found.high - 1 - at : found.low + at];
    if (row !== undefined) rows.push(row);
  }
  if (rows.length === 0) return nothing();
  return hal({
    _page: paging.page,
    _links: pageLinks(call, paging, start + paging.limit < count),
    _embedded: { [listing.name]: rows.map(listing.view) },
  });
}

interface Paging {
  readonly page: number;
  readonly limit: number;
}

function pagingOf(call: Call, most: number): Paging {
  const limit = Math.min(most, positive(call.query.get("limit"), Math.min(50, most)));
  return { page: positive(call.query.get("page"), 1), limit };
}

function pageHref(call: Call, paging: Paging, page: number): string {
  const params = new URLSearchParams(call.params);
  params.set("page", String(page));
  params.set("limit", String(paging.limit));
  return `${call.origin}${call.path}?${params}`;
}

function pageLinks(call: Call, paging: Paging, hasNext: boolean): JsonObject {
  const self = { href: pageHref(call, paging, paging.page) };
  return hasNext ? { self, next: { href: pageHref(call, paging, paging.page + 1) } } : { self };
}

/** A small dictionary; some carry totals, see `totals`. */
export function dictionary<T>(
  call: Call,
  name: string,
  rows: readonly T[],
  view: (row: T) => Json,
  totals: { readonly isPaged: boolean; readonly maxLimit?: number },
): Response {
  if (rows.length === 0) return nothing();
  if (!totals.isPaged) {
    return hal({
      _total_items: rows.length,
      _links: { self: { href: `${call.origin}${call.path}` } },
      _embedded: { [name]: rows.map(view) },
    });
  }
  const paging = pagingOf(call, totals.maxLimit ?? 250);
  const start = (paging.page - 1) * paging.limit;
  const page = rows.slice(start, start + paging.limit);
  if (page.length === 0) return nothing();
  return hal({
    _total_items: rows.length,
    _page: paging.page,
    _page_count: Math.ceil(rows.length / paging.limit),
    _links: {
      ...pageLinks(call, paging, start + paging.limit < rows.length),
      last: { href: pageHref(call, paging, Math.ceil(rows.length / paging.limit)) },
    },
    _embedded: { [name]: page.map(view) },
  });
}

/** A root `query` as a lower-case needle; null when absent. */
export function needleOf(call: Call): string | null {
  const text = words(call.query.get("query")).join(",").toLowerCase();
  return text === "" ? null : text;
}
