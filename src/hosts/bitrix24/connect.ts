import { constantTimeEqual } from "../../crm/constant-time.ts";
import type { Desk, DoorCall, DoorReply } from "../../crm/door.ts";
import { AppError } from "../../crm/error.ts";
import type { HostConfig } from "../../crm/host.ts";
import { toLocale } from "./events.ts";
import { proveInstall } from "./install.ts";
import { memberKey, PRODUCT, portalOrigin } from "./oauth.ts";

const STATE_KIND = "bitrix24.state";
const STATE_LIFE_MS = 10 * 60_000;
const STATE_BYTES = 32;

/** `?portal=name.bitrix24.ru`: sends the browser to that portal's consent page. */
export async function handleConnect(
  call: DoorCall,
  desk: Desk,
  config: HostConfig,
): Promise<DoorReply> {
  const registration = desk.registration(PRODUCT);
  if (!registration) throw new AppError("config.invalid", { details: { product: PRODUCT } });
  const origin = askedOrigin(call.url.searchParams.get("portal") ?? "", config);
  if (origin === null) return { kind: "error", code: "input.invalid" };
  const state = toHex(desk.random.bytes(STATE_BYTES));
  const browser = toHex(desk.random.bytes(STATE_BYTES));
  await desk.remember(STATE_KIND, state, browser, STATE_LIFE_MS);
  const query = new URLSearchParams({ client_id: registration.clientId, state });
  return {
    kind: "redirect",
    to: `${origin}/oauth/authorize/?${query}`,
    cookie: { value: browser, maxAgeSeconds: STATE_LIFE_MS / 1000 },
  };
}

function askedOrigin(portal: string, config: HostConfig): string | null {
  const spelling = /^https?:\/\//.test(portal) ? portal : `https://${portal}`;
  for (const text of [spelling, spelling.replace(/^https:/, "http:")]) {
    try {
      return portalOrigin(text, config);
    } catch {
      // The second spelling is for development hosts only, which have no certificate.
    }
  }
  return null;
}

/** The return from the consent page: one use, same browser, proven like any other installation. */
export async function handleReturn(
  call: DoorCall,
  desk: Desk,
  config: HostConfig,
): Promise<DoorReply> {
  const query = call.url.searchParams;
  const browser = await desk.recall(STATE_KIND, query.get("state") ?? "");
  if (browser === null || !isSameBrowser(call, browser)) {
    return { kind: "error", code: "auth.refused" };
  }
  const code = query.get("code");
  const server = query.get("server_domain");
  const grant = await proveInstall(desk, config, {
    memberKey: memberKey(query.get("member_id")),
    request: code ? { grant_type: "authorization_code", code } : null,
    serverEndpoint: server ? serverOf(server, config) : null,
    applicationToken: null,
    caller: call.caller ?? "",
  });
  const locale = toLocale(query.get("lang"));
  await desk.install(grant, { isFinished: true, locale });
  return {
    kind: "page",
    page: {
      place: "message",
      portal: grant.key,
      viewer: null,
      locale,
      frameOrigin: null,
      island: null,
      message: "connected",
    },
  };
}

/** The query names only a host; the configuration says how to reach it. An unknown one stays unknown. */
function serverOf(domain: string, config: HostConfig): string {
  return config.oauthServers.find((server) => new URL(server).host === domain) ?? domain;
}

function isSameBrowser(call: DoorCall, expected: string): boolean {
  const cookies = (call.headers.cookie ?? "").split(";");
  return cookies.some((cookie) =>
    constantTimeEqual(cookie.slice(cookie.indexOf("=") + 1).trim(), expected),
  );
}

function toHex(bytes: Uint8Array): string {
  return [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}
