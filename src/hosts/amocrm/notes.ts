import { AppError } from "../../crm/error.ts";
import type { HostWriter, NoteDraft } from "../../crm/host-writes.ts";
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

/** Shown in the card's history under this name, told apart from what people write. */
const SERVICE = "Client Pulse";
const NOTE_TYPE = "service_message";

/** Service lines in the client's history. They start no Digital Pipeline and are never read as contacts with the client. */
export const notes: HostWriter<NoteDraft> = {
  async create(link, draft) {
    const text = [draft.title, draft.text, markerOf(draft)].filter((line) => line !== "");
    const note = {
      entity_id: Number(draft.client.id),
      note_type: NOTE_TYPE,
      params: { service: SERVICE, text: text.join("\n") },
      is_need_to_trigger_digital_pipeline: false,
      request_id: "0",
    };
    const response = await link.send("notes.add", writeRequest("POST", pathOf(draft), [note]));
    const [row] = readPage(response, "notes").rows;
    const { data } = id.safeParse(field(row, "id"));
    if (data === undefined) throw new AppError("host.bad_answer", { details: { field: "notes" } });
    return { id: data };
  },

  async find(link, draft, since) {
    const canFilter = link.memo.filters !== "off";
    const filter: Params = canFilter
      ? [
          ["filter[note_type][]", NOTE_TYPE],
          ["filter[updated_at][from]", toSeconds(since - CLOCK_SKEW_MS)],
        ]
      : [];
    const [entity] = pathOf(draft).split("/");
    const path = `${entity}/${encodeURIComponent(draft.client.id)}/notes`;
    for (let page = 1; ; page += 1) {
      const paging: Params = [
        ["order[id]", "desc"],
        ["limit", String(PAGE_LIMIT)],
        ["page", String(page)],
      ];
      const request = getRequest(path, [...filter, ...paging]);
      const { rows, hasNext } = readPage(await link.send("notes.find", request), "notes");
      const found = findMarked(rows, markerOf(draft), (row) => field(field(row, "params"), "text"));
      if (found !== null) return { id: found };
      if (!hasNext || rows.length === 0) return null;
    }
  },
};

function pathOf({ client }: NoteDraft): string {
  return client.kind === "contact" ? "contacts/notes" : "companies/notes";
}
