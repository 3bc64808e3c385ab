import type { Desk } from "../crm/door.ts";
import { AppError } from "../crm/error.ts";
import type { Host, HostConfig } from "../crm/host.ts";
import type { PortalKey } from "../crm/portal-key.ts";
import type { Clock, Log, Random, Transport, Vault } from "../crm/ports.ts";
import { makeApp } from "../http/app.ts";
import { makeDesk } from "../http/desk.ts";
import { makeErrands } from "../http/errands.ts";
import type { ErrandStore, OnceStore, Portals } from "../http/ports.ts";
import { makeRenderer } from "../http/render.ts";
import { makeSessions } from "../http/sessions.ts";
import { makeInlineCompute } from "../portal/inline-compute.ts";
import { makePortal } from "../portal/portal.ts";
import { DEFAULT_POLICY, type Portal, type PortalPolicy } from "../portal/portal-api.ts";
import type { Sql } from "../portal/sql.ts";
import { DeadProcess, diskOf } from "./disk.ts";
import { type PlantedFault, plantedHost, plantedLock, plantedPolicy } from "./plant.ts";

/** One life of the server process. */
export interface Instance {
  readonly portal: Portal;
  /** Serves a request, or rejects like a refused connection once the process is dead. */
  fetch(request: Request): Promise<Response>;
  /** Its tick runs soon. */
  wake(): void;
  /** What it awaited never comes back; requests on the wire still arrive at the CRM. */
  kill(): void;
}

export interface InstanceParts {
  readonly clock: Clock;
  readonly random: Random;
  readonly transport: Transport;
  readonly host: Host;
  readonly config: HostConfig;
  /** The disk: shared by all lives. */
  readonly sql: Sql;
  readonly once: OnceStore;
  readonly errands: ErrandStore;
  readonly log: Log;
  readonly policy: Partial<PortalPolicy>;
  readonly fault: PlantedFault | null;
  /** PULSE_REGION of the server. */
  readonly region?: "ru" | "other";
  /** Absent: values are kept as they are. */
  readonly vault?: Vault;
}

const SESSION_KEY = { id: "simulation", bytes: new Uint8Array(32).fill(5) };
/** Pages name these scripts; nobody serves them here. */
const ISLANDS = ["card", "overview", "bitrix24-frame", "amocrm-frame"];
/** How late the commit comes when it is planted after the answer. */
const LATE_COMMIT_MS = 400;

export function startInstance(parts: InstanceParts): Instance {
  let isDead = false;
  const dead = () => isDead;
  const clock = mortalClock(parts.clock, dead);
  const transport: Transport = async (request) => {
    const answer = await parts.transport(request).catch((cause: unknown) => ({ cause }));
    if (isDead) return new Promise(() => undefined);
    if ("cause" in answer) throw answer.cause;
    return answer;
  };
  const sql = diskOf(parts.sql, dead);
  const portal = makePortal({
    sql,
    host: plantedHost(parts.host, parts.fault),
    clock,
    random: parts.random,
    transport,
    vault: parts.vault ?? openVault,
    compute: makeInlineCompute(sql, clock),
    log: parts.log,
    policy: { ...DEFAULT_POLICY, ...plantedPolicy(parts.fault), ...parts.policy },
    publicUrl: parts.config.publicUrl,
    ...plantedLock(parts.fault),
  });
  const shown = parts.fault === "answer-before-commit" ? answeringEarly(portal, clock) : portal;
  const wake = makeDriver(portal, clock, dead);
  const app = makeSimulatedApp(parts, shown, clock, transport, wake);
  return {
    portal,
    wake,
    async fetch(request) {
      if (isDead) throw new DeadProcess();
      const response = await app.fetch(request);
      if (isDead) throw new DeadProcess();
      return response;
    },
    kill() {
      isDead = true;
    },
  };
}

/** The runtime's timer: ticks when due or woken. */
function makeDriver(portal: Portal, clock: Clock, isDead: () => boolean): () => void {
  let awake: () => void = () => undefined;
  let isWoken = true;
  const live = async (): Promise<void> => {
    while (!isDead()) {
      isWoken = false;
      const dueAt = (await portal.tick()) ?? clock.now() + 3_600_000;
      if (isWoken) continue;
      const woken = new Promise<void>((resolve) => {
        awake = resolve;
      });
      await Promise.race([woken, clock.sleep(Math.max(1, dueAt - clock.now()))]);
    }
  };
  live().catch(() => undefined);
  return () => {
    isWoken = true;
    awake();
  };
}

function makeSimulatedApp(
  parts: InstanceParts,
  portal: Portal,
  clock: Clock,
  transport: Transport,
  wake: () => void,
) {
  const { random, log, config } = parts;
  const portals = housing(portal, wake);
  const sessions = makeSessions([SESSION_KEY], clock);
  const scripts = Object.fromEntries(ISLANDS.map((name) => [name, `/assets/${name}.js`]));
  const assets = { styles: { card: "", app: "", report: "" }, scripts };
  const vault = parts.vault ?? openVault;
  const errands = makeErrands({
    ...{ vault, clock, log },
    store: parts.errands,
    hosts: [parts.host],
  });
  const desk: Desk = makeDesk({
    clock,
    random,
    log,
    transport,
    config,
    region: parts.region ?? null,
    portals,
    once: parts.once,
    errands,
    vault,
    sessions,
  });
  errands.resume(desk).catch(() => undefined);
  return makeApp({
    hosts: [parts.host],
    desk,
    portals,
    sessions,
    random,
    log,
    pages: makeRenderer({ portals, sessions, assets, random, clock }),
    operator: {
      version: "simulation",
      checkReady: async () => undefined,
      metrics: async () => "",
      metricsToken: null,
    },
  });
}

/** A house with room for one portal: the first that is installed. */
function housing(portal: Portal, wake: () => void): Portals {
  const find = async (key: PortalKey) => ((await portal.summary())?.key === key ? portal : null);
  return {
    find,
    async open(key) {
      const isFree = (await portal.summary()) === null;
      const found = isFree ? portal : await find(key);
      if (!found) throw new AppError("portal.unknown");
      return found;
    },
    wake,
  };
}

function mortalClock(clock: Clock, isDead: () => boolean): Clock {
  const unlessDead = async (wait: Promise<void>): Promise<void> => {
    await wait;
    if (isDead()) await new Promise(() => undefined);
  };
  return {
    now: clock.now,
    monotonic: clock.monotonic,
    sleep: (ms) => unlessDead(clock.sleep(ms)),
    turn: () => unlessDead(clock.turn()),
  };
}

function answeringEarly(portal: Portal, clock: Clock): Portal {
  return {
    ...portal,
    async receive(delivery) {
      const { secretHash } = delivery;
      if (secretHash !== null && !(await portal.secretMatches(secretHash))) return "refused";
      clock
        .sleep(LATE_COMMIT_MS)
        .then(() => portal.receive(delivery))
        .catch(() => undefined);
      return "stored";
    },
  };
}

/** Seals without threads, so that virtual time stays exact; what the vault must do is tested elsewhere. */
const openVault: Vault = {
  seal: async (plain, place) => `${place}\n${plain}`,
  open: async (sealed, place) => sealed.slice(place.length + 1),
};
