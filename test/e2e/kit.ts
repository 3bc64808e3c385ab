import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  type Browser,
  type BrowserContext,
  type BrowserContextOptions,
  chromium,
  type Frame,
  type Page,
} from "playwright-core";
import { afterAll, beforeAll, expect } from "vitest";
import type { CardEntity } from "../../src/crm/host.ts";
import {
  type Constellation,
  type Site,
  startConstellation,
} from "../../src/runtime/node/constellation.ts";
import { demoLog, seedFromLog } from "../../src/sandbox/generator.ts";

/** The app and both sandboxes over loopback HTTP, looked at with a real browser. */

const EXECUTABLE = process.env.CHROMIUM ?? "/usr/bin/chromium";
const CLIENTS = 80;
const PURCHASES = 400;
const SPEED = 20;
const SEED = 7;
const LOOK_EVERY_MS = 25;
const PATIENCE_MS = 60_000;

export const PRODUCTS = ["bitrix24", "amocrm"] as const;
export type Product = (typeof PRODUCTS)[number];

/** Whose eyes: index in the sandbox portals' people. */
export const ADMIN = 0;
export const MANAGER = 1;
/** Reads only what is their own, in both CRMs. */
export const LIMITED = 2;

export interface Stage {
  readonly world: Constellation;
  readonly dataFolder: string;
  readonly browser: Browser;
  site(product: Product): Site;
  /**
   * A person with a browser of their own. Afterwards nothing may have gone wrong in any page: uncaught errors, console
   * errors, requests that leave loopback.
   */
  visit(options: VisitOptions, look: (visit: Visit) => Promise<void>): Promise<void>;
}

export interface VisitOptions extends BrowserContextOptions {
  /** Console errors that the test itself causes. */
  readonly expected?: RegExp;
}

export interface Visit {
  readonly context: BrowserContext;
  readonly page: Page;
  /** `METHOD URL` of everything the browser asked for, in order. */
  readonly requests: readonly string[];
  /** What of it went to the app, as `METHOD path`, without asset hashes and query. */
  appRequests(): readonly string[];
}

/** One constellation and one browser for the file; `isInstalled`: both CRMs have the app and its first figures. */
export function useStage({ isInstalled }: { readonly isInstalled: boolean }): Stage {
  let made: { world: Constellation; browser: Browser; dataFolder: string } | undefined;
  const parts = () => {
    if (!made) throw new Error("the stage stands only while tests run");
    return made;
  };
  beforeAll(async () => {
    const dataFolder = mkdtempSync(join(tmpdir(), "pulse-e2e-"));
    const world = await startWorld(dataFolder);
    const browser = await launch();
    made = { world, browser, dataFolder };
    if (!isInstalled) return;
    await Promise.all(world.sites.map((site) => site.portal.install()));
    await Promise.all(world.sites.map((site) => figuresReady(world, site)));
  });
  afterAll(async () => {
    await made?.browser.close();
    await made?.world.close();
    if (made) rmSync(made.dataFolder, { recursive: true, force: true });
  });
  return {
    get world() {
      return parts().world;
    },
    get browser() {
      return parts().browser;
    },
    get dataFolder() {
      return parts().dataFolder;
    },
    site: (product) => siteOf(parts().world, product),
    visit: (options, look) => visit(parts(), options, look),
  };
}

export function launch(): Promise<Browser> {
  return chromium.launch({
    executablePath: EXECUTABLE,
    args: [
      "--no-sandbox",
      "--disable-gpu",
      "--disable-quic",
      "--no-first-run",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
    ],
  });
}

function startWorld(dataFolder: string): Promise<Constellation> {
  return startConstellation({
    dataFolder,
    speed: SPEED,
    seed: SEED,
    makeSeed: ({ offsetMinutes, users }) => {
      const data = seedFromLog(demoLog(CLIENTS, SEED), {
        now: Date.now(),
        offsetMinutes,
        currency: "RUB",
        users,
        seed: SEED,
        hasExtras: true,
      });
      return { ...data, deals: data.deals.slice(-PURCHASES) };
    },
  });
}

/** The first sync is over and every figure is up to date. */
export async function figuresReady(world: Constellation, site: Site): Promise<void> {
  await until(async () => {
    const portal = await world.app().house.find(site.key);
    return (
      portal !== null && (await portal.progress()).phase === "done" && (await portal.isSettled())
    );
  }, `${site.product} has its figures`);
}

function siteOf(world: Constellation, product: Product): Site {
  const site = world.sites.find((one) => one.product === product);
  if (!site) throw new Error(`no ${product}`);
  return site;
}

