import type { Account } from "./account.ts";
import { type Card, ELEMENT_TYPE, type FieldValue, type Note, type Task } from "./model.ts";

/** A key below `leads[add][0]`, already in brackets, and its text. */
export type HookPair = readonly [string, string];

export interface HookItem {
  /** `add_lead`; what subscriptions name. */
  readonly code: string;
  /** Top key of the form: `leads`, `contacts`, `task`. */
  readonly key: string;
  readonly action: string;
  readonly pairs: readonly HookPair[];
}

export interface HookSink {
  emit(item: HookItem): void;
}

export function deletedHook(card: Card): HookPair[] {
  if (card.type === "leads")
    return [
      ["[id]", String(card.id)],
      ["[status_id]", String(card.status_id)],
      ["[pipeline_id]", String(card.pipeline_id)],
    ];
  return [
    ["[id]", String(card.id)],
    ["[type]", card.type === "contacts" ? "contact" : "company"],
  ];
}

export function cardHook(
  account: Account,
  card: Card,
  extra: Readonly<Record<string, string>>,
): HookPair[] {
  const pairs: HookPair[] = [["[id]", String(card.id)]];
  const add = (key: string, value: string | number | null | undefined) => {
    if (value !== null && value !== undefined && value !== "")
      pairs.push([`[${key}]`, String(value)]);
  };
  add("name", card.name);
  if (card.type === "leads") {
    add("status_id", card.status_id);
    add("old_status_id", extra.old_status_id);
    pairs.push(["[price]", String(Math.trunc(card.priceMinor / 100))]);
  }
  add("responsible_user_id", card.responsible_user_id);
  add("old_responsible_user_id", extra.old_responsible_user_id);
  add("last_modified", card.updated_at);
  add("modified_user_id", card.updated_by);
  add("created_user_id", card.created_by);
  add("date_create", card.created_at);
  if (card.type === "leads") add("pipeline_id", card.pipeline_id);
  if (card.type === "contacts") {
    add("company_name", card.company === null ? null : account.companies.get(card.company)?.name);
    add("linked_company_id", card.company);
  }
  card.tags.forEach((id, index) => {
    add(`tags][${index}][id`, id);
    add(`tags][${index}][name`, account.tags[card.type].get(id)?.name);
  });
  add("account_id", account.id);
  pairs.push(...fieldPairs(account, card), ...linkedLeads(account, card));
  add("created_at", card.created_at);
  add("updated_at", card.updated_at);
  if (card.type !== "leads") add("type", card.type === "contacts" ? "contact" : "company");
  return pairs;
}

function linkedLeads(account: Account, card: Card): HookPair[] {
  if (card.type === "leads") return [];
  const map = card.type === "contacts" ? account.leadsByContact : account.leadsByCompany;
  return [...(map.get(card.id) ?? [])].map(
    (id): HookPair => [`[linked_leads_id][${id}][ID]`, String(id)],
  );
}

/** Dates come as bare scalars, everything else as `[value]` with an optional `[enum]`. */
function valuePairs(prefix: string, type: string, value: FieldValue): HookPair[] {
  const text =
    typeof value.value === "boolean" ? (value.value ? "1" : "0") : String(value.value ?? "");
  if (type === "date" || type === "date_time" || type === "birthday") return [[prefix, text]];
  const pairs: HookPair[] = [[`${prefix}[value]`, text]];
  if (value.enum_id !== undefined) pairs.push([`${prefix}[enum]`, String(value.enum_id)]);
  return pairs;
}

function fieldPairs(account: Account, card: Card): HookPair[] {
  return [...(card.fields ?? [])].flatMap(([id, values], index) => {
    const field = account.fields.find((row) => row.id === id);
    if (field === undefined) return [];
    const prefix = `[custom_fields][${index}]`;
    const head: HookPair[] = [
      [`${prefix}[id]`, String(id)],
      [`${prefix}[name]`, field.name],
    ];
    if (field.code !== null) head.push([`${prefix}[code]`, field.code]);
    return [
      ...head,
      ...values.flatMap((value, at) => valuePairs(`${prefix}[values][${at}]`, field.type, value)),
    ];
  });
}

/** `Y-m-d H:i:s` on the account's wall clock. */
function localText(unix: number, timeZone: string): string {
  const parts = new Intl.DateTimeFormat("sv-SE", {
    timeZone,
    dateStyle: "short",
    timeStyle: "medium",
  }).format(new Date(unix * 1000));
  return parts;
}

export function taskHook(
  account: Account,
  task: Task,
  extra: Readonly<Record<string, string>>,
): HookPair[] {
  const pairs: HookPair[] = [["[id]", String(task.id)]];
  const add = (key: string, value: string | number | null) => {
    if (value !== null) pairs.push([`[${key}]`, String(value)]);
  };
  add("element_id", task.entity_id);
  add("element_type", task.entity_type === null ? null : ELEMENT_TYPE[task.entity_type]);
  add("task_type", task.task_type_id);
  add("date_create", localText(task.created_at, account.timeZone));
  add("text", task.text);
  add("status", task.is_completed ? 1 : 0);
  add("account_id", account.id);
  add("created_user_id", task.created_by);
  add("responsible_user_id", task.responsible_user_id);
  add("complete_till", localText(task.complete_till, account.timeZone));
  add("complete_before", task.complete_till);
  if (task.result !== null) {
    add("result][id", task.id * 100);
    add("result][text", task.result);
  }
  for (const [key, value] of Object.entries(extra)) add(key, value);
  add("created_at", task.created_at);
  add("updated_at", task.updated_at);
  return pairs;
}

const NOTE_NUMBERS: Readonly<Record<string, number>> = {
  common: 4,
  attachment: 5,
  call_in: 10,
  call_out: 11,
  amomail_message: 15,
  service_message: 25,
  sms_in: 102,
  sms_out: 103,
};

export function noteHook(account: Account, note: Note): HookPair[] {
  const text = note.params.text;
  const row: Readonly<Record<string, string | number>> = {
    id: note.id,
    note_type: NOTE_NUMBERS[note.note_type] ?? 25,
    element_type: ELEMENT_TYPE[note.entityType],
    element_id: note.entity_id,
    text: typeof text === "string" ? text : JSON.stringify(note.params),
    attachement: "",
    account_id: account.id,
    date_create: localText(note.created_at, account.timeZone),
    timestamp_x: localText(note.updated_at, account.timeZone),
    created_by: note.created_by,
    modified_by: note.updated_by,
    main_user_id: note.responsible_user_id,
    group_id: note.group_id,
    metadata: JSON.stringify({ event_source: { id: note.created_by, author_name: "", type: 1 } }),
    created_at: note.created_at,
    updated_at: note.updated_at,
  };
  return Object.entries(row).map(([key, value]): HookPair => [`[note][${key}]`, String(value)]);
}
