import { join } from "node:path";
import type { Clock } from "../../crm/ports.ts";
import { makeInsight } from "../../portal/insight.ts";
import { makeOverview } from "../../portal/overview.ts";
import { readProgress } from "../../portal/progress.ts";
import { BENCH_NOW, writeBenchBase, writeBenchDeals } from "./bench-base.ts";
import type { Bench } from "./bench-command.ts";
import { openSqlite } from "./sqlite.ts";
import { makeThreadCompute } from "./thread-compute.ts";

const SEED = 7;
/** A bench base has five purchases a client. */
const DEALS_A_CLIENT = 5;
const BEAT_MS = 1;

const CLOCK: Clock = {
  now: () => BENCH_NOW,
  monotonic: () => performance.now(),
  sleep: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
  turn: () => new Promise((resolve) => setImmediate(resolve)),
};

const QUIET = { debug() {}, info() {}, warn() {}, error() {} };

/**
 * The overview of a portal with so many deals whose figures nobody has asked for yet: seconds until it is there, and the
 * longest time for which the event loop answered nobody meanwhile.
 */
export function overviewBench(deals: number): Bench {
  const clients = Math.round(deals / DEALS_A_CLIENT);
  return {
    prepare(folder) {
      const file = join(folder, "portal.sqlite");
      writeBenchBase(file, clients, SEED);
      writeBenchDeals(file);
    },
    async measure(folder) {
      const file = join(folder, "portal.sqlite");
      const threads = makeThreadCompute(CLOCK);
      const { sql, close } = openSqlite(file);
      try {
        await makeInsight({
          sql,
          clock: CLOCK,
          compute: threads.of(file, sql),
          log: QUIET,
        }).step();
        const page = makeOverview({
          sql,
          clock: CLOCK,
          host: { clientUrl: (_, { kind, id }) => `https://crm.example/${kind}/${id}` },
          progress: () => readProgress(sql, CLOCK.now()),
          beside: threads.figuresOf(file, sql),
        });
        const pulse = takePulse();
        const startedAt = performance.now();
        await page.ready();
        const { purchases } = page.overview();
        const value = (performance.now() - startedAt) / 1000;
        const longestBlockMs = Math.round(await pulse.stop());
        if (purchases < 0.9 * deals) throw new Error(`${purchases} of ${deals} deals were counted`);
        return { value, unit: "s", n: deals, longestBlockMs };
      } finally {
        await threads.close();
        close();
      }
    },
  };
}

/** Looks every millisecond how late it is. */
function takePulse(): { stop(): Promise<number> } {
  let last = performance.now();
  let longest = 0;
  const beat = () => {
    const now = performance.now();
    longest = Math.max(longest, now - last - BEAT_MS);
    last = now;
  };
  const timer = setInterval(beat, BEAT_MS);
  return {
    async stop() {
      // What has just blocked is seen by the next beat.
      await new Promise((resolve) => setTimeout(resolve, 2 * BEAT_MS));
      clearInterval(timer);
      return longest;
    },
  };
}
