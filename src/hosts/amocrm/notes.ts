import { AppError } from "../../crm/error.ts";
import type { HostLink } from "../../crm/host.ts";
import type { HostWriter, NoteDraft } from "../../crm/host-writes.ts";
import type { Instant } from "../../crm/ports.ts";
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
    const lines = [draft.title, draft.text, markerOf(draft)].filter((line) => line !== "");
    return {
      id: await createServiceNote(link, `${sectionOf(draft)}/notes`, draft.client.id, lines),
    };
  },

  async find(link, draft, since) {
    const found = await findServiceNote(link, sectionOf(draft), draft.client.id, draft, since);
    return found === null ? null : { id: found };
  },
};

function sectionOf({ client }: NoteDraft): string {
  return client.kind === "contact" ? "contacts" : "companies";
}

/** Its id. Throws AppError `host.*`. */
export async function createServiceNote(
  link: HostLink,
  path: string,
  entityId: string,
  lines: readonly string[],
): Promise<string> {
  const note = {
    entity_id: Number(entityId),
    note_type: NOTE_TYPE,
    params: { service: SERVICE, text: lines.join("\n") },
    is_need_to_trigger_digital_pipeline: false,
    request_id: "0",
  };
  const response = await link.send("notes.add", writeRequest("POST", path, [note]));
  const [row] = readPage(response, "notes").rows;
  const { data } = id.safeParse(field(row, "id"));
  if (data === undefined) throw new AppError("host.bad_answer", { details: { field: "notes" } });
  return data;
}

/** Id of the note of this card that carries the action's key; null = there is none. Throws AppError `host.*`. */
export async function findServiceNote(
  link: HostLink,
  section: string,
  entityId: string,
  action: { readonly actionKey: string },
  since: Instant,
): Promise<string | null> {
  const canFilter = link.memo.filters !== "off";
  const filter: Params = canFilter
    ? [
        ["filter[note_type][]", NOTE_TYPE],
        ["filter[updated_at][from]", toSeconds(since - CLOCK_SKEW_MS)],
      ]
    : [];
  const path = `${section}/${encodeURIComponent(entityId)}/notes`;
  for (let page = 1; ; page += 1) {
    const paging: Params = [
      ["order[id]", "desc"],
      ["limit", String(PAGE_LIMIT)],
      ["page", String(page)],
    ];
    const request = getRequest(path, [...filter, ...paging]);
    const { rows, hasNext } = readPage(await link.send("notes.find", request), "notes");
    const found = findMarked(rows, markerOf(action), (row) => field(field(row, "params"), "text"));
    if (found !== null || !hasNext || rows.length === 0) return found;
  }
}
