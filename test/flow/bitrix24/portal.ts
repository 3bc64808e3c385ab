import { api, type OpenedPage, openApp, postForm } from "../browser.ts";
import { callsOfApp } from "../crm-side.ts";
import type { Flow } from "../flow-world.ts";

/** Bitrix24's own side of a flow: its pages and events as a browser or its queue would send them. */

export const FIRST_SERVER = "https://oauth.bitrix24.tech";
export const SECOND_SERVER = "https://oauth.bitrix.info";

export function nativeOf(flow: Flow) {
  const { native } = flow.world.site;
  if (native.product !== "bitrix24") throw new Error("another product");
  return native;
}

type Fields = Record<string, string | null>;

/** The exact post of a page with some fields as somebody else would send them; null = absent. */
export async function openPage(
  flow: Flow,
  place: string,
  change: Fields = {},
  { userIndex = 0, path }: { readonly userIndex?: number; readonly path?: string } = {},
): Promise<OpenedPage> {
  const post = nativeOf(flow).portal.openPage(place, null, userIndex);
  const url = new URL(post.url);
  const address = `${path ?? url.pathname}${url.search}`;
  return await postForm(flow, address, changed(post.body, change));
}

export function changed(body: string, change: Fields): string {
  const form = new URLSearchParams(body);
  for (const [name, value] of Object.entries(change)) {
    if (value === null) form.delete(name);
    else form.set(name, value);
  }
  return form.toString();
}

/** Fresh tokens of a person, as the portal gives them to our page. */
export function tokensOf(flow: Flow, userIndex = 0) {
  const form = new URLSearchParams(nativeOf(flow).portal.openPage("install", null, userIndex).body);
  return { access: form.get("AUTH_ID") ?? "", refresh: form.get("REFRESH_ID") ?? "" };
}

/** A message of the portal's queue about the application itself; `fields` go over the usual ones, null = absent. */
export function appEvent(
  flow: Flow,
  event: string,
  fields: Fields = {},
  path = "/bitrix24/install",
): Promise<Response> {
  const { portal } = nativeOf(flow);
  const origin = portal.origin();
  const usual = new URLSearchParams({
    event,
    event_handler_id: "7",
    ts: "1696527000",
    "auth[domain]": new URL(origin).host,
    "auth[client_endpoint]": `${origin}/rest/`,
    "auth[server_endpoint]": `${FIRST_SERVER}/rest/`,
    "auth[member_id]": portal.memberId,
    "auth[application_token]": portal.applicationToken(),
  });
  const init = {
    method: "POST",
    headers: { "content-type": "application/x-www-form-urlencoded" },
    body: changed(usual.toString(), fields),
  };
  return flow.ask(path, init);
}

/** Tokens of a person as an installation event carries them. */
export function eventTokens(flow: Flow, userIndex = 0): Fields {
  const { access, refresh } = tokensOf(flow, userIndex);
  return { "auth[access_token]": access, "auth[refresh_token]": refresh };
}

/** What the app's own page says of the portal. Opening it heals what an administrator can heal. */
export async function stateOf(flow: Flow): Promise<string> {
  const { session } = await openApp(flow);
  const { body } = await api(flow, session, "/api/overview");
  return (body as { portalState: string }).portalState;
}

export async function stateBySession(flow: Flow, session: string | null): Promise<string> {
  const { status, body } = await api(flow, session, "/api/overview");
  return status === 200
    ? (body as { portalState: string }).portalState
    : (body as { code: string }).code;
}

/** Calls that reached the portal since its journal was cleared. */
export function restCalls(flow: Flow): string[] {
  return callsOfApp(flow)
    .map(({ call }) => call)
    .filter((call) => !call.startsWith("/oauth"));
}

export function tokenCalls(flow: Flow, since = 0) {
  return flow.sent.slice(since).filter(({ url }) => new URL(url).pathname === "/oauth/token/");
}
