import { createNote } from "./activities.ts";
import { Flaws, hal, type JsonObject, nothing, refuse } from "./answer.ts";
import { batch, type Call, isItem, type Route, requestId, scene } from "./call.ts";
import { type Getters, list } from "./listing.ts";
import { CARD_TYPES, type Card, type CardType, type Note } from "./model.ts";
import { noteView, self } from "./view.ts";

/** Notes of cards: list, get, create. */

const NOTES: Getters<Note> = {
  note_type: (row) => row.note_type,
  entity_id: (row) => row.entity_id,
};

function listNotes(call: Call, type: CardType, id: number | null): Response {
  return list(call, {
    table: call.account.notes[type],
    name: "notes",
    getters: NOTES,
    orders: ["updated_at", "id"],
    view: (row) => noteView(call, row),
    extra: id === null ? null : { key: `of:${id}`, test: (row) => row.entity_id === id },
  });
}

const PARAMS: Readonly<Record<string, readonly string[]>> = {
  common: ["text"],
  service_message: ["service", "text"],
  extended_service_message: ["service", "text"],
  call_in: ["uniq", "duration", "source"],
  call_out: ["uniq", "duration", "source"],
  sms_in: ["text", "phone"],
  sms_out: ["text", "phone"],
  geolocation: ["text", "address"],
  attachment: ["file_name"],
  message_cashier: ["status", "text"],
  invoice_paid: ["text", "service"],
};

function createNotes(call: Call, type: CardType, fixed: Card | null): Response {
  const flaws = new Flaws();
  const items = batch(call);
  const plans = items.map((item, index) => {
    const id = requestId(item, index);
    const card = fixed ?? call.account.card(type, Number(item.entity_id));
    if (card === undefined) flaws.add(id, "NotSupportedChoice", "entity_id");
    const noteType = String(item.note_type ?? "");
    const params = isItem(item.params) ? item.params : {};
    const needed = PARAMS[noteType];
    if (needed === undefined) flaws.add(id, "NotSupportedChoice", "note_type");
    for (const key of needed ?? [])
      if (params[key] == null) flaws.add(id, "FieldMissing", `params.${key}`);
    return {
      card,
      noteType,
      params,
      id,
      by: item.created_by === 0 ? 0 : call.user.id,
      startsPipeline: item.is_need_to_trigger_digital_pipeline !== false,
    };
  });
  flaws.throwIfAny();
  const rows = plans.flatMap(({ card, noteType, params, id, by, startsPipeline }): JsonObject[] => {
    if (card === undefined) return [];
    const note = createNote(scene(call, by), card, {
      type: noteType,
      params,
      by,
      startsPipeline,
      isFromApp: call.clientId !== null,
    });
    const _links = self(call, `${type}/${card.id}/notes/${note.id}`);
    return [{ id: note.id, entity_id: card.id, request_id: id, _links }];
  });
  return hal(
    { _links: self(call, `${type}/notes`), _embedded: { notes: rows } },
    call.settings.createdStatus,
  );
}

export const NOTE_ROUTES: readonly Route[] = CARD_TYPES.flatMap((type): Route[] => [
  { method: "GET", path: `/api/v4/${type}/notes`, handle: (call) => listNotes(call, type, null) },
  {
    method: "POST",
    path: `/api/v4/${type}/notes`,
    handle: (call) => createNotes(call, type, null),
  },
  {
    method: "GET",
    path: `/api/v4/${type}/{}/notes`,
    handle: (call, [id]) => listNotes(call, type, Number(id)),
  },
  {
    method: "POST",
    path: `/api/v4/${type}/{}/notes`,
    handle: (call, [id]) =>
      createNotes(
        call,
        type,
        call.account.card(type, Number(id)) ?? refuse(404, "Resource not found"),
      ),
  },
  {
    method: "GET",
    path: `/api/v4/${type}/{}/notes/{}`,
    handle: (call, [, id]) => {
      const note = call.account.notes[type].get(Number(id));
      return note === undefined ? nothing() : hal(noteView(call, note));
    },
  },
]);
