import { isoTime, parseTime } from "../dates.ts";
import { raise } from "../hooks.ts";
import { nextId, nowOf, type Portal } from "../model.ts";
import { missingParam, RestError } from "../rest-error.ts";
import type { Activity, TimelineNote } from "../rows.ts";
import { owner } from "./activities.ts";
import {
  type Answer,
  actorOf,
  type Call,
  CRM,
  either,
  type Methods,
  mapParam,
  requiredFields,
  startOf,
} from "./method.ts";

/** The timeline: log messages, comments, activities that an application lays out, badges of the board. */

const PAGE = 50;

interface NoteInput {
  readonly typeId: number;
  readonly entityId: number;
  readonly title: string;
  readonly text: string;
  readonly iconCode: string;
}

function addNote(call: Call, { typeId, entityId, title, text, iconCode }: NoteInput): TimelineNote {
  const { portal, world, user } = call;
  const item = owner(call, typeId, entityId);
  const id = nextId(portal, "note");
  const at = nowOf(world);
  portal.notes.put({
    id,
    entityTypeId: typeId,
    entityId: item.id,
    title,
    text,
    at,
    authorId: user.id,
    iconCode,
    clientId: call.install.app.clientId,
  });
  call.mark();
  return portal.notes.get(id) as TimelineNote;
}

function addLogMessage(call: Call): Answer {
  const fields = requiredFields(call.params);
  for (const name of ["entityTypeId", "entityId", "title", "text", "iconCode"]) {
    if (fields[name] === undefined || fields[name] === "") throw missingParam(name);
  }
  const title = String(fields.title);
  const text = String(fields.text);
  const note = addNote(call, {
    typeId: Number(fields.entityTypeId),
    entityId: Number(fields.entityId),
    title,
    text,
    iconCode: String(fields.iconCode),
  });
  return { result: { logMessage: logMessageRow(call.portal, note) } };
}

function logMessageRow(portal: Portal, note: TimelineNote): Record<string, unknown> {
  return {
    id: note.id,
    created: isoTime(note.at, portal.offsetMinutes),
    authorId: note.authorId,
    title: note.title,
    text: note.text,
    iconCode: note.iconCode,
  };
}

/** Log messages only: comments are another list. */
function listLogMessages(call: Call): Answer {
  const { params, portal } = call;
  for (const name of ["entityTypeId", "entityId"]) {
    if (params[name] === undefined) throw missingParam(name);
  }
  const item = owner(call, Number(params.entityTypeId), Number(params.entityId));
  const isAscending = String(mapParam(params.order).created ?? "desc").toLowerCase() === "asc";
  const rows = [...portal.notes.rows()]
    .filter(
      (note) =>
        note.iconCode !== "" &&
        note.entityTypeId === Number(params.entityTypeId) &&
        note.entityId === item.id,
    )
    .sort((one, other) => (isAscending ? one.id - other.id : other.id - one.id));
  const start = Math.max(0, startOf(params));
  const page = rows.slice(start, start + PAGE);
  return {
    result: page.map((note) => logMessageRow(portal, note)),
    total: rows.length,
    next: start + page.length < rows.length ? start + page.length : null,
  };
}

function foundLogMessage(call: Call): TimelineNote {
  const { id } = call.params;
  if (id === undefined) throw missingParam("id");
  const note = call.portal.notes.get(Number(id));
  if (note === undefined || note.iconCode === "") {
    const text = `Timeline logmessage not found for id ${Number(id)}`;
    throw new RestError(400, "NOT_FOUND", text);
  }
  return note;
}

function deleteLogMessage(call: Call): Answer {
  const note = foundLogMessage(call);
  if (note.clientId !== call.install.app.clientId) {
    throw new RestError(400, "REMOVING_DISABLED", "Removing is disabled");
  }
  call.portal.notes.delete(note.id);
  call.mark();
  return { result: true };
}

const ENTITY_TYPES: Readonly<Record<string, number>> = { lead: 1, deal: 2, contact: 3, company: 4 };

function addComment(call: Call): Answer {
  const fields = requiredFields(call.params);
  for (const name of ["ENTITY_ID", "ENTITY_TYPE"]) {
    if (fields[name] === undefined) throw missingParam(name);
  }
  const text = String(fields.COMMENT ?? "");
  if (text === "") throw new RestError(400, "INVALID_ARG_VALUE", "Empty comment");
  const typeId = ENTITY_TYPES[String(fields.ENTITY_TYPE).toLowerCase()] ?? 0;
  const entityId = Number(fields.ENTITY_ID);
  const note = addNote(call, { typeId, entityId, title: "", text, iconCode: "" });
  raise(call.world, call.portal, {
    event: "ONCRMTIMELINECOMMENTADD",
    data: { ID: note.id },
    ...actorOf(call),
  });
  return { result: note.id };
}

function badge(call: Call): Answer {
  const { params, install } = call;
  requireAdmin(call);
  for (const name of ["code", "title", "value", "type"]) {
    if (params[name] === undefined || params[name] === "") {
      throw new RestError(400, "REQUIRED_ARG_MISSING", "Required fields are not filled");
    }
  }
  const added = {
    code: String(params.code),
    title: String(params.title),
    value: String(params.value),
    type: String(params.type),
  };
  install.badges = [...install.badges.filter((one) => one.code !== added.code), added];
  call.mark();
  return { result: { badge: added } };
}

