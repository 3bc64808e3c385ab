import { AUTOMATION_REQUESTS, TIMELINE_REQUESTS } from "./bitrix24-requests-writing.ts";
import type { Room } from "./bitrix24-room.ts";
import { asFields, asList, type Fields, type NamedSample } from "./bitrix24-sample.ts";

/** The sample's request with ids and filters that a seeded portal knows; made after what has to be there is there. */
export type Adapt = (request: Fields, room: Room, sample: NamedSample) => Promise<Fields> | Fields;

const same: Adapt = (request) => request;

/** Filters of the samples name people, dates and stages of the vendor's own portal. */
const unfiltered: Adapt = ({ filter: _filter, FILTER: _upper, ...rest }) => ({ ...rest, start: 0 });

const LEAD = {
  title: "Lead",
  name: "Klaus",
  opportunity: 12_000.5,
  isManualOpportunity: "Y",
  sourceId: "WEB",
  fm: [{ typeId: "PHONE", valueType: "WORK", value: "+15550100" }],
};

async function addItem(room: Room, entityTypeId: number, fields: Fields): Promise<unknown> {
  const item = await room.result("crm.item.add", { entityTypeId, fields });
  return asFields(asFields(item).item).id;
}

const withLead =
  (toRequest: (request: Fields, id: unknown) => Fields): Adapt =>
  async (request, room) =>
    toRequest(request, await addItem(room, 1, LEAD));

const addedItem: Adapt = (request) => {
  const {
    stageId: _stage,
    categoryId: _category,
    parentId1220: _parent,
    ...fields
  } = asFields(request.fields);
  const known = Object.entries(fields).filter(([, value]) => !PLACEHOLDER.test(String(value)));
  return { ...request, fields: { ...Object.fromEntries(known), assignedById: 1, observers: [1] } };
};

/** Pages show placeholders of their build tools where a date belongs. */
const PLACEHOLDER = /__SHELL|\(.*\)|\*\*/;

const onDeal: Adapt = (request, room) => ({ ...request, id: room.ids.deal, ID: room.ids.deal });

const withLinks: Adapt = async (request, room, sample) => {
  const { deal, company, contact } = room.ids;
  const set = (entityTypeId: number, id: number, fields: Fields) =>
    room.result("crm.item.update", { entityTypeId, id, fields });
  await set(2, deal, { contactIds: [contact] });
  await set(3, contact, { companyId: company });
  const owner = /^crm\.(deal|contact|company)\./.exec(sample.method ?? "")?.[1] ?? "deal";
  return { ...request, id: { deal, contact, company }[owner] ?? deal };
};

const kindOf = (sample: NamedSample) => sample.method?.split(".")[1] ?? "";

/** A field of the same description as the sample's own, so that settings and labels are there to compare. */
const withUserField: Adapt = async (request, room, sample) => {
  const kind = kindOf(sample);
  const fields = {
    LABEL: "Hello",
    USER_TYPE_ID: "enumeration",
    FIELD_NAME: "SAMPLE",
    MULTIPLE: "Y",
    LIST: [{ VALUE: "One", XML_ID: "one" }],
    EDIT_FORM_LABEL: { en: "Edit" },
  };
  const id = await room.result(`crm.${kind}.userfield.add`, { fields });
  const { filter: _filter, ...rest } = request;
  const isList = sample.method?.endsWith(".list");
  return isList ? { ...rest, filter: { LANG: "en" } } : { ...rest, id };
};

/** As the page of `get` shows it: a text field with labels in two languages. */
const withTextField: Adapt = async (request, room, sample) => {
  const labels = { en: "Hello", ru: "Привет" };
  const fields = {
    USER_TYPE_ID: "string",
    FIELD_NAME: "HELLO_WORLD",
    MULTIPLE: "Y",
    SETTINGS: { DEFAULT_VALUE: "Hello", ROWS: 3 },
    EDIT_FORM_LABEL: labels,
    LIST_COLUMN_LABEL: labels,
    LIST_FILTER_LABEL: labels,
    ERROR_MESSAGE: labels,
    HELP_MESSAGE: labels,
  };
  const id = await room.result(`crm.${kindOf(sample)}.userfield.add`, { fields });
  return { ...request, id };
};

