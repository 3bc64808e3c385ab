import { z } from "zod";
import type { PlannedChange } from "../crm/overview.ts";
import { clientKey } from "../crm/records.ts";
import { segmentName } from "../crm/segment-names.ts";
import { pickTaskLocale } from "../playbooks/texts.ts";
import type { Candidate, PlanEnvironment } from "./run-plan.ts";
import { offeredKinds, readChoice } from "./writing.ts";

/** Writes besides the mark and the task: the exact draft of each, as it is stored with the approved list. */

const client = z.object({ kind: z.enum(["company", "contact"]), id: z.string() });
const values = z.object({ segment: z.string().nullable(), score: z.int().nullable() });

export const noteWrite = z.object({ client, title: z.string(), text: z.string() });
export const fieldsWrite = z.object({
  client,
  values,
  labels: z.record(z.string(), z.string()),
});
export const flagWrite = z.object({
  dealId: z.string(),
  responsibleId: z.string(),
  level: z.enum(["risk", "watch", "good"]),
  title: z.string(),
  text: z.string(),
  due: z.int(),
});
export const noticeWrite = z.object({
  userId: z.string(),
  tag: z.string(),
  text: z.string(),
  about: z.object({ entity: z.enum(["deal", "contact", "company"]), id: z.string() }).nullable(),
});
export const automationWrite = z.object({
  client,
  dealId: z.string().nullable(),
  event: z.string(),
  target: z.string().nullable(),
});
/** What the portal held before, as the write found it. */
export const heldFields = values;

/** The further changes of one client that the administrator wants and the portal has, after `changes`. */
export function moreChanges(
  { sql, host, portal }: PlanEnvironment,
  playbook: string,
  { one }: Candidate,
  changes: readonly PlannedChange[],
): PlannedChange[] {
  const [first] = changes;
  if (!first) return [];
  const choice = readChoice(sql);
  const offered = offeredKinds(sql, host);
  const isWanted = (kind: "note" | "fields" | "flag" | "notice" | "automation") =>
    choice[kind] && offered.includes(kind);
  const task = changes.find((change) => change.kind === "task");
  const base = first.actionKey.replace(/\|mark$/, "");
  const { facts, dealId } = one;
  const { insight } = facts;
  const ref = { kind: facts.client.kind, id: facts.client.id };
  const locale = pickTaskLocale(portal.locale);
  const common = { ...first, taskTitle: null, taskText: null, due: null, before: [], after: [] };
  const plan = (kind: PlannedChange["kind"], write: object, after: readonly string[] = []) => ({
    ...common,
    kind,
    actionKey: `${base}|${kind}`,
    after: [...after],
    write: JSON.stringify(write),
  });
  const title = task?.taskTitle ?? noteTitle(locale);
  const text = task?.taskText ?? title;
  const person = task?.responsibleId ?? null;
  const more: PlannedChange[] = [];
  if (isWanted("note")) more.push(plan("note", { client: ref, title, text }, [title]));
  if (isWanted("fields")) {
    const fields = { segment: insight.segment, score: insight.health?.score ?? null };
    const name = segmentName(insight.segment, locale);
    const write = { client: ref, values: fields, labels: { [insight.segment]: name } };
    more.push(plan("fields", write, [name, String(fields.score ?? "–")]));
  }
  if (isWanted("flag") && dealId !== null && person !== null && task?.due) {
    const level = insight.health?.band ?? "risk";
    const due = Date.parse(task.due);
    const write = { dealId, responsibleId: person, level, title, text, due };
    more.push(plan("flag", write, [title]));
  }
  if (isWanted("notice") && person !== null) {
    const about =
      dealId === null ? { entity: ref.kind, id: ref.id } : { entity: "deal", id: dealId };
    const tag = `${playbook}|${clientKey(ref)}`;
    more.push(plan("notice", { userId: person, tag, text: title, about }, [title]));
  }
  const { automation } = host.capabilities;
  const hasPlace = automation === "trigger" ? dealId !== null : choice.automationTarget !== null;
  if (isWanted("automation") && hasPlace) {
    const target = choice.automationTarget;
    more.push(plan("automation", { client: ref, dealId, event: playbook, target }, [playbook]));
  }
  return more;
}

function noteTitle(locale: "ru" | "en"): string {
  return locale === "ru" ? "Клиент в зоне риска" : "The client is at risk";
}
