import type { Account } from "./account.ts";
import { html, json, nothing, problem, typed } from "./answer.ts";
import { sessionUser } from "./api.ts";
import { escapeHtml } from "./consent.ts";
import { TASK_TYPES } from "./dictionary-routes.ts";
import { linked } from "./links.ts";
import type { Card, CardType, User } from "./model.ts";
import { PAGE_RUNTIME } from "./page-runtime.ts";
import { widgetCode } from "./portal.ts";
import type { World } from "./world.ts";

/** The CRM's own pages for a browser: cards with the widget column, widget settings, and the widget's files. */

/** What has a page of its own. */
type PageType = CardType | "customers";

const AREAS: Readonly<Record<PageType, string>> = {
  leads: "lcard",
  contacts: "ccard",
  companies: "comcard",
  customers: "cucard",
};
const CARD_PATH = /^\/(leads|contacts|companies|customers)\/detail\/(\d+)$/;
/** Pages that a widget has put into the main menu: its code, the item's code. */
const MENU_PATH = /^\/widget_page\/([\w-]+)\/(\w+)$/;
const TOKEN_PATH = /^\/ajax\/v2\/integrations\/([\w-]+)\/disposable_token$/;

export async function servePage(
  world: World,
  account: Account,
  request: Request,
  url: URL,
  text: string,
): Promise<Response> {
  const { pathname } = url;
  if (pathname === "/_page/runtime.js")
    return typed(PAGE_RUNTIME, 200, "text/javascript; charset=utf-8");
  if (pathname === "/favicon.ico") return nothing();
  const file = widgetFile(world, pathname);
  if (file !== null) return file;
  const user = account.user(Number(url.searchParams.get("user"))) ?? sessionUser(account, request);
  if (user === undefined || !user.isActive)
    return html("<h1>Log in: add ?user=ID to the address</h1>", 401);
  const token = TOKEN_PATH.exec(pathname);
  if (token !== null) return issueToken(world, account, user, token[1] ?? "");
  if (pathname === "/_page/install" && request.method === "POST")
    return install(world, account, user, text);
  if (pathname.startsWith("/_page/card/"))
    return cardData(account, pathname.replace("/_page/card", ""));
  const card = CARD_PATH.exec(pathname);
  if (card !== null) return cardPage(world, account, user, pathname);
  const menu = MENU_PATH.exec(pathname);
  if (menu !== null && menu[1] === widgetCode(world))
    return page(world, account, user, { area: "widget_page", card: null, item: menu[2] ?? "" });
  if (pathname === "/" || pathname.startsWith("/settings/widgets"))
    return page(world, account, user, {
      area: pathname === "/" ? "dashboard" : "advanced_settings",
      card: null,
    });
  return html("<h1>404</h1>", 404);
}

function widgetFile(world: World, pathname: string): Response | null {
  const prefix = `/widgets/${widgetCode(world)}/`;
  if (!pathname.startsWith(prefix)) return null;
  const path = pathname.slice(prefix.length);
  const text = world.widget?.files[path];
  if (text === undefined) return problem(404, "Resource not found");
  const types: Readonly<Record<string, string>> = {
    js: "text/javascript; charset=utf-8",
    css: "text/css; charset=utf-8",
    json: "application/json",
    svg: "image/svg+xml",
    twig: "text/plain; charset=utf-8",
  };
  return typed(text, 200, types[path.split(".").at(-1) ?? ""] ?? "text/plain; charset=utf-8");
}

async function issueToken(
  world: World,
  account: Account,
  user: User,
  clientId: string,
): Promise<Response> {
  const integration = world.grants.integrations.get(clientId);
  if (integration === undefined || !world.isInstalled(account, clientId))
    return problem(404, "Resource not found");
  return json({ token: await world.disposableToken(account, user, integration) });
}

async function install(
  world: World,
  account: Account,
  user: User,
  text: string,
): Promise<Response> {
  if (!user.isAdmin) return problem(403, "Access denied");
  const integration = world.integration(world.widget?.clientId);
  if (new URLSearchParams(text).get("active") === "N") await world.disconnect(account, integration);
  else await world.installFromMarket(account, user, integration);
  return json({ status: "ok" });
}

interface CardFacts {
  readonly [key: string]: string | number | null | readonly CardLink[] | undefined;
  readonly id: number;
  readonly type: PageType;
  readonly name: string;
  readonly links: readonly CardLink[];
}

interface CardLink {
  readonly [key: string]: string;
  readonly href: string;
  readonly name: string;
}

function facts(account: Account, path: string): CardFacts | null {
  const match = CARD_PATH.exec(path.startsWith("/") ? path : `/${path}`);
  const type = match?.[1] as PageType | undefined;
  if (match === null || type === undefined) return null;
  const id = Number(match[2]);
  if (type === "customers") return customerFacts(account, id);
  const card = account.card(type, id);
  if (id !== 0 && card === undefined) return null;
  if (card === undefined) return { id: 0, type, name: "New", links: [] };
  return { id, type, name: card.name, ...money(card), links: linksOf(account, card) };
}