const TASK = { TITLE: "Task", DESCRIPTION: "Text", DEADLINE: "2026-12-31T23:59:59+03:00" };

const withTask = (toRequest: (request: Fields, id: unknown) => Fields): Adapt => {
  return async (request, room) => {
    const crm = [`D_${room.ids.deal}`];
    const fields = { ...TASK, CREATED_BY: 1, RESPONSIBLE_ID: 1, UF_CRM_TASK: crm };
    const task = asFields(asFields(await room.result("tasks.task.add", { fields })).task);
    return toRequest(request, task.id);
  };
};

const HANDLER = "https://pulse.example.com/bitrix24/events";

const withBinding: Adapt = async (request, room) => {
  await room.result("event.bind", { event: "ONCRMLEADADD", handler: HANDLER });
  return request.event === undefined ? request : { ...request, handler: HANDLER };
};

/** One event in the queue of an offline binding. */
const withOffline: Adapt = async (request, room) => {
  const params = { event: "ONCRMDEALUPDATE", event_type: "offline" };
  await room.result("event.bind", params);
  room.portal.edit({ kind: "setAmount", dealId: String(room.ids.deal), amountMinor: 12_345 });
  const { filter: _filter, auth_connector: _connector, process_id: process, ...rest } = request;
  if (process === undefined) return rest;
  const taken = asFields(await room.result("event.offline.get", { clear: 0 }));
  const [event] = asList(taken.events).map(asFields);
  const name = "message_id" in request ? "message_id" : "id";
  const value = name === "id" ? event?.ID : event?.MESSAGE_ID;
  return { process_id: taken.process_id, [name]: [value] };
};

const PLACE = {
  PLACEMENT: "CRM_DEAL_DETAIL_TAB",
  HANDLER: "https://pulse.example.com/bitrix24/card",
};

const withPlacement: Adapt = async (request, room) => {
  const OPTIONS = { errorHandlerUrl: "https://pulse.example.com/error" };
  const LANG_ALL = { de: { TITLE: "Titel", DESCRIPTION: "", GROUP_NAME: "" } };
  await room.result("placement.bind", { ...PLACE, TITLE: "Title", LANG_ALL, OPTIONS });
  return request.PLACEMENT === undefined ? request : PLACE;
};

/** The commands that fail in the samples fail here too; the others are those that the sandbox knows. */
const batchRequest: Adapt = (request, _room, sample) => {
  const failing = sample.variant?.includes("sub-errors") || sample.variant?.includes("time limit");
  const cmd = Object.fromEntries(
    Object.entries(asFields(request.cmd)).map(([key, text]) => [
      // One page asks for `get_departments` and shows `get_department`.
      key === "get_departments" ? "get_department" : key,
      failing ? "unknown.method" : String(text).replace("department.get", "crm.deal.list"),
    ]),
  );
  return { ...request, cmd };
};

const withFieldType: Adapt = async (request, room) => {
  const code = request.USER_TYPE_ID ?? "pulse";
  const type = { USER_TYPE_ID: code, HANDLER, TITLE: "Title", DESCRIPTION: "Text" };
  await room.result("userfieldtype.add", type);
  return request.HANDLER === undefined ? request : { ...request, HANDLER };
};