/** Looks again until it is so. For what happens outside the browser; inside it, locators wait. */
export async function until(isSo: () => boolean | Promise<boolean>, what: string): Promise<void> {
  const end = performance.now() + PATIENCE_MS;
  while (!(await isSo())) {
    if (performance.now() > end) throw new Error(`never: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
  }
}

async function visit(
  { browser, world }: { readonly browser: Browser; readonly world: Constellation },
  { expected, ...options }: VisitOptions,
  look: (visit: Visit) => Promise<void>,
): Promise<void> {
  const context = await browser.newContext({
    viewport: { width: 1280, height: 900 },
    locale: "ru-RU",
    ...options,
  });
  context.setDefaultTimeout(10_000);
  const problems: string[] = [];
  const requests: string[] = [];
  context.on("weberror", (error) => problems.push(`page error: ${error.error().message}`));
  context.on("console", (line) => {
    if (line.type() === "error" && !expected?.test(line.text()))
      problems.push(`${line.text()} ${line.location().url}`);
  });
  context.on("request", (request) => {
    requests.push(`${request.method()} ${request.url()}`);
    const { protocol, hostname } = new URL(request.url());
    const isLocal = hostname === "127.0.0.1" || hostname.endsWith("localhost");
    if (protocol.startsWith("http") && !isLocal) problems.push(`left loopback: ${request.url()}`);
  });
  try {
    const page = await context.newPage();
    const appRequests = () =>
      requests.flatMap((line) => {
        const [method = "", address = ""] = line.split(" ");
        if (!address.startsWith(`${world.publicUrl}/`)) return [];
        const path = new URL(address).pathname.replace(/-[\w-]{8}\.js$/, ".js");
        return [`${method} ${path}`];
      });
    await look({ context, page, requests, appRequests });
    expect(problems).toEqual([]);
  } finally {
    await context.close();
  }
}

/** Our frame in the CRM's page, after its document has come from the app. */
export async function appFrame(page: Page, world: Constellation): Promise<Frame> {
  const element = page.locator("iframe").first();
  await element.waitFor();
  const handle = await element.elementHandle();
  const frame = await handle?.contentFrame();
  if (!frame) throw new Error("no frame");
  // Its scripts may still be on their way.
  await frame.waitForURL((url) => url.href.startsWith(world.publicUrl), { waitUntil: "commit" });
  await frame.locator("main").waitFor();
  return frame;
}

export interface Looks {
  readonly userIndex?: number;
  readonly locale?: "ru" | "en";
}

/** Address of a card in the CRM for this person and language. */
export function cardAddress(
  site: Site,
  entity: CardEntity,
  id: string,
  { userIndex = ADMIN, locale = "ru" }: Looks = {},
): string {
  return `${site.portal.cardUrl(entity, id, userIndex)}&lang=${locale}`;
}

export function appAddress(site: Site, { userIndex = ADMIN, locale = "ru" }: Looks = {}): string {
  return `${site.portal.appUrl(userIndex)}&lang=${locale}`;
}

const HTML_ONLY = { waitUntil: "domcontentloaded" } as const;

/** Opens a card in the CRM and waits for ours inside. */
export async function openCard(
  page: Page,
  stage: Stage,
  product: Product,
  place: { readonly entity: CardEntity; readonly id: string } & Looks,
): Promise<Frame> {
  await page.goto(cardAddress(stage.site(product), place.entity, place.id, place), HTML_ONLY);
  return appFrame(page, stage.world);
}

export async function openApp(
  page: Page,
  stage: Stage,
  product: Product,
  looks: Looks = {},
): Promise<Frame> {
  await page.goto(appAddress(stage.site(product), looks), HTML_ONLY);
  return appFrame(page, stage.world);
}

/** Ids for the usual places of a sandbox: the client with the most purchases and its newest deal, and a deal of nobody. */
export function places(site: Site) {
  const { deals } = site.portal.truth();
  const clientOf = (deal: (typeof deals)[number]) =>
    deal.companyId === null
      ? { entity: "contact" as const, id: deal.contactIds[0] ?? "" }
      : { entity: "company" as const, id: deal.companyId };
  const won = deals.filter((deal) => deal.outcome === "won");
  const best = (entity: "company" | "contact") => {
    const counts = new Map<string, number>();
    for (const deal of won) {
      const client = clientOf(deal);
      if (client.entity === entity && client.id !== "")
        counts.set(client.id, (counts.get(client.id) ?? 0) + 1);
    }
    const [top] = [...counts].sort((one, other) => other[1] - one[1]);
    if (!top) throw new Error(`no ${entity} has bought`);
    return top[0];
  };
  const contact = best("contact");
  const dealOf = (entity: string, id: string) =>
    won.findLast((deal) => clientOf(deal).entity === entity && clientOf(deal).id === id)?.id ?? "";
  return { company: best("company"), contact, deal: dealOf("contact", contact) };
}

/** Makes every timer of our pages fire a hundred times sooner, so that nobody waits for a poll. */
export async function hurry(context: BrowserContext, world: Constellation): Promise<void> {
  await context.addInitScript((origin) => {
    if (location.origin !== origin) return;
    const slow = window.setTimeout;
    // Last resorts keep their time: a person has to be able to act before them.
    const hurried = (ms: number) => (ms > 20_000 ? ms : ms / 100);
    window.setTimeout = ((run: () => void, ms = 0) => slow(run, hurried(ms))) as typeof setTimeout;
  }, world.publicUrl);
}

/** Holds back what matches until the returned function is called. */
export async function hold(
  page: Page,
  url: RegExp,
  isHeld: (nth: number) => boolean = () => true,
): Promise<() => void> {
  let open = (): void => {};
  const gate = new Promise<void>((resolve) => {
    open = resolve;
  });
  let seen = 0;
  await page.route(url, async (route) => {
    if (isHeld(seen++)) await gate;
    await route.continue();
  });
  return open;
}

/** In a CRM page that gives our frame another width, ours has to fit all the same. */
export async function setFrameWidth(page: Page, width: number): Promise<void> {
  await page
    .locator("iframe")
    .first()
    .evaluate((frame, px) => {
      frame.style.width = `${px}px`;
    }, width);
}
