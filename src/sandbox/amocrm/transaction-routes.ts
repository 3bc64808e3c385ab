import { Flaws, hal, type JsonObject, nothing, refuse } from "./answer.ts";
import { batch, type Call, isItem, listOf, type Route, requestId } from "./call.ts";
import { customerOf, needCustomers } from "./customer-routes.ts";
import { list } from "./listing.ts";
import { seconds } from "./options.ts";
import type { Customer, Transaction } from "./trade.ts";
import { self } from "./view.ts";

/** What customers bought. */

function transactionView(call: Call, row: Transaction): JsonObject {
  const { elements, ...plain } = row;
  const customer = { id: row.customer_id, _links: self(call, `customers/${row.customer_id}`) };
  return {
    ...plain,
    account_id: call.account.id,
    _links: self(call, `customers/${row.customer_id}/transactions/${row.id}`),
    _embedded: {
      customer,
      catalog_elements: elements.map(({ id, catalogId, quantity }) => ({
        id,
        metadata: { catalog_id: catalogId, quantity },
      })),
    },
  };
}

function listTransactions(call: Call, customerId: number | null): Response {
  needCustomers(call);
  if (!call.account.isFilterEnabled && call.query.has("filter"))
    refuse(403, "Filters are not available");
  return list(call, {
    table: call.account.trade.transactions,
    name: "transactions",
    getters: {},
    orders: [],
    view: (row) => transactionView(call, row),
    extra:
      customerId === null
        ? null
        : { key: `of:${customerId}`, test: (row) => row.customer_id === customerId },
  });
}

type NewTransaction = Pick<Transaction, "price" | "comment" | "completed_at" | "elements">;

/** A purchase: the customer's sums and its update time move with it. */
export function addTransaction(
  call: Pick<Call, "account" | "settings">,
  customer: Customer,
  input: NewTransaction,
  by: number,
): Transaction {
  const at = seconds(call.settings);
  const row: Transaction = {
    id: call.account.nextId("transactions"),
    customer_id: customer.id,
    ...input,
    created_by: by,
    updated_by: by,
    created_at: at,
    updated_at: at,
    is_deleted: false,
  };
  call.account.trade.transactions.insert(row);
  touchCustomer(call, customer);
  const entity = { type: "customer", id: customer.id };
  call.account.record("transaction_added", entity, by, at, [], [{ transaction: { id: row.id } }]);
  return row;
}

export function touchCustomer(call: Pick<Call, "account" | "settings">, customer: Customer): void {
  call.account.trade.customers.change(customer, (one) => {
    one.updated_at = Math.max(seconds(call.settings), one.updated_at);
  });
}

function createTransactions(call: Call, customer: Customer): Response {
  const flaws = new Flaws();
  const items = batch(call);
  items.forEach((item, index) => {
    if (typeof item.price !== "number")
      flaws.add(
        requestId(item, index),
        item.price == null ? "FieldMissing" : "InvalidType",
        "price",
      );
  });
  flaws.throwIfAny();
  const views = items.map((item, index): JsonObject => {
    const embedded = isItem(item._embedded) ? item._embedded : {};
    const elements = listOf(embedded.catalog_elements).map((one) => {
      const metadata = isItem(one.metadata) ? one.metadata : {};
      const quantity = Number(metadata.quantity ?? 1);
      return { id: Number(one.id), catalogId: Number(metadata.catalog_id), quantity };
    });
    const completed = item.completed_at;
    const input = {
      price: Number(item.price),
      comment: typeof item.comment === "string" ? item.comment : null,
      completed_at: typeof completed === "number" ? completed : seconds(call.settings),
      elements,
    };
    const row = addTransaction(call, customer, input, item.created_by === 0 ? 0 : call.user.id);
    const _links = self(call, `customers/${customer.id}/transactions/${row.id}`);
    return { id: row.id, request_id: requestId(item, index), customer_id: customer.id, _links };
  });
  return hal(
    {
      _links: self(call, `customers/${customer.id}/transactions`),
      _embedded: { transactions: views },
    },
    call.settings.createdStatus,
  );
}

function deleteTransaction(call: Call, id: string | undefined): Response {
  needCustomers(call);
  const { trade } = call.account;
  const row = trade.transactions.listed(Number(id)) ?? refuse(404, "Resource not found");
  trade.transactions.change(row, (one) => {
    one.is_deleted = true;
  });
  const customer = trade.customers.listed(row.customer_id);
  if (customer !== undefined) touchCustomer(call, customer);
  return nothing();
}

export const TRANSACTION_ROUTES: readonly Route[] = [
  {
    method: "GET",
    path: "/api/v4/customers/transactions",
    handle: (call) => listTransactions(call, null),
  },
  {
    method: "DELETE",
    path: "/api/v4/customers/transactions/{}",
    handle: (call, [id]) => deleteTransaction(call, id),
  },
  {
    method: "GET",
    path: "/api/v4/customers/{}/transactions",
    handle: (call, [id]) => listTransactions(call, customerOf(call, id).id),
  },
  {
    method: "POST",
    path: "/api/v4/customers/{}/transactions",
    handle: (call, [id]) => createTransactions(call, customerOf(call, id)),
  },
];
