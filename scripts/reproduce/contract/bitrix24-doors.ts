import type { DoorReply } from "../../../src/crm/door.ts";
import { errorCode } from "../../../src/crm/error.ts";
import type { HttpResponse, Transport } from "../../../src/crm/ports.ts";
import { exchange } from "../../../src/hosts/bitrix24/oauth.ts";
import { readPlace, readPlacement } from "../../../src/hosts/bitrix24/place.ts";
import { jsonResponse, movedClock, recordingDesk, START } from "./bench.ts";
import { host } from "./bitrix24-lists.ts";
import { asFields, type Fields, type NamedSample, responseOf } from "./bitrix24-sample.ts";
import { expectEqual, type Problems } from "./ledger.ts";

/** Posts of the portal and answers of the token server, through the adapter's own doors. */

const CONFIG = {
  registrations: [
    { product: "bitrix24", clientId: "app.573ad8a0346747.09223434", clientSecret: "s" },
  ],
  publicUrl: "https://pulse.example.com",
  oauthServers: ["https://oauth.bitrix.info", "https://oauth.bitrix24.tech"],
  zones: {},
  devHosts: [],
};

/** The vendor behind the doors: tokens for the portal that asks, an administrator behind every token. */
function vendor(tokens: NamedSample | undefined, memberId: unknown): Transport {
  return async ({ url }) => {
    if (url.endsWith("/oauth/token/")) {
      return jsonResponse(200, { ...asFields(tokens?.response), member_id: memberId, user_id: 1 });
    }
    const result = url.endsWith("/app.info") ? { INSTALLED: true } : { ID: "1", ADMIN: true };
    return jsonResponse(200, { result, time: {} });
  };
}

async function post(path: string, sample: NamedSample, all: readonly NamedSample[]) {
  const form = sample.form ?? {};
  const memberId = form["auth[member_id]"] ?? form.member_id;
  const tokens = all.find((one) => one.method?.includes("authorization_code"));
  const desk = recordingDesk({
    config: CONFIG,
    transport: vendor(tokens, memberId),
    endpoint: "https://portal.bitrix24.com/rest/",
  });
  const query = new URLSearchParams(sample.query ?? {});
  const door = host.doors().find((one) => one.path === path && one.method === "POST");
  if (!door) throw new Error(`no door ${path}`);
  const call = {
    url: new URL(`https://pulse.example.com${path}?${query}`),
    params: {},
    headers: {},
    body: new URLSearchParams(form).toString(),
  };
  const reply = await door.handle(call, desk);
  return { desk, reply, key: `bitrix24:${memberId}` };
}

const HINTED = /^ONCRM(DEAL|CONTACT|COMPANY|ACTIVITY|LEAD)(ADD|UPDATE|DELETE|MOVETOCATEGORY)$/;

/** The record that an event is about, by its name and payload alone. */
function expectedHints(sample: NamedSample): readonly Fields[] {
  const match = HINTED.exec(sample.event ?? "");
  if (!match) return [];
  const [, word = "", what] = match;
  const id = asFields(asFields(sample.payload?.data).FIELDS).ID;
  return [{ entity: word.toLowerCase(), isDeletion: what === "DELETE", id }];
}

export async function eventProblems(
  sample: NamedSample,
  all: readonly NamedSample[],
): Promise<Problems> {
  const form = sample.form ?? {};
  const isInstall = sample.event === "ONAPPINSTALL" || sample.event === "ONAPPUPDATE";
  const path = isInstall ? "/bitrix24/install" : "/bitrix24/events";
  const { desk, reply, key } = await post(path, sample, all);
  const wanted = expectedHints(sample);
  const secret = form["auth[application_token]"];
  // Its body is empty: the queue says what has changed.
  const isQueueCall = sample.event === "ONOFFLINEEVENT";
  const installed = desk.installs.map(({ grant }) => grant.key);
  const removed = desk.uninstalled.map((one) => [one.key, one.erase]);
  return [
    ...expectEqual("reply", reply, { kind: "empty", status: 200 }),
    ...expectEqual("hints", sorted(desk.deliveries.flatMap(({ hints }) => hints)), sorted(wanted)),
    ...expectEqual(
      "delivery",
      desk.deliveries.map((one) => [one.candidates, one.secret]),
      isQueueCall || wanted.length > 0 ? [[[key], secret]] : [],
    ),
    ...expectEqual(
      "queue",
      desk.deliveries.some(({ hasQueued }) => hasQueued === true),
      isQueueCall,
    ),
    ...expectEqual("installs", installed, isInstall ? [key] : []),
    ...expectEqual("uninstalls", removed, sample.event === "ONAPPUNINSTALL" ? [[key, true]] : []),
  ];
}

