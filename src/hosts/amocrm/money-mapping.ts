import { toMinor } from "../../crm/money.ts";
import type {
  ClientRef,
  DealProduct,
  LabelRecord,
  LeadRecord,
  PaymentRecord,
} from "../../crm/records.ts";
import { field } from "./api.ts";
import {
  type CustomerRow,
  type ElementRow,
  firstValue,
  type TransactionRow,
  type UnsortedRow,
} from "./money-schema.ts";
import { amount, id, instantOrNull } from "./schema.ts";

/** Customers, transactions, invoices, goods and incoming leads in our words. */

export function transactionId(rawId: string): string {
  return `transaction-${rawId}`;
}

export function invoiceId(rawId: string): string {
  return `invoice-${rawId}`;
}

/** Who stands behind a customer: its company, else its main contact; null when it is linked to nobody. */
export function clientOfCustomer(row: CustomerRow): ClientRef | null {
  const [company] = row._embedded.companies;
  if (company) return { kind: "company", id: company.id };
  const contacts = row._embedded.contacts;
  const contact = contacts.find(({ is_main }) => is_main) ?? contacts[0];
  return contact ? { kind: "contact", id: contact.id } : null;
}

export function customerIdOf(row: TransactionRow): string | null {
  return row.customer_id ?? row._embedded.customer[0]?.id ?? null;
}

export function toTransaction(
  row: TransactionRow,
  client: ClientRef | null,
  currency: string,
): PaymentRecord {
  return {
    entity: "payment",
    id: transactionId(row.id),
    kind: "transaction",
    dealId: null,
    client,
    amountMinor: row.price === null ? null : toMinor(row.price, currency),
    currency: row.price === null ? null : currency,
    // It is entered when something was bought; the moment can be left out.
    paidAt: row.completed_at ?? row.created_at,
    updatedAt: row.updated_at,
  };
}

/** The status has a code; texts are for hosts that leave it out. Partly paid is not paid. */
function isPaid(row: ElementRow): boolean {
  const status = firstValue(row, "BILL_STATUS");
  if (typeof status?.enum_code === "string" && status.enum_code !== "") {
    return status.enum_code === "paid";
  }
  const text = typeof status?.value === "string" ? status.value.trim().toLowerCase() : "";
  return ["paid", "оплачен"].includes(text);
}

export function toInvoice(row: ElementRow, currency: string): PaymentRecord {
  const price = amount.safeParse(firstValue(row, "BILL_PRICE")?.value).data ?? null;
  const day = instantOrNull.safeParse(firstValue(row, "BILL_PAYMENT_DATE")?.value).data ?? null;
  return {
    entity: "payment",
    id: invoiceId(row.id),
    kind: "invoice",
    dealId: null,
    client: payerOf(row),
    amountMinor: price === null ? null : toMinor(price, currency),
    currency: price === null ? null : currency,
    paidAt: isPaid(row) ? (day ?? row.updated_at) : null,
    updatedAt: row.updated_at,
  };
}

/** The payer is a link to a contact or a company; the name beside it is not looked at. */
function payerOf(row: ElementRow): ClientRef | null {
  const value = firstValue(row, "PAYER")?.value;
  const { data } = id.safeParse(field(value, "entity_id"));
  if (data === undefined) return null;
  const type = field(value, "entity_type");
  if (type === "companies") return { kind: "company", id: data };
  return type === "contacts" ? { kind: "contact", id: data } : null;
}

/** A product and, where it has one, its group. */
export function toProductLabels(row: ElementRow): readonly LabelRecord[] {
  const group = firstValue(row, "GROUP");
  const groupName = typeof group?.value === "string" ? group.value : "";
  const groupId = id.safeParse(group?.enum_id).data ?? (groupName === "" ? null : groupName);
  const product: LabelRecord = {
    entity: "label",
    dictionary: "product",
    id: row.id,
    name: row.name,
    parentId: groupId,
  };
  if (groupId === null) return [product];
  const label = { entity: "label", dictionary: "productGroup", id: groupId } as const;
  return [{ ...label, name: groupName || groupId, parentId: null }, product];
}

/** Price of one piece, minor units; null when the product has none. */
export function priceOf(row: ElementRow, currency: string): number | null {
  const price = amount.safeParse(firstValue(row, "PRICE")?.value).data ?? null;
  return price === null ? null : toMinor(price, currency);
}

export function toDealProduct(
  productId: string,
  quantity: number,
  priceMinor: number | null,
): DealProduct {
  return { productId, quantity, priceMinor: priceMinor ?? 0 };
}

/** The stage of what nobody has looked at yet; it is in no pipeline's list of ours. */
const UNSORTED_STAGE = "unsorted";

export function toLead(row: UnsortedRow): LeadRecord {
  return {
    entity: "lead",
    id: row.uid,
    pipelineId: row.pipeline_id ?? "",
    stageId: UNSORTED_STAGE,
    outcome: "open",
    companyId: row._embedded.companies[0]?.id ?? null,
    contactIds: row._embedded.contacts.map((contact) => contact.id),
    responsibleId: null,
    createdAt: row.created_at,
    updatedAt: row.created_at,
    closedAt: null,
    sourceId: row.source_uid || null,
    utm: null,
  };
}
