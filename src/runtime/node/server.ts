import { accessSync, constants, mkdirSync, statfsSync } from "node:fs";
import { dirname, join } from "node:path";
import { serve } from "@hono/node-server";
import { Hono } from "hono";
import type { Host } from "../../crm/host.ts";
import type { PortalKey } from "../../crm/portal-key.ts";
import type { Clock, Log, Transport } from "../../crm/ports.ts";
import { makeApp } from "../../http/app.ts";
import { makeDesk } from "../../http/desk.ts";
import { makeRenderer } from "../../http/render.ts";
import { makeSessions } from "../../http/sessions.ts";
import { makePortal } from "../../portal/portal.ts";
import { DEFAULT_POLICY, type PortalPolicy } from "../../portal/portal-api.ts";
import type { ServerConfig } from "../config.ts";
import { hostOf, makeHosts } from "../hosts.ts";
import { makeJsonLog } from "../json-log.ts";
import { makeSystemClock, systemRandom } from "../system-ports.ts";
import { makeTransport } from "../transport.ts";
import { makeVault } from "../vault.ts";
import { VERSION } from "../version.ts";
import { makeGuardedFetch } from "./address-guard.ts";
import { type AssetFile, readAssets } from "./assets.ts";
import { makeCallerOf } from "./caller.ts";
import { type Directory, makeDirectory } from "./directory.ts";
import { lockDataFolder } from "./folder-lock.ts";
import { checkKeys } from "./key-check.ts";
import { makePortalHouse, type OpenPortal, type PortalHouse } from "./portals.ts";
import { openSqlite } from "./sqlite.ts";
import { makeThreadCompute, type ThreadCompute } from "./thread-compute.ts";

export interface RunningServer {
  readonly port: number;
  readonly house: PortalHouse;
  readonly clock: Clock;
  /** Stops taking requests, lets running work end within ten seconds in all, closes every file. */
  close(): Promise<void>;
}

export interface ServerOptions {
  readonly log?: Log;
  readonly policy?: Partial<PortalPolicy>;
}

const HEADERS_TIMEOUT_MS = 5_000;
const REQUEST_TIMEOUT_MS = 10_000;
const CHECK_SLOW_EVERY_MS = 2_000;
/** Of the ten seconds that a service manager gives; the rest is for running ticks. */
const DRAIN_LIMIT_MS = 4_000;
const FREE_DISK_SHARE = 0.05;
const YEAR_SECONDS = 31_536_000;

/** The whole server in one process, over one data folder. */
export async function startServer(
  config: ServerConfig,
  options: ServerOptions = {},
): Promise<RunningServer> {
  const clock = makeSystemClock(() => new Promise((resolve) => setImmediate(resolve)));
  const log =
    options.log ??
    makeJsonLog((line) => process.stdout.write(`${line}\n`), config.logLevel, clock.now);
  mkdirSync(config.dataFolder, { recursive: true });
  const unlock = lockDataFolder(config.dataFolder);
  const directoryFile = openSqlite(join(config.dataFolder, "directory.sqlite"));
  const directory = makeDirectory(directoryFile.sql, clock);
  try {
    await checkKeys(directoryFile.sql, config.keys, directory.list().length > 0);
  } catch (cause) {
    directoryFile.close();
    unlock();
    throw cause;
  }
  let isDraining = false;
  const transport = makeTransport(makeGuardedFetch(config.host.devHosts));
  const hosts = makeHosts(config.host);
  const compute = makeThreadCompute(clock);
  const house = makePortalHouse({
    directory,
    dataFolder: config.dataFolder,
    clock,
    log,
    makePortal: portalOpener({
      config,
      hosts,
      clock,
      transport,
      log,
      policy: options.policy ?? {},
      compute,
      isStopping: () => isDraining,
    }),
  });
  const app = makeNodeApp(
    { config, hosts, house, directory, clock, transport, log },
    () => isDraining,
  );

  const { server, port } = await listen(app, config.port);
  house.start();
  log.info("server.started", { port, version: VERSION });
  return {
    port,
    house,
    clock,
    async close() {
      isDraining = true;
      await Promise.all([drain(server), compute.close()]);
      await house.stop();
      directoryFile.close();
      unlock();
      log.info("server.stopped");
    },
  };
}

interface OpenerParts {
  readonly config: ServerConfig;
  readonly hosts: readonly Host[];
  readonly clock: Clock;
  readonly transport: Transport;
  readonly log: Log;
  readonly policy: Partial<PortalPolicy>;
  readonly compute: ThreadCompute;
  readonly isStopping: () => boolean;
}

