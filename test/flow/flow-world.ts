import { type PortalKey, portalKey } from "../../src/crm/portal-key.ts";
import type { HttpRequest, Log, Random, Vault } from "../../src/crm/ports.ts";
import type { Portal, PortalPolicy } from "../../src/portal/portal-api.ts";
import type { Sql } from "../../src/portal/sql.ts";
import type { SandboxPortal, SeedData } from "../../src/sandbox/contract.ts";
import { demoLog, seedFromLog } from "../../src/sandbox/generator.ts";
import type { SimulatedProduct, SiteParts } from "../../src/simulation/site.ts";
import type { Settle } from "../../src/simulation/virtual-clock.ts";
import { makeWorld, type World } from "../../src/simulation/world.ts";

/** What a platform gives to a flow: an empty database and a way to wait for everything but virtual time. */
export interface FlowPorts {
  readonly sql: Sql;
  readonly settle: Settle;
  readonly seed?: number;
  readonly log?: Log;
  readonly vault?: Vault;
  readonly policy?: Partial<PortalPolicy>;
  readonly region?: "ru" | "other";
  /** Disputed points of the product that are otherwise in this flow. */
  readonly knobs?: Pick<SiteParts, "amocrm" | "amocrmPortal" | "bitrix24">;
  /** Of the demo's kind, with all their deals. Absent: the sixty clients and two hundred deals of the flow. */
  readonly clients?: number;
  /** How long the first sync may take; default half an hour. */
  readonly syncLimitMinutes?: number;
}

/** A CRM with data, and the app beside it, both in this process and on one virtual clock. */
export interface Flow {
  readonly product: SimulatedProduct;
  readonly world: World;
  readonly crm: SandboxPortal;
  readonly key: PortalKey;
  /** Every request that the app has sent, in order. */
  readonly sent: readonly HttpRequest[];
  portal(): Portal;
  /** Lets virtual time run until the promise settles. */
  run<T>(promise: Promise<T>): Promise<T>;
  /** One request to the app over HTTP. */
  ask(path: string, init?: RequestInit): Promise<Response>;
  pass(minutes: number): Promise<void>;
  /** Installs by the host's own route and waits for the end of the first sync. */
  installAndSync(): Promise<void>;
  close(): void;
}

export const PUBLIC_URL = "https://pulse.example.com";
const CLIENTS = 60;
const DEALS = 200;
const MINUTE_MS = 60_000;
const SYNC_LIMIT_MINUTES = 30;
const QUIET: Log = { debug() {}, info() {}, warn() {}, error() {} };

export function makeFlow(product: SimulatedProduct, ports: FlowPorts): Flow {
  const sent: HttpRequest[] = [];
  const world = makeWorld({
    product,
    random: seededBytes(ports.seed ?? 1),
    settle: ports.settle,
    sql: ports.sql,
    fault: null,
    log: ports.log ?? QUIET,
    onRequest: (request) => sent.push(request),
    ...(ports.vault ? { vault: ports.vault } : {}),
    ...(ports.policy ? { policy: ports.policy } : {}),
    ...(ports.region ? { region: ports.region } : {}),
    ...(ports.knobs ? { knobs: ports.knobs } : {}),
  });
  const { clock, site } = world;
  site.portal.seed(flowSeed(clock.now(), site.portal.users.length, ports.clients));
  const run = <T>(promise: Promise<T>) => clock.run(promise);
  const pass = (minutes: number) => clock.runTo(clock.now() + minutes * MINUTE_MS);
  const portal = () => world.instance().portal;
  return {
    product,
    world,
    crm: site.portal,
    key: portalKey(site.config.registrations[0]?.product ?? product, site.portal.accountId),
    sent,
    portal,
    run,
    ask: (path, init) => run(world.instance().fetch(new Request(new URL(path, PUBLIC_URL), init))),
    pass,
    async installAndSync() {
      await run(site.portal.install());
      for (let minute = 0; minute < (ports.syncLimitMinutes ?? SYNC_LIMIT_MINUTES); minute += 1) {
        await pass(1);
        if ((await portal().progress()).phase === "done") return;
      }
      throw new Error("the first sync does not end");
    },
    close: () => world.crash(),
  };
}

function flowSeed(now: number, users: number, clients?: number): SeedData {
  const options = { now, offsetMinutes: 180, currency: "RUB", users, seed: 3, hasExtras: true };
  const data = seedFromLog(demoLog(clients ?? CLIENTS, 3), options);
  return clients === undefined ? { ...data, deals: data.deals.slice(-DEALS) } : data;
}

/** mulberry32: tokens and ids differ by seed and never by run. */
function seededBytes(seed: number): Random {
  let state = (seed * 7_919 + 17) >>> 0;
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
  return {
    next,
    bytes: (length) => Uint8Array.from({ length }, () => Math.floor(next() * 256)),
  };
}
