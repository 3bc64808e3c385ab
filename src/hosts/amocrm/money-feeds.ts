import type { HostLink, Memo } from "../../crm/host.ts";
import type { PaymentRecord } from "../../crm/records.ts";
import {
  type Feed,
  isUnfilteredPoll,
  joinedFeed,
  type Mode,
  prefixedIds,
  type RowReader,
  updatedWindow,
} from "./feed.ts";
import { clientsOfCustomers, inLanes, pagesOf } from "./joins.ts";
import {
  clientOfCustomer,
  customerIdOf,
  invoiceId,
  toInvoice,
  toTransaction,
  transactionId,
} from "./money-mapping.ts";
import { customerRow, elementRow, transactionRow } from "./money-schema.ts";

/** What was paid: transactions of customers, where the account has those, and invoices. */
export function paymentFeeds(mode: Mode, memo: Memo): readonly Feed[] {
  const canFilter = memo.filters !== "off";
  return [
    ...(memo.customers === "off"
      ? []
      : [mode.kind === "since" ? customerFeed(mode, canFilter) : transactionFeed()]),
    ...catalogsIn(memo.invoices).map(invoiceFeed),
  ];
}

export function catalogsIn(list: string | undefined): readonly string[] {
  return (list ?? "").split(",").filter((id) => /^\d{1,16}$/.test(id));
}

/** Transactions know their customer only by its id; whose customer that is has to be asked. */
function transactionFeed(): Feed {
  return joinedFeed(
    {
      name: "transactions.list",
      path: "customers/transactions",
      collection: "transactions",
      isOptional: true,
      ...prefixedIds(transactionId),
    },
    async (link, rows) => {
      const parsed = rows.flatMap((raw) => transactionRow.safeParse(raw).data ?? []);
      const ids = new Set(parsed.flatMap((row) => customerIdOf(row) ?? []));
      const clients = await clientsOfCustomers(link, ids);
      return (raw) => {
        const { data } = transactionRow.safeParse(raw);
        if (!data) return null;
        const client = clients.get(customerIdOf(data) ?? "") ?? null;
        const records = data.is_deleted ? [] : [toTransaction(data, client, link.currency)];
        return { id: transactionId(data.id), records, at: data.updated_at };
      };
    },
  );
}

/** Transactions cannot be asked for by time. Their customers can, and each new one changes its customer's sums. */
function customerFeed(mode: Mode, canFilter: boolean): Feed {
  return joinedFeed(
    {
      name: "customers.list",
      path: "customers",
      collection: "customers",
      isOptional: true,
      isNewestFirst: isUnfilteredPoll(mode, canFilter),
      related: [["with", "contacts,companies"]],
      params: updatedWindow(mode, canFilter),
    },
    async (link, rows) => {
      const since = mode.kind === "since" ? Math.floor(mode.at / 1000) * 1000 : 0;
      const payments = await paymentsOf(link, rows, since);
      return customerReader(payments);
    },
  );
}

function customerReader(payments: ReadonlyMap<string, readonly PaymentRecord[]>): RowReader {
  return (raw) => {
    const { data } = customerRow.safeParse(raw);
    if (!data) return null;
    return { id: data.id, records: payments.get(data.id) ?? [], at: data.updated_at };
  };
}

/** By customer; those that have not changed are not asked for (an account without filters lists everybody). */
async function paymentsOf(
  link: HostLink,
  rows: readonly unknown[],
  since: number,
): Promise<ReadonlyMap<string, readonly PaymentRecord[]>> {
  const found = new Map<string, readonly PaymentRecord[]>();
  const customers = rows
    .flatMap((raw) => customerRow.safeParse(raw).data ?? [])
    .filter((row) => row.updated_at >= since && !row.is_deleted);
  await inLanes(customers, async (customer) => {
    const path = `customers/${customer.id}/transactions`;
    const list = await pagesOf(link, "customer.transactions", path, "transactions", []);
    const client = clientOfCustomer(customer);
    const transactions = list.flatMap((raw) => transactionRow.safeParse(raw).data ?? []);
    found.set(
      customer.id,
      transactions
        .filter((row) => !row.is_deleted)
        .map((row) => toTransaction(row, client, link.currency)),
    );
    return [];
  });
  return found;
}

/** Elements of catalogs cannot be asked for by time: every mode reads them whole. */
function invoiceFeed(catalogId: string): Feed {
  return joinedFeed(
    {
      name: "invoices.list",
      path: `catalogs/${catalogId}/elements`,
      collection: "elements",
      isOptional: true,
      ...prefixedIds(invoiceId),
    },
    async (link) => (raw) => {
      const { data } = elementRow.safeParse(raw);
      if (!data) return null;
      const records = data.is_deleted ? [] : [toInvoice(data, link.currency)];
      return { id: invoiceId(data.id), records, at: Number.POSITIVE_INFINITY };
    },
  );
}
