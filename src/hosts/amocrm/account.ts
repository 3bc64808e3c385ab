import { AppError } from "../../crm/error.ts";
import type { HostAccount, HostLink } from "../../crm/host.ts";
import { parsePortalKey } from "../../crm/portal-key.ts";
import { readOne } from "./api.ts";
import { accountRow } from "./schema.ts";

export interface Account {
  readonly id: string;
  /** Whose rights the token carries; null when the host does not say. */
  readonly userId: string | null;
  readonly currency: string;
  readonly timeZone: string;
  readonly canFilter: boolean;
  /** `segments`, `periodicity`, `disabled`, `unavailable`; empty when the host does not say. */
  readonly customersMode: string;
  /** Catalog of invoices, if the account names one. */
  readonly invoices: readonly string[];
}

/** The host's own default, used where the account does not tell its zone. */
const DEFAULT_ZONE = "Europe/Moscow";

export const ACCOUNT_PARAMS = [
  ["with", "datetime_settings,is_api_filter_enabled,invoices_settings"],
] as const;

/** Reads `GET /api/v4/account`. Throws AppError `host.bad_answer`. */
export function toAccount(body: unknown): Account {
  const { data, error } = accountRow.safeParse(body);
  if (!data) {
    const path = error.issues[0]?.path.join(".") ?? "";
    throw new AppError("host.bad_answer", { details: { field: `account.${path}` } });
  }
  return {
    id: data.id,
    userId: data.current_user_id,
    currency: data.currency,
    timeZone: data._embedded.datetime_settings.timezone || DEFAULT_ZONE,
    canFilter: data.is_api_filter_enabled !== false,
    customersMode: data.customers_mode ?? "",
    invoices: [data.invoices_settings.invoices_catalog_id ?? []].flat(),
  };
}

/**
 * The account behind the link's token. Another id than the portal's means that the address leads elsewhere now: nothing
 * may be read from there. Throws AppError `host.*`.
 */
export async function readAccount(link: HostLink): Promise<Account> {
  const account = toAccount(await readOne(link, "account", "account", ACCOUNT_PARAMS));
  if (account.id !== parsePortalKey(link.address.key).accountId) {
    throw new AppError("host.refused", { details: { field: "account.id" } });
  }
  return account;
}

export async function check(link: HostLink): Promise<HostAccount> {
  const { timeZone, currency } = await readAccount(link);
  const { key, endpoint } = link.address;
  // An account that has not paid answers 402 here, which is an error of its own.
  return { key, endpoint, timeZone, currency, locale: localeOf(key), isPaid: true };
}

/** amoCRM is the Russian product; Kommo's interface languages are others than ours. */
export function localeOf(key: string): "ru" | "en" {
  return key.startsWith("amocrm:") ? "ru" : "en";
}
