import { AppError, errorCode } from "../../crm/error.ts";
import type { HostLink, PortalSetup } from "../../crm/host.ts";
import { field, getRequest, isRefusal, readJson, readPage, writeRequest } from "./api.ts";

/** Codes that every published list has. Others differ by product and plan; one unknown code refuses the whole call. */
const CORE_EVENTS = [
  ...["add_lead", "update_lead", "delete_lead", "status_lead", "responsible_lead"],
  ...["add_contact", "update_contact", "delete_contact"],
  ...["add_company", "update_company", "delete_company"],
];

/** Without these some changes are seen only by the poll: worth a word to the administrator. */
const WANTED_EVENTS = [
  ...CORE_EVENTS,
  ...["responsible_contact", "responsible_company", "note_lead", "note_contact", "note_company"],
  ...["add_task", "update_task", "delete_task"],
];

/** Known to some products and plans only; the poll sees the same a little later. */
const EXTRA_EVENTS = [
  ...["restore_lead", "restore_contact", "restore_company", "responsible_task"],
  ...["add_customer", "update_customer", "delete_customer"],
  ...["add_unsorted", "update_unsorted", "delete_unsorted"],
];

const HOOK_EVENTS = [...WANTED_EVENTS, ...EXTRA_EVENTS];

const MAX_ATTEMPTS = 8;

/** Hooks depend on the plan. */
const OPTIONAL = { isOptional: true };

export interface Subscription {
  /** Codes that the account takes; null = it has no hooks for us. */
  readonly accepted: readonly string[] | null;
  readonly warnings: readonly string[];
}

interface Hook {
  readonly destination: string;
  readonly isDisabled: boolean;
  readonly events: readonly string[];
}

/**
 * Makes sure that the account sends us its events: at every installation and once a day, because hooks vanish, lose codes
 * and are switched off by the host. Throws AppError `host.*` for what may be better later.
 */
export async function subscribe(link: HostLink, setup: PortalSetup): Promise<Subscription> {
  try {
    return await ensure(link, setup);
  } catch (error) {
    // The plan has no hooks, or the token's owner is no longer an administrator: polling goes on without them.
    if (isRefusal(error)) return { accepted: null, warnings: ["hooks_unavailable"] };
    throw error;
  }
}

/** What is wrong with our subscription, only looked at: null = nothing. Throws AppError `host.*`. */
export async function lookAtHooks(
  link: HostLink,
  setup: PortalSetup,
): Promise<"missing" | "disabled_by_host" | "partial" | null> {
  const { mine, isComplete } = await readHooks(link, setup);
  if (!mine) return "missing";
  if (mine.isDisabled) return "disabled_by_host";
  return isComplete ? null : "partial";
}

async function readHooks(link: HostLink, setup: PortalSetup) {
  const response = await link.send(
    "webhooks.list",
    getRequest("webhooks", [["limit", "250"]]),
    OPTIONAL,
  );
  const hooks = readPage(response, "webhooks").rows.map(toHook);
  const mine = hooks.find((hook) => hook.destination === setup.hookUrl);
  const known = (link.memo.hooks ?? "").split(",").filter((code) => code !== "");
  const isComplete = known.length > 0 && known.every((code) => mine?.events.includes(code));
  return { hooks, mine, known, isComplete };
}

async function ensure(link: HostLink, setup: PortalSetup): Promise<Subscription> {
  const { hooks, mine, known, isComplete } = await readHooks(link, setup);
  const isFine = mine !== undefined && !mine.isDisabled && isComplete;
  const accepted = isFine ? known : await add(link, setup.hookUrl);
  await removeOld(link, setup, hooks);
  const isPartial = WANTED_EVENTS.some((code) => !accepted.includes(code));
  return {
    accepted,
    warnings: [
      ...(mine?.isDisabled ? ["hooks_disabled_by_host"] : []),
      ...(isPartial ? ["hooks_partial"] : []),
    ],
  };
}

function toHook(row: unknown): Hook {
  const destination = field(row, "destination");
  const disabled = field(row, "disabled");
  return {
    destination: typeof destination === "string" ? destination : "",
    isDisabled: disabled === true || disabled === 1 || disabled === "1",
    events: codesIn(row) ?? [],
  };
}

function codesIn(row: unknown): readonly string[] | null {
  const settings = field(row, "settings");
  return Array.isArray(settings) ? settings.filter((one) => typeof one === "string") : null;
}

/** Subscribes to as many events as the account knows; returns those. Throws AppError `host.*`. */
async function add(link: HostLink, destination: string): Promise<readonly string[]> {
  let settings: readonly string[] = HOOK_EVENTS;
  for (let attempt = 1; ; attempt += 1) {
    try {
      const answer = await link.send(
        "webhooks.add",
        writeRequest("POST", "webhooks", { destination, settings, sort: 10 }),
        OPTIONAL,
      );
      return codesIn(readJson(answer)) ?? settings;
    } catch (error) {
      if (errorCode(error) !== "host.refused" || attempt === MAX_ATTEMPTS) throw error;
      const fewer = withoutRefused(settings, error);
      if (fewer === null) throw error;
      settings = fewer;
    }
  }
}

/** Drops the refused codes if the host says which, else first the rare ones, then all but the core; null = nothing left. */
function withoutRefused(settings: readonly string[], error: unknown): readonly string[] | null {
  const paths = error instanceof AppError ? String(error.details.paths ?? "") : "";
  const refused = new Set(
    [...paths.matchAll(/(?:^|,)settings\.(\d{1,2})(?=$|[.,])/g)].map((match) => Number(match[1])),
  );
  const named = settings.filter((_, index) => !refused.has(index));
  const smaller = [named, only(settings, WANTED_EVENTS), only(settings, CORE_EVENTS)];
  return smaller.find((one) => one.length > 0 && one.length < settings.length) ?? null;
}

function only(settings: readonly string[], among: readonly string[]): readonly string[] {
  return settings.filter((code) => among.includes(code));
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
