import type { Hint } from "../../src/crm/door.ts";
import type { HostLimits } from "../../src/crm/host.ts";
import type { Clock, Log, Vault } from "../../src/crm/ports.ts";
import type { ScanEntity } from "../../src/crm/records.ts";
import { makeInlineCompute } from "../../src/portal/inline-compute.ts";
import { sha256Hex } from "../../src/portal/installer.ts";
import { makePortal } from "../../src/portal/portal.ts";
import {
  DEFAULT_POLICY,
  type Portal,
  type PortalPolicy,
  type PortalPorts,
} from "../../src/portal/portal-api.ts";
import type { Sql } from "../../src/portal/sql.ts";
import { openSqlite } from "../../src/runtime/node/sqlite.ts";
import { makeSeededRandom } from "../../src/simulation/seeded-random.ts";
import { type FakeCrm, makeFakeCrm } from "./fake-crm.ts";
import { makeVirtualClock, type VirtualClock } from "./virtual-clock.ts";

export { makeSeededRandom };

export const quietLog: Log = { debug() {}, info() {}, warn() {}, error() {} };

/** Seals without the threads of WebCrypto, so that virtual time stays exact. The place is checked all the same. */
const plainVault: Vault = {
  seal: async (plain, place) => `sealed:${place}:${plain}`,
  open: async (sealed, place) => {
    const head = `sealed:${place}:`;
    if (!sealed.startsWith(head)) throw new Error(`Cannot open at ${place}.`);
    return sealed.slice(head.length);
  },
};

export interface Room {
  readonly clock: VirtualClock;
  readonly crm: FakeCrm;
  readonly sql: Sql;
  portal: Portal;
  /** The process dies: what it awaited never comes back; another opens the same database. */
  restart(): void;
  /** Installs and lets the first sync and the first poll end. */
  installed(): Promise<void>;
  /** Ticks as a runtime would, until then. */
  live(ms: number): Promise<void>;
  hint(...hints: Pick<Hint, "entity" | "id">[]): Promise<"stored" | "refused">;
  count(query: string): number;
}

export interface RoomOptions {
  readonly limits?: Partial<HostLimits>;
  /** What the CRM has beyond the usual; see fake-crm.ts. */
  readonly reads?: readonly ScanEntity[];
  readonly policy?: Partial<PortalPolicy>;
  readonly ports?: Partial<PortalPorts>;
}

export const SECRET = "hook-secret";

export function makeRoom({ limits, reads, policy, ports }: RoomOptions = {}): Room {
  const clock = makeVirtualClock();
  const crm = makeFakeCrm(clock, limits, reads);
  const { sql } = openSqlite(":memory:");
  let generation = 0;
  const open = (): Portal => {
    generation += 1;
    return makePortal({
      sql,
      host: crm.host,
      clock: mortal(clock, () => generation, generation),
      random: makeSeededRandom(7),
      transport: async (request) => {
        const mine = generation;
        const response = await crm.transport(request);
        return mine === generation ? response : new Promise(() => {});
      },
      vault: plainVault,
      compute: makeInlineCompute(sql, clock),
      log: quietLog,
      policy: { ...DEFAULT_POLICY, ...policy },
      publicUrl: "https://pulse.example",
      ...ports,
    });
  };
  const room: Room = {
    clock,
    crm,
    sql,
    portal: open(),
    restart() {
      room.portal = open();
    },
    async installed() {
      await room.portal.install(crm.grant(), {
        hookSecret: SECRET,
        isFinished: true,
        locale: "ru",
      });
      for (let round = 0; round < 1_000; round += 1) {
        const { phase } = await room.portal.progress();
        if (phase === "done") return;
        await room.live(1_000);
      }
      throw new Error("The first sync does not end.");
    },
    async live(ms) {
      const endsAt = clock.now() + ms;
      while (clock.now() < endsAt) {
        const wish = await clock.run(room.portal.tick());
        const next = Math.min(endsAt, wish ?? endsAt);
        if (next > clock.now()) await clock.runTo(next);
        else if (next === endsAt) return;
      }
    },
    async hint(...hints) {
      return clock.run(
        room.portal.receive({
          secretHash: await sha256Hex(SECRET),
          hints: hints.map((hint) => ({ ...hint, isDeletion: false })),
          isUnreadable: false,
        }),
      );
    },
    count: (query) => sql.get<{ n: number }>(`select count(*) as n from ${query}`)?.n ?? 0,
  };
  return room;
}

/** A clock whose sleepers of a dead process never wake. */
function mortal(clock: Clock, current: () => number, mine: number): Clock {
  const alive = (promise: Promise<void>): Promise<void> =>
    promise.then(() => (current() === mine ? undefined : new Promise<void>(() => {})));
  return {
    now: clock.now,
    monotonic: clock.monotonic,
    sleep: (ms) => alive(clock.sleep(ms)),
    turn: () => alive(clock.turn()),
  };
}