function portalOpener(parts: OpenerParts): (key: PortalKey, file: string) => OpenPortal {
  const { config, hosts, clock, transport, log, compute } = parts;
  const vault = makeVault(config.keys, systemRandom);
  const base = { ...DEFAULT_POLICY, speed: config.speed, ...parts.policy };
  return (key, file) => {
    mkdirSync(dirname(file), { recursive: true });
    const host = hostOf(hosts, key);
    const policy = { ...base, fenceMs: base.fenceMs ?? scaledFence(host, config.speed) };
    const { sql, close } = openSqlite(file);
    const portal = makePortal({
      sql,
      host,
      clock,
      random: systemRandom,
      transport,
      vault,
      compute: compute.of(file, sql),
      log,
      policy,
      publicUrl: config.publicUrl,
      isStopping: parts.isStopping,
    });
    return { portal, close };
  };
}

/**
 * The fence is about how long the host may go on with a request that we gave up on, so with SYNC_SPEED it shrinks as much as
 * the sandbox's own deadlines do. null = the host's own: in production the speed is 1.
 */
function scaledFence(host: Host, speed: number): number | null {
  return speed === 1 ? null : Math.ceil(host.limits.writeFenceMs / speed);
}

interface NodeAppParts {
  readonly config: ServerConfig;
  readonly hosts: readonly Host[];
  readonly house: PortalHouse;
  readonly directory: Directory;
  readonly clock: Clock;
  readonly transport: Transport;
  readonly log: Log;
}

function makeNodeApp(parts: NodeAppParts, isDraining: () => boolean): Hono {
  const { config, hosts, house, directory, clock, transport, log } = parts;
  const sessions = makeSessions(config.keys, clock);
  const { pages, files } = readAssets();
  const app = assetRoutes(files);
  app.route(
    "/",
    makeApp({
      hosts,
      portals: house,
      sessions,
      random: systemRandom,
      log,
      callerOf: makeCallerOf(config.trustProxy),
      pages: makeRenderer({ portals: house, sessions, assets: pages, random: systemRandom, clock }),
      desk: makeDesk({
        clock,
        random: systemRandom,
        log,
        transport,
        config: config.host,
        region: config.region,
        portals: house,
        once: directory,
        sessions,
      }),
      operator: {
        version: VERSION,
        checkReady: async () => checkReady(config.dataFolder, isDraining()),
        metrics: async () => nodeMetrics(house),
        metricsToken: config.metricsToken,
      },
    }),
  );
  return app;
}

/** Islands carry a hash of their content in the name, so a browser may keep them for good. */
function assetRoutes(files: ReadonlyMap<string, AssetFile>): Hono {
  const app = new Hono();
  app.get("/assets/:name", (context) => {
    const file = files.get(context.req.param("name"));
    if (!file) return context.notFound();
    return context.body(file.bytes, 200, {
      "content-type": file.type,
      "cache-control": `public, max-age=${YEAR_SECONDS}, immutable`,
      "x-content-type-options": "nosniff",
      "access-control-allow-origin": "*",
    });
  });
  return app;
}

function listen(
  app: Hono,
  port: number,
): Promise<{ server: ReturnType<typeof serve>; port: number }> {
  return new Promise((resolve, reject) => {
    const server = serve(
      {
        fetch: app.fetch,
        port,
        serverOptions: {
          headersTimeout: HEADERS_TIMEOUT_MS,
          requestTimeout: REQUEST_TIMEOUT_MS,
          // Node looks for requests that are too slow only so often, by default twice a minute.
          connectionsCheckingInterval: CHECK_SLOW_EVERY_MS,
        },
      },
      (info) => resolve({ server, port: info.port }),
    );
    server.once("error", reject);
  });
}

/** Lets running requests end; whoever is slower than that is cut off. */
async function drain(server: ReturnType<typeof serve>): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  if ("closeIdleConnections" in server) server.closeIdleConnections();
  const timer = setTimeout(() => {
    if ("closeAllConnections" in server) server.closeAllConnections();
  }, DRAIN_LIMIT_MS);
  await closed;
  clearTimeout(timer);
}

async function checkReady(dataFolder: string, isDraining: boolean): Promise<void> {
  if (isDraining) throw new Error("draining");
  accessSync(dataFolder, constants.W_OK);
  const disk = statfsSync(dataFolder);
  if (disk.bavail / disk.blocks < FREE_DISK_SHARE) throw new Error("disk is nearly full");
}

function nodeMetrics(house: PortalHouse): string {
  const memory = process.memoryUsage.rss();
  return [
    "# TYPE pulse_portals gauge",
    `pulse_portals ${house.list().length}`,
    "# TYPE process_resident_memory_bytes gauge",
    `process_resident_memory_bytes ${memory}`,
    "# TYPE process_uptime_seconds counter",
    `process_uptime_seconds ${Math.floor(process.uptime())}`,
    "",
  ].join("\n");
}
