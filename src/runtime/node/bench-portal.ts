import { readdirSync } from "node:fs";
import { join } from "node:path";
import type { Clock, Log } from "../../crm/ports.ts";
import { makeInsight } from "../../portal/insight.ts";
import { BENCH_NOW, writeBenchBase } from "./bench-base.ts";
import type { Bench, BenchResult } from "./bench-command.ts";
import { openSqlite } from "./sqlite.ts";
import { makeThreadCompute } from "./thread-compute.ts";

const SEED = 7;

/** The tick's own step, at the bench's noon; durations are real. */
const CLOCK: Clock = {
  now: () => BENCH_NOW,
  monotonic: () => performance.now(),
  sleep: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
  turn: () => new Promise((resolve) => setImmediate(resolve)),
};

const QUIET: Log = { debug() {}, info() {}, warn() {}, error() {} };

/**
 * The first night of a portal: load, fit, score and store everybody, with the scores of the weeks before. `bases` = fresh
 * bases that are done one after another; their median counts.
 */
export function portalBench(clients: number, bases: number): Bench {
  return {
    prepare(folder) {
      for (let base = 0; base < bases; base += 1) {
        writeBenchBase(join(folder, `${base}.sqlite`), clients, SEED + base);
        process.stderr.write(`base ${base + 1} of ${bases} is written\n`);
      }
    },
    async measure(folder) {
      const seconds: number[] = [];
      for (const name of readdirSync(folder).filter((file) => file.endsWith(".sqlite"))) {
        seconds.push(await oneNight(join(folder, name), clients));
        process.stderr.write(`${name}: ${seconds.at(-1)?.toFixed(3)} s\n`);
      }
      seconds.sort((left, right) => left - right);
      return {
        value: seconds[Math.floor(seconds.length / 2)] ?? Number.NaN,
        unit: "s",
        n: clients,
      } satisfies BenchResult;
    },
  };
}

async function oneNight(file: string, clients: number): Promise<number> {
  const { sql, close } = openSqlite(file);
  const threads = makeThreadCompute(CLOCK);
  try {
    const compute = threads.of(file, sql);
    const startedAt = performance.now();
    await makeInsight({ sql, clock: CLOCK, compute, log: QUIET }).step();
    const seconds = (performance.now() - startedAt) / 1000;
    const scored = sql.get<{ n: number }>("select count(*) as n from insight")?.n;
    // A client whose purchases were all paid back is none.
    if (scored === undefined || scored < 0.99 * clients || scored > clients) {
      throw new Error(`${scored} of ${clients} clients were scored`);
    }
    return seconds;
  } finally {
    await threads.close();
    close();
  }
}
