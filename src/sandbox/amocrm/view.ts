import type { Account } from "./account.ts";
import type { JsonObject } from "./answer.ts";
import type { Call } from "./call.ts";
import { linked } from "./links.ts";
import type {
  Card,
  CardType,
  EventRow,
  Field,
  Lead,
  Note,
  Pipeline,
  Status,
  Task,
  User,
} from "./model.ts";

/** Rows as the API shows them. */

export function self(call: Pick<Call, "origin">, path: string): JsonObject {
  return { self: { href: `${call.origin}/api/v4/${path}` } };
}

function fieldValues(account: Account, card: Card): JsonObject[] | null {
  const items = [...(card.fields ?? [])].flatMap(([id, values]) => {
    const field = account.fields.find((row) => row.id === id);
    if (field === undefined) return [];
    return [
      {
        field_id: id,
        field_name: field.name,
        field_code: field.code,
        field_type: field.type,
        values: values.map((value) => ({ ...value })),
        is_computed: false,
      },
    ];
  });
  return items.length === 0 ? null : items;
}

function tagViews(account: Account, card: Card): JsonObject[] {
  return card.tags.flatMap((id) => {
    const tag = account.tags[card.type].get(id);
    return tag === undefined ? [] : [{ id: tag.id, name: tag.name, color: tag.color }];
  });
}

function references(call: Call, type: string, ids: readonly number[]): JsonObject[] {
  return ids.map((id) => ({ id, _links: self(call, `${type}/${id}`) }));
}

function common(call: Call, card: Card): JsonObject {
  return {
    responsible_user_id: card.responsible_user_id,
    group_id: card.group_id,
    created_by: card.created_by,
    updated_by: card.updated_by,
    created_at: card.created_at,
    updated_at: card.updated_at,
    closest_task_at: card.closest_task_at,
    is_deleted: card.is_deleted,
    custom_fields_values: fieldValues(call.account, card),
    account_id: call.account.id,
    _links: self(call, `${card.type}/${card.id}`),
  };
}

export function cardView(call: Call, card: Card, wanted: ReadonlySet<string>): JsonObject {
  if (card.is_deleted)
    return {
      id: card.id,
      updated_at: card.updated_at,
      is_deleted: true,
      _links: self(call, `${card.type}/${card.id}`),
    };
  return card.type === "leads" ? leadView(call, card, wanted) : clientView(call, card, wanted);
}

function leadView(call: Call, lead: Lead, wanted: ReadonlySet<string>): JsonObject {
  const { account } = call;
  const embedded: Record<string, JsonObject[] | JsonObject> = {
    tags: tagViews(account, lead),
    companies: references(call, "companies", linked(account, lead, "companies")),
  };
  if (wanted.has("contacts"))
    embedded.contacts = linked(account, lead, "contacts").map((id) => ({
      id,
      is_main: id === lead.contacts[0],
      _links: self(call, `contacts/${id}`),
    }));
  if (wanted.has("loss_reason"))
    embedded.loss_reason = account.lossReasons
      .filter((row) => row.id === lead.loss_reason_id)
      .map((row) => lossReasonView(call, row));
  if (wanted.has("catalog_elements"))
    embedded.catalog_elements = lead.elements.map((row) => ({
      id: row.id,
      metadata: { quantity: row.quantity, catalog_id: row.catalogId, price_id: null },
      _links: self(call, `catalogs/${row.catalogId}/elements/${row.id}`),
    }));
  const source = account.sources.find((row) => row.id === lead.source_id);
  if (wanted.has("source") && source !== undefined)
    embedded.source = { id: source.id, name: source.name };
  return {
    id: lead.id,
    name: lead.name,
    price: Math.trunc(lead.priceMinor / 100),
    price_with_minor_units: lead.priceMinor / 100,
    status_id: lead.status_id,
    pipeline_id: lead.pipeline_id,
    loss_reason_id: lead.loss_reason_id,
    source_id: wanted.has("source_id") ? lead.source_id : null,
    closed_at: lead.closed_at,
    ...common(call, lead),
    score: null,
    labor_cost: null,
    is_price_computed: false,
    ...(wanted.has("is_price_modified_by_robot") ? { is_price_modified_by_robot: false } : {}),
    _embedded: embedded,
  };
}

function clientView(call: Call, card: Card, wanted: ReadonlySet<string>): JsonObject {
  const { account } = call;
  const isContact = card.type === "contacts";
  const embedded: Record<string, JsonObject[]> = { tags: tagViews(account, card) };
  if (isContact)
    embedded.companies = references(call, "companies", linked(account, card, "companies"));
  else if (wanted.has("contacts"))
    embedded.contacts = references(call, "contacts", linked(account, card, "contacts"));
  if (wanted.has("leads"))
    embedded.leads = references(call, "leads", linked(account, card, "leads"));
  if (wanted.has("customers")) embedded.customers = [];
  if (wanted.has("catalog_elements")) embedded.catalog_elements = [];
  const names = isContact
    ? { first_name: card.first_name, last_name: card.last_name, is_unsorted: false }
    : {};
  return { id: card.id, name: card.name, ...names, ...common(call, card), _embedded: embedded };
}

