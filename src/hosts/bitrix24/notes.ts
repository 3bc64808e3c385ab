import { AppError, errorCode } from "../../crm/error.ts";
import type { HostWriter, NoteDraft } from "../../crm/host-writes.ts";
import { callMethod } from "./api.ts";
import { PAGE_ROWS } from "./lists.ts";
import { ENTITY_TYPE } from "./mapping.ts";
import { type Fields, isFields, toFields, toId, toInstant, toList, toText } from "./values.ts";
import { plain, plainLine } from "./write-text.ts";

const TITLE_CHARS = 200;
const TEXT_CHARS = 2_000;
const SEARCH_PAGES = 4;

/**
 * Log messages of the timeline: told apart from what people write. They carry no key that people would have to read: the
 * same title and text on the same client since the action began is the same note.
 */
export const notes: HostWriter<NoteDraft> = {
  async create(link, draft) {
    const { result } = await callMethod(link, "crm.timeline.logmessage.add", {
      fields: { ...placeOf(draft), ...wordsOf(draft), iconCode: "info" },
    });
    return { id: toId(toFields(toFields(result).logMessage).id) };
  },

  async find(link, draft, since) {
    const { title, text } = wordsOf(draft);
    for (let page = 0; page < SEARCH_PAGES; page += 1) {
      const { result } = await callMethod(link, "crm.timeline.logmessage.list", {
        ...placeOf(draft),
        order: { created: "desc" },
        start: page * PAGE_ROWS,
      });
      const rows = toRows(result);
      const isSince = (row: Fields) => (toInstant(row.created) ?? since) >= whole(since);
      const found = rows.find((row) => row.title === title && row.text === text && isSince(row));
      if (found) return { id: toId(found.id) };
      if (rows.length < PAGE_ROWS || !rows.every(isSince)) return null;
    }
    return null;
  },

  async undo(link, id, draft) {
    try {
      const { result } = await callMethod(link, "crm.timeline.logmessage.get", { id });
      const { title, text } = wordsOf(draft);
      const row = toFields(toFields(result).logMessage);
      if (toText(row.title) !== title || toText(row.text) !== text) return "kept";
      await callMethod(link, "crm.timeline.logmessage.delete", { id });
      return "removed";
    } catch (thrown) {
      if (errorCode(thrown) === "host.not_found") return "gone";
      if (thrown instanceof AppError && thrown.details.hostError === "removing_disabled") {
        return "kept";
      }
      throw thrown;
    }
  },
};

/** The documented answer is a plain list; some portals wrap it like the rest of the family. */
function toRows(result: unknown): readonly Fields[] {
  const wrapped = toFields(result).logMessages;
  return toList(wrapped ?? result).filter(isFields);
}

/** The portal keeps whole seconds. */
function whole(at: number): number {
  return Math.floor(at / 1000) * 1000;
}

function placeOf({ client }: NoteDraft): { entityTypeId: number; entityId: string } {
  return { entityTypeId: ENTITY_TYPE[client.kind], entityId: client.id };
}

function wordsOf(draft: NoteDraft): { title: string; text: string } {
  return { title: plainLine(draft.title, TITLE_CHARS), text: plain(draft.text, TEXT_CHARS) };
}
