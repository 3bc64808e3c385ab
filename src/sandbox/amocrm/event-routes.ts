import { hal, nothing, refuse } from "./answer.ts";
import type { Call, Route } from "./call.ts";
import { type Getters, list } from "./listing.ts";
import type { EventRow } from "./model.ts";
import { child, numbers, rangeOf, words } from "./query.ts";
import { eventId, eventView, self } from "./view.ts";

/** The events feed, newest first. */

const EVENTS: Getters<EventRow> = {
  type: (row) => row.type,
  entity: (row) => row.entity_type,
  entity_id: (row) => row.entity_id,
  created_by: (row) => row.created_by,
};

/** One number is a lower bound; two joined by a comma are a range. */
function createdTest(call: Call): { key: string; test: (row: EventRow) => boolean } | null {
  const node = child(call.query.get("filter"), "created_at");
  if (node === undefined) return null;
  const [from = Number.NEGATIVE_INFINITY, to = Number.POSITIVE_INFINITY] = numbers(node);
  const range = rangeOf(node) ?? { from, to };
  return {
    key: "created",
    test: (row) => row.created_at >= range.from && row.created_at <= range.to,
  };
}

function listEvents(call: Call): Response {
  const filter = call.query.get("filter");
  if (words(child(filter, "entity_id")).length > 10) refuse(400, "Too many entity ids");
  if (words(child(filter, "entity_id")).length > 0 && words(child(filter, "entity")).length !== 1)
    refuse(400, "entity_id needs exactly one entity");
  const listing = {
    table: call.account.events,
    name: "events",
    getters: EVENTS,
    orders: [],
    view: (row: EventRow) => eventView(call, row),
    extra: createdTest(call),
    maxLimit: call.settings.eventsLimit,
  };
  return list(call, listing, { field: "updated_at", isDescending: true });
}

const EVENT_TYPES: readonly (readonly [string, number, string])[] = [
  ["lead_added", 1, "Новая сделка"],
  ["lead_deleted", 7, "Сделка удалена"],
  ["lead_restored", 8, "Сделка восстановлена"],
  ["lead_status_changed", 2, "Изменение этапа продажи"],
  ["entity_responsible_changed", 28, "Ответственный изменён"],
  ["entity_merged", 36, "Выполнено объединение"],
];

export const EVENT_ROUTES: readonly Route[] = [
  { method: "GET", path: "/api/v4/events", handle: listEvents },
  {
    method: "GET",
    path: "/api/v4/events/types",
    handle: (call) =>
      hal({
        _total_items: EVENT_TYPES.length,
        _links: self(call, "events/types"),
        _embedded: { events_types: EVENT_TYPES.map(([key, type, lang]) => ({ key, type, lang })) },
      }),
  },
  {
    method: "GET",
    path: "/api/v4/events/{}",
    handle: (call, [id]) => {
      const event = call.account.events.byUpdated.rows.find((row) => eventId(row) === id);
      return event === undefined ? nothing() : hal(eventView(call, event));
    },
  },
];
