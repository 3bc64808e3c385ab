import { eventEntity, type Scene } from "./change.ts";
import { noteHook, taskHook } from "./hook-payload.ts";
import { type Card, type Note, SINGULAR, type Task } from "./model.ts";
import { seconds } from "./options.ts";

/** Tasks and notes, with their events and hooks. */

type NewTask = Omit<
  Task,
  "id" | "updated_at" | "group_id" | "is_completed" | "result" | "duration"
> &
  Partial<Pick<Task, "is_completed" | "result" | "duration">>;

export function createTask(scene: Scene, input: NewTask): Task {
  const { account } = scene;
  const at = seconds(scene.settings);
  const task: Task = {
    ...input,
    id: account.nextId("tasks"),
    updated_at: at,
    group_id: account.user(input.responsible_user_id)?.groupId ?? 0,
    duration: input.duration ?? 0,
    is_completed: input.is_completed ?? false,
    result: input.result ?? null,
  };
  account.tasks.insert(task);
  rememberTask(scene, task);
  account.record(
    "task_added",
    { type: "task", id: task.id },
    scene.actor,
    at,
    [],
    [{ task: { text: task.text } }],
  );
  scene.hooks.emit({
    code: "add_task",
    key: "task",
    action: "add",
    pairs: taskHook(account, task, {}),
  });
  return task;
}

export function rememberTask(scene: Pick<Scene, "account">, task: Task): void {
  if (task.entity_type === null || task.entity_id === null) return;
  const key = `${task.entity_type}:${task.entity_id}`;
  const set = scene.account.tasksByCard.get(key) ?? new Set<number>();
  scene.account.tasksByCard.set(key, set.add(task.id));
  const card = scene.account.table(task.entity_type).get(task.entity_id);
  if (card !== undefined) card.closest_task_at = closestTask(scene, set);
}

function closestTask(scene: Pick<Scene, "account">, ids: ReadonlySet<number>): number | null {
  const open = [...ids]
    .map((id) => scene.account.tasks.get(id))
    .filter((task) => task !== undefined && !task.is_completed)
    .map((task) => task?.complete_till ?? 0);
  return open.length === 0 ? null : Math.min(...open);
}

export type TaskPatch = Partial<
  Pick<
    Task,
    | "text"
    | "complete_till"
    | "responsible_user_id"
    | "is_completed"
    | "result"
    | "task_type_id"
    | "duration"
    | "entity_id"
    | "entity_type"
    | "updated_by"
  >
>;

export function changeTask(scene: Scene, task: Task, patch: TaskPatch): void {
  const at = seconds(scene.settings);
  const old = { ...task };
  scene.account.tasks.change(task, (row) => {
    Object.assign(row, patch);
    row.updated_by = patch.updated_by ?? scene.actor;
    row.updated_at = Math.max(at, row.updated_at);
  });
  rememberTask(scene, task);
  const write = (type: string) =>
    scene.account.record(
      type,
      { type: "task", id: task.id },
      scene.actor,
      at,
      [],
      [{ task: { text: task.text } }],
    );
  if (!old.is_completed && task.is_completed) write("task_completed");
  if (old.result !== task.result) write("task_result_added");
  if (old.text !== task.text) write("task_text_changed");
  if (old.complete_till !== task.complete_till) write("task_deadline_changed");
  const extra: Record<string, string> = { old_text: old.text };
  if (!old.is_completed && task.is_completed) extra.action_close = "1";
  const pairs = taskHook(scene.account, task, extra);
  scene.hooks.emit({ code: "update_task", key: "task", action: "update", pairs });
  if (old.responsible_user_id !== task.responsible_user_id)
    scene.hooks.emit({ code: "responsible_task", key: "task", action: "responsible", pairs });
}

const NOTE_EVENTS: Readonly<Record<string, string>> = {
  common: "common_note_added",
  service_message: "service_note_added",
  extended_service_message: "service_note_added",
  attachment: "attachment_note_added",
  geolocation: "geo_note_added",
  call_in: "incoming_call",
  call_out: "outgoing_call",
  sms_in: "incoming_sms",
  sms_out: "outgoing_sms",
};

export function noteEvent(note: Note): string {
  if (note.note_type !== "amomail_message")
    return NOTE_EVENTS[note.note_type] ?? "common_note_added";
  return note.params.income === true ? "incoming_mail" : "outgoing_mail";
}

export function createNote(
  scene: Scene,
  card: Card,
  input: {
    readonly type: string;
    readonly params: Note["params"];
    readonly by?: number;
    readonly at?: number;
    readonly isFromApp?: boolean;
    readonly startsPipeline?: boolean;
  },
): Note {
  const { account } = scene;
  const at = input.at ?? seconds(scene.settings);
  const note: Note = {
    id: account.nextId("notes"),
    entityType: card.type,
    entity_id: card.id,
    created_by: input.by ?? scene.actor,
    updated_by: input.by ?? scene.actor,
    created_at: at,
    updated_at: at,
    responsible_user_id: card.responsible_user_id,
    group_id: card.group_id,
    note_type: input.type,
    params: input.params,
    isFromApp: input.isFromApp ?? false,
    startsPipeline: input.startsPipeline ?? true,
  };
  account.notes[card.type].insert(note);
  account.record(
    noteEvent(note),
    eventEntity(card),
    scene.actor,
    at,
    [],
    [{ note: { id: note.id } }],
  );
  const singular = SINGULAR[card.type];
  const key = card.type === "leads" ? "leads" : card.type;
  scene.hooks.emit({
    code: `note_${singular}`,
    key,
    action: "note",
    pairs: noteHook(account, note),
  });
  return note;
}
