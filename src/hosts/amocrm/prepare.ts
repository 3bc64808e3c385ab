import type { HostLink, Memo, PortalSetup, PreparedPortal } from "../../crm/host.ts";
import { readAccount } from "./account.ts";
import { getRequest, isRefusal } from "./api.ts";
import { readMoneySources } from "./catalogs.ts";
import { fieldMemo } from "./field-setup.ts";
import { subscribe } from "./hooks.ts";

/** Hooks and the events feed depend on the plan. */
const OPTIONAL = { isOptional: true };

/**
 * See `Host.prepare`. The memo holds `filters` (`on` or `off`): whether lists of this account can be filtered, where its
 * goods and money stand (`products`, `invoices`, `customers`), and `hooks`: the event codes that the account took, by which
 * the daily look knows whether they are all still there.
 */
export async function prepare(link: HostLink, setup: PortalSetup): Promise<PreparedPortal> {
  const account = await readAccount(link);
  const money = await readMoneySources(link, account);
  const history = await probeHistory(link);
  const hooks = await subscribe(link, setup);
  const memo: Memo = {
    ...fieldMemo(link.memo),
    filters: account.canFilter ? "on" : "off",
    ...money,
    ...(hooks.accepted === null ? {} : { hooks: hooks.accepted.join(",") }),
  };
  const warnings = [...(account.canFilter ? [] : ["filters_off"]), ...history, ...hooks.warnings];
  return { memo, warnings };
}

/** Without the events feed a purchase's moment is the closing moment of the deal: worth a word to the admin. */
export async function probeHistory(link: HostLink): Promise<readonly string[]> {
  const probe = getRequest("events", [
    ["filter[type]", "lead_status_changed"],
    ["limit", "1"],
  ]);
  try {
    await link.send("events.probe", probe, OPTIONAL);
    return [];
  } catch (error) {
    if (isRefusal(error)) return ["history_unavailable"];
    throw error;
  }
}
