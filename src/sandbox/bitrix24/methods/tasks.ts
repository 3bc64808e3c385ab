import { isoTime, parseTime } from "../dates.ts";
import { type Columns, compileFilter, type Sort } from "../filter.ts";
import { raise } from "../hooks.ts";
import { compileOrder, listPage } from "../list-page.ts";
import { nextId, nowOf, type Portal, userOf } from "../model.ts";
import { missingParam, RestError } from "../rest-error.ts";
import type { Task } from "../rows.ts";
import {
  type Answer,
  actorOf,
  type Call,
  either,
  listParam,
  type Methods,
  mapParam,
  requiredFields,
  startOf,
} from "./method.ts";

/** `tasks.task.*` of the classic API: filters by UPPER names, answers camelCase with ids as text. */

const SCOPES = ["task", "tasks"] as const;

const ACTIONS = (
  "accept decline complete approve disapprove start pause delegate remove edit defer renew create " +
  "changeDeadline checklistAddItems addFavorite deleteFavorite rate take edit.originator checklist.reorder " +
  "elapsedtime.add dayplan.timer.toggle edit.plan checklist.add favorite.add favorite.delete"
).split(" ");

function person(portal: Portal, id: number): Record<string, unknown> {
  const user = userOf(portal, id);
  return {
    id: String(id),
    name: user === undefined ? "" : `${user.name} ${user.lastName}`,
    link: `/company/personal/user/${id}/`,
    icon: "/bitrix/images/tasks/default_avatar.png",
    workPosition: "",
  };
}

function taskRow(portal: Portal, task: Task): Record<string, unknown> {
  const time = (at: number): string => isoTime(at, portal.offsetMinutes);
  const nothing = Object.fromEntries(
    (
      "parentId mark statusChangedBy closedBy dateStart startDatePlan endDatePlan commentsCount " +
      "serviceCommentsCount forkedByTemplateId timeSpentInLogs forumTopicId forumId exchangeModified exchangeId " +
      "viewedDate sorting durationFact flowId durationPlan"
    )
      .split(" ")
      .map((name) => [name, null]),
  );
  const no = Object.fromEntries(
    (
      "multitask notViewed replicate allowChangeDeadline allowTimeTracking taskControl addInReport matchWorkTime " +
      "isMuted isPinned isPinnedInGroup favorite"
    )
      .split(" ")
      .map((name) => [name, "N"]),
  );
  return {
    id: String(task.id),
    ...nothing,
    ...no,
    title: task.title,
    description: task.description,
    priority: task.priority,
    stageId: "0",
    createdBy: String(task.createdBy),
    createdDate: time(task.createdAt),
    responsibleId: String(task.responsibleId),
    changedBy: String(task.createdBy),
    changedDate: time(task.changedAt ?? task.createdAt),
    closedDate: task.closedAt === undefined ? null : time(task.closedAt),
    activityDate: time(task.createdAt),
    deadline: task.deadlineAt === null ? null : time(task.deadlineAt),
    guid: `{sandbox-task-${task.id}}`,
    xmlId: task.xmlId,
    timeEstimate: "0",
    siteId: "s1",
    subordinate: "N",
    outlookVersion: "1",
    descriptionInBbcode: "Y",
    status: String(task.status),
    subStatus: String(task.status),
    statusChangedDate: time(task.createdAt),
    durationType: "days",
    groupId: "0",
    auditors: [],
    accomplices: [],
    checklist: [],
    ufCrmTask: [...task.crm],
    group: [],
    creator: person(portal, task.createdBy),
    responsible: person(portal, task.responsibleId),
    accomplicesData: [],
    auditorsData: [],
    newCommentsCount: 0,
    action: Object.fromEntries(ACTIONS.map((name) => [name, name !== "take"])),
  };
}

/** Only the answer to adding carries the checklist. */
function emptyChecklist(userId: number): Record<string, unknown> {
  return {
    checkListTree: {
      nodeId: 0,
      fields: {
        id: null,
        copiedId: null,
        entityId: null,
        userId,
        createdBy: null,
        parentId: null,
        title: "",
        sortIndex: null,
        displaySortIndex: "",
        isComplete: false,
        isImportant: false,
        completedCount: 0,
        members: [],
        attachments: [],
      },
      action: [],
      descendants: [],
    },
    checkListCanAdd: true,
  };
}

const ALWAYS = new Set(
  "id descriptionInBbcode favorite group creator responsible action accomplicesData auditorsData".split(
    " ",
  ),
);

const camel = (upper: string): string =>
  upper.toLowerCase().replace(/_(.)/g, (_, letter: string) => letter.toUpperCase());

/** UF_CRM_TASK comes only when asked for by name. */
function selected(
  row: Record<string, unknown>,
  select: readonly string[],
): Record<string, unknown> {
  const names = new Set(select.map((name) => (/^[A-Z_]+$/.test(name) ? camel(name) : name)));
  const isAll = select.length === 0 || select.includes("*");
  return Object.fromEntries(
    Object.entries(row).filter(([name]) =>
      isAll ? name !== "ufCrmTask" || names.has(name) : ALWAYS.has(name) || names.has(name),
    ),
  );
}

