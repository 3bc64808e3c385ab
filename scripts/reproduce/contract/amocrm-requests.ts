import type { Answered, Room } from "./amocrm-room.ts";
import { makeRoom } from "./amocrm-room.ts";
import { type AmocrmSample, routeOf } from "./amocrm-sample.ts";
import { PREPARE, type Prepared } from "./amocrm-states.ts";

/** A question to the sandbox, or why it is not asked; null = the sample is no request to the vendor. */
export type Ask = (room: Room) => Promise<Answered>;

const NOT_SERVED: Readonly<Record<string, string>> = {
  "POST /api/v4/leads/complex": "not served",
  "DELETE /api/v4/leads/pipelines/{}": "not served: pipelines are never deleted by us",
  "POST /api/v4/calls": "not served: telephony",
};

export function requestOf(sample: AmocrmSample): Ask | string | null {
  const { request } = sample;
  if (!request?.url || !/\/(?:api|oauth2)\//.test(request.url)) return null;
  if (request.raw !== undefined) return null;
  if (request.url.includes("/oauth2/")) return (room) => askOauth(room, sample);
  const special = REFUSALS[sample.call];
  if (special) return special;
  const route = routeOf(sample);
  return NOT_SERVED[route] ?? ((room) => askApi(room, sample));
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

function prepare(room: Room, sample: AmocrmSample): Promise<Prepared> | Prepared {
  return PREPARE[routeOf(sample)]?.(room, sample) ?? {};
}
