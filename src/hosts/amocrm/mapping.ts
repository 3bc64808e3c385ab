import { toMinor } from "../../crm/money.ts";
import type {
  ActivityKind,
  ActivityRecord,
  ClientKind,
  ClientRecord,
  DealRecord,
  Outcome,
  PipelineRecord,
  StageEntryRecord,
  UserRecord,
} from "../../crm/records.ts";
import {
  type ClientRow,
  type EventRow,
  type LeadRow,
  type NoteRow,
  type PipelineRow,
  stageValue,
  type TaskRow,
  type UserRow,
} from "./schema.ts";

/** amoCRM's words become ours here and travel no further. */

/** The two closing stages have these ids in every pipeline of every account. */
const WON_STATUS = "142";
const LOST_STATUS = "143";

function outcomeOf(statusId: string): Outcome {
  if (statusId === WON_STATUS) return "won";
  return statusId === LOST_STATUS ? "lost" : "open";
}

export function toDeal(row: LeadRow, currency: string): DealRecord {
  const outcome = outcomeOf(row.status_id);
  const amount = row.price_with_minor_units ?? row.price;
  const mainFirst = row._embedded.contacts.toSorted(
    (left, right) => Number(right.is_main) - Number(left.is_main),
  );
  return {
    entity: "deal",
    id: row.id,
    pipelineId: row.pipeline_id,
    stageId: row.status_id,
    outcome,
    amountMinor: amount === null ? null : toMinor(amount, currency),
    currency: amount === null ? null : currency,
    companyId: row._embedded.companies[0]?.id ?? null,
    contactIds: mainFirst.map((contact) => contact.id),
    responsibleId: row.responsible_user_id,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
    // Whether the host clears it on reopening is not documented: the stage decides.
    closedAt: outcome === "open" ? null : row.closed_at,
    closeDay: null,
    sourceId: row.source_id ?? row._embedded.source[0]?.id ?? null,
    utm: row.custom_fields_values,
    lossReasonId:
      outcome === "lost" ? (row.loss_reason_id ?? row._embedded.loss_reason[0]?.id ?? null) : null,
    isTemplate: false,
  };
}

export function toClient(row: ClientRow, kind: ClientKind): ClientRecord {
  return {
    entity: "client",
    kind,
    id: row.id,
    companyId: kind === "contact" ? (row._embedded.companies[0]?.id ?? null) : null,
    responsibleId: row.responsible_user_id,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
    sourceId: null,
    isOwn: false,
    ourTags: row._embedded.tags,
  };
}

/** A stage is the pair of pipeline and status, because 142 and 143 repeat; the id alone is unique in its pipeline. */
export function toPipeline(row: PipelineRow): PipelineRecord {
  return {
    entity: "pipeline",
    id: row.id,
    name: row.name,
    sort: row.sort,
    stages: row._embedded.statuses.map((status) => ({
      id: status.id,
      name: status.name,
      sort: status.sort,
      outcome: outcomeOf(status.id),
    })),
  };
}

export function toUser(row: UserRow): UserRecord {
  return {
    entity: "user",
    id: row.id,
    isActive: row.rights.is_active,
    groupId: row.rights.group_id,
  };
}

/** null when the event does not say where the lead has come to. */
export function toStageEntry(row: EventRow): StageEntryRecord | null {
  const after = stageValue.safeParse(row.value_after[0]).data?.lead_status;
  if (after === undefined) return null;
  return {
    entity: "stageEntry",
    id: row.id,
    dealId: row.entity_id,
    pipelineId: after.pipeline_id,
    stageId: after.id,
    outcome: outcomeOf(after.id),
    enteredAt: row.created_at,
  };
}

/** Whose notes: each kind has its own list, so the id says which. */
export type NoteParent = "lead" | "contact" | "company";

interface NoteMeaning {
  readonly kind: ActivityKind;
  /** null = told by the note itself. */
  readonly direction: "in" | "out" | null;
}

export const CONTACT_NOTES: Readonly<Record<string, NoteMeaning>> = {
  call_in: { kind: "call", direction: "in" },
  call_out: { kind: "call", direction: "out" },
  amomail_message: { kind: "email", direction: null },
  sms_in: { kind: "chat", direction: "in" },
  sms_out: { kind: "chat", direction: "out" },
};

export function noteId(parent: NoteParent, id: string): string {
  return `${parent}-note-${id}`;
}

export function taskId(id: string): string {
  return `task-${id}`;
}

/** null for notes that are not a contact with the client (comments, files, service lines). */
export function toNoteActivity(row: NoteRow, parent: NoteParent): ActivityRecord | null {
  const meaning = Object.hasOwn(CONTACT_NOTES, row.note_type)
    ? CONTACT_NOTES[row.note_type]
    : undefined;
  if (meaning === undefined) return null;
  return {
    entity: "activity",
    id: noteId(parent, row.id),
    kind: meaning.kind,
    direction: meaning.direction ?? (row.params.income ? "in" : "out"),
    at: row.created_at,
    isDone: true,
    dealId: parent === "lead" ? row.entity_id : null,
    client: parent === "lead" ? null : { kind: parent, id: row.entity_id },
    updatedAt: row.updated_at,
  };
}

/** Kinds of event that are a message of a chat. */
export const CHAT_EVENTS: Readonly<Record<string, "in" | "out">> = {
  incoming_chat_message: "in",
  outgoing_chat_message: "out",
};

export function chatId(id: string): string {
  return `chat-${id}`;
}

/** null for events of other kinds, and for chats with nobody. */
export function toChatActivity(row: EventRow): ActivityRecord | null {
  const direction = Object.hasOwn(CHAT_EVENTS, row.type) ? CHAT_EVENTS[row.type] : undefined;
  const kind = clientKindOf(row.entity_type);
  if (direction === undefined || (kind === null && row.entity_type !== "lead")) return null;
  return {
    entity: "activity",
    id: chatId(row.id),
    kind: "chat",
    direction,
    at: row.created_at,
    isDone: true,
    dealId: row.entity_type === "lead" ? row.entity_id : null,
    client: kind === null ? null : { kind, id: row.entity_id },
    updatedAt: row.created_at,
  };
}

function clientKindOf(word: string | null | undefined): ClientKind | null {
  return word === "contact" || word === "company" ? word : null;
}

/** Built-in task type of a meeting; 1 is a follow-up, own types are the account's. */
const MEETING_TASK = "2";

export function toTaskActivity(row: TaskRow): ActivityRecord {
  const client = clientOfTask(row);
  return {
    entity: "activity",
    id: taskId(row.id),
    kind: row.task_type_id === MEETING_TASK ? "meeting" : "task",
    direction: null,
    at: row.complete_till ?? row.created_at,
    isDone: row.is_completed,
    dealId: row.entity_type === "leads" ? row.entity_id : null,
    client,
    updatedAt: row.updated_at,
  };
}

function clientOfTask(row: TaskRow): ActivityRecord["client"] {
  if (row.entity_id === null) return null;
  if (row.entity_type === "contacts") return { kind: "contact", id: row.entity_id };
  if (row.entity_type === "companies") return { kind: "company", id: row.entity_id };
  return null;
}
