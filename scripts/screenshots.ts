/**
 * Pictures for docs/screenshots: pages from sample documents, and a deal in each sandbox CRM with our frame inside. Run:
 * `npm run screenshots` (after `npm run build:widget`). `--listing` makes those of the marketplaces instead. `--all` adds every card state to the folder named by `--out`.
 */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { type Browser, chromium, type Page } from "playwright-core";
import { runnerImport } from "vite";
import type { PageAssets } from "../src/pages/assets.ts";
import {
  LISTING_CRMS,
  LISTING_LOCALES,
  LISTING_SHOTS,
  LISTING_SIZE,
  type ListingShot,
} from "./listing-shots.ts";

const root = fileURLToPath(new URL("../", import.meta.url));
const { values: options } = parseArgs({
  options: {
    out: { type: "string" },
    all: { type: "boolean" },
    /** The pictures of the marketplaces' listings and nothing else; into `dist/listing` unless `--out` says where. */
    listing: { type: "boolean" },
    /** Only pictures whose name begins so; without the CRMs' own pages. */
    only: { type: "string" },
  },
});

const out = options.out ?? `${root}${options.listing ? "dist/listing" : "docs/screenshots"}`;

const load = async <Module>(path: string): Promise<Module> =>
  (
    await runnerImport<Module>(`${root}src/${path}`, {
      root,
      configFile: false,
      logLevel: "error",
    })
  ).module;

const { renderCard } = await load<typeof import("../src/pages/card.tsx")>("pages/card.tsx");
const { renderOverview } =
  await load<typeof import("../src/pages/overview.tsx")>("pages/overview.tsx");
const { renderMessage } =
  await load<typeof import("../src/pages/message.tsx")>("pages/message.tsx");
const { renderInstaller } =
  await load<typeof import("../src/pages/installer.tsx")>("pages/installer.tsx");
const { renderConnect } =
  await load<typeof import("../src/pages/connect.tsx")>("pages/connect.tsx");
const { SAMPLE_CARDS } = await load<typeof import("../src/pages/samples.ts")>("pages/samples.ts");
const { sampleFullCard } =
  await load<typeof import("../src/pages/samples-full.ts")>("pages/samples-full.ts");
const { sampleReport } = await load<typeof import("../src/report/html/sample-report.ts")>(
  "report/html/sample-report.ts",
);
const { SAMPLE_MODELS } =
  await load<typeof import("../src/pages/samples-model.ts")>("pages/samples-model.ts");
const { SAMPLE_SETTINGS_ANSWERS } = await load<typeof import("../src/pages/samples-settings.ts")>(
  "pages/samples-settings.ts",
);
const { SAMPLE_SEGMENTATION } = await load<typeof import("../src/pages/samples-segmentation.ts")>(
  "pages/samples-segmentation.ts",
);
const samples = await load<typeof import("../src/pages/samples-overview.ts")>(
  "pages/samples-overview.ts",
);

const assets: PageAssets = JSON.parse(readFileSync(`${root}dist/assets/page-assets.json`, "utf8"));
const nonce = "screenshot";

type Locale = "ru" | "en";

function pageOf(path: string, locale: Locale): string | null {
  const context = {
    locale,
    nonce,
    assets,
    frame: null,
    session: {
      token: "sample",
      expiresAt: Date.now() + 900_000,
      portal: "bitrix24:sample",
      locale,
      role: "admin" as const,
    },
  };
  const model = Object.entries(SAMPLE_MODELS).find(([name]) => path === `/overview/model/${name}`);
  if (model) {
    const overview = { ...samples.SAMPLE_OVERVIEW, modelQuality: model[1] };
    return renderOverview({ ...context, overview });
  }
  const card = SAMPLE_CARDS.find((one) => path === `/card/${one.state}`);
  if (card) return renderCard({ ...context, card });
  const full = SAMPLE_CARDS.find((one) => path === `/full/${one.state}`);
  if (full) {
    const entity = { entity: "deal" as const, id: "7" };
    return renderCard({ ...context, card: sampleFullCard(full.state), entity, size: "full" });
  }
  switch (path) {
    case "/overview":
      return renderOverview({ ...context, overview: samples.SAMPLE_OVERVIEW });
    case "/overview/segments": {
      const overview = { ...samples.SAMPLE_OVERVIEW, segmentation: SAMPLE_SEGMENTATION };
      return renderOverview({ ...context, overview });
    }
    case "/overview/syncing":
      return renderOverview({ ...context, overview: samples.SAMPLE_OVERVIEW_SYNCING });
    case "/overview/empty":
      return renderOverview({ ...context, overview: samples.SAMPLE_OVERVIEW_EMPTY });
    case "/message":
      return renderMessage({ ...context, message: "open_again" });
    case "/installer":
      return renderInstaller(context);
    case "/connect":
      return renderConnect({
        ...context,
        button: {
          name: "amocrm_oauth",
          script: "https://www.amocrm.ru/auth/button.min.js",
          data: {},
        },
        crm: "amoCRM",
      });
    default:
      return null;
  }
}

