import { isoTime, parseTime } from "../dates.ts";
import { type Columns, compileFilter, type Sort } from "../filter.ts";
import { raise } from "../hooks.ts";
import { compileOrder, listPage } from "../list-page.ts";
import { itemsOf, nextId, nowOf, type Portal } from "../model.ts";
import { missingParam, oldError, RestError } from "../rest-error.ts";
import type { Activity, Item } from "../rows.ts";
import {
  type Answer,
  actorOf,
  type Call,
  CRM,
  canRead,
  either,
  listParam,
  type Methods,
  mapParam,
  startOf,
} from "./method.ts";

/** Activities and to-dos. */

const COLUMNS: Readonly<Record<string, readonly [Sort, (row: Activity) => unknown]>> = {
  ID: ["number", (row) => row.id],
  OWNER_ID: ["number", (row) => row.ownerId],
  OWNER_TYPE_ID: ["number", (row) => row.ownerTypeId],
  TYPE_ID: ["number", (row) => row.typeId],
  PROVIDER_ID: ["text", (row) => row.providerId],
  COMPLETED: ["boolean", (row) => (row.isDone ? "Y" : "N")],
  RESPONSIBLE_ID: ["number", (row) => row.responsibleId],
  CREATED: ["time", (row) => row.createdAt],
  LAST_UPDATED: ["time", (row) => row.updatedAt],
  START_TIME: ["time", (row) => row.startAt],
  END_TIME: ["time", (row) => row.startAt],
  DEADLINE: ["time", (row) => row.deadlineAt],
  DIRECTION: ["number", (row) => row.direction],
  ORIGINATOR_ID: ["text", (row) => row.originatorId ?? null],
  ORIGIN_ID: ["text", (row) => row.originId ?? null],
};

function activityRow(portal: Portal, row: Activity): Record<string, unknown> {
  const time = (at: number): string => isoTime(at, portal.offsetMinutes);
  return {
    ID: String(row.id),
    OWNER_ID: String(row.ownerId),
    OWNER_TYPE_ID: String(row.ownerTypeId),
    TYPE_ID: String(row.typeId),
    PROVIDER_ID: row.providerId,
    PROVIDER_TYPE_ID: row.providerTypeId,
    PROVIDER_GROUP_ID: null,
    ASSOCIATED_ENTITY_ID: "0",
    SUBJECT: row.subject,
    CREATED: time(row.createdAt),
    LAST_UPDATED: time(row.updatedAt),
    START_TIME: time(row.startAt),
    END_TIME: time(row.startAt),
    DEADLINE: time(row.deadlineAt ?? row.startAt),
    COMPLETED: row.isDone ? "Y" : "N",
    STATUS: row.isDone ? "2" : "1",
    RESPONSIBLE_ID: String(row.responsibleId),
    PRIORITY: "2",
    NOTIFY_TYPE: "1",
    NOTIFY_VALUE: "15",
    DESCRIPTION: row.description,
    DESCRIPTION_TYPE: "1",
    DIRECTION: String(row.direction),
    LOCATION: "",
    SETTINGS: [],
    ORIGINATOR_ID: row.originatorId ?? null,
    ORIGIN_ID: row.originId ?? null,
    AUTHOR_ID: String(row.authorId),
    EDITOR_ID: String(row.authorId),
    PROVIDER_PARAMS: [],
    PROVIDER_DATA: null,
    RESULT_MARK: "0",
    RESULT_VALUE: null,
    RESULT_SUM: null,
    RESULT_CURRENCY_ID: null,
    RESULT_STATUS: "0",
    RESULT_STREAM: "0",
    RESULT_SOURCE_ID: null,
    AUTOCOMPLETE_RULE: "0",
  };
}

function isVisible(call: Call, row: Activity): boolean {
  return call.user.sees === "all" || row.responsibleId === call.user.id;
}