function sorted(hints: readonly unknown[]): readonly unknown[] {
  return hints.map((hint) => Object.entries(asFields(hint)).sort());
}

export async function robotProblems(
  sample: NamedSample,
  all: readonly NamedSample[],
): Promise<Problems> {
  const { desk, reply, key } = await post("/bitrix24/robot", sample, all);
  const given = desk.deliveries.map(({ candidates, secret }) => [candidates, secret]);
  const [question] = desk.deliveries.flatMap(({ questions = [] }) => questions);
  const [, id] = (sample.form?.["document_id[2]"] ?? "").split("_");
  return [
    ...expectEqual("reply", reply, { kind: "empty", status: 200 }),
    ...expectEqual("secret", given, [[[key], sample.form?.["auth[application_token]"]]]),
    ...expectEqual("token", question?.token, sample.form?.event_token),
    ...expectEqual("record", [question?.entity, question?.id], ["deal", id]),
  ];
}

/** The record of a placement: its kind stands in the code, its id in the options, under one of two names. */
function expectedPlace(sample: NamedSample): { entity: string; id: string } | null {
  const options = asFields(sample.placement_options_decoded);
  const data = asFields(options.ENTITY_DATA);
  if (sample.placement === "USERFIELD_TYPE") {
    const entity = { 2: "deal", 3: "contact", 4: "company" }[Number(data.entityTypeId)];
    return entity ? { entity, id: String(data.entityId) } : null;
  }
  const word = /^CRM_(DEAL|CONTACT|COMPANY)_/.exec(sample.placement ?? "")?.[1];
  const id = String(options.ID ?? options.ENTITY_ID ?? "");
  return word && /^\d+$/.test(id) ? { entity: word.toLowerCase(), id } : null;
}

export async function placementProblems(
  sample: NamedSample,
  all: readonly NamedSample[],
): Promise<Problems> {
  const wanted = expectedPlace(sample);
  if (!sample.form) {
    const code = sample.placement ?? "";
    const options = sample.placement_options_decoded;
    return [
      ...expectEqual("place", readPlace(code, JSON.stringify(options)), wanted),
      ...expectEqual("wanted", wanted !== null, true),
    ];
  }
  if (sample.placement === "DEFAULT") return defaultPageProblems(sample, all);
  const isCard = sample.placement?.startsWith("CRM_") === true && wanted !== null;
  const { reply } = await post(isCard ? "/bitrix24/card" : "/bitrix24/app", sample, all);
  const page = pageOf(reply);
  const elsewhere = pageOf((await post("/bitrix24/card", sample, all)).reply);
  return [
    ...expectEqual("place", page.place, isCard ? "card" : "app"),
    ...expectEqual("entity", page.entity ?? null, wanted),
    ...expectEqual("portal", page.portal, `bitrix24:${sample.form.member_id}`),
    ...expectEqual("token", asFields(page.viewer).accessToken, sample.form.AUTH_ID),
    ...expectEqual("as a card", elsewhere.place, wanted === null ? "message" : "card"),
  ];
}

/** The application's own page: also the installer, which hands over tokens. */
async function defaultPageProblems(
  sample: NamedSample,
  all: readonly NamedSample[],
): Promise<Problems> {
  const opened = pageOf((await post("/bitrix24/app", sample, all)).reply);
  const { desk, reply, key } = await post("/bitrix24/install", sample, all);
  return [
    ...expectEqual("app", opened.place, "app"),
    ...expectEqual("installer", pageOf(reply).place, "installer"),
    ...expectEqual(
      "installs",
      desk.installs.map(({ grant }) => grant.key),
      [key],
    ),
  ];
}

function pageOf(reply: DoorReply): Fields {
  return reply.kind === "page" ? { ...reply.page } : { place: JSON.stringify(reply) };
}

/** What our page sends on from the portal's own words in the frame. */
export function frameProblems(sample: NamedSample): Problems {
  const match = /^<key>:(.*)$/s.exec(String(sample.response));
  if (!match) return ["the answer has no key"];
  const answer: unknown = JSON.parse(match[1] ?? "null");
  const asked = /^([A-Za-z]+)(?::(.*))?:<key>:<APP_SID>$/s.exec(String(sample.request));
  const problems = expectEqual("command", asked?.[1], sample.command);
  if (asked?.[2] !== undefined) JSON.parse(asked[2]);
  if (sample.command !== "getInitData") return problems;
  const { PLACEMENT, PLACEMENT_OPTIONS } = asFields(answer);
  const place = readPlacement(PLACEMENT, PLACEMENT_OPTIONS);
  const id = asFields(PLACEMENT_OPTIONS).ID;
  return [...problems, ...expectEqual("place", place, { entity: "deal", id })];
}

