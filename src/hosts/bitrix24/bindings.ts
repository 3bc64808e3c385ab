import type { PortalSetup } from "../../crm/host.ts";
import type { Command } from "./batch.ts";
import { INSTALL_EVENTS, LIFE_EVENTS, QUEUE_EVENT, recordEvents } from "./events.ts";
import { type Fields, isFields, isYes, toIndex, toList, toText } from "./values.ts";

/** Something of ours that is registered on a portal: an event or a place, and where it is sent. */
interface Binding {
  readonly code: string;
  readonly handler: string;
}

const CARD_PLACES = ["CRM_DEAL_DETAIL_TAB", "CRM_CONTACT_DETAIL_TAB", "CRM_COMPANY_DETAIL_TAB"];
const APP_PLACES = ["LEFT_MENU", "CRM_ANALYTICS_MENU"];

const TITLES = {
  ru: { TITLE: "Пульс клиента", DESCRIPTION: "Здоровье клиентов и повторные продажи" },
  en: { TITLE: "Client Pulse", DESCRIPTION: "Client health and repeat sales" },
} as const;

/** A busy portal wakes us for its queue at most this often. */
const QUEUE_CALL_SECONDS = 60;

function wantedEvents(setup: PortalSetup, offered: Offered, hasQueue: boolean): readonly Binding[] {
  const install = `${setup.publicUrl}/bitrix24/install`;
  const isCalled = hasQueue && (offered === null || offered.has(QUEUE_EVENT));
  const codes = [...recordEvents(offered), ...LIFE_EVENTS, ...(isCalled ? [QUEUE_EVENT] : [])];
  return [
    ...codes.map((code) => ({ code, handler: setup.hookUrl })),
    ...INSTALL_EVENTS.map((code) => ({ code, handler: install })),
  ];
}

function wantedPlaces({ publicUrl }: PortalSetup): readonly Binding[] {
  return [
    ...CARD_PLACES.map((code) => ({ code, handler: `${publicUrl}/bitrix24/card` })),
    ...APP_PLACES.map((code) => ({ code, handler: `${publicUrl}/bitrix24/app` })),
  ];
}

/** Codes of the events that the portal has; null = it did not say. */
export type Offered = ReadonlySet<string> | null;

/** `events`: a list of codes. */
export function offeredEvents(result: unknown): ReadonlySet<string> {
  return new Set(toList(result).flatMap((code) => toText(code)?.toUpperCase() ?? []));
}

/** Commands that bring the portal's events from `event.get`'s answer to what we want. Stale ones go first. */
export function eventChanges(
  setup: PortalSetup,
  bound: unknown,
  offered: Offered = null,
  hasQueue = false,
): readonly Command[] {
  const wanted = wantedEvents(setup, offered, hasQueue);
  const kept = new Set<string>();
  const changes: Command[] = [];
  for (const row of toList(bound).filter(isFields).filter(isOnline)) {
    const binding = {
      code: toText(row.event)?.toUpperCase() ?? "",
      handler: toText(row.handler) ?? "",
    };
    const name = nameOf(binding);
    // A binding with a fixed user, or a second one of the same, would send everything twice.
    const authType = toIndex(row.auth_type) ?? "0";
    const isWanted = wanted.some((one) => nameOf(one) === name);
    if (isWanted && authType === "0" && !kept.has(name)) {
      kept.add(name);
      continue;
    }
    const params = { event: binding.code, handler: binding.handler, auth_type: authType };
    changes.push({ method: "event.unbind", params });
  }
  for (const { code, handler } of wanted) {
    if (!kept.has(nameOf({ code, handler }))) {
      const options = code === QUEUE_EVENT ? { options: { minTimeout: QUEUE_CALL_SECONDS } } : {};
      changes.push({ method: "event.bind", params: { event: code, handler, ...options } });
    }
  }
  return changes;
}

function isOnline(row: Fields): boolean {
  return !isYes(row.offline);
}

/**
 * The same for what is kept in the portal's queue: every event of a record, by our channel where the plan has channels.
 * `hasQueue` false takes all of them away.
 */
export function queueChanges(
  bound: unknown,
  offered: Offered,
  { hasQueue, connector }: { readonly hasQueue: boolean; readonly connector: string | null },
): readonly Command[] {
  const wanted = hasQueue ? recordEvents(offered) : [];
  const kept = new Set<string>();
  const stale = new Map<string, Command>();
  for (const row of toList(bound)
    .filter(isFields)
    .filter((one) => !isOnline(one))) {
    const event = toText(row.event)?.toUpperCase() ?? "";
    // Not every portal tells the channel.
    const told = row.connector_id ?? row.auth_connector;
    const isOurs = told === undefined || (toText(told) ?? "") === (connector ?? "");
    if (wanted.includes(event) && isOurs) kept.add(event);
    else stale.set(event, unbindOffline(row, event, told));
  }
  return [
    ...stale.values(),
    ...wanted
      // Unbinding takes every channel's binding of the event away.
      .filter((event) => !kept.has(event) || stale.has(event))
      .map((event) => ({
        method: "event.bind",
        params: {
          event,
          event_type: "offline",
          ...(connector === null ? {} : { auth_connector: connector }),
        },
      })),
  ];
}

function unbindOffline(row: Fields, event: string, connector: unknown): Command {
  const named = toText(connector) === null ? {} : { auth_connector: toText(connector) ?? "" };
  const params = { event, event_type: "offline", handler: toText(row.handler) ?? "", ...named };
  return { method: "event.unbind", params };
}

/** The same for `placement.get`. */
export function placeChanges(setup: PortalSetup, bound: unknown): readonly Command[] {
  const wanted = wantedPlaces(setup);
  const wantedNames = new Set(wanted.map(nameOf));
  const kept = new Set<string>();
  const stale = new Map<string, Binding>();
  for (const row of toList(bound).filter(isFields)) {
    const one = {
      code: toText(row.placement)?.toUpperCase() ?? "",
      handler: toText(row.handler) ?? "",
    };
    const name = nameOf(one);
    // Two of the same are shown twice; unbinding takes both away, so the one is bound again.
    if (!wantedNames.has(name) || kept.has(name)) stale.set(name, one);
    kept.add(name);
  }
  return [
    ...[...stale.values()].map(({ code, handler }) => ({
      method: "placement.unbind",
      params: { PLACEMENT: code, HANDLER: handler },
    })),
    ...wanted
      .filter((one) => !kept.has(nameOf(one)) || stale.has(nameOf(one)))
      .map(({ code, handler }) => bindPlace(setup, code, handler)),
  ];
}

function bindPlace(setup: PortalSetup, code: string, handler: string): Command {
  const title = setup.locale === "ru" ? TITLES.ru : TITLES.en;
  return {
    method: "placement.bind",
    params: { PLACEMENT: code, HANDLER: handler, ...title, LANG_ALL: TITLES },
  };
}

function nameOf({ code, handler }: Binding): string {
  return `${code} ${handler}`;
}
