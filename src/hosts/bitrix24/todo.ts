import { AppError, errorCode } from "../../crm/error.ts";
import type { HostLink, TaskDraft } from "../../crm/host.ts";
import type { UndoOutcome } from "../../crm/host-writes.ts";
import { findActivity, readActivity } from "./activity-search.ts";
import { callMethod } from "./api.ts";
import { isoTime } from "./dates.ts";
import { ENTITY_TYPE } from "./mapping.ts";
import { isYes, toFields, toId, toText } from "./values.ts";
import { markerOf, plain, plainLine } from "./write-text.ts";

/** A to-do in the card's timeline: what "call this client" is, without the module of tasks. */

export const TITLE_CHARS = 250;
export const TEXT_CHARS = 8_000;

export async function createTodo(link: HostLink, draft: TaskDraft): Promise<string> {
  const { result } = await callMethod(link, "crm.activity.todo.add", {
    ...ownerOf(draft),
    deadline: isoTime(draft.due),
    title: titleOf(draft),
    description: descriptionOf(draft),
    responsibleId: draft.responsibleId,
  });
  const id = toId(toFields(result).id);
  if (id === null) throw new AppError("host.bad_answer", { details: { field: "todo.id" } });
  return id;
}

export function findTodo(link: HostLink, draft: TaskDraft, since: number): Promise<string | null> {
  const marker = markerOf(draft.actionKey);
  return findActivity(link, {
    ...ownerOf(draft),
    provider: "CRM_TODO",
    select: ["DESCRIPTION"],
    isIt: (row) => toText(row.DESCRIPTION)?.includes(marker) ?? false,
    since,
  });
}

/** Finished, renamed, rewritten or given to somebody else: then it is theirs. */
export async function undoTodo(link: HostLink, id: string, draft: TaskDraft): Promise<UndoOutcome> {
  const row = await readActivity(link, id, ["SUBJECT", "DESCRIPTION", "RESPONSIBLE_ID"]);
  if (row === null) return "gone";
  const isOurs =
    !isYes(row.COMPLETED) &&
    toText(row.SUBJECT) === titleOf(draft) &&
    (toText(row.DESCRIPTION)?.includes(markerOf(draft.actionKey)) ?? false) &&
    toId(row.RESPONSIBLE_ID) === draft.responsibleId;
  return isOurs ? removeActivity(link, id) : "kept";
}

export async function removeActivity(link: HostLink, id: string): Promise<UndoOutcome> {
  try {
    await callMethod(link, "crm.activity.delete", { id });
    return "removed";
  } catch (thrown) {
    if (errorCode(thrown) === "host.not_found") return "gone";
    throw thrown;
  }
}

export function titleOf(draft: TaskDraft): string {
  return plainLine(draft.title, TITLE_CHARS);
}

export function descriptionOf(draft: TaskDraft): string {
  return `${plain(draft.text, TEXT_CHARS)}\n\n${markerOf(draft.actionKey)}`;
}

/** On the deal when there is one: that is where the salesperson works. */
function ownerOf({ dealId, client }: TaskDraft): { ownerTypeId: number; ownerId: string } {
  return dealId === null
    ? { ownerTypeId: ENTITY_TYPE[client.kind], ownerId: client.id }
    : { ownerTypeId: ENTITY_TYPE.deal, ownerId: dealId };
}