const core = (text: string): RestError => new RestError(400, "ERROR_CORE", text);

function add(call: Call): Answer {
  if (call.params.fields === undefined) {
    throw new RestError(400, "100", "Could not find value for parameter {fields} (internal error)");
  }
  const fields = requiredFields(call.params);
  const { portal, world, user } = call;
  const title = String(fields.TITLE ?? "");
  if (title === "") throw core("Task title is not specified<br>");
  const responsibleId = Number(fields.RESPONSIBLE_ID ?? 0);
  if (responsibleId === 0) throw core("Responsible person not specified<br>");
  const responsible = userOf(portal, responsibleId);
  if (responsible === undefined || !responsible.isActive) {
    throw core('User specified in the "Responsible" field not found<br>');
  }
  const deadline = fields.DEADLINE;
  const task: Task = {
    id: nextId(portal, "task"),
    title,
    description: String(fields.DESCRIPTION ?? ""),
    responsibleId,
    createdBy: Number(fields.CREATED_BY ?? user.id),
    createdAt: nowOf(world),
    deadlineAt:
      deadline === undefined || deadline === "" || deadline === null
        ? null
        : parseTime(String(deadline), portal.offsetMinutes),
    priority: String(fields.PRIORITY ?? "1"),
    crm: listParam(fields.UF_CRM_TASK),
    xmlId: fields.XML_ID === undefined ? null : String(fields.XML_ID),
    status: 2,
  };
  portal.tasks.put(task);
  call.mark();
  raise(world, portal, {
    event: "ONTASKADD",
    data: { FIELDS_BEFORE: "undefined", FIELDS_AFTER: { ID: task.id } },
    ...actorOf(call),
  });
  const row = { ...selected(taskRow(portal, task), []), ...emptyChecklist(user.id) };
  return { result: { task: row } };
}

function get(call: Call): Answer {
  const id = either(call.params, "taskId");
  if (id === undefined) throw missingParam("taskId");
  const task = call.portal.tasks.get(Number(id));
  if (task === undefined) throw new RestError(400, "0", "wrong task id");
  const row = taskRow(call.portal, task);
  return { result: { task: selected(row, listParam(call.params.select)) } };
}

function remove(call: Call): Answer {
  const id = either(call.params, "taskId");
  if (id === undefined) throw missingParam("taskId");
  const task = call.portal.tasks.get(Number(id));
  if (task === undefined) throw new RestError(400, "0", "wrong task id");
  call.portal.tasks.delete(task.id);
  call.mark();
  return { result: { task: true } };
}

const COLUMNS: Readonly<Record<string, readonly [Sort, (task: Task) => unknown]>> = {
  ID: ["number", (task) => task.id],
  TITLE: ["text", (task) => task.title],
  STATUS: ["number", (task) => task.status],
  RESPONSIBLE_ID: ["number", (task) => task.responsibleId],
  CREATED_BY: ["number", (task) => task.createdBy],
  CREATED_DATE: ["time", (task) => task.createdAt],
  DEADLINE: ["time", (task) => task.deadlineAt],
  PRIORITY: ["number", (task) => task.priority],
  XML_ID: ["text", (task) => task.xmlId],
  UF_CRM_TASK: ["text", (task) => [...task.crm]],
};

function list(call: Call): Answer {
  const { portal, params } = call;
  const columns: Columns<Task> = {
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
  const query = compileFilter(mapParam(params.filter), columns);
  const order = compileOrder(mapParam(params.order), columns, "ID");
  const page = listPage(portal.tasks, query, order, startOf(params), portal.offsetMinutes);
  const select = listParam(params.select);
  const tasks = page.rows.map((task) => selected(taskRow(portal, task), select));
  return { result: { tasks }, total: page.total, next: page.next };
}

function notify(call: Call): Answer {
  const userId = Number(call.params.USER_ID ?? 0);
  if (userId === 0) throw new RestError(400, "USER_ID_EMPTY", "User ID can't be empty");
  const message = String(call.params.MESSAGE ?? "");
  if (message === "") throw new RestError(400, "MESSAGE_EMPTY", "Message can't be empty");
  const { portal } = call;
  const tag = String(call.params.TAG ?? "");
  // The same tag replaces what the person had of it.
  portal.notifications = portal.notifications.filter(
    (one) => tag === "" || one.userId !== userId || one.tag !== tag,
  );
  const id = nextId(portal, "notification");
  portal.notifications.push({ id, userId, message, tag });
  call.mark();
  return { result: id };
}

export const taskMethods: Methods = {
  "tasks.task.add": { scopes: SCOPES, cost: "write", run: add },
  "tasks.task.get": { scopes: SCOPES, cost: "cheap", run: get },
  "tasks.task.list": { scopes: SCOPES, cost: "list", run: list },
  "tasks.task.delete": { scopes: SCOPES, cost: "write", run: remove },
  "im.notify.system.add": { scopes: ["im"], cost: "write", run: notify },
};
