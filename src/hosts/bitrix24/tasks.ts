import type { HostTasks } from "../../crm/host.ts";
import { hasScope } from "./offers.ts";
import { createPortalTask, findPortalTask, undoPortalTask } from "./portal-task.ts";
import { isPortalTask } from "./task-ends.ts";
import { createTodo, findTodo, undoTodo } from "./todo.ts";

/** Both kinds have ids of their own; ours of the module of tasks begin with this. */
const TASK_ID = "t";

/**
 * A call is a to-do in the card; a task is one of the module of tasks where the scope `task` was granted, else a to-do
 * too. Both carry the action's key in their text.
 */
export const tasks: HostTasks = {
  async create(link, draft) {
    if (draft.kind !== "task" || !hasScope(link.memo, "task")) {
      return { taskId: await createTodo(link, draft) };
    }
    return { taskId: `${TASK_ID}${await createPortalTask(link, draft)}` };
  },

  /** The scope may have changed between: both are searched. */
  async find(link, draft, since) {
    const todo = await findTodo(link, draft, since);
    if (todo !== null) return { taskId: todo };
    if (draft.kind !== "task" || !hasScope(link.memo, "task")) return null;
    const task = await findPortalTask(link, draft, since);
    return task === null ? null : { taskId: `${TASK_ID}${task}` };
  },

  followedAs: (taskId) => (isPortalTask(taskId) ? taskId : null),

  undo(link, taskId, draft) {
    return taskId.startsWith(TASK_ID)
      ? undoPortalTask(link, taskId.slice(TASK_ID.length), draft)
      : undoTodo(link, taskId, draft);
  },
};
