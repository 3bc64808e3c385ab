import type { HostLink } from "../../crm/host.ts";
import type { ActivityRecord } from "../../crm/records.ts";
import { failureError } from "./api.ts";
import { BATCH_COMMANDS, callBatch, resultOf } from "./batch.ts";
import { PAGE_ROWS } from "./lists.ts";
import { hasScope } from "./offers.ts";
import { type Fields, isFields, toFields, toId, toInstant, toList, toText } from "./values.ts";

/** Tasks of the module of tasks, which the lists of the CRM do not show: ours are asked for by id until they are done. */

const METHOD = "tasks.task.list";
/** The vendor's state of a task whose result was accepted; one that waits for its control is still open. */
const DONE = "5";
const LASTING: readonly string[] = ["host.no_rights", "host.refused", "host.not_found"];
/** Ids of both kinds meet in one list of activities. */
const OWN_ID = /^t([1-9]\d{0,15})$/;
const LINK = { deal: /^D_(\d+)$/, company: /^CO_(\d+)$/, contact: /^C_(\d+)$/ } as const;

const SELECT = ["ID", "STATUS", "CREATED_DATE", "CHANGED_DATE", "CLOSED_DATE", "UF_CRM_TASK"];

export function isPortalTask(activityId: string): boolean {
  return OWN_ID.test(activityId);
}

/** The named tasks as activities, fifty a command. Not returned = deleted or out of reach. Throws AppError `host.*`. */
export async function readTaskEnds(
  link: HostLink,
  activityIds: readonly string[],
): Promise<{ readonly records: readonly ActivityRecord[]; readonly missing: readonly string[] }> {
  const records: ActivityRecord[] = [];
  const ids = activityIds.flatMap((id) => OWN_ID.exec(id)?.[1] ?? []);
  const commands = hasScope(link.memo, "task") ? commandsFor(ids) : [];
  for (let from = 0; from < commands.length; from += BATCH_COMMANDS) {
    const part = commands.slice(from, from + BATCH_COMMANDS);
    link.budget.grant(METHOD, part.length);
    const { outcomes } = await callBatch(link, part, { halt: false });
    for (const outcome of outcomes) {
      if (outcome.kind === "failed") {
        if (LASTING.includes(outcome.failure.code)) continue;
        throw failureError(outcome.failure);
      }
      const rows = toList(toFields(resultOf(outcome)).tasks).filter(isFields);
      records.push(...rows.flatMap(toTaskActivity));
    }
  }
  const found = new Set(records.map(({ id }) => id));
  return { records, missing: activityIds.filter((id) => !found.has(id)) };
}

function commandsFor(ids: readonly string[]) {
  const commands = [];
  for (let from = 0; from < ids.length; from += PAGE_ROWS) {
    const filter = { ID: ids.slice(from, from + PAGE_ROWS) };
    const params = { select: SELECT, order: { ID: "asc" }, filter, start: -1 };
    commands.push({ method: METHOD, params });
  }
  return commands;
}

function toTaskActivity(row: Fields): readonly ActivityRecord[] {
  const id = toId(row.id ?? row.ID);
  const at = toInstant(row.createdDate) ?? toInstant(row.closedDate) ?? toInstant(row.changedDate);
  if (id === null || at === null) return [];
  const linked = (pattern: RegExp): string | null => {
    const texts = toList(row.ufCrmTask).flatMap((one) => toText(one) ?? []);
    return texts.map((text) => pattern.exec(text)?.[1] ?? null).find((one) => one !== null) ?? null;
  };
  const company = linked(LINK.company);
  const contact = linked(LINK.contact);
  const client =
    company !== null
      ? ({ kind: "company", id: company } as const)
      : contact !== null
        ? ({ kind: "contact", id: contact } as const)
        : null;
  return [
    {
      entity: "activity",
      id: `t${id}`,
      kind: "task",
      direction: null,
      at,
      isDone: (toText(row.status) ?? toText(row.STATUS)) === DONE,
      dealId: linked(LINK.deal),
      client,
      updatedAt: toInstant(row.changedDate) ?? toInstant(row.closedDate) ?? at,
    },
  ];
}
