import { AppError, errorCode } from "../../crm/error.ts";
import type { HostLink, TaskDraft } from "../../crm/host.ts";
import type { UndoOutcome } from "../../crm/host-writes.ts";
import { SEARCH_PAGES } from "./activity-search.ts";
import { callMethod } from "./api.ts";
import { isoTime } from "./dates.ts";
import { PAGE_ROWS } from "./lists.ts";
import { descriptionOf, titleOf } from "./todo.ts";
import { type Fields, isFields, toFields, toId, toInstant, toList, toText } from "./values.ts";
import { markerOf } from "./write-text.ts";

/** A task of the portal's module of tasks, linked to the record: for work whose result somebody controls. */

const CLIENT_LINK = { contact: "C_", company: "CO_" } as const;
/** The state of a task that is done, and of one that waits for its control. */
const ENDED = ["4", "5"];

export async function createPortalTask(link: HostLink, draft: TaskDraft): Promise<string> {
  const { result } = await callMethod(link, "tasks.task.add", {
    fields: {
      TITLE: titleOf(draft),
      DESCRIPTION: descriptionOf(draft),
      RESPONSIBLE_ID: draft.responsibleId,
      DEADLINE: isoTime(draft.due),
      UF_CRM_TASK: linksOf(draft),
      XML_ID: markerOf(draft.actionKey),
    },
  });
  const id = toId(toFields(toFields(result).task).id) ?? toId(toFields(toFields(result).task).ID);
  if (id === null) throw new AppError("host.bad_answer", { details: { field: "task.id" } });
  return id;
}

/** By the link to the record, newest first; XML_ID is not among the documented filters. */
export async function findPortalTask(
  link: HostLink,
  draft: TaskDraft,
  since: number,
): Promise<string | null> {
  const marker = markerOf(draft.actionKey);
  let before: string | null = null;
  for (let page = 0; page < SEARCH_PAGES; page += 1) {
    const rows = await readPage(link, linksOf(draft)[0] ?? "", before);
    const found = toId(rows.find((row) => carries(row, marker))?.id);
    if (found !== null) return found;
    const oldest = rows.at(-1);
    before = toId(oldest?.id);
    const isPast = (toInstant(oldest?.createdDate) ?? since) < since;
    if (rows.length < PAGE_ROWS || before === null || isPast) return null;
  }
  throw new AppError("host.bad_answer", { details: { reason: "too_many_tasks" } });
}

function carries(row: Fields, marker: string): boolean {
  return row.xmlId === marker || (toText(row.description)?.includes(marker) ?? false);
}

async function readPage(
  link: HostLink,
  crm: string,
  before: string | null,
): Promise<readonly Fields[]> {
  const { result } = await callMethod(link, "tasks.task.list", {
    select: ["ID", "TITLE", "DESCRIPTION", "XML_ID", "CREATED_DATE"],
    order: { ID: "desc" },
    filter: { UF_CRM_TASK: crm, ...(before === null ? {} : { "<ID": before }) },
    start: -1,
  });
  return toList(toFields(result).tasks).filter(isFields);
}

export async function undoPortalTask(
  link: HostLink,
  id: string,
  draft: TaskDraft,
): Promise<UndoOutcome> {
  const row = await readTask(link, id);
  if (row === null) return "gone";
  const isOurs =
    !ENDED.includes(toText(row.status) ?? "") &&
    toText(row.title) === titleOf(draft) &&
    carries(row, markerOf(draft.actionKey)) &&
    toId(row.responsibleId) === draft.responsibleId;
  if (!isOurs) return "kept";
  await callMethod(link, "tasks.task.delete", { taskId: id });
  return "removed";
}

/** The vendor answers an unknown id with the code 0 and a sentence. */
async function readTask(link: HostLink, id: string): Promise<Fields | null> {
  const select = ["ID", "TITLE", "DESCRIPTION", "XML_ID", "STATUS", "RESPONSIBLE_ID"];
  try {
    const { result } = await callMethod(link, "tasks.task.get", { taskId: id, select });
    const task = toFields(toFields(result).task);
    return toId(task.id) === null ? null : task;
  } catch (thrown) {
    const code = errorCode(thrown);
    if (code === "host.not_found" || code === "host.refused") return null;
    throw thrown;
  }
}

function linksOf({ dealId, client }: TaskDraft): readonly string[] {
  const own = `${CLIENT_LINK[client.kind]}${client.id}`;
  return dealId === null ? [own] : [`D_${dealId}`, own];
}
