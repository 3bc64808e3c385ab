import type { Account } from "./account.ts";
import type { Scene } from "./change.ts";
import { newCustomer } from "./customer-routes.ts";
import { leadName } from "./names.ts";
import { seconds } from "./options.ts";
import type { CustomersMode, InvoiceStatus } from "./trade.ts";
import { addTransaction } from "./transaction-routes.ts";
import { addUnsorted, settleUnsorted } from "./unsorted-routes.ts";
import type { World } from "./world.ts";

type ClientKind = "company" | "contact";
const TYPES = { company: "companies", contact: "contacts" } as const;

/** What people do with customers, invoices, goods and incoming leads in the CRM's own screens. */
export interface TradeControl {
  setCustomersMode(mode: CustomersMode): void;
  /** A customer that is linked to this client; its id. */
  addCustomer(client: { readonly kind: ClientKind; readonly id: string }): string;
  /** A purchase of the customer; whole units, `at` in milliseconds. Its id. */
  addTransaction(customerId: string, price: number, at: number): string;
  deleteTransaction(id: string): void;
  addInvoice(invoice: {
    readonly status: InvoiceStatus;
    readonly price: string;
    readonly payer: { readonly kind: ClientKind; readonly id: string } | null;
    readonly paidAt: number | null;
  }): string;
  setInvoice(id: string, change: { readonly status: InvoiceStatus; readonly paidAt: number }): void;
  /** Puts a product of the catalog (by its place) into a deal. */
  addProduct(dealId: string, place: number, quantity: number): void;
  /** A request from the site's form; its uid. */
  addIncoming(client: { readonly kind: ClientKind; readonly id: string }): string;
  settleIncoming(uid: string, verdict: "accept" | "decline"): void;
}

export function tradeControl(world: World, account: Account): TradeControl {
  const { settings } = world;
  const { trade } = account;
  const call = { account, settings };
  const by = () => account.users[0]?.id ?? 0;
  const act = <T>(work: (scene: Scene) => T): T => {
    const hooks = world.sender(account);
    const result = work({ account, settings, hooks, actor: by() });
    hooks.commit();
    return result;
  };
  return {
    setCustomersMode(mode) {
      trade.mode = mode;
    },
    addCustomer(client) {
      const row = newCustomer(call, by());
      if (client.kind === "company") row.company = Number(client.id);
      else row.contacts = [Number(client.id)];
      trade.customers.insert(row);
      return String(row.id);
    },
    addTransaction(customerId, price, at) {
      const customer = trade.customers.listed(Number(customerId));
      if (customer === undefined) throw new Error(`no customer ${customerId} in the sandbox`);
      const completed_at = Math.floor(at / 1000);
      const input = { price, comment: leadName(price), completed_at, elements: [] };
      return String(addTransaction(call, customer, input, by()).id);
    },
    deleteTransaction(id) {
      const row = trade.transactions.listed(Number(id));
      if (row === undefined) throw new Error(`no transaction ${id} in the sandbox`);
      trade.transactions.change(row, (one) => {
        one.is_deleted = true;
      });
    },
    addInvoice({ status, price, payer, paidAt }) {
      const at = seconds(settings);
      const id = account.nextId("elements");
      trade.invoices.insert({
        id,
        name: `Счёт ${leadName(id)}`,
        status,
        price,
        payer: payer === null ? null : { type: TYPES[payer.kind], id: Number(payer.id) },
        paidAt: paidAt === null ? null : Math.floor(paidAt / 1000),
        created_at: at,
        updated_at: at,
        is_deleted: false,
      });
      return String(id);
    },
    setInvoice(id, { status, paidAt }) {
      const row = trade.invoices.listed(Number(id));
      if (row === undefined) throw new Error(`no invoice ${id} in the sandbox`);
      trade.invoices.change(row, (one) => {
        one.status = status;
        one.paidAt = Math.floor(paidAt / 1000);
        one.updated_at = Math.max(seconds(settings), one.updated_at);
      });
    },
    addProduct(dealId, place, quantity) {
      const lead = account.leads.get(Number(dealId));
      const product = account.elements[place];
      if (lead === undefined || product === undefined) throw new Error("no such deal or product");
      account.changeCard(lead, (row) => {
        if (row.type === "leads")
          row.elements.push({ id: product.id, catalogId: account.catalogId, quantity });
        row.updated_at = Math.max(seconds(settings), row.updated_at);
      });
    },
    addIncoming(client) {
      const id = Number(client.id);
      const links =
        client.kind === "company"
          ? { contacts: [], companies: [id] }
          : { contacts: [id], companies: [] };
      return act((scene) => addUnsorted(scene, links, leadName(id)).uid);
    },
    settleIncoming(uid, verdict) {
      const row = trade.unsorted.byId.rows.find((one) => one.uid === uid);
      if (row === undefined) throw new Error(`no incoming lead ${uid} in the sandbox`);
      act((scene) => settleUnsorted(scene, row, verdict));
    },
  };
}
