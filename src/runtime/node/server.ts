import { accessSync, constants, statfsSync } from "node:fs";
import { createAdaptorServer } from "@hono/node-server";
import { Hono } from "hono";
import { AppError } from "../../crm/error.ts";
import type { Clock, Log } from "../../crm/ports.ts";
import { makeApp } from "../../http/app.ts";
import { makeDesk } from "../../http/desk.ts";
import { toHex } from "../../http/digest.ts";
import { makeErrands } from "../../http/errands.ts";
import { makeOperation, operationRoutes } from "../../http/operation.ts";
import { makeRenderer } from "../../http/render.ts";
import { makeSessions } from "../../http/sessions.ts";
import type { PortalPolicy } from "../../portal/portal-api.ts";
import type { ServerConfig } from "../config.ts";
import { makeJsonLog } from "../json-log.ts";
import { makeSystemClock, systemRandom } from "../system-ports.ts";
import { VERSION } from "../version.ts";
import { type AssetFile, readAssets } from "./assets.ts";
import { makeCallerOf } from "./caller.ts";
import { type DataFolder, openDataFolder } from "./data-folder.ts";
import { tellOperatorAddress } from "./operator-address.ts";
import type { PortalHouse } from "./portals.ts";

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
/** Connections that wait to be taken; beyond it a caller tries again seconds later. The system's own limit counts too. */
const BACKLOG = 4_096;
/** Of the ten seconds that a service manager gives; the rest is for running ticks. */
const DRAIN_LIMIT_MS = 4_000;
const OPERATOR_TOKEN_BYTES = 32;
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
  const folder = await openDataFolder(config, { clock, log, policy: options.policy ?? {} });
  const { house } = folder;
  const token = config.operatorToken ?? toHex(systemRandom.bytes(OPERATOR_TOKEN_BYTES));
  const { app, errands, desk } = makeNodeApp({ config, folder, clock, log, token });
  const { server, port } = await listen(app, config.port);
  house.start();
  await errands.resume(desk);
  const forgetAddress = tellOperatorAddress(config.dataFolder, { port, token });
  log.info("server.started", { port, version: VERSION });
  return {
    port,
    house,
    clock,
    async close() {
      folder.drain();
      errands.stop();
      forgetAddress();
      await drain(server);
      await folder.close();
      log.info("server.stopped");
    },
  };
}

interface NodeAppParts {
  readonly config: ServerConfig;
  readonly folder: DataFolder;
  readonly clock: Clock;
  readonly log: Log;
  readonly token: string;
}

function makeNodeApp({ config, folder, clock, log, token }: NodeAppParts) {
  const { hosts, house, directory, transport, vault } = folder;
  const sessions = makeSessions(config.keys, clock);
  const errands = makeErrands({ store: directory.errands, hosts, vault, clock, log });
  const desk = makeDesk({
    ...{ clock, log, transport, errands, vault, sessions },
    random: systemRandom,
    config: config.host,
    region: config.region,
    portals: house,
    once: directory,
  });
  const { pages, files } = readAssets();
  const app = assetRoutes(files);
  const operation = makeOperation({ portals: house, keys: house.list, hosts, desk });
  app.route(
    "/",
    makeApp({
      ...{ hosts, desk, sessions, log },
      portals: house,
      random: systemRandom,
      callerOf: makeCallerOf(config.trustProxy),
      pages: makeRenderer({ portals: house, sessions, assets: pages, random: systemRandom, clock }),
      operator: {
        version: VERSION,
        checkReady: async () => checkReady(config.dataFolder, folder.isDraining()),
        metrics: async () => nodeMetrics(house),
        metricsToken: config.metricsToken,
        portals: operationRoutes(operation, token),
      },
    }),
  );
  return { app, errands, desk };
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
): Promise<{ server: ReturnType<typeof createAdaptorServer>; port: number }> {
  return new Promise((resolve, reject) => {
    const server = createAdaptorServer({
      fetch: app.fetch,
      serverOptions: {
        headersTimeout: HEADERS_TIMEOUT_MS,
        requestTimeout: REQUEST_TIMEOUT_MS,
        // Node looks for requests that are too slow only so often, by default twice a minute.
        connectionsCheckingInterval: CHECK_SLOW_EVERY_MS,
      },
    });
    server.listen({ port, backlog: BACKLOG }, () => {
      const address = server.address();
      resolve({ server, port: typeof address === "object" ? (address?.port ?? port) : port });
    });
    server.once("error", (cause) => reject(portError(cause, port)));
  });
}

/** What keeps a server from listening is nearly always the port: somebody else's, or one that needs more rights. */
function portError(cause: unknown, port: number): unknown {
  const code = cause instanceof Error && "code" in cause ? cause.code : null;
  if (code !== "EADDRINUSE" && code !== "EACCES") return cause;
  const why =
    code === "EADDRINUSE" ? "is in use; stop what listens there" : "may not be used by this user";
  const message = `PORT ${port} ${why} or set PORT to another one.`;
  return new AppError("config.invalid", { cause, message, details: { variable: "PORT" } });
}

/** Lets running requests end; whoever is slower than that is cut off. */
async function drain(server: ReturnType<typeof createAdaptorServer>): Promise<void> {
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

/** How many portals are in which state; none is named. */
async function countStates(house: PortalHouse): Promise<string[]> {
  const counts = new Map<string, number>();
  for (const key of house.list()) {
    const state = (await (await house.find(key))?.summary())?.state;
    if (state) counts.set(state, (counts.get(state) ?? 0) + 1);
  }
  return [...counts].map(([state, n]) => `pulse_portals_in_state{state="${state}"} ${n}`);
}

async function nodeMetrics(house: PortalHouse): Promise<string> {
  const memory = process.memoryUsage.rss();
  return [
    "# TYPE pulse_portals gauge",
    `pulse_portals ${house.list().length}`,
    "# TYPE pulse_portals_in_state gauge",
    ...(await countStates(house)),
    "# TYPE process_resident_memory_bytes gauge",
    `process_resident_memory_bytes ${memory}`,
    "# TYPE process_uptime_seconds counter",
    `process_uptime_seconds ${Math.floor(process.uptime())}`,
    "",
  ].join("\n");
}
