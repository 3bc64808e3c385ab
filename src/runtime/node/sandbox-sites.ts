import { randomBytes } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { createServer } from "node:net";
import { join, relative } from "node:path";
import { type PortalKey, portalKey } from "../../crm/portal-key.ts";
import type { Clock } from "../../crm/ports.ts";
import { type AmocrmPortal, makeAmocrmSandbox } from "../../sandbox/amocrm/index.ts";
import { type Bitrix24Portal, makeBitrix24Sandbox } from "../../sandbox/bitrix24/index.ts";
import type { SandboxPortal, SeedData } from "../../sandbox/contract.ts";
import { makeSeededRandom } from "../../simulation/seeded-random.ts";
import { makeSystemClock } from "../system-ports.ts";
import { projectRoot } from "./project-root.ts";
import { serveSandbox } from "./sandbox-server.ts";

export interface SiteOptions {
  /** App, sandboxes and limits run this many times faster than life. */
  readonly speed: number;
  readonly seed: number;
  /** What both CRMs hold before the install. */
  readonly makeSeed: (portal: {
    readonly offsetMinutes: number;
    readonly users: number;
  }) => SeedData;
  /** 0 or absent = any free port. */
  readonly appPort?: number;
  /** Stands between the app and a CRM: what the app sends, and `serve` to have it carried out. A rejection cuts the line. */
  readonly onCall?: (
    product: Site["product"],
    request: Request,
    serve: () => Promise<Response>,
  ) => Promise<Response>;
  /** How the CRMs reach the app; default `fetch`. */
  readonly deliver?: (request: Request) => Promise<Response>;
}

/** A sandbox of each CRM behind HTTP on loopback, and what an app needs to know to face them. */
export interface Sites {
  readonly publicUrl: string;
  readonly clock: Clock;
  readonly sites: readonly Site[];
  /** The app's environment (config.ts): secrets, addresses and speed of these sites, and a fresh key. */
  environment(dataFolder: string): Record<string, string>;
  close(): Promise<void>;
}

export interface Site {
  readonly product: "bitrix24" | "amocrm";
  readonly key: PortalKey;
  readonly portal: SandboxPortal;
  /** The same portal with what only its product has. */
  readonly native:
    | { readonly product: "bitrix24"; readonly portal: Bitrix24Portal }
    | {
        readonly product: "amocrm";
        readonly portal: AmocrmPortal;
        /** Another archive of the widget; `frameSources` = `frame-src` of the CRM's pages. */
        setWidget(files: Readonly<Record<string, string>>, frameSources?: string): void;
      };
  readonly port: number;
  unimplemented(): readonly string[];
}

/** Moscow: both portals' zone, so that both see the same days. */
const OFFSET_MINUTES = 180;
const USERS = 3;
/** The last one reads only their own records, as every manager of the other CRM does. */
const PEOPLE = [{ isAdmin: true }, {}, { sees: "own" as const }];

/** Both sandboxes with the app registered and data inside; nothing is installed yet. */
export async function startSites(options: SiteOptions): Promise<Sites> {
  const clock = makeSystemClock(() => new Promise((resolve) => setImmediate(resolve)));
  const appPort = await freePort(options.appPort ?? 0);
  const publicUrl = `http://127.0.0.1:${appPort}`;
  const bitrix24 = await startBitrix24(options, clock, publicUrl);
  const amocrm = await startAmocrm(options, clock, publicUrl);
  const key = randomBytes(32).toString("base64");
  return {
    publicUrl,
    clock,
    sites: [bitrix24.site, amocrm.site],
    environment: (dataFolder) => ({
      NODE_ENV: "development",
      PORT: String(appPort),
      PUBLIC_URL: publicUrl,
      DATA_DIR: dataFolder,
      PULSE_KEYS: `demo:${key}`,
      LOG_LEVEL: "warn",
      BITRIX24_CLIENT_ID: bitrix24.clientId,
      BITRIX24_CLIENT_SECRET: bitrix24.clientSecret,
      BITRIX24_OAUTH_SERVERS: `http://oauth.localhost:${bitrix24.site.port}`,
      AMOCRM_CLIENT_ID: amocrm.clientId,
      AMOCRM_CLIENT_SECRET: amocrm.clientSecret,
      AMOCRM_ZONES: `localhost:${amocrm.site.port}`,
      DEV_HOSTS: `localhost:${bitrix24.site.port},localhost:${amocrm.site.port}`,
      SYNC_SPEED: String(options.speed),
    }),
    async close() {
      await Promise.all([bitrix24.close(), amocrm.close()]);
    },
  };
}

interface StartedSite {
  readonly site: Site;
  readonly clientId: string;
  readonly clientSecret: string;
  close(): Promise<void>;
}