const server = createServer((request, response) => {
  const url = new URL(request.url ?? "/", "http://localhost");
  if (url.pathname.startsWith("/assets/") && /^\/assets\/[\w.-]+$/.test(url.pathname)) {
    response.setHeader("content-type", "text/javascript");
    response.end(readFileSync(`${root}dist${url.pathname}`));
    return;
  }
  if (url.pathname === "/favicon.ico") {
    response.statusCode = 204;
    response.end();
    return;
  }
  if (url.pathname.startsWith("/api/")) {
    response.setHeader("content-type", "application/json");
    const run = samples.SAMPLE_DRY_RUN;
    const settings = SAMPLE_SETTINGS_ANSWERS[url.pathname];
    const answer = settings
      ? settings
      : url.pathname.endsWith("/approve")
        ? { ...run, state: "approved" }
        : url.pathname === "/api/sync"
          ? samples.SAMPLE_OVERVIEW_SYNCING.sync
          : run;
    response.end(JSON.stringify(answer));
    return;
  }
  if (url.pathname === "/report") {
    const locale = url.searchParams.get("locale") === "en" ? "en" : "ru";
    response.setHeader("content-type", "text/html; charset=utf-8");
    void sampleReport(locale, assets.styles.report).then((text) => response.end(text));
    return;
  }
  const html = pageOf(url.pathname, url.searchParams.get("locale") === "en" ? "en" : "ru");
  response.statusCode = html === null ? 404 : 200;
  response.setHeader("content-type", "text/html; charset=utf-8");
  response.setHeader(
    "content-security-policy",
    `default-src 'none'; script-src 'nonce-${nonce}'; style-src 'nonce-${nonce}'; connect-src 'self'; img-src 'self' data:; form-action 'self'`,
  );
  response.end(html ?? "");
});

interface Shot {
  readonly name: string;
  readonly path: string;
  readonly width: number;
  readonly locale: Locale;
  readonly theme: "light" | "dark";
  /** One part of the page. */
  readonly only?: string;
  /** Clicks before the picture. */
  readonly open?: readonly string[];
}

const MOST_HEIGHT_360 = 1_500;
const MOST_HEIGHT_1280 = 780;
const MOST_BYTES = 240_000;

/** Every part of the settings, with the preview of a change and the question before an undo. */
const SETTINGS_CLICKS = [
  "[data-setting=choices] > summary",
  "[name=countsZeroSums]",
  "[data-choices] [type=submit]",
  "[data-setting=undo] > summary",
  ".written button",
  "[data-setting=writing] > summary",
  "[data-setting=rate] > summary",
  "[data-setting=rate] [type=number]",
];

const THEMES = ["light", "dark"] as const;
const LOCALES = ["ru", "en"] as const;

