import { isCardType } from "./account.ts";
import { changeTask, createTask, type TaskPatch } from "./activities.ts";
import { Flaws, hal, type JsonObject, nothing, refuse } from "./answer.ts";
import {
  batch,
  type Call,
  type Item,
  isItem,
  type Route,
  requestId,
  scene,
  single,
} from "./call.ts";
import { type Getters, list } from "./listing.ts";
import type { CardType, Task } from "./model.ts";
import { self, taskView } from "./view.ts";

/** Tasks: list, get, create, change. */

const TASKS: Getters<Task> = {
  created_by: (row) => row.created_by,
  created_at: (row) => row.created_at,
  complete_till: (row) => row.complete_till,
  is_completed: (row) => row.is_completed,
  task_type: (row) => row.task_type_id,
  task_type_id: (row) => row.task_type_id,
  responsible_user_id: (row) => row.responsible_user_id,
  entity_type: (row) => row.entity_type,
  entity_id: (row) => row.entity_id,
};

function taskPatch(
  call: Call,
  item: Item,
  report: (code: "NotSupportedChoice" | "InvalidType", path: string) => void,
) {
  const patch: { -readonly [Key in keyof TaskPatch]: TaskPatch[Key] } = {};
  if (typeof item.text === "string") patch.text = item.text;
  for (const key of ["complete_till", "task_type_id", "duration"] as const) {
    const value = item[key];
    if (value === undefined || value === null) continue;
    if (typeof value === "number") patch[key] = value;
    else report("InvalidType", key);
  }
  if (typeof item.is_completed === "boolean") patch.is_completed = item.is_completed;
  const result = item.result;
  if (isItem(result) && typeof result.text === "string") patch.result = result.text;
  const responsible = item.responsible_user_id;
  if (responsible != null) {
    if (call.account.user(Number(responsible)) === undefined)
      report("NotSupportedChoice", "responsible_user_id");
    else patch.responsible_user_id = Number(responsible);
  }
  taskEntity(call, item, patch, report);
  return patch;
}

function taskEntity(
  call: Call,
  item: Item,
  patch: { entity_id?: number | null; entity_type?: CardType | null },
  report: (code: "NotSupportedChoice", path: string) => void,
): void {
  if (item.entity_id == null) return;
  const type = String(item.entity_type ?? "");
  const id = Number(item.entity_id);
  if (!isCardType(type)) report("NotSupportedChoice", "entity_type");
  else if (call.account.card(type, id) === undefined) report("NotSupportedChoice", "entity_id");
  else {
    patch.entity_type = type;
    patch.entity_id = id;
  }
}

function createTasks(call: Call): Response {
  const flaws = new Flaws();
  const items = batch(call);
  const patches = items.map((item, index) => {
    const id = requestId(item, index);
    for (const key of ["text", "complete_till"])
      if (item[key] == null) flaws.add(id, "FieldMissing", key);
    return taskPatch(call, item, (code, path) => flaws.add(id, code, path));
  });
  flaws.throwIfAny();
  const rows = patches.map((patch, index): JsonObject => {
    const by = items[index]?.created_by === 0 ? 0 : call.user.id;
    const at = Math.floor(call.settings.clock.now() / 1000);
    const task = createTask(scene(call, by), {
      created_by: by,
      updated_by: by,
      created_at: at,
      responsible_user_id: patch.responsible_user_id ?? call.user.id,
      entity_id: patch.entity_id ?? null,
      entity_type: patch.entity_type ?? null,
      task_type_id: patch.task_type_id ?? 1,
      text: patch.text ?? "",
      complete_till: patch.complete_till ?? at,
      duration: patch.duration ?? 0,
      is_completed: patch.is_completed ?? false,
      result: patch.result ?? null,
      isFromApp: call.clientId !== null,
    });
    const id = requestId(items[index] ?? {}, index);
    return { id: task.id, request_id: id, _links: self(call, `tasks/${task.id}`) };
  });
  return hal(
    { _links: self(call, "tasks"), _embedded: { tasks: rows } },
    call.settings.createdStatus,
  );
}

function changeTasks(call: Call): Response {
  const flaws = new Flaws();
  const plans = batch(call).map((item, index) =>
    planTask(call, item, Number(item.id), index, flaws),
  );
  flaws.throwIfAny();
  const rows = plans.map((plan) => applyTask(call, plan));
  return hal({ _links: self(call, "tasks"), _embedded: { tasks: rows } });
}

interface TaskPlan {
  readonly task: Task | undefined;
  readonly patch: TaskPatch;
}

function planTask(call: Call, item: Item, id: number, index: number, flaws: Flaws): TaskPlan {
  const request = requestId(item, index);
  const task = call.account.tasks.get(id);
  if (task === undefined) flaws.add(request, "NotSupportedChoice", "id");
  return { task, patch: taskPatch(call, item, (code, path) => flaws.add(request, code, path)) };
}

function applyTask(call: Call, { task, patch }: TaskPlan): JsonObject {
  if (task === undefined) return {};
  changeTask(scene(call), task, patch);
  return { id: task.id, updated_at: task.updated_at, _links: self(call, `tasks/${task.id}`) };
}

function changeOneTask(call: Call, id: number): Response {
  if (call.account.tasks.get(id) === undefined) refuse(404, "Resource not found");
  const flaws = new Flaws();
  const plan = planTask(call, single(call), id, 0, flaws);
  flaws.throwIfAny();
  return hal(applyTask(call, plan));
}

export const TASK_ROUTES: readonly Route[] = [
  {
    method: "GET",
    path: "/api/v4/tasks",
    handle: (call) =>
      list(call, {
        table: call.account.tasks,
        name: "tasks",
        getters: TASKS,
        orders: ["created_at", "complete_till", "id"],
        view: (row) => taskView(call, row),
      }),
  },
  { method: "POST", path: "/api/v4/tasks", handle: createTasks },
  { method: "PATCH", path: "/api/v4/tasks", handle: changeTasks },
  {
    method: "GET",
    path: "/api/v4/tasks/{}",
    handle: (call, [id]) => {
      const task = call.account.tasks.get(Number(id));
      return task === undefined ? nothing() : hal(taskView(call, task));
    },
  },
  {
    method: "PATCH",
    path: "/api/v4/tasks/{}",
    handle: (call, [id]) => changeOneTask(call, Number(id)),
  },
];
