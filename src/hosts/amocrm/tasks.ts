import { AppError } from "../../crm/error.ts";
import type { HostTasks, TaskDraft } from "../../crm/host.ts";
import type { Instant } from "../../crm/ports.ts";
import { localeOf } from "./account.ts";
import {
  field,
  getRequest,
  PAGE_LIMIT,
  type Params,
  readJson,
  readOne,
  readPage,
  toSeconds,
  writeRequest,
} from "./api.ts";
import { CLOCK_SKEW_MS, findMarked, markerOf } from "./marker.ts";
import { id } from "./schema.ts";

/** Follow-up, present in every account. */
export const FOLLOW_UP = 1;

/** Found again by the line that carries the action key, among the tasks of the same card that changed since. */
export const tasks: HostTasks = {
  async create(link, draft) {
    const response = await link.send("tasks.add", writeRequest("POST", "tasks", [taskBody(draft)]));
    const [row] = readPage(response, "tasks").rows;
    const taskId = id.safeParse(field(row, "id") ?? field(readJson(response), "id"));
    if (!taskId.success) throw new AppError("host.bad_answer", { details: { field: "tasks.id" } });
    return { taskId: taskId.data };
  },

  async find(link, draft, since) {
    const canFilter = link.memo.filters !== "off";
    for (let page = 1; ; page += 1) {
      const params = searchParams(draft, since, page, canFilter);
      const answer = readPage(await link.send("tasks.find", getRequest("tasks", params)), "tasks");
      const taskId = findMarked(answer.rows, markerOf(draft), (row) => field(row, "text"));
      if (taskId !== null) return { taskId };
      if (!answer.hasNext) return null;
    }
  },

  /** The host deletes no tasks: one that nobody has touched is ticked off as taken back. */
  async undo(link, taskId, draft) {
    const path = `tasks/${encodeURIComponent(taskId)}`;
    const task = await readOne(link, "tasks.one", path);
    if (task === null) return "gone";
    const ours = taskBody(draft);
    const isTouched =
      Boolean(Number(field(task, "is_completed"))) ||
      field(task, "text") !== ours.text ||
      Number(field(task, "responsible_user_id")) !== ours.responsible_user_id ||
      Number(field(task, "complete_till")) !== ours.complete_till;
    if (isTouched) return "kept";
    const result = { text: TAKEN_BACK[localeOf(link.address.key)] };
    await link.send("tasks.undo", writeRequest("PATCH", path, { is_completed: true, result }));
    return "removed";
  },
};

const TAKEN_BACK = { ru: "Отменено", en: "Taken back" } as const;

function taskBody(draft: TaskDraft) {
  const entity = entityOf(draft);
  return {
    task_type_id: FOLLOW_UP,
    text: [draft.title, draft.text, markerOf(draft)].filter((line) => line !== "").join("\n"),
    complete_till: Math.floor(draft.due / 1000),
    entity_id: Number(entity.id),
    entity_type: entity.type,
    responsible_user_id: Number(draft.responsibleId),
    request_id: draft.actionKey,
  };
}

/** In the deal when there is one: that is where the salesperson works. */
function entityOf({ dealId, client }: TaskDraft): { type: string; id: string } {
  if (dealId !== null) return { type: "leads", id: dealId };
  return { type: client.kind === "contact" ? "contacts" : "companies", id: client.id };
}

function searchParams(draft: TaskDraft, since: Instant, page: number, canFilter: boolean): Params {
  const entity = entityOf(draft);
  const filter: Params = canFilter
    ? [
        ["filter[entity_type]", entity.type],
        ["filter[entity_id][]", entity.id],
        ["filter[updated_at][from]", toSeconds(since - CLOCK_SKEW_MS)],
      ]
    : [];
  // Newest first, so that an account without filters is not read to its beginning when the task is there.
  return [...filter, ["order[id]", "desc"], ["limit", String(PAGE_LIMIT)], ["page", String(page)]];
}