function requireAdmin(call: Call): void {
  if (!call.user.isAdmin) throw new RestError(400, "ACCESS_DENIED", "Access denied");
}

const LAYOUT_PARTS = ["icon", "header", "body", "footer"];

/** What the portal checks of a layout; null = it will do. */
function layoutError(layout: ReturnType<typeof mapParam>): RestError | null {
  if (Object.keys(layout).length === 0) {
    return new RestError(400, "ERROR_EMPTY_LAYOUT", "The layout field must be filled");
  }
  const odd = Object.keys(layout).find((name) => !LAYOUT_PARTS.includes(name));
  if (odd !== undefined) {
    return new RestError(400, "FIELD_IS_REDUNDANT", `Field ${odd} is redundant`);
  }
  const isWhole =
    mapParam(layout.icon).code !== undefined &&
    mapParam(layout.header).title !== undefined &&
    mapParam(mapParam(layout.body).logo).code !== undefined;
  return isWhole
    ? null
    : new RestError(400, "FIELD_IS_REQUIRED", "A required field was not filled");
}

function addConfigurable(call: Call): Answer {
  const { params, portal, world, install } = call;
  for (const name of ["ownerTypeId", "ownerId", "fields", "layout"]) {
    if (params[name] === undefined) throw missingParam(name);
  }
  const ownerTypeId = Number(params.ownerTypeId);
  const item = owner(call, ownerTypeId, Number(params.ownerId));
  const fields = mapParam(params.fields);
  const layout = mapParam(params.layout);
  const refusal = layoutError(layout);
  if (refusal !== null) throw refusal;
  const badgeCode = fields.badgeCode === undefined ? "" : String(fields.badgeCode);
  if (badgeCode !== "" && !install.badges.some((one) => one.code === badgeCode)) {
    throw new RestError(400, "WRONG_FIELD_VALUE", "Wrong value of field badgeCode");
  }
  const now = nowOf(world);
  const activity: Activity = {
    id: nextId(portal, "activity"),
    ownerTypeId,
    ownerId: item.id,
    typeId: 6,
    providerId: "CONFIGURABLE_REST_APP",
    providerTypeId: "CONFIGURABLE",
    subject: String(mapParam(layout.header).title ?? ""),
    description: "",
    createdAt: now,
    updatedAt: now,
    startAt: now,
    deadlineAt:
      fields.deadline === undefined
        ? null
        : parseTime(String(fields.deadline), portal.offsetMinutes),
    isDone: fields.completed === true || fields.completed === "Y",
    responsibleId: Number(fields.responsibleId ?? call.user.id),
    authorId: call.user.id,
    direction: 0,
    originatorId: fields.originatorId === undefined ? null : String(fields.originatorId),
    originId: fields.originId === undefined ? null : String(fields.originId),
    badgeCode,
    clientId: install.app.clientId,
    layout,
  };
  portal.activities.put(activity);
  call.mark();
  const data = { FIELDS: { ID: activity.id } };
  raise(world, portal, { event: "ONCRMACTIVITYADD", data, ...actorOf(call) });
  return { result: { activity: { id: activity.id } } };
}

function getConfigurable(call: Call): Answer {
  const row = call.portal.activities.get(Number(either(call.params, "id")));
  if (row?.providerId !== "CONFIGURABLE_REST_APP") {
    throw new RestError(400, "NOT_FOUND", "Not found.");
  }
  const fields = {
    typeId: "CONFIGURABLE",
    completed: row.isDone,
    deadline: row.deadlineAt === null ? null : isoTime(row.deadlineAt, call.portal.offsetMinutes),
    pingOffsets: [],
    isIncomingChannel: false,
    responsibleId: row.responsibleId,
    badgeCode: row.badgeCode ?? "",
    originatorId: row.originatorId ?? null,
    originId: row.originId ?? null,
  };
  const { id, ownerTypeId, ownerId, layout } = row;
  return { result: { activity: { id, ownerTypeId, ownerId, fields, layout } } };
}

export const timelineMethods: Methods = {
  "crm.timeline.logmessage.add": { scopes: CRM, cost: "write", run: addLogMessage },
  "crm.timeline.logmessage.get": {
    scopes: CRM,
    cost: "cheap",
    run: (call) => ({ result: { logMessage: logMessageRow(call.portal, foundLogMessage(call)) } }),
  },
  "crm.timeline.logmessage.list": { scopes: CRM, cost: "list", run: listLogMessages },
  "crm.timeline.logmessage.delete": { scopes: CRM, cost: "write", run: deleteLogMessage },
  "crm.timeline.comment.add": { scopes: CRM, cost: "write", run: addComment },
  "crm.activity.configurable.add": { scopes: CRM, cost: "write", run: addConfigurable },
  "crm.activity.configurable.get": { scopes: CRM, cost: "cheap", run: getConfigurable },
  "crm.activity.badge.add": { scopes: CRM, cost: "write", run: badge },
  "crm.activity.badge.list": {
    scopes: CRM,
    cost: "cheap",
    run: (call) => ({ result: { badges: call.install.badges } }),
  },
};
