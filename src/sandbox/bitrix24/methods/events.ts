import { isoTime } from "../dates.ts";
import { raiseAppEvent } from "../hooks.ts";
import { hex, nextId, type OfflineEvent } from "../model.ts";
import { RestError } from "../rest-error.ts";
import { type Answer, BASIC, type Call, listParam, type Methods, mapParam } from "./method.ts";

const CRM_OBJECTS = ["LEAD", "DEAL", "CONTACT", "COMPANY"];
const EVENTS: readonly string[] = [
  "ONAPPINSTALL",
  "ONAPPUPDATE",
  "ONAPPUNINSTALL",
  "ONAPPPAYMENT",
  "ONAPPTEST",
  "ONOFFLINEEVENT",
  ...CRM_OBJECTS.flatMap((name) => [
    ...["ADD", "UPDATE", "DELETE"].map((what) => `ONCRM${name}${what}`),
    ...["ADD", "UPDATE", "DELETE", "SETENUMVALUES"].map((what) => `ONCRM${name}USERFIELD${what}`),
  ]),
  "ONCRMDEALMOVETOCATEGORY",
  "ONCRMACTIVITYADD",
  "ONCRMACTIVITYUPDATE",
  "ONCRMACTIVITYDELETE",
  "ONCRMDYNAMICITEMADD",
  "ONCRMDYNAMICITEMUPDATE",
  "ONCRMDYNAMICITEMDELETE",
  "ONCRMDYNAMICITEMADD_31",
  "ONCRMDYNAMICITEMUPDATE_31",
  "ONCRMDYNAMICITEMDELETE_31",
  "ONCRMTIMELINECOMMENTADD",
  "ONCRMTIMELINECOMMENTUPDATE",
  "ONCRMTIMELINECOMMENTDELETE",
  "ONCRMCURRENCYADD",
  "ONCRMCURRENCYUPDATE",
  "ONCRMCURRENCYDELETE",
  "ONTASKADD",
  "ONTASKUPDATE",
  "ONTASKDELETE",
  "ONUSERADD",
];

const denied = (text: string): RestError => new RestError(403, "ACCESS_DENIED", text);

function bind(call: Call): Answer {
  const { params, install, user } = call;
  const event = String(params.event ?? "").toUpperCase();
  if (!EVENTS.includes(event)) throw new RestError(400, "ERROR_EVENT_NOT_FOUND", "Event not found");
  const isOffline = params.event_type === "offline";
  const url = isOffline ? "" : String(params.handler ?? "");
  const authType = Number(params.auth_type ?? 0);
  if (isOffline && !user.isAdmin) {
    throw denied("Access denied! Offline events binding requires administrator access rights");
  }
  if (authType !== 0 && authType !== user.id && !user.isAdmin) {
    throw denied(
      "Access denied! Event binding with AUTH_TYPE requires administrator access rights",
    );
  }
  if (!isOffline && !URL.canParse(url)) {
    throw new RestError(400, "ERROR_WRONG_HANDLER_URL", "Wrong handler URL");
  }
  const connector = String(params.auth_connector ?? "");
  const isBound = install.handlers.some(
    (one) =>
      one.event === event &&
      one.url === url &&
      one.isOffline === isOffline &&
      one.connector === connector,
  );
  if (isBound) {
    throw new RestError(400, "ERROR_CORE", "Unable to set event handler: Handler already binded");
  }
  const id = nextId(call.portal, "handler");
  const minTimeout = Number(mapParam(params.options).minTimeout ?? 1);
  const calledAt = Number.NEGATIVE_INFINITY;
  install.handlers.push({ id, event, url, authType, isOffline, connector, minTimeout, calledAt });
  return { result: true };
}

function unbind(call: Call): Answer {
  const { params, install } = call;
  const event = String(params.event ?? "").toUpperCase();
  const isOffline = params.event_type === "offline";
  const authType = params.auth_type === undefined ? null : Number(params.auth_type);
  const before = install.handlers.length;
  install.handlers = install.handlers.filter(
    (one) =>
      one.event !== event ||
      one.isOffline !== isOffline ||
      (!isOffline && one.url !== String(params.handler ?? "")) ||
      (authType !== null && one.authType !== authType),
  );
  return { result: { count: before - install.handlers.length } };
}