function shots(): readonly Shot[] {
  const list: Shot[] = [];
  for (const theme of THEMES) {
    for (const locale of LOCALES) {
      const common = { theme, locale };
      const tail = `${locale}-${theme}`;
      list.push(
        {
          ...common,
          name: `card-360-${tail}`,
          path: "/card/ok",
          width: 360,
          open: [".why summary"],
        },
        { ...common, name: `full-1280-${tail}`, path: "/full/ok", width: 1280 },
        { ...common, name: `overview-1280-${tail}`, path: "/overview", width: 1280 },
        { ...common, name: `overview-360-${tail}`, path: "/overview", width: 360 },
      );
      list.push(...[360, 1280].map((width) => settingsShot(width, theme, locale)));
      list.push(
        ...[360, 1280].map((width) => ({
          ...common,
          name: `rules-${width}-${tail}`,
          path: "/overview/segments",
          width,
          only: ".panel:has(.rules)",
          open: ["[data-recipe]", "[data-add-line]", ".recipes [data-behind]"],
        })),
      );
      if (theme === "light") {
        list.push({ ...common, name: `report-1280-${tail}`, path: "/report", width: 1280 });
      }
      if (!options.all) continue;
      list.push(...SAMPLE_CARDS.flatMap((card) => stateShots(card.state, common, tail)));
      for (const name of Object.keys(SAMPLE_MODELS)) {
        for (const width of [360, 1280]) {
          list.push({
            ...common,
            name: `model-${name}-${width}-${tail}`,
            path: `/overview/model/${name}`,
            width,
            only: ".model",
          });
        }
      }
      list.push(
        {
          ...common,
          name: `dryrun-1280-${tail}`,
          path: "/overview",
          width: 1280,
          open: ["[data-dry-run]", ".tile summary"],
        },
        { ...common, name: `syncing-1280-${tail}`, path: "/overview/syncing", width: 1280 },
        { ...common, name: `syncing-360-${tail}`, path: "/overview/syncing", width: 360 },
        { ...common, name: `empty-1280-${tail}`, path: "/overview/empty", width: 1280 },
        { ...common, name: `message-${tail}`, path: "/message", width: 360 },
        { ...common, name: `installer-${tail}`, path: "/installer", width: 640 },
        { ...common, name: `connect-${tail}`, path: "/connect", width: 640 },
      );
    }
  }
  return list;
}

function settingsShot(width: number, theme: Shot["theme"], locale: Locale): Shot {
  const name = `settings-${width}-${locale}-${theme}`;
  return {
    name,
    width,
    theme,
    locale,
    path: "/overview",
    only: ".settings",
    open: SETTINGS_CLICKS,
  };
}

/** One state of the card: in its column, and where it has a page. */
function stateShots(
  state: string,
  common: Pick<Shot, "theme" | "locale">,
  tail: string,
): readonly Shot[] {
  return [
    { ...common, name: `state-${state}-${tail}`, path: `/card/${state}`, width: 360 },
    ...[360, 880, 1280].map((width) => ({
      ...common,
      name: `full-${state}-${width}-${tail}`,
      path: `/full/${state}`,
      width,
    })),
  ];
}

/** The whole page when all states are looked at; for the docs no taller than a picture of 240 kB allows. */
async function picture(page: Page, shot: Shot): Promise<void> {
  const path = `${out}/${shot.name}.png`;
  if (shot.only) {
    await page.locator(shot.only).screenshot({ path });
    return;
  }
  const full = await page.evaluate(() => document.documentElement.scrollHeight);
  const most = shot.width === 360 ? MOST_HEIGHT_360 : MOST_HEIGHT_1280;
  const height = options.all ? full : Math.min(full, most);
  await page.setViewportSize({ width: shot.width, height });
  const bytes = await page.screenshot({ path });
  if (!options.all && bytes.length > MOST_BYTES) throw new Error(`${path} is too big`);
}

async function take(browser: Browser, origin: string, shot: Shot): Promise<void> {
  const page = await browser.newPage({
    viewport: { width: shot.width, height: 400 },
    colorScheme: shot.theme,
    deviceScaleFactor: /^\/(?:overview|report)/.test(shot.path) ? 1 : 1.5,
    reducedMotion: "reduce",
  });
  const problems: string[] = [];
  page.on("pageerror", (error) => problems.push(error.message));
  page.on("console", (line) => line.type() === "error" && problems.push(line.text()));
  await page.goto(`${origin}${shot.path}?locale=${shot.locale}`);
  for (const selector of shot.open ?? []) await page.locator(selector).first().click();
  if (shot.only === ".settings") await page.locator("[data-totals]").waitFor();
  if (shot.open?.includes("[data-dry-run]")) await page.locator(".run").waitFor();
  const facts = await page.evaluate(() => ({
    overflow: document.documentElement.scrollWidth - document.documentElement.clientWidth,
    head: Math.round(document.querySelector(".head")?.getBoundingClientRect().bottom ?? 0),
  }));
  if (facts.overflow > 0) problems.push(`wider than the window by ${facts.overflow} px`);
  if (shot.width === 360 && facts.head > 120) problems.push(`first lines end at ${facts.head} px`);
  await picture(page, shot);
  await page.close();
  console.log(`${shot.name}${problems.length > 0 ? `: ${problems.join("; ")}` : ""}`);
  if (problems.length > 0) process.exitCode = 1;
}

