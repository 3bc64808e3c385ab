import type { SeedActivity, SeedClient, SeedData, SeedDeal } from "../contract.ts";
import type { Account } from "./account.ts";
import { noteEvent, rememberTask } from "./activities.ts";
import { attachCompany, attachContact } from "./links.ts";
import {
  type Client,
  type EventRow,
  type FieldValue,
  type Lead,
  LOST,
  type Note,
  SINGULAR,
  type Task,
  WON,
} from "./model.ts";
import { companyName, leadName, mail, personName, phone, sentence } from "./names.ts";

/** Writes a whole history at once, without hooks: the account as it was before the app came. */
export interface SeedIds {
  readonly clients: Map<string, { readonly kind: "company" | "contact"; readonly id: string }>;
  /** In the order of the seed. */
  readonly deals: string[];
}

const unix = (ms: number) => Math.floor(ms / 1000);

export function seedAccount(account: Account, data: SeedData, counter: { value: number }): SeedIds {
  account.currency = data.currency;
  const ids: SeedIds = { clients: new Map(), deals: [] };
  const events: EventRow[] = [];
  const clients = data.clients.map((row) => seedClient(account, row, counter, ids, events));
  account.contacts.load(clients.filter((row) => row.type === "contacts"));
  account.companies.load(clients.filter((row) => row.type === "companies"));
  const leads = data.deals.map((row) => seedDeal(account, row, counter, ids, events));
  account.leads.load(leads);
  seedActivities(account, data.activities, ids, events);
  events.sort((a, b) => a.created_at - b.created_at || a.id - b.id);
  account.events.load(events);
  return ids;
}

function userId(account: Account, index: number): number {
  return (account.users[index % account.users.length] ?? account.users[0])?.id ?? 0;
}

function contactFields(
  account: Account,
  kind: Client["type"],
  index: number,
): Map<number, readonly FieldValue[]> {
  const fields = account.fieldsOf(kind);
  const result = new Map<number, readonly FieldValue[]>();
  // Every 200th client repeats the phone of the one before: duplicates for people to find.
  const number = index % 200 === 199 ? index - 1 : index;
  for (const [code, text] of [
    ["PHONE", phone(number)],
    ["EMAIL", mail(index)],
  ] as const) {
    const field = fields.find((row) => row.code === code);
    const first = field?.enums?.[0];
    if (field !== undefined && first !== undefined)
      result.set(field.id, [{ value: text, enum_id: first.id, enum_code: first.code }]);
  }
  return result;
}

function seedClient(
  account: Account,
  row: SeedClient,
  counter: { value: number },
  ids: SeedIds,
  events: EventRow[],
): Client {
  const type = row.kind === "company" ? "companies" : "contacts";
  counter.value += 1;
  const name = personName(counter.value);
  const at = unix(row.createdAt);
  const by = userId(account, row.responsible);
  const client: Client = {
    id: account.nextId(type),
    type,
    name: row.kind === "company" ? companyName(counter.value) : `${name.first} ${name.last}`,
    first_name: row.kind === "company" ? "" : name.first,
    last_name: row.kind === "company" ? "" : name.last,
    responsible_user_id: by,
    group_id: account.user(by)?.groupId ?? 0,
    created_by: by,
    updated_by: by,
    created_at: at,
    updated_at: at,
    is_deleted: false,
    isGone: false,
    closest_task_at: null,
    fields: contactFields(account, type, counter.value),
    tags: [],
    company: null,
  };
  ids.clients.set(row.key, { kind: row.kind, id: String(client.id) });
  events.push(
    account.event(`${SINGULAR[type]}_added`, { type: SINGULAR[type], id: client.id }, by, at),
  );
  return client;
}

function seedDeal(
  account: Account,
  row: SeedDeal,
  counter: { value: number },
  ids: SeedIds,
  events: EventRow[],
): Lead {
  counter.value += 1;
  const pipeline = account.pipelines[row.pipeline] ?? account.pipelines[0];
  const pipelineId = pipeline?.id ?? 0;
  const own = pipeline?.statuses.filter((status) => status.type === 0 && status.is_editable) ?? [];
  const first = own[0]?.id ?? 0;
  const open = own[counter.value % Math.max(1, own.length)]?.id ?? first;
  const status = row.outcome === "won" ? WON : row.outcome === "lost" ? LOST : open;
  const createdAt = unix(row.createdAt);
  const closedAt = row.outcome === "open" ? null : unix(row.closedAt ?? row.createdAt);
  const by = userId(account, row.responsible);
  const source =
    row.source === null ? undefined : account.sources[row.source % account.sources.length];
  const lead: Lead = {
    id: account.nextId("leads"),
    type: "leads",
    name: leadName(counter.value),
    first_name: "",
    last_name: "",
    responsible_user_id: by,
    group_id: account.user(by)?.groupId ?? 0,
    created_by: by,
    updated_by: by,
    created_at: createdAt,
    updated_at: closedAt ?? createdAt,
    is_deleted: false,
    isGone: false,
    closest_task_at: null,
    fields: sourceField(account, row.source),
    tags: [],
    priceMinor: row.amountMinor ?? 0,
    pipeline_id: pipelineId,
    status_id: status,
    loss_reason_id:
      row.outcome === "lost" ? (account.lossReasons[counter.value % 3]?.id ?? null) : null,
    source_id: source?.id ?? null,
    closed_at: closedAt,
    company: null,
    contacts: [],
    elements: [],
  };
  linkClient(account, lead, row, ids);
  ids.deals.push(String(lead.id));
  const entity = { type: "lead", id: lead.id };
  events.push(account.event("lead_added", entity, by, createdAt, [], [{ note: { id: lead.id } }]));
  if (status !== first) {
    const step = (id: number) => [{ lead_status: { id, pipeline_id: pipelineId } }];
    const at = closedAt ?? createdAt;
    events.push(account.event("lead_status_changed", entity, by, at, step(first), step(status)));
  }
  return lead;
}