function bound(call: Call): Answer {
  const result = call.install.handlers.map((one) => ({
    event: one.event,
    handler: one.url,
    auth_type: String(one.authType),
    offline: one.isOffline ? 1 : 0,
    ...(one.isOffline ? { connector_id: one.connector } : {}),
  }));
  return { result };
}

function test(call: Call): Answer {
  const { auth: _auth, ...query } = call.params;
  raiseAppEvent(
    call.world,
    call.install,
    { event: "ONAPPTEST", data: { QUERY: query }, userId: call.user.id },
    "access",
  );
  return { result: 1 };
}

function queue(call: Call): OfflineEvent[] {
  if (!call.user.isAdmin) throw denied("Access denied!");
  const connector = String(call.params.auth_connector ?? "");
  return call.portal.offline.filter(
    (one) => one.clientId === call.install.app.clientId && one.connector === connector,
  );
}

function offlineRow(call: Call, one: OfflineEvent): Record<string, unknown> {
  return {
    ID: String(one.id),
    TIMESTAMP_X: isoTime(one.at, call.portal.offsetMinutes),
    EVENT_NAME: one.event,
    EVENT_DATA: call.portal.hasBareQueue ? false : one.data,
    EVENT_ADDITIONAL: call.portal.hasBareQueue ? false : { user_id: String(one.userId) },
    MESSAGE_ID: String(one.id),
  };
}

function offlineGet(call: Call): Answer {
  const { params, portal, world } = call;
  const wantsErrors = Number(params.error ?? 0) === 1;
  const processId = params.process_id;
  const limit = Number(params.limit ?? 50);
  const free = queue(call).filter((one) =>
    processId === undefined
      ? one.processId === "" && one.isError === wantsErrors
      : one.processId === String(processId),
  );
  const taken = free.slice(0, limit);
  const events = taken.map((one) => offlineRow(call, one));
  if (Number(params.clear ?? 1) === 1) {
    portal.offline = portal.offline.filter((one) => !taken.includes(one));
    return { result: { process_id: null, events } };
  }
  const reserved = processId === undefined ? hex(world, 16) : String(processId);
  for (const one of taken) one.processId = reserved;
  return { result: { process_id: reserved, events } };
}

function offlineList(call: Call): Answer {
  const isDescending = String(mapParam(call.params.order).ID ?? "").toUpperCase() === "DESC";
  const rows = queue(call).toSorted((one, other) => one.id - other.id);
  if (isDescending) rows.reverse();
  const result = rows.slice(0, 50).map((one) => ({
    ...offlineRow(call, one),
    PROCESS_ID: one.processId,
    ERROR: one.isError ? "1" : "0",
  }));
  return { result, total: rows.length };
}

function named(call: Call): OfflineEvent[] {
  const processId = String(call.params.process_id ?? "");
  const ids = listParam(call.params.id ?? call.params.message_id).map(Number);
  return queue(call).filter(
    (one) => one.processId === processId && (ids.length === 0 || ids.includes(one.id)),
  );
}

function offlineClear(call: Call): Answer {
  const done = named(call);
  call.portal.offline = call.portal.offline.filter((one) => !done.includes(one));
  return { result: true };
}

function offlineError(call: Call): Answer {
  for (const one of named(call)) {
    one.isError = true;
    one.processId = "";
  }
  return { result: true };
}

function names(call: Call): Answer {
  const scope = mapParam(call.params).SCOPE;
  const isCrm = (event: string): boolean => event.startsWith("ONCRM");
  if (scope === undefined) return { result: [...EVENTS] };
  return { result: EVENTS.filter((event) => isCrm(event) === (scope === "crm")) };
}

export const eventMethods: Methods = {
  events: { scopes: BASIC, cost: "cheap", run: names },
  "event.bind": { scopes: BASIC, cost: "cheap", run: bind },
  "event.get": { scopes: BASIC, cost: "cheap", run: bound },
  "event.unbind": { scopes: BASIC, cost: "cheap", run: unbind },
  "event.test": { scopes: BASIC, cost: "cheap", run: test },
  "event.offline.get": { scopes: BASIC, cost: "cheap", run: offlineGet },
  "event.offline.list": { scopes: BASIC, cost: "cheap", run: offlineList },
  "event.offline.clear": { scopes: BASIC, cost: "cheap", run: offlineClear },
  "event.offline.error": { scopes: BASIC, cost: "cheap", run: offlineError },
};
