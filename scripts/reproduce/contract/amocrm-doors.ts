import { createHmac } from "node:crypto";
import type { DoorReply } from "../../../src/crm/door.ts";
import { errorCode } from "../../../src/crm/error.ts";
import type { HttpResponse, Transport } from "../../../src/crm/ports.ts";
import { makeAmocrm } from "../../../src/hosts/amocrm/index.ts";
import { refresh, requestTokens } from "../../../src/hosts/amocrm/tokens.ts";
import { type AmocrmSample, CLIENT_ID, CLIENT_SECRET, responseOf } from "./amocrm-sample.ts";
import { jsonResponse, movedClock, recordingDesk, START } from "./bench.ts";
import { asFields, type Fields } from "./bitrix24-sample.ts";
import { expectEqual, type Problems } from "./ledger.ts";

/** Connecting, tokens and everything that comes to us from outside but hooks. */

export const CONFIG = {
  registrations: [{ product: "amocrm", clientId: CLIENT_ID, clientSecret: CLIENT_SECRET }],
  publicUrl: "https://app.example.com",
  oauthServers: [],
  zones: { amocrm: ["amocrm.ru"] },
  devHosts: [],
};

export const host = makeAmocrm(CONFIG);
const KEY = "amocrm:28805383" as const;

export type Check = (
  sample: AmocrmSample,
  all: readonly AmocrmSample[],
) => Problems | Promise<Problems>;

function named(all: readonly AmocrmSample[], call: string): HttpResponse {
  const found = all.find((one) => one.call === call);
  if (!found) throw new Error(`no sample of ${call}`);
  return responseOf(found);
}

/** Tokens and the account, as the samples show them. */
function vendor(all: readonly AmocrmSample[]): Transport {
  return async ({ url }) =>
    url.includes("/oauth2/")
      ? named(all, "POST /oauth2/access_token (authorization_code)")
      : named(all, "GET /api/v4/account");
}

function makeDesk(all: readonly AmocrmSample[], now = START) {
  const endpoint = "https://example.amocrm.ru/";
  const errands = host.errands ?? {};
  return recordingDesk({ config: CONFIG, transport: vendor(all), endpoint, now, errands });
}

type Visit = {
  readonly method?: string;
  readonly query?: Readonly<Record<string, string>>;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
};

async function visit(
  path: string,
  desk: ReturnType<typeof makeDesk>,
  { method = "GET", query = {}, headers = {}, body = "" }: Visit,
): Promise<DoorReply> {
  const door = host.doors().find((one) => one.path === path && one.method === method);
  if (!door) throw new Error(`no door ${path}`);
  const url = new URL(`https://app.example.com${path}?${new URLSearchParams(query)}`);
  try {
    return await door.handle({ url, params: {}, headers, body }, desk);
  } catch (thrown) {
    return { kind: "error", code: errorCode(thrown) };
  }
}

/** Our link to the consent screen asks nothing that the sample does not. */
export const consent: Check = async (sample, all) => {
  const reply = await visit("/amocrm/connect", makeDesk(all), {});
  if (reply.kind !== "redirect") return [JSON.stringify(reply)];
  const ours = new URL(reply.to);
  const known = Object.keys(sample.request?.query ?? {});
  const extra = [...ours.searchParams.keys()].filter((key) => !known.includes(key));
  return [
    ...expectEqual("address", `${ours.origin}${ours.pathname}`, sample.request?.url),
    ...expectEqual(
      "client_id",
      ours.searchParams.get("client_id"),
      sample.request?.query?.client_id,
    ),
    ...expectEqual("unknown parameters", extra, []),
  ];
};

export const returned: Check = async (sample, all) => {
  const desk = makeDesk(all);
  const left = await visit("/amocrm/connect", desk, {});
  if (left.kind !== "redirect") return [JSON.stringify(left)];
  const state = new URL(left.to).searchParams.get("state") ?? "";
  const headers = { cookie: `c=${left.cookie?.value}` };
  const query = { ...sample.request?.query, state };
  const reply = await visit("/amocrm/oauth", desk, { query, headers });
  const isRefused = "error" in query;
  return [
    ...expectEqual("message", messageOf(reply), isRefused ? "no_access" : "connected"),
    ...installProblems(desk, isRefused ? [] : [KEY]),
  ];
};

function messageOf(reply: DoorReply): unknown {
  return reply.kind === "page" ? reply.page.message : reply;
}

function installProblems(desk: ReturnType<typeof makeDesk>, keys: readonly string[]): Problems {
  return [
    ...expectEqual(
      "installs",
      desk.installs.map(({ grant }) => grant.key),
      keys,
    ),
    ...desk.installs.flatMap(({ grant }) =>
      expectEqual("endpoint", grant.endpoint, "https://example.amocrm.ru/"),
    ),
  ];
}

export const installedByServer: Check = async (sample, all) => {
  const desk = makeDesk(all);
  const query = sample.request?.query ?? {};
  const reply = await visit("/amocrm/oauth", desk, { query });
  return [
    ...expectEqual("reply", reply, { kind: "empty", status: 200 }),
    ...installProblems(desk, [KEY]),
  ];
};

