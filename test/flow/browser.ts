import type { CardEntity } from "../../src/crm/host.ts";
import type { Flow } from "./flow-world.ts";

/** A page of the app as a person's browser has received it. */
export interface OpenedPage {
  readonly status: number;
  readonly headers: Headers;
  readonly html: string;
  /** Bearer token of the page; null when the page has none. */
  readonly session: string | null;
  /** The address that was asked for. */
  readonly path: string;
  /** The JSON block of that id; null when the page has none. */
  block(id: string): unknown;
  directive(name: string): string;
}

export async function readPage(response: Response, path: string): Promise<OpenedPage> {
  const html = await response.text();
  const block = (id: string): unknown => {
    const opening = `<script type="application/json" id="${id}">`;
    const from = html.indexOf(opening);
    if (from < 0) return null;
    const start = from + opening.length;
    return JSON.parse(html.slice(start, html.indexOf("</script>", start)));
  };
  const directives = (response.headers.get("content-security-policy") ?? "").split("; ");
  return {
    status: response.status,
    headers: response.headers,
    html,
    session: (block("pulse-session") as { token: string } | null)?.token ?? null,
    path,
    block,
    directive(name) {
      const found = directives.find((one) => one.startsWith(`${name} `));
      return found?.slice(name.length + 1) ?? "";
    },
  };
}

const PLACEMENTS = {
  deal: "CRM_DEAL_DETAIL_TAB",
  contact: "CRM_CONTACT_DETAIL_TAB",
  company: "CRM_COMPANY_DETAIL_TAB",
} as const;

/** Opens our card the way the product does: a form posted into the frame, or a ticket for a token of the CRM page. */
export async function openCard(
  flow: Flow,
  entity: CardEntity,
  id: string,
  userIndex = 0,
): Promise<OpenedPage> {
  const { native } = flow.world.site;
  if (native.product === "bitrix24") {
    const post = native.portal.openPage(PLACEMENTS[entity], { kind: entity, id }, userIndex);
    return await postForm(flow, post.url, post.body);
  }
  const { cardUrl } = await amocrmSession(flow, { place: "card", entity, id }, userIndex);
  return await get(flow, cardUrl ?? "");
}

/** Opens the app's own page. */
export async function openApp(flow: Flow, userIndex = 0): Promise<OpenedPage> {
  const { native } = flow.world.site;
  if (native.product === "bitrix24") {
    const post = native.portal.openPage("app", null, userIndex);
    return await postForm(flow, post.url, post.body);
  }
  const { appUrl } = await amocrmSession(flow, { place: "app" }, userIndex);
  return await get(flow, appUrl);
}

export async function get(flow: Flow, path: string): Promise<OpenedPage> {
  const response = await flow.ask(path, { headers: { accept: "text/html" } });
  return await readPage(response, path);
}

export async function postForm(flow: Flow, path: string, body: string): Promise<OpenedPage> {
  const headers = { "content-type": "application/x-www-form-urlencoded", accept: "text/html" };
  return await readPage(await flow.ask(path, { method: "POST", headers, body }), path);
}

interface AmocrmSession {
  readonly token: string;
  readonly cardUrl: string | null;
  readonly appUrl: string;
}

interface AmocrmQuestion {
  readonly place: "card" | "app";
  readonly entity?: CardEntity;
  readonly id?: string;
}

/** What the widget's script inside the CRM page asks for with the CRM's disposable token. */
export async function amocrmSession(
  flow: Flow,
  question: AmocrmQuestion,
  userIndex = 0,
): Promise<AmocrmSession> {
  const { native } = flow.world.site;
  if (native.product !== "amocrm") throw new Error("another product");
  const token = await flow.run(native.portal.disposableToken(userIndex));
  const response = await flow.ask("/amocrm/session", {
    method: "POST",
    headers: {
      "content-type": "application/json",
      "x-auth-token": token,
      origin: native.portal.origin(),
    },
    body: JSON.stringify(question),
  });
  if (response.status !== 200) throw new Error(`session: ${response.status}`);
  return (await response.json()) as AmocrmSession;
}

/** A call of the page's script with the page's session. */
export async function api(
  flow: Flow,
  session: string | null,
  path: string,
  method: "GET" | "POST" | "PUT" = "GET",
  body: unknown = undefined,
): Promise<{ readonly status: number; readonly body: unknown }> {
  const headers = session === null ? {} : { authorization: `Bearer ${session}` };
  const sent = body === undefined ? {} : { body: JSON.stringify(body) };
  const response = await flow.ask(path, { method, headers, ...sent });
  return { status: response.status, body: await response.json() };
}
