import { Table } from "./table.ts";

/** Customers with what they bought, invoices and incoming leads: rows of an account that not every account has. */

export type CustomersMode = "unavailable" | "disabled" | "segments" | "periodicity";

export interface Customer {
  readonly id: number;
  name: string;
  next_price: number;
  next_date: number;
  responsible_user_id: number;
  status_id: number | null;
  periodicity: number;
  created_by: number;
  updated_by: number;
  created_at: number;
  updated_at: number;
  is_deleted: boolean;
  /** Main contact first. */
  contacts: number[];
  company: number | null;
  segments: number[];
  tags: string[];
  bonusPoints: number;
}

export interface Transaction {
  readonly id: number;
  readonly customer_id: number;
  readonly price: number;
  readonly comment: string | null;
  readonly completed_at: number;
  readonly created_by: number;
  updated_by: number;
  created_at: number;
  updated_at: number;
  is_deleted: boolean;
  readonly elements: readonly {
    readonly id: number;
    readonly catalogId: number;
    quantity: number;
  }[];
}

export type InvoiceStatus = "created" | "paid" | "paid_in_advance" | "partially_paid";

export interface Invoice {
  readonly id: number;
  readonly name: string;
  status: InvoiceStatus;
  /** As people type it: a number in text. */
  price: string;
  readonly payer: { readonly type: "contacts" | "companies"; readonly id: number } | null;
  paidAt: number | null;
  created_at: number;
  updated_at: number;
  is_deleted: boolean;
}

export interface Unsorted {
  readonly id: number;
  readonly uid: string;
  readonly category: "forms" | "sip" | "mail" | "chats";
  readonly source_name: string;
  readonly pipeline_id: number;
  created_at: number;
  updated_at: number;
  readonly lead: number;
  readonly contacts: readonly number[];
  readonly companies: readonly number[];
  /** Accepted or declined: no list shows it any more. */
  isOver: boolean;
}

interface Segment {
  readonly id: number;
  readonly name: string;
  readonly created_at: number;
}

const alive = { isListed: (row: { is_deleted: boolean }) => !row.is_deleted, isInBin: () => false };

export class Trade {
  mode: CustomersMode;
  readonly invoiceCatalogId: number;
  readonly customers = new Table<Customer>(alive);
  readonly transactions = new Table<Transaction>(alive);
  readonly invoices = new Table<Invoice>(alive);
  readonly unsorted = new Table<Unsorted>({ isListed: (row) => !row.isOver, isInBin: () => false });
  readonly segments: Segment[] = [];

  constructor(mode: CustomersMode, invoiceCatalogId: number) {
    this.mode = mode;
    this.invoiceCatalogId = invoiceCatalogId;
  }

  transactionsOf(customerId: number): readonly Transaction[] {
    return this.transactions.byId.rows.filter((row) => row.customer_id === customerId);
  }

  /** What the platform works out of the transactions by itself. */
  totals(customerId: number): { ltv: number; purchases_count: number; average_check: number } {
    const rows = this.transactionsOf(customerId);
    const ltv = rows.reduce((sum, row) => sum + row.price, 0);
    const count = rows.length;
    return {
      ltv,
      purchases_count: count,
      average_check: count === 0 ? 0 : Math.round(ltv / count),
    };
  }
}