const REQUESTS: Readonly<Record<string, Adapt>> = {
  batch: batchRequest,
  "user.get": (request) => ({ ...request, start: 0 }),
  // The page selects three fields and shows all of them.
  "crm.stagehistory.list": ({ select: _select, ...request }, room) => ({
    ...request,
    filter: { OWNER_ID: room.ids.deal },
  }),
  "crm.item.list": withLead(({ filter: _filter, ...rest }) => rest),
  "crm.item.get": withLead((request, id) => ({ ...request, id })),
  "crm.lead.get": withLead((_request, id) => ({ ID: id })),
  "crm.lead.list": withLead((request) => ({ select: request.select })),
  "crm.item.add": addedItem,
  "crm.item.update": async (request, room, sample) => ({
    ...(await addedItem(request, room, sample)),
    id: room.ids.deal,
  }),
  "crm.item.delete": (_request, room) => ({ entityTypeId: 2, id: room.ids.deal }),
  "crm.item.fields": (request) => ({ ...request, entityTypeId: 2 }),
  "crm.item.productrow.list": (_request, room) => {
    room.portal.setProductRows(String(room.ids.deal), [
      { name: "Phone", price: 90_000, quantity: 1 },
    ]);
    return { filter: { "=ownerType": "D", "=ownerId": room.ids.deal } };
  },
  "crm.item.payment.list": (_request, room) => {
    const owner = { ownerTypeId: 2, ownerId: String(room.ids.deal), sum: 10 };
    room.portal.addPayment({ ...owner, isPaid: true });
    room.portal.addPayment({ ...owner, isPaid: false });
    return { entityTypeId: 2, entityId: room.ids.deal };
  },
  "crm.deal.get": onDeal,
  "crm.company.get": (_request, room) => ({ ID: room.ids.company }),
  "crm.contact.get": (_request, room) => ({ ID: room.ids.contact }),
  "crm.deal.list": unfiltered,
  "crm.company.list": unfiltered,
  "crm.contact.list": unfiltered,
  "crm.deal.contact.items.get": withLinks,
  "crm.contact.company.items.get": withLinks,
  "crm.company.contact.items.get": withLinks,
  "crm.activity.list": unfiltered,
  "crm.activity.get": async (_request, room) => {
    const rows = asList(await room.result("crm.activity.list", { select: ["ID"] }));
    return { id: asFields(rows[0]).ID };
  },
  "crm.activity.todo.add": (request, room) => ({
    ...request,
    ownerId: room.ids.deal,
    responsibleId: 1,
    deadline: "2026-12-31T10:00:00+03:00",
  }),
  "crm.timeline.logmessage.add": (request, room) => ({
    fields: { ...asFields(request.fields), entityTypeId: 2, entityId: room.ids.deal },
  }),
  "crm.timeline.comment.add": (request, room) => ({
    fields: { ...asFields(request.fields), ENTITY_ID: room.ids.deal },
  }),
  "im.notify.system.add": (request) => ({ ...request, USER_ID: 1 }),
  "tasks.task.add": (_request, room) => ({
    fields: { ...TASK, CREATED_BY: 1, RESPONSIBLE_ID: 1, UF_CRM_TASK: [`D_${room.ids.deal}`] },
  }),
  "tasks.task.get": withTask((request, taskId) => ({ ...request, taskId })),
  "tasks.task.list": withTask(({ filter: _filter, params: _params, ...rest }) => rest),
  // The page asks for one option and shows all of them.
  "app.option.get": async (_request, room) => {
    await room.result("app.option.set", { options: { data: "value", data2: "value2" } });
    return {};
  },
  "user.option.get": async (_request, room) => {
    await room.result("user.option.set", { options: { data: "value", data2: "value2" } });
    return {};
  },
  "event.get": withBinding,
  "event.unbind": withBinding,
  "event.offline.get": withOffline,
  "event.offline.list": withOffline,
  "event.offline.clear": withOffline,
  "event.offline.error": withOffline,
  "placement.bind": () => PLACE,
  "placement.get": withPlacement,
  "placement.unbind": withPlacement,
  "userfieldtype.list": withFieldType,
  "userfieldtype.update": withFieldType,
  "userfieldtype.delete": withFieldType,
  ...AUTOMATION_REQUESTS,
  ...TIMELINE_REQUESTS,
  "tasks.task.delete": withTask((_request, taskId) => ({ taskId })),
};

const USER_FIELD = /^crm\.(lead|deal|contact|company)\.userfield\.(get|list|update|delete)$/;

export function adapterOf(method: string): Adapt {
  const match = USER_FIELD.exec(method);
  if (match) return match[2] === "get" ? withTextField : withUserField;
  return REQUESTS[method] ?? same;
}