/** A customer, who is linked to those that buy. */
function customerFacts(account: Account, id: number): CardFacts | null {
  const customer = account.trade.customers.listed(id);
  if (customer === undefined) return null;
  const buyers = [
    ...(customer.company === null ? [] : [["companies", customer.company] as const]),
    ...customer.contacts.map((contact) => ["contacts", contact] as const),
  ];
  const links = buyers.map(([type, buyer]) => ({
    href: `/${type}/detail/${buyer}`,
    name: account.card(type, buyer)?.name ?? String(buyer),
  }));
  return { id, type: "customers", name: customer.name, links };
}

function money(card: Card): { readonly price?: number; readonly status_id?: number } {
  return card.type === "leads" ? { price: card.priceMinor / 100, status_id: card.status_id } : {};
}

function linksOf(account: Account, card: Card): CardLink[] {
  return (["leads", "contacts", "companies"] as const)
    .filter((type) => type !== card.type)
    .flatMap((type) =>
      linked(account, card, type)
        .slice(0, 20)
        .map((id) => ({
          href: `/${type}/detail/${id}`,
          name: account.card(type, id)?.name ?? String(id),
        })),
    );
}

function cardData(account: Account, path: string): Response {
  const card = facts(account, path);
  return card === null
    ? problem(404, "Resource not found")
    : json({ area: AREAS[card.type], card });
}

function cardPage(world: World, account: Account, user: User, path: string): Response {
  const card = facts(account, path);
  if (card === null) return html("<h1>404</h1>", 404);
  return page(world, account, user, { area: AREAS[card.type], card });
}

interface Place {
  readonly area: string;
  readonly card: CardFacts | null;
  /** Code of the main menu's item. */
  readonly item?: string;
}

function boot(world: World, account: Account, user: User, place: Place) {
  const host = new URL(world.origin(account)).host;
  const integration = [...world.grants.integrations.values()].find(
    (row) => world.widget?.clientId === undefined || row.clientId === world.widget.clientId,
  );
  const isInstalled = integration !== undefined && world.isInstalled(account, integration.clientId);
  const person = (row: User) => ({
    id: row.id,
    title: row.name,
    option: row.name,
    active: row.isActive,
    is_admin: row.isAdmin ? "Y" : "N",
    group: `group_${row.groupId}`,
  });
  return {
    ...place,
    user: { id: user.id, name: user.name, login: user.email, lang: "ru", personal_mobile: "" },
    isAdmin: user.isAdmin,
    account: {
      id: account.id,
      subdomain: account.subdomain,
      name: account.name,
      timezone: account.timeZone,
      currency: account.currency,
      language: "ru",
      uuid: account.uuid,
    },
    managers: Object.fromEntries(account.users.map((row) => [row.id, person(row)])),
    taskTypes: Object.fromEntries(TASK_TYPES.map((row) => [row.id, row])),
    system: {
      amouser_id: user.id,
      amouser: user.email,
      amohash: "",
      domain: host.split(".").slice(1).join(".") || host,
      server: host,
      subdomain: account.subdomain,
    },
    widget:
      world.widget === null || integration === undefined
        ? null
        : {
            code: widgetCode(world),
            clientId: integration.clientId,
            isInstalled,
            params: world.widget.params ?? {},
            hasStyle: world.widget.files["style.css"] !== undefined,
          },
  };
}

function page(world: World, account: Account, user: User, place: Place): Response {
  const data = JSON.stringify(boot(world, account, user, place)).replaceAll("<", "\\u003c");
  const title = place.card === null ? account.name : place.card.name;
  const response = html(`<!doctype html>
<html lang="ru"><head><meta charset="utf-8"><link rel="icon" href="data:,"><title>${escapeHtml(title)}</title>
<style>
*{box-sizing:border-box}body{margin:0;font:14px/1.4 sans-serif;color:#313942;background:#f5f5f5}
#page_holder{display:flex;min-height:100vh}.card-holder{flex:1;padding:24px;background:#fff}
#widgets_block{width:360px;flex:none;border-left:1px solid #dfe2e5;background:#fafafa}
.card-widgets__widget{margin:0 0 8px;background:#fff}.card-widgets__widget__caption{padding:8px;background:#2d3540;color:#fff}
iframe{border:0;width:100%}.modal{position:fixed;inset:0;background:#0006;display:grid;place-items:center;z-index:9}
.modal-body{background:#fff;padding:24px;min-width:400px;max-height:90vh;overflow:auto}
.work-area{flex:1;min-height:100vh;background:#fff}.work-area iframe{min-height:100vh}
</style></head><body data-area="${escapeHtml(place.area)}">
<div id="page_holder"><nav id="left_menu"></nav><main class="card-holder" id="card_holder"></main><aside id="widgets_block"></aside></div>
<div id="notifications"></div>
<script type="application/json" id="sandbox-boot">${data}</script>
<script src="/_page/runtime.js"></script></body></html>`);
  response.headers.append(
    "set-cookie",
    `sandbox_user_${account.id}=${user.id}; Path=/; HttpOnly; SameSite=Lax`,
  );
  const frames = world.widget?.frameSources;
  if (frames !== undefined)
    response.headers.append("content-security-policy", `frame-src ${frames}`);
  return response;
}
