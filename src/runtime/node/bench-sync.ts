import { join } from "node:path";
import { demoLog, seedFromLog } from "../../sandbox/generator.ts";
import { makeSeededRandom } from "../../simulation/seeded-random.ts";
import type { SimulatedProduct } from "../../simulation/site.ts";
import { makeWorld, type World } from "../../simulation/world.ts";
import type { Bench } from "./bench-command.ts";
import { makeSettle } from "./settle.ts";
import { openSqlite } from "./sqlite.ts";
import { type SyncBound, syncBound } from "./sync-bound.ts";

/** These have 100 000 deals. */
const CLIENTS = 13_650;
const SEED = 1;
const STEP_MS = 1_000;
const LIMIT_MS = 12 * 3_600_000;
/** Longest usual way to the CRM and back, each; three answers in a hundred take twenty times that. */
const WAY_MS = 20;

/**
 * First sync of the demo's base against the least time that the host's own limits allow (`sync-bound.ts`), on virtual
 * time: what is measured is how well requests are packed and budgets are used, never how fast this machine is (that is
 * `cpuSeconds`). The sandbox counts execution time and answers at once, apart from some milliseconds on the way.
 */
export function syncBench(product: SimulatedProduct, { hasProductRows = false } = {}): Bench {
  return {
    measure: async (folder) => {
      const file = openSqlite(join(folder, "portal.sqlite"));
      const log = { debug() {}, info() {}, warn() {}, error() {} };
      const world = makeWorld({
        product,
        random: makeSeededRandom(SEED),
        settle: makeSettle(),
        sql: file.sql,
        fault: null,
        log,
      });
      try {
        world.setLatency(WAY_MS);
        seed(world);
        const { native } = world.site;
        if (hasProductRows && native.product === "bitrix24") native.portal.fillProductRows();
        const { startedAt, endedAt } = await firstSync(world);
        const bound = syncBound(product, file.sql, startedAt);
        return result(bound, (endedAt - startedAt) / 1000);
      } finally {
        world.crash();
        file.close();
      }
    },
  };
}

function seed({ clock, site }: World): void {
  site.portal.seed(
    seedFromLog(demoLog(CLIENTS, SEED), {
      now: clock.now(),
      offsetMinutes: 180,
      currency: "RUB",
      users: site.portal.users.length,
      seed: SEED,
      hasExtras: true,
    }),
  );
}

/** From the end of the installation to the last record. */
async function firstSync({ clock, site, instance }: World) {
  await clock.run(site.portal.install());
  const startedAt = clock.now();
  while (clock.now() < startedAt + LIMIT_MS) {
    await clock.runTo(clock.now() + STEP_MS);
    const { phase } = await instance().portal.progress();
    if (phase === "done") return { startedAt, endedAt: clock.now() };
  }
  throw new Error("the first sync did not end");
}

function result({ seconds, records, reason }: SyncBound, measured: number) {
  const ratio = seconds / measured;
  return {
    value: ratio,
    unit: "lower bound / measured",
    n: records,
    ratio: Math.round(ratio * 1000) / 1000,
    baseline: `least time by the host's limits ${seconds.toFixed(1)} s (${reason}); measured ${measured.toFixed(1)} s on virtual time`,
  };
}
