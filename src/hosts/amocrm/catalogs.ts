import type { HostLink } from "../../crm/host.ts";
import type { Account } from "./account.ts";
import { pagesOf } from "./joins.ts";
import { catalogRow } from "./money-schema.ts";

export interface MoneySources {
  /** Comma lists of catalog ids; empty = the account has none. */
  readonly products: string;
  readonly invoices: string;
  /** Are customers with their transactions switched on? */
  readonly customers: "on" | "off";
}

const CUSTOMER_MODES: readonly string[] = ["segments", "periodicity", "dynamic"];

/** Where goods and money stand in this account. Throws AppError `host.*`. */
export async function readMoneySources(link: HostLink, account: Account): Promise<MoneySources> {
  const rows = await pagesOf(link, "catalogs.list", "catalogs", "catalogs", []);
  const catalogs = rows.flatMap((raw) => catalogRow.safeParse(raw).data ?? []);
  const ofType = (type: string) => catalogs.filter((one) => one.type === type).map(({ id }) => id);
  const invoices = new Set([...ofType("invoices"), ...account.invoices]);
  return {
    products: ofType("products").join(","),
    invoices: [...invoices].join(","),
    customers: CUSTOMER_MODES.includes(account.customersMode) ? "on" : "off",
  };
}