async function startBitrix24(
  options: SiteOptions,
  clock: Clock,
  publicUrl: string,
): Promise<StartedSite> {
  const port = await freePort(0);
  const sandbox = makeBitrix24Sandbox({
    clock,
    random: makeSeededRandom(options.seed),
    deliver: options.deliver ?? ((request) => fetch(request)),
    speed: options.speed,
    oauthOrigin: `http://oauth.localhost:${port}`,
    portalOrigin: (name) => `http://${name}.localhost:${port}`,
  });
  const clientId = "app.573ad8a0346747.09223434";
  const clientSecret = randomBytes(24).toString("hex");
  sandbox.control.registerApp({
    clientId,
    clientSecret,
    appUrl: `${publicUrl}/bitrix24/app`,
    installUrl: `${publicUrl}/bitrix24/install`,
    eventUrl: `${publicUrl}/bitrix24/install`,
    redirectUrl: `${publicUrl}/bitrix24/oauth`,
    scopes: ["crm", "placement", "user_brief", "task"],
  });
  const portal = sandbox.control.createPortal({ name: "demo", users: PEOPLE });
  portal.seed(options.makeSeed({ offsetMinutes: OFFSET_MINUTES, users: USERS }));
  const server = await serveSandbox(tapped(options, "bitrix24", sandbox.fetch), port);
  return {
    clientId,
    clientSecret,
    close: () => server.close(),
    site: {
      product: "bitrix24",
      native: { product: "bitrix24", portal },
      key: portalKey("bitrix24", portal.accountId),
      portal,
      port,
      unimplemented: () => sandbox.control.unimplemented(),
    },
  };
}

async function startAmocrm(
  options: SiteOptions,
  clock: Clock,
  publicUrl: string,
): Promise<StartedSite> {
  const port = await freePort(0);
  const sandbox = makeAmocrmSandbox({
    clock,
    random: makeSeededRandom(options.seed + 1),
    deliver: options.deliver ?? ((request) => fetch(request)),
    speed: options.speed,
    accountOrigin: (subdomain) => `http://${subdomain}.localhost:${port}`,
    consentOrigin: `http://www.localhost:${port}`,
    apiOrigin: `http://api-b.localhost:${port}`,
  });
  const clientId = "31885693-c5a8-4c1f-9d2e-0123456789ab";
  const clientSecret = randomBytes(32).toString("hex");
  sandbox.control.registerIntegration({
    clientId,
    clientSecret,
    redirectUri: `${publicUrl}/amocrm/oauth`,
    disconnectUri: `${publicUrl}/amocrm/uninstall`,
  });
  sandbox.control.setWidget({ files: widgetFiles(publicUrl), clientId });
  const portal = sandbox.control.createPortal({ subdomain: "demo" });
  portal.seed(options.makeSeed({ offsetMinutes: OFFSET_MINUTES, users: USERS }));
  const server = await serveSandbox(tapped(options, "amocrm", sandbox.fetch), port);
  return {
    clientId,
    clientSecret,
    close: () => server.close(),
    site: {
      product: "amocrm",
      native: {
        product: "amocrm",
        portal,
        setWidget: (files, frameSources) =>
          sandbox.control.setWidget({
            files,
            clientId,
            ...(frameSources === undefined ? {} : { frameSources }),
          }),
      },
      key: portalKey("amocrm", portal.accountId),
      portal,
      port,
      unimplemented: () => sandbox.control.unimplemented(),
    },
  };
}

type Fetch = (request: Request) => Promise<Response>;

function tapped({ onCall }: SiteOptions, product: Site["product"], serve: Fetch): Fetch {
  return onCall ? (request) => onCall(product, request, () => serve(request)) : serve;
}

/** The widget's text files as the archive holds them, with this server's address inside. */
function widgetFiles(publicUrl: string): Record<string, string> {
  const folder = join(projectRoot(), "manifests", "amocrm");
  const files: Record<string, string> = {};
  for (const entry of readdirSync(folder, { withFileTypes: true, recursive: true })) {
    if (!entry.isFile() || !/\.(js|json|css|svg)$/.test(entry.name)) continue;
    const path = join(entry.parentPath, entry.name);
    files[relative(folder, path)] = readFileSync(path, "utf8").replaceAll(
      "__PUBLIC_URL__",
      publicUrl,
    );
  }
  return files;
}

/** The wanted port if it is free, else any. */
async function freePort(wanted: number): Promise<number> {
  const attempt = (port: number) =>
    new Promise<number | null>((resolve) => {
      const probe = createServer();
      probe.once("error", () => resolve(null));
      probe.listen(port, "127.0.0.1", () => {
        const address = probe.address();
        const free = typeof address === "object" && address ? address.port : null;
        probe.close(() => resolve(free));
      });
    });
  return (await attempt(wanted)) ?? (await attempt(0)) ?? wanted;
}