export function lossReasonView(
  call: Call,
  row: { readonly id: number; readonly name: string },
): JsonObject {
  return {
    id: row.id,
    name: row.name,
    sort: 100_000,
    created_at: call.account.createdAt,
    updated_at: call.account.createdAt,
    _links: self(call, `leads/loss_reasons/${row.id}`),
  };
}

export function taskView(call: Call, task: Task): JsonObject {
  const { isFromApp: _, result, ...row } = task;
  return {
    ...row,
    result: result === null ? [] : { text: result },
    account_id: call.account.id,
    _links: self(call, `tasks/${task.id}`),
  };
}

export function noteView(call: Call, note: Note): JsonObject {
  const { entityType, params, isFromApp: _, startsPipeline: _starts, ...row } = note;
  return {
    ...row,
    params: JSON.parse(JSON.stringify(params)),
    account_id: call.account.id,
    _links: self(call, `${entityType}/${note.entity_id}/notes/${note.id}`),
  };
}

const PLURAL: Readonly<Record<string, CardType | "tasks">> = {
  lead: "leads",
  contact: "contacts",
  company: "companies",
  task: "tasks",
};

/** 26 characters like a ULID: time first, so that text order is time order. */
export function eventId(event: EventRow): string {
  const time = event.created_at.toString(32).padStart(10, "0");
  return `01${time}${event.id.toString(32).padStart(14, "0")}`;
}

export function eventView(call: Call, event: EventRow): JsonObject {
  const id = eventId(event);
  const plural = PLURAL[event.entity_type] ?? event.entity_type;
  return {
    id,
    type: event.type,
    entity_id: event.entity_id,
    entity_type: event.entity_type,
    created_by: event.created_by,
    created_at: event.created_at,
    value_after: event.value_after,
    value_before: event.value_before,
    account_id: call.account.id,
    _links: self(call, `events/${id}`),
    _embedded: {
      entity: { id: event.entity_id, _links: self(call, `${plural}/${event.entity_id}`) },
    },
  };
}

export function statusView(call: Call, pipelineId: number, status: Status): JsonObject {
  return {
    ...status,
    pipeline_id: pipelineId,
    account_id: call.account.id,
    _links: self(call, `leads/pipelines/${pipelineId}/statuses/${status.id}`),
  };
}

export function pipelineView(call: Call, row: Pipeline): JsonObject {
  return {
    id: row.id,
    name: row.name,
    sort: row.sort,
    is_main: row.is_main,
    is_unsorted_on: true,
    is_archive: false,
    account_id: call.account.id,
    _links: self(call, `leads/pipelines/${row.id}`),
    _embedded: { statuses: row.statuses.map((status) => statusView(call, row.id, status)) },
  };
}

export function userView(call: Call, user: User): JsonObject {
  const rights = {
    view: user.view,
    edit: user.view,
    add: "A",
    delete: user.isAdmin ? "A" : "D",
    export: "D",
  };
  return {
    id: user.id,
    name: user.name,
    email: user.email,
    lang: "ru",
    rights: {
      leads: rights,
      contacts: rights,
      companies: rights,
      tasks: { edit: "A", delete: "A" },
      mail_access: false,
      catalog_access: true,
      status_rights: user.statusRights.map(({ pipelineId, statusId, view }) => ({
        entity_type: "leads",
        pipeline_id: pipelineId,
        status_id: statusId,
        rights: { view, edit: view, delete: "D", export: "D" },
      })),
      is_admin: user.isAdmin,
      is_free: false,
      is_active: user.isActive,
      group_id: user.groupId === 0 ? null : user.groupId,
      role_id: null,
    },
    _links: self(call, `users/${user.id}`),
    _embedded: { roles: [], groups: [{ id: user.groupId, name: "Отдел продаж" }] },
  };
}

export function fieldView(call: Call, field: Field): JsonObject {
  const { entityType, enums, ...row } = field;
  return {
    ...row,
    account_id: call.account.id,
    enums: enums === null ? null : enums.map((item) => ({ ...item })),
    required_statuses: [],
    is_deletable: !field.is_predefined,
    entity_type: entityType,
    tracking_callback: null,
    remind: null,
    triggers: [],
    currency: null,
    hidden_statuses: [],
    chained_lists: null,
    search_in: null,
    settings: null,
    _links: self(call, `${entityType}/custom_fields/${field.id}`),
  };
}