const UTM = ["site", "yandex", "referral", "expo", "vk", "call"] as const;

function sourceField(
  account: Account,
  source: number | null,
): Map<number, readonly FieldValue[]> | null {
  const field = account.fields.find((row) => row.code === "UTM_SOURCE");
  const value = source === null ? undefined : UTM[source % UTM.length];
  return field === undefined || value === undefined ? null : new Map([[field.id, [{ value }]]]);
}

function linkClient(account: Account, lead: Lead, row: SeedDeal, ids: SeedIds): void {
  const client = row.clientKey === null ? undefined : ids.clients.get(row.clientKey);
  if (client === undefined) return;
  if (client.kind === "company") attachCompany(account, lead, Number(client.id));
  else attachContact(account, lead, Number(client.id), true);
}

function seedActivities(
  account: Account,
  rows: readonly SeedActivity[],
  ids: SeedIds,
  events: EventRow[],
): void {
  const notes: Record<"contacts" | "companies", Note[]> = { contacts: [], companies: [] };
  const tasks: Task[] = [];
  rows.forEach((row, index) => {
    const ref = ids.clients.get(row.clientKey);
    if (ref === undefined) return;
    const type = ref.kind === "company" ? "companies" : "contacts";
    const client = account.clients(type).get(Number(ref.id));
    if (client === undefined) return;
    if (row.kind === "call" || row.kind === "email") {
      const note = seedNote(account, client, row, index);
      notes[type].push(note);
      const entity = { type: SINGULAR[type], id: client.id };
      const value = [{ note: { id: note.id } }];
      events.push(
        account.event(noteEvent(note), entity, note.created_by, note.created_at, [], value),
      );
    } else tasks.push(seedTask(account, client, row, index));
  });
  account.notes.contacts.load(notes.contacts);
  account.notes.companies.load(notes.companies);
  account.tasks.load(tasks);
  for (const task of tasks) {
    rememberTask({ account }, task);
    events.push(
      account.event("task_added", { type: "task", id: task.id }, task.created_by, task.created_at),
    );
    if (task.is_completed)
      events.push(
        account.event(
          "task_completed",
          { type: "task", id: task.id },
          task.created_by,
          task.updated_at,
        ),
      );
  }
}

function seedNote(account: Account, client: Client, row: SeedActivity, index: number): Note {
  const at = unix(row.at);
  const isIn = row.direction === "in";
  const address = { name: client.name, email: mail(index) };
  const params =
    row.kind === "call"
      ? {
          uniq: `call-${index}`,
          duration: row.isDone ? 60 + (index % 300) : 0,
          source: "pbx",
          phone: phone(index),
          call_status: row.isDone ? 4 : 6,
        }
      : {
          thread_id: index,
          message_id: index,
          income: isIn,
          from: address,
          to: address,
          subject: sentence(index),
          content_summary: sentence(index + 1),
        };
  return {
    id: account.nextId("notes"),
    entityType: client.type,
    entity_id: client.id,
    created_by: client.responsible_user_id,
    updated_by: client.responsible_user_id,
    created_at: at,
    updated_at: at,
    responsible_user_id: client.responsible_user_id,
    group_id: client.group_id,
    note_type: row.kind === "call" ? (isIn ? "call_in" : "call_out") : "amomail_message",
    params,
  };
}

function seedTask(account: Account, client: Client, row: SeedActivity, index: number): Task {
  const at = unix(row.at);
  return {
    id: account.nextId("tasks"),
    created_by: client.responsible_user_id,
    updated_by: client.responsible_user_id,
    created_at: at,
    updated_at: at,
    responsible_user_id: client.responsible_user_id,
    group_id: client.group_id,
    entity_id: client.id,
    entity_type: client.type,
    duration: 0,
    is_completed: row.isDone,
    task_type_id: row.kind === "meeting" ? 2 : 1,
    text: sentence(index),
    result: row.isDone ? sentence(index + 1) : null,
    complete_till: at,
    isFromApp: false,
  };
}
