import { AppError, errorCode } from "../../crm/error.ts";
import type { HostLink, Memo, PortalSetup, PreparedPortal } from "../../crm/host.ts";
import { readAccount } from "./account.ts";
import { field, getRequest, isRefusal, readPage, writeRequest } from "./api.ts";
import { readMoneySources } from "./catalogs.ts";

/** Events that change what we mirror. The host's own words. */
const HOOK_EVENTS = [
  ...["add_lead", "update_lead", "delete_lead", "restore_lead", "status_lead", "responsible_lead"],
  ...["add_contact", "update_contact", "delete_contact", "restore_contact", "responsible_contact"],
  ...["add_company", "update_company", "delete_company", "restore_company", "responsible_company"],
  ...["note_lead", "note_contact", "note_company"],
  ...["add_task", "update_task", "delete_task"],
  ...["add_unsorted", "update_unsorted", "delete_unsorted"],
];

/** Codes that every published list has. Others differ by product and plan; one unknown code refuses the whole call. */
const CORE_EVENTS = [
  ...["add_lead", "update_lead", "delete_lead", "status_lead", "responsible_lead"],
  ...["add_contact", "update_contact", "delete_contact"],
  ...["add_company", "update_company", "delete_company"],
];

const MAX_ATTEMPTS = 6;

/** Hooks and the events feed depend on the plan. */
const OPTIONAL = { isOptional: true };

/**
 * See `Host.prepare`. The memo holds `filters` (`on` or `off`): whether lists of this account can be filtered, and where
 * its goods and money stand (`products`, `invoices`, `customers`).
 */
export async function prepare(link: HostLink, setup: PortalSetup): Promise<PreparedPortal> {
  const account = await readAccount(link);
  const memo: Memo = {
    filters: account.canFilter ? "on" : "off",
    ...(await readMoneySources(link, account)),
  };
  const warnings = [
    ...(account.canFilter ? [] : ["filters_off"]),
    ...(await probeHistory(link)),
    ...(await subscribeSafely(link, setup)),
  ];
  return { memo, warnings };
}

/** Without the events feed a purchase's moment is the closing moment of the deal: worth a word to the admin. */
async function probeHistory(link: HostLink): Promise<readonly string[]> {
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

async function subscribeSafely(link: HostLink, setup: PortalSetup): Promise<readonly string[]> {
  try {
    return await subscribe(link, setup);
  } catch (error) {
    // The plan has no hooks, or the token's owner is no longer an administrator: polling goes on without them.
    if (isRefusal(error)) return ["hooks_unavailable"];
    throw error;
  }
}

interface Hook {
  readonly destination: string;
  readonly isDisabled: boolean;
  readonly events: readonly string[];
}

async function subscribe(link: HostLink, setup: PortalSetup): Promise<readonly string[]> {
  const response = await link.send(
    "webhooks.list",
    getRequest("webhooks", [["limit", "250"]]),
    OPTIONAL,
  );
  const hooks = readPage(response, "webhooks").rows.map(toHook);
  const mine = hooks.find((hook) => hook.destination === setup.hookUrl);
  const isComplete = CORE_EVENTS.every((event) => mine?.events.includes(event));
  const warnings: string[] = [];
  if (mine?.isDisabled) warnings.push("hooks_disabled_by_host");
  if (!mine || mine.isDisabled || !isComplete) {
    const accepted = await add(link, setup.hookUrl);
    if (accepted.length < HOOK_EVENTS.length) warnings.push("hooks_partial");
  }
  await removeOld(link, setup, hooks);
  return warnings;
}

function toHook(row: unknown): Hook {
  const destination = field(row, "destination");
  const settings = field(row, "settings");
  return {
    destination: typeof destination === "string" ? destination : "",
    isDisabled: field(row, "disabled") === true,
    events: Array.isArray(settings) ? settings.filter((one) => typeof one === "string") : [],
  };
}

/** Subscribes to as many events as the account knows; returns those. Throws AppError `host.*`. */
async function add(link: HostLink, destination: string): Promise<readonly string[]> {
  let settings: readonly string[] = HOOK_EVENTS;
  for (let attempt = 1; ; attempt += 1) {
    try {
      await link.send(
        "webhooks.add",
        writeRequest("POST", "webhooks", { destination, settings, sort: 10 }),
        OPTIONAL,
      );
      return settings;
    } catch (error) {
      if (errorCode(error) !== "host.refused" || attempt === MAX_ATTEMPTS) throw error;
      const fewer = withoutRefused(settings, error);
      if (fewer === null) throw error;
      settings = fewer;
    }
  }
}

/** Drops the refused codes if the host says which, else all but the core ones; null when nothing is left to drop. */
function withoutRefused(settings: readonly string[], error: unknown): readonly string[] | null {
  const paths = error instanceof AppError ? String(error.details.paths ?? "") : "";
  const refused = new Set(
    [...paths.matchAll(/(?:^|,)settings\.(\d{1,2})(?=$|[.,])/g)].map((match) => Number(match[1])),
  );
  const fewer = settings.filter((_, index) => !refused.has(index));
  if (fewer.length > 0 && fewer.length < settings.length) return fewer;
  const core = settings.filter((event) => CORE_EVENTS.includes(event));
  return core.length > 0 && core.length < settings.length ? core : null;
}

/** Hooks of ours under an older secret: the portal was connected again. They would only be refused from now on. */
async function removeOld(
  link: HostLink,
  setup: PortalSetup,
  hooks: readonly Hook[],
): Promise<void> {
  const ours = `${setup.publicUrl}/amocrm/events/`;
  for (const { destination } of hooks) {
    if (!destination.startsWith(ours) || destination === setup.hookUrl) continue;
    try {
      await link.send(
        "webhooks.delete",
        writeRequest("DELETE", "webhooks", { destination }),
        OPTIONAL,
      );
    } catch (error) {
      if (errorCode(error) !== "host.not_found") throw error;
    }
  }
}