export const secrets: Check = async (sample, all) => {
  const body = JSON.stringify(sample.request?.body);
  const reply = await visit("/amocrm/secrets", makeDesk(all), { method: "POST", body });
  return expectEqual("reply", reply, { kind: "empty", status: sample.response.status });
};

/** The sample says how the signature is made; this makes one by other means than the adapter. */
export const disconnected: Check = async (sample, all) => {
  const given = sample.request?.query ?? {};
  const text = `${given.client_uuid}|${given.account_id}`;
  const signature = createHmac("sha256", CLIENT_SECRET).update(text).digest("hex");
  const desk = makeDesk(all);
  const reply = await visit("/amocrm/uninstall", desk, { query: { ...given, signature } });
  const forged = await visit("/amocrm/uninstall", desk, { query: given });
  return [
    ...expectEqual("reply", reply, { kind: "empty", status: 200 }),
    ...expectEqual("forged", forged, { kind: "error", code: "auth.refused" }),
    ...expectEqual("uninstalls", desk.uninstalled, [{ key: KEY, erase: false }]),
  ];
};

function jwt(header: unknown, payload: unknown, algorithm: string): string {
  const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString("base64url");
  const text = `${part(header)}.${part(payload)}`;
  return `${text}.${createHmac(algorithm, CLIENT_SECRET).update(text).digest("base64url")}`;
}

/** The widget's token opens a session; a bot's, with another algorithm and no user, opens none. */
export const widgetToken: Check = async (sample, all) => {
  const payload = asFields(sample.response.body);
  const header = asFields(asFields(sample.request).header);
  const isWidget = header.alg === "HS256";
  const token = jwt(header, payload, isWidget ? "sha256" : "sha512");
  const now = (Number(payload.exp) - 60) * 1000;
  const headers = { "x-auth-token": token };
  const body = JSON.stringify({ place: "app" });
  const desk = makeDesk(all, now);
  const reply = await visit("/amocrm/session", desk, { method: "POST", headers, body });
  const answer = reply.kind === "json" ? asFields(reply.body) : {};
  return isWidget
    ? expectEqual("session", [answer.token, answer.code], ["session", undefined])
    : expectEqual("refusal", [answer.token, answer.code], [undefined, "auth.refused"]);
};

/** Claims of the access token are hints: whose rights it carries, and where the account can be asked for. */
export const accessToken: Check = async (sample) => {
  const claims = asFields(sample.response.body);
  const token = jwt(asFields(sample.request).header, claims, "sha256");
  const answer = {
    token_type: "Bearer",
    expires_in: 86_400,
    access_token: token,
    refresh_token: "r",
  };
  const { hints } = await exchange(jsonResponse(200, answer));
  return [
    ...expectEqual("user", hints.userId, claims.sub),
    ...expectEqual("scopes", hints.scopes, claims.scopes),
    ...expectEqual("apiDomain", hints.apiDomain, claims.api_domain ?? null),
  ];
};

function exchange(response: HttpResponse) {
  const [registration] = CONFIG.registrations;
  if (!registration) throw new Error("no registration");
  const request = { grant_type: "refresh_token", refresh_token: "def50200f00d" } as const;
  const io = { config: CONFIG, transport: async () => response, clock: movedClock(START) };
  return requestTokens(request, "https://example.amocrm.ru", registration, io);
}

export const tokenAnswer: Check = async (sample) => {
  const body = asFields(sample.response.body);
  if (sample.response.status >= 400) {
    const code = await exchange(responseOf(sample)).then(() => "ok", errorCode);
    return expectEqual("code", code, "host.token_revoked");
  }
  const pair = await exchange(responseOf(sample));
  return [
    ...expectEqual(
      "tokens",
      [pair.accessToken, pair.refreshToken],
      [body.access_token, body.refresh_token],
    ),
    ...expectEqual("expiry", pair.accessExpiresAt, START + Number(body.expires_in) * 1000),
  ];
};

/** A renamed account: refused under its old name, found by the API host, renewed under the new one. */
export const renamed: Check = async (sample, all) => {
  const calls: string[] = [];
  const transport: Transport = async ({ url }) => {
    calls.push(url);
    if (url === sample.request?.url) return responseOf(sample);
    return url.startsWith("https://oldname.")
      ? { status: 404, headers: { "content-type": "text/html" }, text: "<html></html>" }
      : named(all, "POST /oauth2/access_token (refresh_token)");
  };
  const stored = {
    key: KEY,
    endpoint: "https://oldname.amocrm.ru/",
    tokenServer: new URL(sample.request?.url ?? "").origin,
    refreshToken: "def50200beef",
  };
  const grant = await refresh(CONFIG, stored, transport, movedClock(START));
  const { domain } = sample.response.body as Fields;
  return expectEqual("endpoint", grant.endpoint, `https://${domain}/`);
};
