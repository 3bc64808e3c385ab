import { AppError } from "../../crm/error.ts";
import type { HostLink, HostTasks, TaskDraft } from "../../crm/host.ts";
import { callMethod } from "./api.ts";
import { isoTime } from "./dates.ts";
import { PAGE_ROWS } from "./lists.ts";
import { ENTITY_TYPE } from "./mapping.ts";
import { type Fields, isFields, toFields, toId, toInstant, toList, toText } from "./values.ts";

const TITLE_CHARS = 250;
const TEXT_CHARS = 8_000;
/** A client with more to-dos than this since the action began is not one that our budget allows. */
const SEARCH_PAGES = 20;

export const tasks: HostTasks = {
  async create(link, draft) {
    const { result } = await callMethod(link, "crm.activity.todo.add", {
      ...ownerOf(draft),
      deadline: isoTime(draft.due),
      title: plain(draft.title, TITLE_CHARS).replaceAll("\n", " "),
      description: `${plain(draft.text, TEXT_CHARS)}\n\n${markerOf(draft.actionKey)}`,
      responsibleId: draft.responsibleId,
    });
    const taskId = toId(toFields(result).id);
    if (taskId === null) throw new AppError("host.bad_answer", { details: { field: "todo.id" } });
    return { taskId };
  },

  /** Newest first, so that the search ends where `since` begins whatever the portal makes of dates in filters. */
  async find(link, draft, since) {
    const marker = markerOf(draft.actionKey);
    let before: string | null = null;
    for (let page = 0; page < SEARCH_PAGES; page += 1) {
      const rows = await readTodos(link, draft, before);
      const found = rows.find((row) => toText(row.DESCRIPTION)?.includes(marker));
      const taskId = toId(found?.ID);
      if (taskId !== null) return { taskId };
      const oldest = rows.at(-1);
      before = toId(oldest?.ID);
      const isPast = (toInstant(oldest?.CREATED) ?? since) < since;
      if (rows.length < PAGE_ROWS || before === null || isPast) return null;
    }
    throw new AppError("host.bad_answer", { details: { reason: "too_many_tasks" } });
  },
};

async function readTodos(
  link: HostLink,
  draft: TaskDraft,
  before: string | null,
): Promise<readonly Fields[]> {
  const { ownerTypeId, ownerId } = ownerOf(draft);
  const { result } = await callMethod(link, "crm.activity.list", {
    select: ["ID", "DESCRIPTION", "CREATED"],
    order: { ID: "DESC" },
    filter: {
      OWNER_TYPE_ID: ownerTypeId,
      OWNER_ID: ownerId,
      PROVIDER_ID: "CRM_TODO",
      ...(before === null ? {} : { "<ID": before }),
    },
    start: -1,
  });
  return toList(result).filter(isFields);
}

/** On the deal when there is one: that is where the salesperson works. */
function ownerOf({ dealId, client }: TaskDraft): { ownerTypeId: number; ownerId: string } {
  return dealId === null
    ? { ownerTypeId: ENTITY_TYPE[client.kind], ownerId: client.id }
    : { ownerTypeId: ENTITY_TYPE.deal, ownerId: dealId };
}

/** One line that no text of ours can contain: braces are taken out of titles and texts. */
function markerOf(actionKey: string): string {
  const safe = actionKey.replace(
    /[^\w.:|-]/gu,
    (sign) => `~${(sign.codePointAt(0) ?? 0).toString(16)}~`,
  );
  return `{pulse:${safe}}`;
}

/** Square brackets would be BBCode, for which the vendor documents no escape: they become look-alikes. */
function plain(text: string, limit: number): string {
  return (
    [...text]
      .slice(0, limit)
      .join("")
      .replaceAll("[", "［")
      .replaceAll("]", "］")
      .replaceAll("{", "(")
      .replaceAll("}", ")")
      // biome-ignore lint/suspicious/noControlCharactersInRegex: removing them is the purpose.
      .replace(/[\u0000-\u0009\u000b-\u001f\u007f]/g, "")
  );
}