const FINAL: Readonly<Record<string, string>> = {
  invalid_grant: "host.token_revoked",
  bad_verification_code: "host.token_revoked",
  invalid_client: "config.invalid",
  wrong_client: "config.invalid",
  not_found: "host.portal_deleted",
  portal_deleted: "host.portal_deleted",
  payment_required: "host.payment_required",
  service_unavailable: "host.unavailable",
};

const REQUEST = { grant_type: "refresh_token", refresh_token: "r" } as const;
/** Where the page does not say the status, none of these may change the meaning. */
const UNSAID_STATUSES = [400, 402, 403, 404];

export async function oauthProblems(
  sample: NamedSample,
  all: readonly NamedSample[],
): Promise<Problems> {
  if (sample.method?.startsWith("GET <portal>")) return returnProblems(sample, all);
  const body = asFields(sample.response);
  if (!("error" in body)) return grantProblems(sample);
  const wanted = FINAL[String(body.error).toLowerCase()];
  if (!wanted) return [`no documented meaning of ${String(body.error)}`];
  const statuses = typeof sample.http_status === "number" ? [sample.http_status] : UNSAID_STATUSES;
  const seen = await Promise.all(
    statuses.map((status) => exchangeCode(jsonResponse(status, body))),
  );
  return expectEqual(
    "codes",
    seen,
    statuses.map(() => wanted),
  );
}

function swap(response: HttpResponse) {
  const io = { config: CONFIG, transport: async () => response, clock: movedClock(START) };
  return exchange(REQUEST, "https://oauth.bitrix.info", io);
}

async function exchangeCode(response: HttpResponse): Promise<string> {
  try {
    await swap(response);
    return "ok";
  } catch (thrown) {
    return errorCode(thrown);
  }
}

async function grantProblems(sample: NamedSample): Promise<Problems> {
  const body = asFields(sample.response);
  const grant = await swap(responseOf(sample));
  return [
    ...expectEqual("key", grant.key, `bitrix24:${body.member_id}`),
    ...expectEqual("endpoint", grant.endpoint, body.client_endpoint),
    ...expectEqual("server", `${grant.tokenServer}/rest/`, body.server_endpoint),
    ...expectEqual(
      "tokens",
      [grant.accessToken, grant.refreshToken],
      [body.access_token, body.refresh_token],
    ),
    ...expectEqual("user", grant.userId, body.user_id === undefined ? "" : String(body.user_id)),
    ...expectEqual("scopes", grant.scopes.join(","), body.scope),
    ...expectEqual("expiry", grant.accessExpiresAt, START + Number(body.expires_in) * 1000),
  ];
}

/** The consent page and back: the query that the portal adds has to lead to a grant. */
async function returnProblems(sample: NamedSample, all: readonly NamedSample[]): Promise<Problems> {
  const query = asFields(asFields(sample.response).query);
  const tokens = all.find((one) => one.method?.includes("authorization_code"));
  const transport = vendor(tokens, query.member_id);
  const desk = recordingDesk({ config: CONFIG, transport, endpoint: null });
  const visit = async (path: string, values: Record<string, string>, cookie = "") => {
    const door = host.doors().find((one) => one.path === path && one.method === "GET");
    const url = new URL(`https://pulse.example.com${path}?${new URLSearchParams(values)}`);
    const headers = { cookie: `c=${cookie}` };
    return await door?.handle({ url, params: {}, headers, body: "" }, desk);
  };
  const left = await visit("/bitrix24/connect", { portal: String(query.domain) });
  if (left?.kind !== "redirect") return [`connect: ${JSON.stringify(left)}`];
  const sent = new URL(left.to).searchParams;
  const back = { ...query, state: sent.get("state") ?? "" } as Record<string, string>;
  await visit("/bitrix24/oauth", back, left.cookie?.value);
  return [
    ...expectEqual("query", [...sent.keys()].sort(), Object.keys(asFields(sample.request)).sort()),
    ...expectEqual(
      "installs",
      desk.installs.map(({ grant }) => grant.key),
      [`bitrix24:${query.member_id}`],
    ),
  ];
}
