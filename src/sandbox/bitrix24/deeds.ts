import { COMPANY, CONTACT, DEAL, INVOICE, LEAD } from "./fields.ts";
import { itemsOf, nextId, nowOf, type Portal, type World } from "./model.ts";
import type { Item } from "./rows.ts";
import { semanticsOf, stagesOf } from "./stages.ts";
import { createItem, updateItem } from "./writes.ts";

/** What people do in the CRM with leads, invoices, payments and product rows. */

export interface RowInput {
  readonly name: string;
  /** Of one piece, discount taken off. */
  readonly price: number;
  readonly quantity: number;
  /** Absent = typed in by hand. */
  readonly productId?: number;
  readonly discount?: number;
}

export interface InvoiceInput {
  readonly amount: number;
  readonly currency?: string;
  readonly dealId?: string;
  readonly companyId?: string;
  readonly contactId?: string;
}

type Semantics = "P" | "S" | "F";

/** The deeds of one portal, by an administrator. */
export interface Deeds {
  setProductRows(dealId: string, rows: readonly RowInput[]): void;
  /** Returns the lead's id. */
  addLead(lead?: { readonly companyId?: string; readonly contactId?: string }): string;
  moveLead(leadId: string, to: Semantics): void;
  /** Returns the invoice's id; it is not paid yet. */
  addInvoice(invoice: InvoiceInput): string;
  moveInvoice(invoiceId: string, to: Semantics): void;
  /** A payment of a deal or an invoice; changes neither. Returns its id. */
  addPayment(payment: {
    readonly ownerTypeId: number;
    readonly ownerId: string;
    readonly sum: number;
    readonly isPaid: boolean;
  }): string;
  /** One to three rows on every deal, as if they had always been there: sums and times stay. */
  fillProductRows(): void;
  /** The payment arrives; its deal does not show it. */
  payPayment(paymentId: string): void;
  /** A person changes fields of a record, by their universal names. */
  change(kind: "deal" | "contact" | "company", id: string, values: Record<string, unknown>): void;
  /** Price of one unit in the base currency. */
  setRate(currency: string, perUnit: number): void;
}

const ADMIN = { userId: 1 };

export function makeDeeds(world: World, portal: Portal): Deeds {
  const existing = (entityTypeId: number, id: string): Item => {
    const item = itemsOf(portal, entityTypeId)?.get(Number(id));
    if (item === undefined) throw new Error(`no item ${entityTypeId}:${id} in ${portal.name}`);
    return item;
  };
  const move = (entityTypeId: number, id: string, to: Semantics): void => {
    const item = existing(entityTypeId, id);
    const stage = stagesOf(portal, entityTypeId, Number(item.categoryId ?? 0)).find(
      (one) => semanticsOf(one) === to,
    );
    updateItem(world, portal, entityTypeId, item, { stageId: stage?.statusId }, ADMIN);
  };
  return {
    setProductRows: (dealId, rows) => setRows(world, portal, existing(DEAL, dealId), rows),
    addLead: (lead = {}) => {
      const values = { title: "Lead", sourceId: "WEB", ...links(lead) };
      return String(createItem(world, portal, LEAD, values, ADMIN).id);
    },
    moveLead: (id, to) => move(LEAD, id, to),
    addInvoice: ({ amount, currency, dealId, ...client }) => {
      const values = {
        title: "Invoice",
        opportunity: amount,
        currencyId: currency ?? portal.currency,
        parentId2: Number(dealId ?? 0),
        ...links(client),
      };
      return String(createItem(world, portal, INVOICE, values, ADMIN).id);
    },
    moveInvoice: (id, to) => move(INVOICE, id, to),
    addPayment: ({ ownerTypeId, ownerId, sum, isPaid }) => {
      const owner = existing(ownerTypeId, ownerId);
      const id = nextId(portal, "payment", 1001);
      const currency = String(owner.currencyId ?? portal.currency);
      const paidAt = isPaid ? nowOf(world) : null;
      portal.payments.put({ id, ownerTypeId, ownerId: owner.id, sum, currency, paidAt });
      return String(id);
    },
    fillProductRows: () => fillRows(portal),
    payPayment: (paymentId) => {
      const payment = portal.payments.get(Number(paymentId));
      if (payment === undefined) throw new Error(`no payment ${paymentId}`);
      payment.paidAt = nowOf(world);
    },
    change: (kind, id, values) => {
      const typeId = { deal: DEAL, contact: CONTACT, company: COMPANY }[kind];
      updateItem(world, portal, typeId, existing(typeId, id), values, ADMIN);
    },
    setRate: (currency, perUnit) => {
      portal.rates.set(currency, perUnit);
    },
  };
}

function links({ companyId, contactId }: { companyId?: string; contactId?: string }) {
  return {
    companyId: Number(companyId ?? 0),
    contactIds: contactId === undefined ? [] : [Number(contactId)],
  };
}

function setRows(world: World, portal: Portal, deal: Item, rows: readonly RowInput[]): void {
  for (const row of [...portal.productRows.rows()]) {
    if (row.ownerId === deal.id) portal.productRows.delete(row.id);
  }
  for (const { name: productName, price, quantity, productId = 0, discount = 0 } of rows) {
    const id = nextId(portal, "productRow", 501);
    const own = { productId, productName, price, discount, quantity };
    portal.productRows.put({ id, ownerId: deal.id, ownerType: "D", ...own });
  }
  const opportunity = rows.reduce((sum, row) => sum + row.price * row.quantity, 0);
  const changes = { opportunity, isManualOpportunity: "N" };
  updateItem(world, portal, DEAL, deal, changes, ADMIN);
}

const MOST_ROWS = 3;

function fillRows(portal: Portal): void {
  for (const deal of itemsOf(portal, DEAL)?.rows() ?? []) {
    const count = 1 + (deal.id % MOST_ROWS);
    const price = Math.round((Number(deal.opportunity ?? 0) / count) * 100) / 100;
    for (let at = 0; at < count; at += 1) {
      const id = nextId(portal, "productRow", 501);
      const own = { productId: 1 + ((deal.id + at) % 40), productName: "Goods", discount: 0 };
      const row = { id, ownerId: deal.id, ownerType: "D", price, quantity: 1, ...own };
      portal.productRows.put(row);
    }
  }
}
