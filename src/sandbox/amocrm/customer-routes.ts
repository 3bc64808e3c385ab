import { Flaws, hal, type JsonObject, nothing, refuse } from "./answer.ts";
import {
  batch,
  type Call,
  type Item,
  isItem,
  listOf,
  type Route,
  requestId,
  withs,
} from "./call.ts";
import { type Getters, list } from "./listing.ts";
import { seconds } from "./options.ts";
import type { Customer } from "./trade.ts";
import { self } from "./view.ts";

/** Customers and what they bought; the feature is off in most accounts, and its routes say so. */

export function needCustomers(call: Call): void {
  const { mode } = call.account.trade;
  if (mode === "unavailable") refuse(402, "The tariff has no customers");
  if (mode === "disabled") refuse(403, "Customers are disabled");
}

export function customerOf(call: Call, id: string | undefined): Customer {
  needCustomers(call);
  return call.account.trade.customers.listed(Number(id)) ?? refuse(404, "Resource not found");
}

const CUSTOMERS: Getters<Customer> = {
  name: (row) => row.name,
  responsible_user_id: (row) => row.responsible_user_id,
  created_by: (row) => row.created_by,
  created_at: (row) => row.created_at,
  next_date: (row) => row.next_date,
  next_price: (row) => row.next_price,
  status_id: (row) => row.status_id,
};

function customerView(call: Call, row: Customer, wanted: ReadonlySet<string>): JsonObject {
  const { contacts, company, segments, tags, bonusPoints: _, ...plain } = row;
  const { trade } = call.account;
  const embedded: Record<string, JsonObject[]> = {
    segments: segments.map((id) => ({ id, _links: self(call, `customers/segments/${id}`) })),
    tags: tags.map((name, index) => ({ id: index + 1, name, color: null })),
  };
  if (wanted.has("contacts"))
    embedded.contacts = contacts.map((id, index) => ({
      id,
      is_main: index === 0,
      _links: self(call, `contacts/${id}`),
    }));
  if (wanted.has("companies"))
    embedded.companies =
      company === null ? [] : [{ id: company, _links: self(call, `companies/${company}`) }];
  return {
    ...plain,
    closest_task_at: null,
    custom_fields_values: null,
    ...trade.totals(row.id),
    account_id: call.account.id,
    _links: self(call, `customers/${row.id}`),
    _embedded: embedded,
  };
}

function listCustomers(call: Call): Response {
  needCustomers(call);
  if (!call.account.isFilterEnabled && call.query.has("filter"))
    refuse(403, "Filters are not available");
  const wanted = withs(call);
  return list(call, {
    table: call.account.trade.customers,
    name: "customers",
    getters: CUSTOMERS,
    orders: ["created_at", "updated_at", "id"],
    view: (row) => customerView(call, row, wanted),
  });
}

/** Ids of an item's `_embedded` list that the account knows; others are reported. */
function refs(
  item: Item,
  key: string,
  known: (id: number) => boolean,
  report: (path: string) => void,
): number[] {
  const embedded = isItem(item._embedded) ? item._embedded : {};
  return listOf(embedded[key]).flatMap((ref, index) => {
    if (known(Number(ref.id))) return [Number(ref.id)];
    report(`_embedded.${key}.${index}.id`);
    return [];
  });
}

function write(call: Call, row: Customer, item: Item, id: string, flaws: Flaws): void {
  const report = (path: string) => flaws.add(id, "NotSupportedChoice", path);
  if (typeof item.name === "string") row.name = item.name;
  for (const key of ["next_price", "next_date", "periodicity"] as const)
    if (typeof item[key] === "number") row[key] = item[key];
  const { account } = call;
  const embedded = isItem(item._embedded) ? item._embedded : {};
  if (embedded.segments !== undefined)
    row.segments = refs(
      item,
      "segments",
      (one) => account.trade.segments.some((segment) => segment.id === one),
      report,
    );
  if (embedded.contacts !== undefined)
    row.contacts = refs(
      item,
      "contacts",
      (one) => account.contacts.listed(one) !== undefined,
      report,
    );
  if (embedded.companies !== undefined)
    row.company =
      refs(item, "companies", (one) => account.companies.listed(one) !== undefined, report)[0] ??
      null;
  if (Array.isArray(embedded.tags)) row.tags = listOf(embedded.tags).map((tag) => String(tag.name));
}

export function newCustomer(call: Pick<Call, "account" | "settings">, by: number): Customer {
  const at = seconds(call.settings);
  const statuses = call.account.trade.mode === "periodicity" ? 4_740_025 : null;
  return {
    id: call.account.nextId("customers"),
    name: "",
    next_price: 0,
    next_date: at,
    responsible_user_id: by || (call.account.users[0]?.id ?? 0),
    status_id: statuses,
    periodicity: 0,
    created_by: by,
    updated_by: by,
    created_at: at,
    updated_at: at,
    is_deleted: false,
    contacts: [],
    company: null,
    segments: [],
    tags: [],
    bonusPoints: 0,
  };
}

function createCustomers(call: Call): Response {
  needCustomers(call);
  const flaws = new Flaws();
  const items = batch(call);
  const rows = items.map((item, index) => {
    const row = newCustomer(call, item.created_by === 0 ? 0 : call.user.id);
    write(call, row, item, requestId(item, index), flaws);
    return row;
  });
  flaws.throwIfAny();
  for (const row of rows) {
    call.account.trade.customers.insert(row);
    const entity = { type: "customer", id: row.id };
    call.account.record("customer_added", entity, row.created_by, row.created_at);
  }
  const views = rows.map((row, index) => ({
    id: row.id,
    request_id: requestId(items[index] ?? {}, index),
    _links: self(call, `customers/${row.id}`),
  }));
  return hal(
    { _links: self(call, "customers"), _embedded: { customers: views } },
    call.settings.createdStatus,
  );
}

function changeCustomers(call: Call): Response {
  needCustomers(call);
  const flaws = new Flaws();
  const items = batch(call);
  const { customers } = call.account.trade;
  items.forEach((item, index) => {
    const row = customers.listed(Number(item.id));
    const id = requestId(item, index);
    if (row === undefined) flaws.add(id, "NotSupportedChoice", "id");
    else write(call, { ...row }, item, id, flaws);
  });
  flaws.throwIfAny();
  const at = seconds(call.settings);
  const views = items.flatMap((item, index): JsonObject[] => {
    const row = customers.listed(Number(item.id));
    if (row === undefined) return [];
    customers.change(row, (one) => {
      write(call, one, item, "", new Flaws());
      one.updated_at = Math.max(at, one.updated_at);
      one.updated_by = call.user.id;
    });
    const request_id = requestId(item, index);
    const _links = self(call, `customers/${row.id}`);
    return [{ id: row.id, updated_at: row.updated_at, request_id, _links }];
  });
  return hal({ _links: self(call, "customers"), _embedded: { customers: views } });
}

export const CUSTOMER_ROUTES: readonly Route[] = [
  { method: "GET", path: "/api/v4/customers", handle: listCustomers },
  { method: "POST", path: "/api/v4/customers", handle: createCustomers },
  { method: "PATCH", path: "/api/v4/customers", handle: changeCustomers },
  {
    method: "GET",
    path: "/api/v4/customers/{}",
    handle: (call, [id]) => {
      needCustomers(call);
      const row = call.account.trade.customers.listed(Number(id));
      return row === undefined ? nothing() : hal(customerView(call, row, withs(call)));
    },
  },
];
