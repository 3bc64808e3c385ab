import { isParams, type Params } from "../form.ts";
import { phpMap } from "../reply.ts";
import { RestError } from "../rest-error.ts";
import { type Answer, type Call, type Methods, mapParam } from "./method.ts";

const CARDS = ["LEAD", "DEAL", "CONTACT", "COMPANY"];
export const PLACEMENTS: readonly string[] = [
  ...CARDS.flatMap((card) =>
    ["DETAIL_TAB", "DETAIL_ACTIVITY", "DETAIL_TOOLBAR", "LIST_MENU", "LIST_TOOLBAR"].map(
      (place) => `CRM_${card}_${place}`,
    ),
  ),
  "CRM_DEAL_ACTIVITY_TIMELINE_MENU",
  "CRM_ANALYTICS_MENU",
  "CRM_ANALYTICS_TOOLBAR",
  "LEFT_MENU",
  "REST_APP_URI",
  "PAGE_BACKGROUND_WORKER",
];

/** At most one handler each. */
const SINGLE: readonly string[] = ["REST_APP_URI", "PAGE_BACKGROUND_WORKER"];

/** Documented with HTTP 200 and the name of the argument. */
const emptyArgument = (name: string, status: number): RestError =>
  new RestError(status, "ERROR_ARGUMENT", `Argument '${name}' is null or empty`, {
    argument: name,
  });

const alreadyBound = (): RestError =>
  new RestError(400, "ERROR_CORE", "Unable to set placement handler: Handler already binded");

function handlerUrl(value: unknown): string {
  const text = String(value ?? "");
  if (text === "") throw emptyArgument("HANDLER", 200);
  if (!URL.canParse(text)) throw new RestError(400, "ERROR_WRONG_HANDLER_URL", "Wrong handler URL");
  if (!/^https?:$/.test(new URL(text).protocol)) {
    throw new RestError(400, "ERROR_UNSUPPORTED_PROTOCOL", "Unsupported handler protocol");
  }
  return text;
}

function languages(value: unknown): Params {
  const result: Params = {};
  for (const [language, texts] of Object.entries(mapParam(value))) {
    if (!isParams(texts)) continue;
    result[language] = {
      TITLE: String(texts.TITLE ?? ""),
      DESCRIPTION: String(texts.DESCRIPTION ?? ""),
      GROUP_NAME: String(texts.GROUP_NAME ?? ""),
    };
  }
  return result;
}

function bind(call: Call): Answer {
  const { params, install } = call;
  const placement = String(params.PLACEMENT ?? "").toUpperCase();
  if (placement === "") throw emptyArgument("PLACEMENT", 200);
  const handler = handlerUrl(params.HANDLER);
  if (!PLACEMENTS.includes(placement)) {
    throw new RestError(400, "ERROR_PLACEMENT_NOT_FOUND", "Placement not found");
  }
  const mine = install.placements.filter((one) => one.placement === placement);
  if (mine.some((one) => one.handler === handler)) throw alreadyBound();
  if (SINGLE.includes(placement) && mine.length > 0) {
    throw new RestError(200, "ERROR_PLACEMENT_MAX_COUNT", "Placement max count exceeded");
  }
  install.placements.push({
    placement,
    handler,
    title: String(params.TITLE ?? ""),
    description: String(params.DESCRIPTION ?? ""),
    options: mapParam(params.OPTIONS),
    langAll: languages(params.LANG_ALL),
  });
  return { result: true };
}

function bound(call: Call): Answer {
  const result = call.install.placements.map((one) => ({
    placement: one.placement,
    userId: 0,
    handler: one.handler,
    options: phpMap(one.options),
    title: one.title,
    description: one.description,
    langAll: phpMap(one.langAll),
  }));
  return { result };
}

function unbind(call: Call): Answer {
  const { params, install } = call;
  const placement = String(params.PLACEMENT ?? "").toUpperCase();
  if (placement === "") throw emptyArgument("PLACEMENT", 400);
  const handler = params.HANDLER;
  const before = install.placements.length;
  install.placements = install.placements.filter(
    (one) =>
      one.placement !== placement || (handler !== undefined && one.handler !== String(handler)),
  );
  // Counts every handler as found and again as removed.
  return { result: { count: (before - install.placements.length) * 2 } };
}

function addFieldType(call: Call): Answer {
  const { params, install } = call;
  const code = String(params.USER_TYPE_ID ?? "");
  if (!/^[a-z0-9_]+$/.test(code)) throw emptyArgument("USER_TYPE_ID", 400);
  if (install.fieldTypes.some((one) => one.code === code)) throw alreadyBound();
  install.fieldTypes.push({
    code,
    handler: handlerUrl(params.HANDLER),
    title: String(params.TITLE ?? ""),
    description: String(params.DESCRIPTION ?? ""),
    options: mapParam(params.OPTIONS),
  });
  return { result: true };
}

function fieldTypes(call: Call): Answer {
  const result = call.install.fieldTypes.map((one) => ({
    USER_TYPE_ID: one.code,
    HANDLER: one.handler,
    TITLE: one.title,
    DESCRIPTION: one.description,
  }));
  return { result, total: result.length };
}

function foundType(call: Call): number {
  const code = String(call.params.USER_TYPE_ID ?? "");
  if (code === "") throw emptyArgument("USER_TYPE_ID", 400);
  const at = call.install.fieldTypes.findIndex((one) => one.code === code);
  if (at < 0) throw new RestError(400, "ERROR_NOT_FOUND", "User Field Type not found");
  return at;
}

function updateFieldType(call: Call): Answer {
  const { params, install } = call;
  const at = foundType(call);
  const known = install.fieldTypes[at];
  if (known === undefined) return { result: false };
  install.fieldTypes[at] = {
    code: known.code,
    handler: params.HANDLER === undefined ? known.handler : handlerUrl(params.HANDLER),
    title: String(params.TITLE ?? known.title),
    description: String(params.DESCRIPTION ?? known.description),
    options: params.OPTIONS === undefined ? known.options : mapParam(params.OPTIONS),
  };
  return { result: true };
}

function deleteFieldType(call: Call): Answer {
  call.install.fieldTypes.splice(foundType(call), 1);
  return { result: true };
}

const SCOPES = ["placement"] as const;

export const placementMethods: Methods = {
  "placement.list": {
    scopes: SCOPES,
    cost: "cheap",
    run: () => ({ result: [...PLACEMENTS] }),
  },
  "placement.bind": { scopes: SCOPES, cost: "cheap", isAdminOnly: true, run: bind },
  "placement.get": { scopes: SCOPES, cost: "cheap", isAdminOnly: true, run: bound },
  "placement.unbind": { scopes: SCOPES, cost: "cheap", isAdminOnly: true, run: unbind },
  "userfieldtype.add": { scopes: SCOPES, cost: "cheap", isAdminOnly: true, run: addFieldType },
  "userfieldtype.update": {
    scopes: SCOPES,
    cost: "cheap",
    isAdminOnly: true,
    run: updateFieldType,
  },
  "userfieldtype.delete": {
    scopes: SCOPES,
    cost: "cheap",
    isAdminOnly: true,
    run: deleteFieldType,
  },
  "userfieldtype.list": { scopes: SCOPES, cost: "cheap", isAdminOnly: true, run: fieldTypes },
};
