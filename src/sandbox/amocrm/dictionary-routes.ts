import { Flaws, hal, type JsonObject, refuse } from "./answer.ts";
import { batch, type Call, needAdmin, type Route, requestId, withs } from "./call.ts";
import { dictionary, needleOf } from "./listing.ts";
import { CARD_TYPES, type CardType, type Tag } from "./model.ts";
import { child, numbers } from "./query.ts";
import { lossReasonView, pipelineView, self, statusView, userView } from "./view.ts";

/** Account, users, pipelines and the other dictionaries. */

const SYMBOLS: Readonly<Record<string, string>> = { RUB: "₽", USD: "$", EUR: "€", KZT: "₸" };

function timezoneOffset(timeZone: string, now: number): string {
  const parts = new Intl.DateTimeFormat("en", {
    timeZone,
    timeZoneName: "longOffset",
  }).formatToParts(new Date(now));
  const name = parts.find((part) => part.type === "timeZoneName")?.value ?? "GMT";
  return name === "GMT" ? "+00:00" : name.slice(3);
}

function account(call: Call): Response {
  const row = call.account;
  const wanted = withs(call);
  const root: Record<string, JsonObject | string | number | boolean> = {};
  const put = (key: string, value: JsonObject | string | number | boolean) => {
    if (wanted.has(key)) root[key] = value;
  };
  put("amojo_id", row.uuid);
  put("uuid", row.uuid);
  put("version", 11);
  put("drive_url", "https://drive-b.amocrm.ru");
  put("is_api_filter_enabled", row.isFilterEnabled);
  put("invoices_settings", { lang: "ru", invoices_catalog_id: row.trade.invoiceCatalogId });
  const embedded = accountParts(call, wanted);
  return hal({
    id: row.id,
    name: row.name,
    subdomain: row.subdomain,
    created_at: row.createdAt,
    created_by: 0,
    updated_at: row.createdAt,
    updated_by: row.users[0]?.id ?? 0,
    current_user_id: call.user.id,
    country: "RU",
    currency: row.currency,
    currency_symbol: SYMBOLS[row.currency] ?? row.currency,
    customers_mode: row.trade.mode,
    is_unsorted_on: true,
    mobile_feature_version: 0,
    is_loss_reason_enabled: true,
    is_helpbot_enabled: false,
    is_technical_account: false,
    contact_name_display_order: 1,
    ...root,
    _links: self(call, "account"),
    ...(Object.keys(embedded).length > 0 ? { _embedded: embedded } : {}),
  });
}

export const TASK_TYPES = [
  { id: 1, name: "Связаться", color: null, icon_id: null, code: "FOLLOW_UP" },
  { id: 2, name: "Встреча", color: null, icon_id: null, code: "MEETING" },
] as const;

function accountParts(call: Call, wanted: ReadonlySet<string>): JsonObject {
  const { timeZone } = call.account;
  const all: JsonObject = {
    amojo_rights: { can_direct: true, can_create_groups: true },
    users_groups: [...new Set(call.account.users.map((user) => user.groupId))].map((id) => ({
      id,
      name: id === 0 ? "Отдел продаж" : `Группа ${id}`,
      uuid: null,
    })),
    task_types: TASK_TYPES,
    datetime_settings: {
      date_pattern: "d.m.Y H:i",
      short_date_pattern: "d.m.Y",
      short_time_pattern: "H:i",
      date_format: "d.m.Y",
      time_format: "H:i:s",
      timezone: timeZone,
      timezone_offset: timezoneOffset(timeZone, call.settings.clock.now()),
    },
  };
  return Object.fromEntries(Object.entries(all).filter(([key]) => wanted.has(key)));
}

const PEOPLE: readonly Route[] = [
  { method: "GET", path: "/api/v4/account", handle: account },
  {
    method: "GET",
    path: "/api/v4/users",
    handle: (call) => {
      needAdmin(call);
      return dictionary(call, "users", call.account.users, (row) => userView(call, row), {
        isPaged: true,
      });
    },
  },
  {
    method: "GET",
    path: "/api/v4/users/{}",
    handle: (call, [id]) => {
      if (Number(id) !== call.user.id) needAdmin(call);
      const user = call.account.user(Number(id));
      return user === undefined ? refuse(404, "Resource not found") : hal(userView(call, user));
    },
  },
];

