import { COMPANY, CONTACT, DEAL } from "./fields.ts";
import { decodeForm, isParams, type Params } from "./form.ts";
import { finishInstall } from "./install.ts";
import { type Install, itemsOf, type Portal, type PortalUser, type World } from "./model.ts";
import {
  applicationSpec,
  type CardKind,
  cardOptions,
  cardPlacements,
  cardStrips,
  openFrame,
  type PagePost,
} from "./pages.ts";
import { PARENT_SCRIPT } from "./parent-script.ts";
import { html, json } from "./reply.ts";
import type { Item } from "./rows.ts";
import { ACCESS_SECONDS, issueToken } from "./tokens.ts";

/** Pages of the portal for a browser: cards and the application's page, with our frames inside. */

const escapeHtml = (text: unknown): string =>
  String(text ?? "").replace(/[&<>"]/g, (mark) => `&#${mark.charCodeAt(0)};`);

const STYLE = `body{margin:0;font:14px/1.5 system-ui,sans-serif;background:#eef2f4;color:#333}
header{background:#2fc6f6;color:#fff;padding:10px 20px;font-weight:600}
main{display:grid;grid-template-columns:minmax(220px,320px) 1fr;gap:16px;padding:16px}
main.wide{grid-template-columns:1fr}section{background:#fff;border-radius:8px;padding:16px;min-width:0}
.facts{order:-1}h1{font-size:20px;margin:0 0 12px}h2{font-size:14px;margin:0 0 8px;color:#525c69}dt{color:#828b95}dd{margin:0 0 8px}
iframe{border:0;width:100%;height:640px;display:block}
.slider{position:fixed;inset:0 0 0 20%;background:#fff;box-shadow:0 0 24px #0006;z-index:9}
.slider iframe{height:100%}.slider button{position:absolute;left:-40px;top:12px;width:32px;height:32px}`;

function shell(title: string, wide: boolean, body: string, frames: readonly string[]): Response {
  return html(`<!doctype html><html lang="ru"><head><meta charset="utf-8"><link rel="icon" href="data:,"><title>${escapeHtml(title)}</title>
<style>${STYLE}</style></head><body><header>${escapeHtml(title)}</header>
<main${wide ? ' class="wide"' : ""}>${body}</main>
<script>window.SANDBOX_FRAMES=${JSON.stringify(frames)};</script><script>${PARENT_SCRIPT}</script></body></html>`);
}

/** The frame gets its name before the form is posted into it: the library inside reads `window.name`. */
function frameHtml(page: PagePost, height?: number): string {
  const inputs = Object.entries(decodeForm(page.body))
    .map(
      ([key, value]) =>
        `<input type="hidden" name="${escapeHtml(key)}" value="${escapeHtml(value)}">`,
    )
    .join("");
  const style = height === undefined || height <= 0 ? "" : ` style="height:${height}px"`;
  return `<iframe id="frame-${page.sid}"${style} name="${escapeHtml(page.frameName)}"></iframe>
<form id="form-${page.sid}" method="post" action="${escapeHtml(page.url)}" target="${escapeHtml(page.frameName)}">${inputs}</form>`;
}

function viewer(portal: Portal, url: URL): PortalUser | undefined {
  const asked = Number(url.searchParams.get("user") ?? 0);
  return portal.users.find((user) => user.id === asked) ?? portal.users[0];
}

/** A person's language, from `lang=` in the page's address. */
function language(url: URL): { readonly language?: string } {
  const asked = url.searchParams.get("lang");
  return asked === null ? {} : { language: asked };
}

const TYPES: Readonly<Record<CardKind, number>> = {
  deal: DEAL,
  contact: CONTACT,
  company: COMPANY,
};

function nameOf(item: Item | undefined): string {
  if (item === undefined) return "";
  return String(item.title ?? `${String(item.name ?? "")} ${String(item.lastName ?? "")}`);
}

function facts(portal: Portal, kind: CardKind, item: Item): string {
  const lines: [string, unknown][] =
    kind === "deal"
      ? [
          ["Amount", `${String(item.opportunity ?? 0)} ${String(item.currencyId ?? "")}`],
          ["Stage", portal.stages.find((stage) => stage.statusId === item.stageId)?.name],
          ["Company", nameOf(itemsOf(portal, COMPANY)?.get(Number(item.companyId)))],
          ["Contact", nameOf(itemsOf(portal, CONTACT)?.get(Number(item.contactId)))],
        ]
      : [["Responsible", item.assignedById]];
  return lines
    .map(([name, value]) => `<dt>${escapeHtml(name)}</dt><dd>${escapeHtml(value)}</dd>`)
    .join("");
}

function cardPage(world: World, portal: Portal, url: URL, kind: CardKind, id: string): Response {
  const item = itemsOf(portal, TYPES[kind])?.get(Number(id));
  const user = viewer(portal, url);
  if (item === undefined || user === undefined) return html("<p>Not found</p>", 404);
  const pages: { readonly title: string; readonly page: PagePost }[] = [];
  const strips: { readonly title: string; readonly page: PagePost; readonly height: number }[] = [];
  for (const install of portal.installs.values()) {
    // Before the installation is finished placements are shown to nobody.
    if (!install.isInstalled || install.isRemoved) continue;
    for (const place of cardPlacements(install, kind)) {
      const page = openFrame(world, {
        install,
        userId: user.id,
        handler: place.handler,
        placement: place.placement,
        options: cardOptions(kind, id),
        isInstaller: false,
        ...language(url),
      });
      pages.push({ title: place.title, page });
    }
    for (const { title, handler, height, options } of cardStrips(install, kind, id)) {
      const page = openFrame(world, {
        install,
        userId: user.id,
        handler,
        placement: "USERFIELD_TYPE",
        options,
        isInstaller: false,
        ...language(url),
      });
      strips.push({ title, page, height });
    }
  }
  const title = nameOf(item);
  const tabs = pages
    .map(
      ({ title: tab, page }) => `<section><h2>${escapeHtml(tab)}</h2>${frameHtml(page)}</section>`,
    )
    .join("");
  const body = strips
    .map(
      ({ title: label, page, height }) =>
        `<div class="strip" data-strip><h2>${escapeHtml(label)}</h2>${frameHtml(page, height)}</div>`,
    )
    .join("");
  const card = `<section class="facts"><h1>${escapeHtml(title)}</h1><dl>${facts(portal, kind, item)}</dl>${body}</section>`;
  const frames = [...pages, ...strips].map(({ page }) => page.sid);
  // The tabs are the card's main part; the body beside them is only drawn first.
  return shell(title, false, `<div>${tabs}</div>${card}`, frames);
}

function applicationPage(world: World, portal: Portal, url: URL, localId: number): Response {
  const install = [...portal.installs.values()].find((one) => one.localId === localId);
  const user = viewer(portal, url);
  if (install === undefined || install.isRemoved || user === undefined) {
    return html("<p>Not found</p>", 404);
  }
  if (!install.isInstalled && !user.isAdmin) {
    return shell(
      install.app.code,
      true,
      "<section>The application is not fully installed</section>",
      [],
    );
  }
  const page = openFrame(world, { ...applicationSpec(install, user.id), ...language(url) });
  return shell(install.app.code, true, `<section>${frameHtml(page)}</section>`, [page.sid]);
}

function sliderPage(world: World, url: URL): Response {
  const frame = world.frames.get(url.searchParams.get("sid") ?? "");
  if (frame === undefined) return html("<p>Not found</p>", 404);
  const parsed: unknown = JSON.parse(url.searchParams.get("options") ?? "{}");
  const spec = applicationSpec(frame.install, frame.userId);
  const page = openFrame(world, { ...spec, options: isParams(parsed) ? parsed : {} });
  return shell(frame.install.app.code, true, `<section>${frameHtml(page)}</section>`, [page.sid]);
}

function newPair(world: World, install: Install, userId: number): Params {
  const token = issueToken(world, install, userId);
  return {
    AUTH_ID: token.access,
    REFRESH_ID: token.refresh,
    AUTH_EXPIRES: String(ACCESS_SECONDS),
  };
}

function setOption(install: Install, userId: number, body: Params): void {
  const name = String(body.name ?? "");
  if (body.kind === "app") install.appOptions[name] = body.value;
  else {
    const options = install.userOptions.get(userId) ?? {};
    install.userOptions.set(userId, { ...options, [name]: body.value });
  }
}

/** Routes that only the portal's own page calls. */
async function simulatorRoute(world: World, portal: Portal, request: Request, route: string) {
  const body: unknown = await request.json().catch(() => ({}));
  const given = isParams(body) ? body : {};
  const frame = world.frames.get(String(given.sid ?? ""));
  if (frame === undefined || frame.install.portal !== portal) return json({ error: "sid" }, 404);
  const { install, userId } = frame;
  const url = new URL(portal.origin);
  switch (route) {
    case "init-data":
      return json({
        DOMAIN: url.host,
        PROTOCOL: url.protocol === "https:" ? "1" : "0",
        PATH: "/rest",
        LANG: "ru",
        MEMBER_ID: portal.memberId,
        IS_ADMIN: portal.users.find((user) => user.id === userId)?.isAdmin ?? false,
        ...newPair(world, install, userId),
        APP_OPTIONS: install.appOptions,
        USER_OPTIONS: install.userOptions.get(userId) ?? {},
        PLACEMENT: frame.placement,
        PLACEMENT_OPTIONS: frame.options,
        INSTALL: !install.isInstalled,
        FIRST_RUN: false,
      });
    case "refresh-auth":
      return json(newPair(world, install, userId));
    case "install-finish":
      finishInstall(world, install);
      return json(null);
    case "option":
      setOption(install, userId, given);
      return json(null);
    case "frame-log":
      frame.log.push({ command: String(given.command), params: given.params });
      return json(null);
    default:
      return json({ error: "route" }, 404);
  }
}

/** Everything of a portal that is not REST or OAuth. `path` has no trailing slash. */
export async function pageFetch(
  world: World,
  portal: Portal,
  request: Request,
  path: string,
): Promise<Response> {
  const url = new URL(request.url);
  const card = /^\/crm\/(deal|contact|company)\/details\/(\d+)$/.exec(path);
  if (card !== null) {
    return cardPage(world, portal, url, card[1] as CardKind, card[2] ?? "");
  }
  const application = /^\/marketplace\/app\/(\d+)$/.exec(path);
  if (application !== null) return applicationPage(world, portal, url, Number(application[1]));
  if (path === "/_sim/slider") return sliderPage(world, url);
  if (path.startsWith("/_sim/") && request.method === "POST") {
    return simulatorRoute(world, portal, request, path.slice("/_sim/".length));
  }
  return html("<p>Not found</p>", 404);
}
