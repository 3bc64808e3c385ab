import { isoTime } from "../dates.ts";
import { nowOf, type PortalUser } from "../model.ts";
import { serverAppInfo } from "../oauth.ts";
import { missingParam, RestError } from "../rest-error.ts";
import {
  type Answer,
  BASIC,
  type Call,
  either,
  type Methods,
  mapParam,
  startOf,
} from "./method.ts";

/** The application itself, its options, its users and what the portal can do. */

const LICENCE_FAMILY: readonly string[] = ["ent", "pro", "std", "basic", "demo"];

function appInfo(call: Call): Answer {
  const { install, portal, world } = call;
  const type = portal.licence.replace(/^[a-z]+_/, "");
  const result = {
    ID: install.localId,
    CODE: install.app.code,
    VERSION: install.version,
    STATUS: install.app.status,
    INSTALLED: install.isInstalled,
    PAYMENT_EXPIRED: portal.payment.isExpired ? "Y" : "N",
    DAYS: portal.payment.days,
    LANGUAGE_ID: "ru",
    LICENSE: portal.licence,
    LICENSE_TYPE: type,
    LICENSE_FAMILY: LICENCE_FAMILY.find((family) => type.startsWith(family)) ?? type,
  };
  const isShared = new URL(world.settings.oauthOrigin).host === new URL(portal.origin).host;
  if (!isShared) return { result };
  // With one host for both servers the caller may mean either: the answer carries the keys of both.
  const token = world.accessTokens.get(String(call.params.auth));
  return { result: token === undefined ? result : { ...result, ...serverAppInfo(token) } };
}

function profile(call: Call): Answer {
  const { user } = call;
  return {
    result: {
      ID: String(user.id),
      ADMIN: user.isAdmin,
      NAME: user.name,
      LAST_NAME: user.lastName,
      PERSONAL_GENDER: "",
      TIME_ZONE: "",
    },
  };
}

function userRow(call: Call, user: PortalUser): Record<string, unknown> {
  const at = isoTime(nowOf(call.world), call.portal.offsetMinutes);
  return {
    ID: String(user.id),
    ACTIVE: user.isActive,
    NAME: user.name,
    LAST_NAME: user.lastName,
    SECOND_NAME: "",
    EMAIL: `user${user.id}@portal.example`,
    LAST_LOGIN: at,
    DATE_REGISTER: "2023-08-24T03:00:00+03:00",
    TIME_ZONE: "",
    IS_ONLINE: "Y",
    TIMESTAMP_X: {},
    LAST_ACTIVITY_DATE: {},
    PERSONAL_GENDER: "",
    PERSONAL_WWW: "",
    PERSONAL_BIRTHDAY: "",
    PERSONAL_MOBILE: "",
    PERSONAL_CITY: "",
    WORK_PHONE: "",
    WORK_POSITION: "",
    UF_EMPLOYMENT_DATE: "",
    UF_DEPARTMENT: [1],
    USER_TYPE: "employee",
  };
}

const TRUE: ReadonlySet<unknown> = new Set([true, "true", "Y", 1, "1"]);

function users(call: Call): Answer {
  const filter = { ...mapParam(either(call.params, "filter")) };
  for (const [name, value] of Object.entries(call.params)) {
    if (name === "ID" || name === "ACTIVE") filter[name] = value;
  }
  const ids = filter.ID ?? filter["@ID"];
  const rows = call.portal.users.filter((user) => {
    // Technical users and bots are not shown.
    if (user.isSystem) return false;
    if (filter.ACTIVE !== undefined && TRUE.has(filter.ACTIVE) !== user.isActive) return false;
    return (
      ids === undefined ||
      Object.values(mapParam([ids].flat()))
        .map(Number)
        .includes(user.id)
    );
  });
  const start = Math.max(0, startOf(call.params));
  const page = rows.slice(start, start + 50);
  const end = start + page.length;
  return {
    result: page.map((user) => userRow(call, user)),
    total: rows.length,
    next: end < rows.length ? end : null,
  };
}

function currentUser(call: Call): Answer {
  const row = userRow(call, call.user);
  const now = isoTime(nowOf(call.world), call.portal.offsetMinutes);
  row.LAST_ACTIVITY_DATE = now.slice(0, 19).replace("T", " ");
  delete row.USER_TYPE;
  return { result: row };
}

function readOption(options: Readonly<Record<string, unknown>>, call: Call): Answer {
  const name = call.params.option;
  if (name === undefined || name === "") {
    return { result: Object.keys(options).length === 0 ? [] : options };
  }
  return { result: options[String(name)] ?? null };
}

function givenOptions(call: Call): Record<string, unknown> {
  const { options } = call.params;
  if (options === undefined) {
    throw new RestError(400, "ArgumentNullException", "Argument 'options' is null or empty");
  }
  return mapParam(options);
}

function setAppOption(call: Call): Answer {
  if (!call.user.isAdmin) {
    throw new RestError(403, "AccessException", "Administrator authorization required");
  }
  Object.assign(call.install.appOptions, givenOptions(call));
  return { result: true };
}

function setUserOption(call: Call): Answer {
  const { userOptions } = call.install;
  const options = { ...userOptions.get(call.user.id), ...givenOptions(call) };
  userOptions.set(call.user.id, options);
  return { result: true };
}

function methodGet(call: Call): Answer {
  const name = call.params.name;
  if (name === undefined) throw missingParam("name");
  const method = call.catalogue.get(String(name).toLowerCase());
  const { scopes } = call.install.app;
  const isAvailable =
    method !== undefined &&
    (method.scopes.length === 0 || method.scopes.some((scope) => scopes.includes(scope)));
  return { result: { isExisting: method !== undefined, isAvailable } };
}

const USER_SCOPES = ["user", "user_basic", "user_brief"] as const;

export const applicationMethods: Methods = {
  "app.info": { scopes: BASIC, cost: "cheap", run: appInfo },
  profile: { scopes: BASIC, cost: "cheap", run: profile },
  "user.current": { scopes: USER_SCOPES, cost: "cheap", run: currentUser },
  "user.admin": {
    scopes: BASIC,
    cost: "cheap",
    run: (call) => ({ result: call.user.isAdmin }),
  },
  "user.get": { scopes: USER_SCOPES, cost: "cheap", run: users },
  scope: {
    scopes: BASIC,
    cost: "cheap",
    run: (call) => ({ result: [...call.install.app.scopes] }),
  },
  methods: {
    scopes: BASIC,
    cost: "cheap",
    run: (call) => ({ result: [...call.catalogue.keys()] }),
  },
  "method.get": { scopes: BASIC, cost: "cheap", run: methodGet },
  "feature.get": {
    scopes: BASIC,
    cost: "cheap",
    run: (call) => {
      const isOffered = call.portal.features.has(String(call.params.CODE));
      return { result: { value: isOffered ? "Y" : "N" } };
    },
  },
  "server.time": {
    scopes: BASIC,
    cost: "cheap",
    run: (call) => ({ result: isoTime(nowOf(call.world), call.portal.offsetMinutes) }),
  },
  "app.option.get": {
    scopes: BASIC,
    cost: "cheap",
    run: (call) => readOption(call.install.appOptions, call),
  },
  "app.option.set": { scopes: BASIC, cost: "cheap", run: setAppOption },
  "user.option.get": {
    scopes: BASIC,
    cost: "cheap",
    run: (call) => readOption(call.install.userOptions.get(call.user.id) ?? {}, call),
  },
  "user.option.set": { scopes: BASIC, cost: "cheap", run: setUserOption },
};