function list(call: Call): Answer {
  const { portal, params } = call;
  const columns: Columns<Activity> = {
    offsetMinutes: portal.offsetMinutes,
    isPlainDatesOnly: portal.isPlainDatesOnly,
    hasGroups: false,
    find: (name) => {
      const found = COLUMNS[name.toUpperCase()];
      return found === undefined ? null : { sort: found[0], read: found[1] };
    },
    onUnknown: () => undefined,
    onInvalid: () => undefined,
  };
  const query = compileFilter(mapParam(either(params, "filter")), columns);
  const { test } = query;
  const seen = (row: Activity): boolean => isVisible(call, row) && (test === null || test(row));
  const given = mapParam(either(params, "order"));
  const order = Object.keys(given).length === 0 ? { START_TIME: "ASC" } : given;
  const page = listPage(
    portal.activities,
    call.user.sees === "all" ? query : { ...query, test: seen },
    compileOrder(order, columns, "ID"),
    startOf(params),
    portal.offsetMinutes,
  );
  const select = listParam(either(params, "select"));
  const result = page.rows.map((row) => {
    const full = activityRow(portal, row);
    if (select.length === 0 || select.includes("*")) return full;
    return Object.fromEntries(
      Object.entries(full).filter(([name]) => name === "ID" || select.includes(name)),
    );
  });
  return { result, total: page.total, next: page.next };
}

function get(call: Call): Answer {
  const row = call.portal.activities.get(Number(either(call.params, "id")));
  if (row === undefined) throw oldError("Activity not found");
  if (!isVisible(call, row)) throw oldError("Access denied");
  return { result: activityRow(call.portal, row) };
}

/** The record that something is attached to. */
export function owner(call: Call, typeId: number, id: number): Item {
  const item = itemsOf(call.portal, typeId)?.get(id);
  if (item === undefined) {
    throw new RestError(400, "OWNER_NOT_FOUND", "Owner of the item not found");
  }
  if (!canRead(call.user, item)) throw new RestError(400, "ACCESS_DENIED", "Access denied");
  return item;
}

function addTodo(call: Call): Answer {
  const { params, portal, world } = call;
  for (const name of ["ownerTypeId", "ownerId", "deadline"]) {
    if (params[name] === undefined) throw missingParam(name);
  }
  const deadlineAt = parseTime(String(params.deadline), portal.offsetMinutes);
  if (deadlineAt === null) {
    throw new RestError(400, "WRONG_DATETIME_FORMAT", "Incorrect date format");
  }
  const ownerTypeId = Number(params.ownerTypeId);
  if (!portal.items.has(ownerTypeId)) throw new RestError(400, "NOT_FOUND", "Not found.");
  const item = owner(call, ownerTypeId, Number(params.ownerId));
  const now = nowOf(world);
  const id = nextId(portal, "activity");
  portal.activities.put({
    id,
    ownerTypeId,
    ownerId: item.id,
    typeId: 6,
    providerId: "CRM_TODO",
    providerTypeId: "TODO",
    subject: String(params.title ?? ""),
    description: String(params.description ?? ""),
    createdAt: now,
    updatedAt: now,
    startAt: now,
    deadlineAt,
    isDone: false,
    responsibleId: Number(params.responsibleId ?? call.user.id),
    authorId: call.user.id,
    direction: 0,
  });
  call.mark();
  raise(world, portal, {
    event: "ONCRMACTIVITYADD",
    data: { FIELDS: { ID: id } },
    ...actorOf(call),
  });
  return { result: { id } };
}

function remove(call: Call): Answer {
  const row = call.portal.activities.get(Number(either(call.params, "id")));
  if (row === undefined) throw oldError("Activity is not found");
  if (!isVisible(call, row)) throw oldError("Access denied");
  call.portal.activities.delete(row.id);
  call.mark();
  raise(call.world, call.portal, {
    event: "ONCRMACTIVITYDELETE",
    data: { FIELDS: { ID: row.id } },
    ...actorOf(call),
  });
  return { result: true };
}

export const activityMethods: Methods = {
  "crm.activity.list": { scopes: CRM, cost: "list", run: list },
  "crm.activity.get": { scopes: CRM, cost: "cheap", run: get },
  "crm.activity.todo.add": { scopes: CRM, cost: "write", run: addTodo },
  "crm.activity.delete": { scopes: CRM, cost: "write", run: remove },
};
