import { AppError } from "../../crm/error.ts";
import type { FlagDraft, HostWriter } from "../../crm/host-writes.ts";
import { findActivity, readActivity } from "./activity-search.ts";
import { callMethod, type Params } from "./api.ts";
import type { Command } from "./batch.ts";
import { isoTime } from "./dates.ts";
import { ENTITY_TYPE } from "./mapping.ts";
import { removeActivity } from "./todo.ts";
import { isFields, isYes, toFields, toId, toList, toText } from "./values.ts";
import { plain, plainLine } from "./write-text.ts";

/** The board shows the badge of an open activity that names it; closing the activity takes it off. */

const ORIGINATOR = "client-pulse";
const TITLE_CHARS = 100;
const TEXT_CHARS = 1_000;

const BADGES = {
  risk: { type: "failure", ru: "риск ухода", en: "at risk" },
  watch: { type: "warning", ru: "присмотреться", en: "watch" },
  good: { type: "success", ru: "всё хорошо", en: "good" },
} as const;

function badgeCode(level: FlagDraft["level"]): string {
  return `pulse_${level}`;
}

/** Commands for the badges that `crm.activity.badge.list` does not name. */
export function badgeChanges(locale: string, listed: unknown): readonly Command[] {
  const known = toList(toFields(listed).badges)
    .filter(isFields)
    .map((row) => toText(row.code));
  const title = locale === "ru" ? "Пульс клиента" : "Client Pulse";
  return (["risk", "watch", "good"] as const)
    .filter((level) => !known.includes(badgeCode(level)))
    .map((level) => {
      const { type, ru, en } = BADGES[level];
      const value = locale === "ru" ? ru : en;
      const params = { code: badgeCode(level), title, value, type };
      return { method: "crm.activity.badge.add", params };
    });
}

export const flags: HostWriter<FlagDraft> = {
  async create(link, draft) {
    const { result } = await callMethod(link, "crm.activity.configurable.add", {
      ownerTypeId: ENTITY_TYPE.deal,
      ownerId: draft.dealId,
      fields: {
        typeId: "CONFIGURABLE",
        completed: false,
        deadline: isoTime(draft.due),
        responsibleId: draft.responsibleId,
        badgeCode: badgeCode(draft.level),
        originatorId: ORIGINATOR,
        originId: draft.actionKey,
      },
      layout: layoutOf(draft),
    });
    const id = toId(toFields(toFields(result).activity).id);
    if (id === null) throw new AppError("host.bad_answer", { details: { field: "activity.id" } });
    return { id };
  },

  async find(link, draft, since) {
    const id = await findActivity(link, {
      ownerTypeId: ENTITY_TYPE.deal,
      ownerId: draft.dealId,
      provider: "CONFIGURABLE_REST_APP",
      select: ["ORIGIN_ID"],
      isIt: (row) => row.ORIGIN_ID === draft.actionKey,
      since,
    });
    return id === null ? null : { id };
  },

  async undo(link, id, draft) {
    const row = await readActivity(link, id, ["ORIGIN_ID"]);
    if (row === null) return "gone";
    if (isYes(row.COMPLETED) || row.ORIGIN_ID !== draft.actionKey) return "kept";
    return removeActivity(link, id);
  },
};

function layoutOf({ title, text }: FlagDraft): Params {
  return {
    icon: { code: "info" },
    header: { title: plainLine(title, TITLE_CHARS) },
    body: {
      logo: { code: "info" },
      blocks: {
        reason: {
          type: "text",
          properties: { value: plain(text, TEXT_CHARS), multiline: true },
        },
      },
    },
    footer: {
      buttons: {
        open: { title: "Client Pulse", action: { type: "openRestApp" }, type: "secondary" },
      },
    },
  };
}
