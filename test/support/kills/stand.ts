import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import Database from "better-sqlite3";
import { portalFile } from "../../../src/runtime/node/portals.ts";
import { type Site, startSites } from "../../../src/runtime/node/sandbox-sites.ts";
import { openSqlite } from "../../../src/runtime/node/sqlite.ts";
import { demoLog, seedFromLog } from "../../../src/sandbox/generator.ts";
import { checkMirror } from "../../../src/simulation/oracles.ts";
import { makeSeededRandom } from "../../../src/simulation/seeded-random.ts";
import { type AppProcess, makeAppProcess } from "./app-process.ts";
import { type Moment, makeTap, type Tap, type Trap } from "./tap.ts";

/** One CRM in this process, the app in another, and every way to kill it. */
export interface Stand {
  readonly site: Site;
  readonly app: AppProcess;
  readonly tap: Tap;
  readonly publicUrl: string;
  /** Seeded, 0..1. */
  readonly random: () => number;
  /** Event deliveries that the app answered with 200; the trap `afterAccepted` springs on them. */
  accepted(): number;
  /** Resolves when the app is dead, killed at the moment its n-th further 200 to an event has arrived. */
  killAfterAccepted(count: number): Promise<void>;
  /** Takes back a kill that has not begun; false when there is none to take back. */
  disarm(): boolean;
  /** Rows of the portal's database, whether the app lives or not; empty before the database exists. */
  rows<T>(query: string): T[];
  /** Of the dead app's database: damage, and every difference from the CRM. */
  violations(): string[];
  /** First difference between mirror and CRM now; null = none. */
  mirrorDiffers(): string | null;
  /** For what no outsider can ask for: runs while the app is dead. */
  change(statement: string): void;
  close(): Promise<void>;
}

export interface StandOptions {
  readonly product: Site["product"];
  readonly seed: number;
  readonly clients: number;
  /** The same for two stands gives both the same data. */
  readonly now?: number;
}

/** Ten minutes between polls become six seconds, the fence of two minutes 1.2 seconds. */
const KILL_SPEED = 100;
/** Both hosts' fence at this speed. */
export const WRITE_FENCE_MS = 120_000 / KILL_SPEED;
const EVENT_PATH = /\/bitrix24\/events$|\/amocrm\/events\//;

export async function openStand(options: StandOptions): Promise<Stand> {
  const { product, seed, clients } = options;
  const dataFolder = mkdtempSync(join(tmpdir(), "pulse-kills-"));
  const random = makeSeededRandom(seed).next;
  let accepted = 0;
  let onAccepted: (() => void) | null = null;
  const tap = makeTap({ product, life: () => app.starts(), kill: () => app.kill() });
  const sites = await startSites({
    speed: KILL_SPEED,
    seed,
    makeSeed: ({ offsetMinutes, users }) =>
      seedFromLog(demoLog(clients, seed), {
        now: options.now ?? Date.now(),
        offsetMinutes,
        currency: "RUB",
        users,
        seed,
        hasExtras: true,
      }),
    onCall: tap.onCall,
    async deliver(request) {
      const response = await fetch(request);
      if (response.status === 200 && EVENT_PATH.test(new URL(request.url).pathname)) {
        accepted += 1;
        onAccepted?.();
      }
      return response;
    },
  });
  const app = makeAppProcess(sites.environment(dataFolder));
  const site = sites.sites.find((one) => one.product === product);
  if (!site) throw new Error(`no ${product}`);
  const file = portalFile(dataFolder, site.key);
  return {
    site,
    app,
    tap,
    publicUrl: sites.publicUrl,
    random,
    accepted: () => accepted,
    killAfterAccepted(count) {
      const goal = accepted + count;
      return new Promise((resolve, reject) => {
        onAccepted = () => {
          if (accepted < goal) return;
          onAccepted = null;
          app.kill().then(resolve, reject);
        };
      });
    },
    disarm() {
      const wasWaiting = onAccepted !== null;
      onAccepted = null;
      return tap.disarm() || wasWaiting;
    },
    rows<T>(query: string): T[] {
      try {
        return withFile(file, (database) => database.prepare<[], T>(query).all());
      } catch (cause) {
        if (isNotThereYet(cause)) return [];
        throw cause;
      }
    },
    violations() {
      if (app.isRunning()) throw new Error("the app lives; its database may be anywhere");
      const [integrity] = withFile(file, (database) => [
        database.pragma("integrity_check", { simple: true }),
      ]);
      const { sql, close } = openSqlite(file, { readonly: true });
      const mirror = checkMirror({ site, sql });
      close();
      return [
        ...(integrity === "ok" ? [] : [`integrity_check: ${integrity}`]),
        ...mirror.map(({ invariant, detail }) => `${invariant}: ${detail}`),
      ];
    },
    mirrorDiffers() {
      const { sql, close } = openSqlite(file, { readonly: true });
      const mirror = checkMirror({ site, sql });
      close();
      return mirror[0]?.detail ?? null;
    },
    change(statement) {
      if (app.isRunning()) throw new Error("the app lives and owns its database");
      const database = new Database(file);
      database.exec(statement);
      database.close();
    },
    async close() {
      await app.kill();
      await sites.close();
      rmSync(dataFolder, { recursive: true, force: true });
    },
  };
}

function withFile<T>(file: string, read: (database: Database.Database) => T): T {
  const database = new Database(file, { readonly: true, fileMustExist: true, timeout: 5_000 });
  try {
    return read(database);
  } finally {
    database.close();
  }
}

/** The app may be about to make the file or its tables. */
function isNotThereYet(cause: unknown): boolean {
  return (
    cause instanceof Error && /no such table|unable to open|does not exist/.test(cause.message)
  );
}

const MOMENTS: readonly Moment[] = ["lost", "arrived", "carried", "answered"];
/** As long as storing a page takes, so that deaths fall before, into and after the commit. */
const LONGEST_DELAY_MS = 25;

/** A random trap at one of the next `within` matching calls. */
export function randomTrap(
  random: () => number,
  within: number,
  matches: Trap["matches"] = () => true,
): Trap {
  return {
    matches,
    at: 1 + Math.floor(random() * within),
    moment: MOMENTS[Math.floor(random() * MOMENTS.length)] ?? "carried",
    delayMs: random() * LONGEST_DELAY_MS,
  };
}

const LOOK_EVERY_MS = 40;

/** Waits for a condition; throws after the limit with what it last saw. */
export async function until(
  what: string,
  isTrue: () => boolean | Promise<boolean>,
  detail: () => unknown = () => "",
  limitMs = 45_000,
): Promise<void> {
  const endsAt = performance.now() + limitMs;
  while (!(await isTrue())) {
    if (performance.now() > endsAt)
      throw new Error(`${what}: not in time; ${JSON.stringify(detail())}`);
    await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
  }
}