function pipelineOf(call: Call, id: string | undefined) {
  return call.account.pipeline(Number(id)) ?? refuse(404, "Resource not found");
}

const PIPELINES: readonly Route[] = [
  {
    method: "GET",
    path: "/api/v4/leads/pipelines",
    handle: (call) =>
      dictionary(call, "pipelines", call.account.pipelines, (row) => pipelineView(call, row), {
        isPaged: false,
      }),
  },
  {
    method: "GET",
    path: "/api/v4/leads/pipelines/{}",
    handle: (call, [id]) => hal(pipelineView(call, pipelineOf(call, id))),
  },
  {
    method: "GET",
    path: "/api/v4/leads/pipelines/{}/statuses",
    handle: (call, [id]) => {
      const row = pipelineOf(call, id);
      return dictionary(
        call,
        "statuses",
        row.statuses,
        (status) => statusView(call, row.id, status),
        {
          isPaged: false,
        },
      );
    },
  },
  {
    method: "GET",
    path: "/api/v4/leads/pipelines/{}/statuses/{}",
    handle: (call, [id, statusId]) => {
      const row = pipelineOf(call, id);
      const status =
        call.account.status(row.id, Number(statusId)) ?? refuse(404, "Resource not found");
      return hal(statusView(call, row.id, status));
    },
  },
  {
    method: "GET",
    path: "/api/v4/leads/loss_reasons",
    handle: (call) =>
      dictionary(
        call,
        "loss_reasons",
        call.account.lossReasons,
        (row) => lossReasonView(call, row),
        {
          isPaged: true,
        },
      ),
  },
  {
    method: "GET",
    path: "/api/v4/sources",
    handle: (call) =>
      dictionary(
        call,
        "sources",
        call.account.sources,
        (row) => ({
          ...row,
          pipeline_id: call.account.pipelines[0]?.id ?? 0,
          external_id: `src-${row.id}`,
          default: false,
        }),
        { isPaged: false },
      ),
  },
];

function tagView(tag: Tag): JsonObject {
  return { id: tag.id, name: tag.name, color: tag.color };
}

function listTags(call: Call, type: CardType): Response {
  const filter = call.query.get("filter");
  const name = child(filter, "name");
  const ids = numbers(child(filter, "id"));
  const needle = needleOf(call);
  const rows = [...call.account.tags[type].values()].filter(
    (tag) =>
      (typeof name !== "string" || tag.name === name) &&
      (ids.length === 0 || ids.includes(tag.id)) &&
      (needle === null || tag.name.toLowerCase().includes(needle)),
  );
  const page = dictionary(call, "tags", rows, tagView, { isPaged: true });
  return page;
}

function createTags(call: Call, type: CardType): Response {
  const flaws = new Flaws();
  const items = batch(call);
  items.forEach((item, index) => {
    const name = item.name;
    if (typeof name !== "string" || name === "")
      flaws.add(requestId(item, index), "FieldMissing", "name");
  });
  flaws.throwIfAny();
  const rows = items.map((item, index) => ({
    id: call.account.tagId(type, String(item.name)),
    name: String(item.name),
    request_id: requestId(item, index),
  }));
  return hal({ _total_items: rows.length, _embedded: { tags: rows } }, call.settings.createdStatus);
}

const TAGS: readonly Route[] = CARD_TYPES.flatMap((type): Route[] => [
  { method: "GET", path: `/api/v4/${type}/tags`, handle: (call) => listTags(call, type) },
  { method: "POST", path: `/api/v4/${type}/tags`, handle: (call) => createTags(call, type) },
]);

export const DICTIONARY_ROUTES: readonly Route[] = [...PEOPLE, ...PIPELINES, ...TAGS];
