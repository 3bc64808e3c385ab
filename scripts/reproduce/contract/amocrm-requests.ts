import type { Answered, Room } from "./amocrm-room.ts";
import { makeRoom } from "./amocrm-room.ts";
import { type AmocrmSample, routeOf } from "./amocrm-sample.ts";
import { asFields, asList, type Fields } from "./bitrix24-sample.ts";

/** A question to the sandbox, or why it is not asked; null = the sample is no request to the vendor. */
export type Ask = (room: Room) => Promise<Answered>;

const NOT_SERVED: Readonly<Record<string, string>> = {
  "POST /api/v4/leads/complex": "not served",
  "DELETE /api/v4/leads/pipelines/{}": "not served: pipelines are never deleted by us",
  "POST /api/v4/calls": "not served: telephony",
  "GET /api/v4/leads/unsorted": "no incoming leads in these accounts",
};

export function requestOf(sample: AmocrmSample): Ask | string | null {
  const { request } = sample;
  if (!request?.url || !/\/(?:api|oauth2)\//.test(request.url)) return null;
  if (request.raw !== undefined) return null;
  if (request.url.includes("/oauth2/")) return (room) => askOauth(room, sample);
  const special = REFUSALS[sample.call];
  if (special) return special;
  const route = routeOf(sample);
  const isOfCustomers = route.includes("/api/v4/customers");
  const reason = isOfCustomers ? "customers are switched off in these accounts" : NOT_SERVED[route];
  return reason ?? ((room) => askApi(room, sample));
}

/** Refusals that need a state of the account and not another request. */
const REFUSALS: Readonly<Record<string, Ask | string>> = {
  "GET /api/v4/account without token": (room) =>
    room.fetch("GET", "https://example.amocrm.ru/api/v4/account", undefined),
  "GET /api/v4/users (non-admin token)": (room) => room.call("GET", "/api/v4/users", undefined, 1),
  "any call: tariff expired": async (room) => {
    const { access } = await room.tokens();
    room.portal.setUnpaid(true);
    const headers = { authorization: `Bearer ${access}` };
    return room.fetch("GET", "https://example.amocrm.ru/api/v4/leads", undefined, headers);
  },
  "any call: too many requests": () => hurried(2),
  "any call: IP blocked after repeated 429": () => hurried(20),
  "any call: batch too heavy":
    "an accident of the machines in front; faults of the sandbox stand for it",
};

async function hurried(calls: number): Promise<Answered> {
  const room = makeRoom({ requestsPerSecond: 1 });
  const { access } = await room.tokens();
  const headers = { authorization: `Bearer ${access}` };
  const ask = () => room.fetch("GET", "https://example.amocrm.ru/api/v4/leads", undefined, headers);
  for (let call = 1; call < calls; call += 1) await ask();
  return ask();
}

async function askOauth(room: Room, sample: AmocrmSample): Promise<Answered> {
  const { request } = sample;
  if (request?.method === "GET") {
    const { refresh } = await room.tokens();
    return room.fetch("GET", request.url ?? "", undefined, { "x-refresh-token": refresh });
  }
  const isForm = typeof request?.body === "string";
  const given = isForm
    ? Object.fromEntries(new URLSearchParams(String(request?.body)))
    : (request?.body as Record<string, string>);
  const { client_id: _id, client_secret: _secret, redirect_uri: _redirect, ...fields } = given;
  const good = await goodFields(room, fields, sample.response.status);
  return room.oauth(good);
}

async function goodFields(
  room: Room,
  fields: Record<string, string>,
  status: number,
): Promise<Record<string, string>> {
  if (status >= 400) return fields;
  if (fields.grant_type === "refresh_token") {
    return { ...fields, refresh_token: (await room.tokens()).refresh };
  }
  return { ...fields, code: room.code() };
}

/** Ids of the sample's own account in bodies and paths. */
async function askApi(room: Room, sample: AmocrmSample): Promise<Answered> {
  const { request, response } = sample;
  const url = new URL(request?.url ?? "");
  const prepared = await prepare(room, sample);
  const path = prepared.path ?? adaptPath(room, url.pathname, response.status);
  const query = new URLSearchParams(prepared.query ?? queryOf(sample));
  const body = prepared.body ?? request?.body;
  const search = query.size === 0 ? "" : `?${query}`;
  return room.call(request?.method ?? "GET", `${path}${search}`, body);
}

/** Filters by times, ids and names of the vendor's account would find nothing here. */
function queryOf(sample: AmocrmSample): Record<string, string> {
  const given = sample.request?.query ?? {};
  if (sample.response.status === 204) return { ...given };
  return Object.fromEntries(Object.entries(given).filter(([name]) => !name.startsWith("filter[")));
}

function adaptPath(room: Room, path: string, status: number): string {
  if (status === 204 && path.endsWith("/leads/1")) return path;
  return path.replace(/\/(leads|contacts|companies)\/\d+/, (_, type: string) => {
    const id = { leads: room.ids.deals[2], contacts: room.ids.contact }[type] ?? room.ids.company;
    return `/${type}/${id}`;
  });
}

interface Prepared {
  readonly path?: string;
  readonly query?: Record<string, string>;
  readonly body?: unknown;
}

type Prepare = (room: Room, sample: AmocrmSample) => Promise<Prepared> | Prepared;

async function firstId(room: Room, path: string, collection: string): Promise<number> {
  const { body } = await room.call("GET", path);
  const [row] = asList(asFields(asFields(body)._embedded)[collection]);
  return Number(asFields(row).id);
}

const bodyOf = (sample: AmocrmSample) => asList(sample.request?.body).map(asFields);

const plainLead = ({ name, price, request_id, _embedded }: Fields): Fields => ({
  name: name ?? "Deal",
  ...(price === undefined ? {} : { price }),
  ...(request_id === undefined ? {} : { request_id }),
  ...(_embedded === undefined ? {} : { _embedded }),
});

const onLeads: Prepare = (room, sample) => ({
  body: bodyOf(sample).map(({ tags_to_add, price }, at) => ({
    id: room.ids.deals[at],
    ...(price === undefined ? {} : { price }),
    ...(tags_to_add === undefined ? {} : { tags_to_add }),
  })),
});

/** A lost deal with a tag and a reason: everything that the sample of a single deal shows. */
async function decorate(room: Room): Promise<void> {
  const loss_reason_id = await firstId(room, "/api/v4/leads/loss_reasons", "loss_reasons");
  const company = { to_entity_id: room.ids.company, to_entity_type: "companies" };
  await room.call("POST", `/api/v4/leads/${room.ids.deals[1]}/link`, [company]);
  const change = { loss_reason_id, tags_to_add: [{ name: "VIP" }] };
  await room.call("PATCH", `/api/v4/leads/${room.ids.deals[1]}`, change);
}

const PREPARE: Readonly<Record<string, Prepare>> = {
  "POST /api/v4/leads": (_room, sample) =>
    sample.response.status >= 400 ? {} : { body: bodyOf(sample).map(plainLead) },
  "PATCH /api/v4/leads": onLeads,
  "PATCH /api/v4/leads/{}": (_room, sample) =>
    sample.response.status >= 400 ? {} : { body: { price: 12_000 } },
  "PATCH /api/v4/contacts/{}": (_room, sample) => ({
    body: { tags_to_add: asFields(sample.request?.body).tags_to_add },
  }),
  "GET /api/v4/leads": async (room, sample) => {
    if (!sample.call.includes("only_deleted")) {
      await decorate(room);
      return {};
    }
    room.portal.edit({ kind: "deleteDeal", dealId: String(room.ids.deals[2]) });
    return {};
  },
  "GET /api/v4/leads/{}": async (room, sample) => {
    if (sample.response.status === 204) return {};
    await decorate(room);
    return { path: `/api/v4/leads/${room.ids.deals[1]}` };
  },
  "POST /api/v4/contacts/custom_fields": async (room, sample) => {
    await room.call("POST", "/api/v4/contacts/custom_fields", sample.request?.body);
    return {};
  },
  "GET /api/v4/leads/custom_fields": async (room) => {
    const field = { name: "RFM", type: "select", code: "RFM", enums: [{ value: "a", sort: 1 }] };
    await room.call("POST", "/api/v4/leads/custom_fields", [field]);
    return { query: { limit: "50", page: "1" } };
  },
  "GET /api/v4/catalogs/{}/elements": async (room) => ({
    path: `/api/v4/catalogs/${await firstId(room, "/api/v4/catalogs", "catalogs")}/elements`,
  }),
  "GET /api/v4/leads/pipelines/{}/statuses": async (room) => {
    const id = await firstId(room, "/api/v4/leads/pipelines", "pipelines");
    return { path: `/api/v4/leads/pipelines/${id}/statuses` };
  },
  "POST /api/v4/tasks": (room, sample) => ({
    body: bodyOf(sample).map((task) => ({
      ...task,
      entity_id: room.ids.deals[2],
      responsible_user_id: Number(room.portal.users[0]?.id),
    })),
  }),
  "PATCH /api/v4/tasks/{}": async (room) => ({
    path: `/api/v4/tasks/${await firstId(room, "/api/v4/tasks", "tasks")}`,
  }),
  "POST /api/v4/leads/notes": (room, sample) => ({
    body: bodyOf(sample).map((note) => ({ ...note, entity_id: room.ids.deals[2] })),
  }),
  "GET /api/v4/leads/notes": async (room) => {
    const note = { entity_id: room.ids.deals[2], note_type: "common", params: { text: "Text" } };
    await room.call("POST", "/api/v4/leads/notes", [note]);
    return { query: { "filter[note_type]": "common", limit: "250" } };
  },
  "GET /api/v4/events": (room, sample) => {
    if (!sample.call.includes("deletions"))
      return { query: { "filter[type]": "lead_status_changed", limit: "1" } };
    room.portal.edit({ kind: "deleteDeal", dealId: String(room.ids.deals[2]) });
    return { query: { "filter[type]": "lead_deleted", limit: "100" } };
  },
  "GET /api/v4/leads/tags": async (room) => {
    await room.call("POST", "/api/v4/leads/tags", [{ name: "VIP" }]);
    return { query: { "filter[name]": "VIP", limit: "250" } };
  },
  "POST /api/v4/leads/{}/link": (room, sample) => ({
    body: bodyOf(sample)
      .slice(0, 1)
      .map((one) => ({ ...one, to_entity_id: room.ids.contact })),
  }),
  "POST /api/v4/leads/{}/unlink": (room, sample) => ({
    body: bodyOf(sample).map((one) => ({ ...one, to_entity_id: room.ids.contact })),
  }),
  "GET /api/v4/contacts/links": (room) => ({
    query: { "filter[entity_id][0]": String(room.ids.contact) },
  }),
  "GET /api/v4/webhooks": async (room, sample) => {
    const destination = sample.request?.query?.["filter[destination]"] ?? "";
    await room.call("POST", "/api/v4/webhooks", { destination, settings: ["add_lead"], sort: 10 });
    return { query: { "filter[destination]": destination } };
  },
  "DELETE /api/v4/webhooks": async (room, sample) => {
    const { destination } = asFields(sample.request?.body);
    await room.call("POST", "/api/v4/webhooks", { destination, settings: ["add_lead"], sort: 10 });
    return {};
  },
};

function prepare(room: Room, sample: AmocrmSample): Promise<Prepared> | Prepared {
  return PREPARE[routeOf(sample)]?.(room, sample) ?? {};
}
