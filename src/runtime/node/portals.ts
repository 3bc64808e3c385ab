import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { join } from "node:path";
import type { PortalKey } from "../../crm/portal-key.ts";
import type { Clock, Log } from "../../crm/ports.ts";
import type { Portals } from "../../http/ports.ts";
import type { Portal } from "../../portal/portal-api.ts";
import type { Directory } from "./directory.ts";

export interface PortalsParts {
  readonly directory: Directory;
  readonly makePortal: (key: PortalKey, file: string) => OpenPortal;
  readonly dataFolder: string;
  readonly clock: Clock;
  readonly log: Log;
  /** How long a stop waits for running ticks. */
  readonly stopLimitMs?: number;
}

export interface OpenPortal {
  readonly portal: Portal;
  close(): void;
}

export interface PortalHouse extends Portals {
  /** Opens every known portal and starts its clock. One that cannot be opened is logged and left out. */
  start(): void;
  /** No new work; resolves when running ticks have ended, or have had their time, and files are closed. */
  stop(): Promise<void>;
  list(): PortalKey[];
}

/** Longest sleep of a timer: Node fires at once beyond 2^31 ms. */
const MAX_TIMER_MS = 24 * 3_600_000;
/** Between two ticks that were only woken. */
const REST_MS = 100;
/** A tick that waits for a slow CRM is left behind: everything it needs after a restart is on disk. */
const STOP_LIMIT_MS = 4_500;
/** With the ticks' time and the server's own, within the ten seconds that a service manager gives. */
const TOKEN_LIMIT_MS = 4_500;

/**
 * One process owns the data folder and holds each portal open once. The scheduling logic is the portal's: its `tick`
 * says when it wants to run next, here is only the timer.
 */
export function makePortalHouse(parts: PortalsParts): PortalHouse {
  const { directory, clock, log } = parts;
  const open = new Map<PortalKey, Resident>();
  let isStopping = false;

  const resident = (key: PortalKey, isNew = false): Resident => {
    const known = open.get(key);
    if (known) return known;
    // Nothing can be done here: the portal is empty now, and only an installation fills it again.
    if (!isNew && !existsSync(portalFile(parts.dataFolder, key))) {
      log.error("portal.file_missing", { portal: key });
    }
    const made = makeResident(key);
    open.set(key, made);
    return made;
  };

  const makeResident = (key: PortalKey): Resident => {
    const { portal, close } = parts.makePortal(key, portalFile(parts.dataFolder, key));
    return { key, portal, close, timer: null, running: null, isWoken: false, startedAt: -REST_MS };
  };

  const schedule = (one: Resident, dueAt: number | null): void => {
    if (one.timer) clearTimeout(one.timer);
    one.timer = null;
    if (isStopping || dueAt === null) return;
    const delay = Math.min(MAX_TIMER_MS, Math.max(0, dueAt - clock.now()));
    one.timer = setTimeout(() => run(one), delay);
  };

  const run = (one: Resident): void => {
    if (isStopping) return;
    if (one.running !== null) {
      one.isWoken = true;
      return;
    }
    one.isWoken = false;
    one.startedAt = clock.monotonic();
    one.running = one.portal
      .tick()
      .catch((thrown: unknown) => {
        log.error("portal.tick_failed", { portal: one.key, kind: String(thrown).slice(0, 80) });
        return clock.now() + 60_000;
      })
      .then((dueAt) => {
        one.running = null;
        schedule(one, one.isWoken ? clock.now() : dueAt);
      });
  };

  return {
    async find(key) {
      return directory.has(key) ? resident(key).portal : null;
    },
    async open(key) {
      const isNew = !directory.has(key);
      directory.add(key);
      return resident(key, isNew).portal;
    },
    wake(key) {
      if (!directory.has(key)) return;
      const one = resident(key);
      const rested = clock.monotonic() - one.startedAt;
      // A thousand hooks a second are one reason to look, not a thousand.
      if (one.running !== null || rested >= REST_MS) return run(one);
      if (one.isWoken) return;
      one.isWoken = true;
      schedule(one, clock.now() + REST_MS - rested);
    },
    start() {
      for (const key of directory.list()) {
        try {
          run(resident(key));
        } catch (cause) {
          log.error("portal.cannot_open", { portal: key, code: sqliteCode(cause) });
        }
      }
    },
    async stop() {
      isStopping = true;
      for (const one of open.values()) if (one.timer) clearTimeout(one.timer);
      await settledWithin(
        [...open.values()].map((one) => one.running),
        parts.stopLimitMs ?? STOP_LIMIT_MS,
      );
      // The answer to a refresh is the only copy of the new pair: it is waited for even where a tick is not.
      const tokens = [...open.values()].map((one) => one.portal.quiesce());
      await settledWithin(tokens, parts.stopLimitMs ?? TOKEN_LIMIT_MS);
      for (const one of open.values()) one.close();
      open.clear();
    },
    list: () => directory.list(),
  };
}

/** `SQLITE_CORRUPT`, `SQLITE_NOTADB`, ...; a message may hold more than a log should. */
function sqliteCode(cause: unknown): string {
  return cause instanceof Error && "code" in cause ? String(cause.code) : "internal";
}

async function settledWithin(running: readonly (Promise<void> | null)[], limitMs: number) {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, limitMs);
  });
  await Promise.race([Promise.allSettled(running), late]);
  clearTimeout(timer);
}

interface Resident {
  readonly key: PortalKey;
  readonly portal: Portal;
  readonly close: () => void;
  timer: NodeJS.Timeout | null;
  running: Promise<void> | null;
  isWoken: boolean;
  /** Monotonic; when its last tick began. */
  startedAt: number;
}

/** The key never becomes a path: its hash does, spread over 256 folders. */
export function portalFile(dataFolder: string, key: PortalKey): string {
  const name = createHash("sha256").update(key).digest("hex").slice(0, 40);
  return join(dataFolder, "portals", name.slice(0, 2), `${name}.sqlite`);
}
