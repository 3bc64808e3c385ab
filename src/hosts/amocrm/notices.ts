import { AppError } from "../../crm/error.ts";
import type { HostLink } from "../../crm/host.ts";
import type { HostWriter, NoticeDraft, Written } from "../../crm/host-writes.ts";
import {
  field,
  getRequest,
  PAGE_LIMIT,
  type Params,
  readPage,
  toSeconds,
  writeRequest,
} from "./api.ts";
import { CLOCK_SKEW_MS, findMarked, markerOf } from "./marker.ts";
import { id } from "./schema.ts";
import { FOLLOW_UP } from "./tasks.ts";

/** The host has no messages to a person: a task stands for one, to be read within a day. */
const DAY_MS = 86_400_000;
/** Pages of a person's open tasks that are looked through for the notice before this one. */
const MAX_PAGES = 4;

const ENTITIES = { deal: "leads", contact: "contacts", company: "companies" } as const;

/** The notice of the same tag that nobody has ticked off is closed when a newer one takes its place. */
export const notices: HostWriter<NoticeDraft> = {
  async create(link, draft) {
    const response = await link.send(
      "tasks.notice",
      writeRequest("POST", "tasks", [taskBody(link, draft)]),
    );
    const { data } = id.safeParse(field(readPage(response, "tasks").rows[0], "id"));
    if (data === undefined)
      throw new AppError("host.bad_answer", { details: { field: "tasks.id" } });
    await closeOlder(link, draft, data);
    return { id: data };
  },

  async find(link, draft, since): Promise<Written | null> {
    const young: Params = [["filter[updated_at][from]", toSeconds(since - CLOCK_SKEW_MS)]];
    const rows = await openTasks(link, draft, young);
    const found = findMarked(rows, markerOf(draft), textOf);
    return found === null ? null : { id: found };
  },
};

function taskBody(link: HostLink, draft: NoticeDraft) {
  const { about } = draft;
  return {
    task_type_id: FOLLOW_UP,
    text: [draft.text, tagOf(draft), markerOf(draft)].join("\n"),
    complete_till: Math.floor((link.clock.now() + DAY_MS) / 1000),
    responsible_user_id: Number(draft.userId),
    ...(about ? { entity_id: Number(about.id), entity_type: ENTITIES[about.entity] } : {}),
    request_id: "0",
  };
}

function tagOf({ tag }: NoticeDraft): string {
  return `[pulse notice ${tag}]`;
}

const textOf = (row: unknown) => field(row, "text");

/** The person's open tasks, newest first. */
async function openTasks(
  link: HostLink,
  { userId }: NoticeDraft,
  more: Params,
): Promise<readonly unknown[]> {
  const filter: Params =
    link.memo.filters === "off"
      ? []
      : [["filter[responsible_user_id][]", userId], ["filter[is_completed]", "0"], ...more];
  const rows: unknown[] = [];
  for (let page = 1, hasNext = true; hasNext && page <= MAX_PAGES; page += 1) {
    const request = getRequest("tasks", [
      ...filter,
      ["order[id]", "desc"],
      ["limit", String(PAGE_LIMIT)],
      ["page", String(page)],
    ]);
    const answer = readPage(await link.send("tasks.notices", request), "tasks");
    rows.push(...answer.rows);
    hasNext = answer.hasNext;
  }
  return rows;
}

/** What cannot be closed now is closed with the next one: the new notice is there, and that is what counts. */
async function closeOlder(link: HostLink, draft: NoticeDraft, newId: string): Promise<void> {
  try {
    const older = (await openTasks(link, draft, [])).flatMap((row) => {
      const found = findMarked([row], tagOf(draft), textOf);
      const isOpen = field(row, "is_completed") !== true;
      return found !== null && found !== newId && isOpen ? [found] : [];
    });
    if (older.length === 0) return;
    const changes = older.map((taskId) => ({ id: Number(taskId), is_completed: true }));
    await link.send("tasks.close", writeRequest("PATCH", "tasks", changes));
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    link.log.warn("host.notice_not_closed", { code: error.code });
  }
}