/** One picture, the same for every marketplace: a part of the page at its top, as large as is allowed. */
async function takeListing(browser: Browser, origin: string): Promise<void> {
  for (const locale of LISTING_LOCALES) {
    for (const shot of LISTING_SHOTS) {
      const bytes = await listingPicture(browser, `${origin}${shot.path}?locale=${locale}`, shot);
      for (const crm of LISTING_CRMS) {
        mkdirSync(`${out}/${crm}`, { recursive: true });
        writeFileSync(`${out}/${crm}/${shot.name}.${locale}.png`, bytes);
      }
      console.log(`${shot.name}.${locale}`);
    }
  }
}

const MARGIN = 12;

async function listingPicture(browser: Browser, url: string, shot: ListingShot): Promise<Buffer> {
  const page = await browser.newPage({
    viewport: LISTING_SIZE,
    colorScheme: "light",
    reducedMotion: "reduce",
  });
  try {
    await page.goto(url);
    for (const selector of shot.open ?? []) await page.locator(selector).first().click();
    if (shot.from !== undefined) {
      const part = page.locator(shot.from).first();
      await part.waitFor();
      await part.evaluate((node, margin) => {
        window.scrollTo(0, node.getBoundingClientRect().top + window.scrollY - margin);
      }, MARGIN);
    }
    return await page.screenshot();
  } finally {
    await page.close();
  }
}

const FRAME_CLIENTS = 300;
const FRAME_SPEED = 40;
const FRAME_SEED = 20_261_124;

/** A deal of a good client who has gone quiet, in each CRM's own page, after a real installation and first sync. */
async function takeFrames(browser: Browser): Promise<void> {
  const { startConstellation } = await load<typeof import("../src/runtime/node/constellation.ts")>(
    "runtime/node/constellation.ts",
  );
  const { untilSynced } = await load<typeof import("../src/runtime/node/demo-command.ts")>(
    "runtime/node/demo-command.ts",
  );
  const { demoLog, seedFromLog } =
    await load<typeof import("../src/sandbox/generator.ts")>("sandbox/generator.ts");
  const dataFolder = mkdtempSync(join(tmpdir(), "pulse-screenshots-"));
  const world = await startConstellation({
    dataFolder,
    speed: FRAME_SPEED,
    seed: FRAME_SEED,
    makeSeed: ({ offsetMinutes, users }) =>
      seedFromLog(demoLog(FRAME_CLIENTS, FRAME_SEED), {
        now: Date.now(),
        offsetMinutes,
        currency: "RUB",
        users,
        seed: FRAME_SEED,
        hasExtras: true,
      }),
  });
  try {
    for (const site of world.sites) await site.portal.install();
    await untilSynced(world);
    for (const site of world.sites) {
      const portal = await world.app().house.find(site.key);
      const [quiet] = (await portal?.overview())?.attention ?? [];
      if (!quiet) throw new Error(`${site.product}: nobody to show`);
      const deal = site.portal
        .truth()
        .deals.findLast((one) =>
          quiet.client.kind === "company"
            ? one.companyId === quiet.client.id
            : one.companyId === null && one.contactIds[0] === quiet.client.id,
        );
      const page = await browser.newPage({ viewport: { width: 1280, height: 640 } });
      await page.goto(site.portal.cardUrl("deal", deal?.id ?? ""));
      const card = page.locator("iframe").first().contentFrame();
      // Open already where there is room for it.
      await card.locator(".why").evaluate((node) => node.setAttribute("open", ""));
      await card.locator(".why table").waitFor();
      await page.screenshot({ path: `${out}/${site.product}-deal.png`, fullPage: true });
      await page.close();
      console.log(`${site.product}-deal`);
    }
  } finally {
    await world.close();
    rmSync(dataFolder, { recursive: true, force: true });
  }
}

mkdirSync(out, { recursive: true });
await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
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
try {
  const { only } = options;
  if (options.listing) await takeListing(browser, origin);
  else {
    for (const shot of shots()) {
      if (only === undefined || shot.name.startsWith(only)) await take(browser, origin, shot);
    }
    if (only === undefined) await takeFrames(browser);
  }
} finally {
  await browser.close();
  server.close();
}
