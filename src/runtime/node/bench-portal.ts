import { readdirSync } from "node:fs";
import { join } from "node:path";
import { medianOf } from "../../analytics/quantile.ts";
import type { Clock, Log } from "../../crm/ports.ts";
import { makeInsight } from "../../portal/insight.ts";
import { BENCH_NOW, writeBenchBase } from "./bench-base.ts";
import type { Bench, BenchResult } from "./bench-command.ts";
import { openSqlite } from "./sqlite.ts";
import { makeThreadCompute, type ThreadCompute } from "./thread-compute.ts";

const SEED = 7;

const DAY_MS = 86_400_000;

/** The tick's own step, at noon so many days after the bench's day; durations are real. */
const clockOf = (daysLater: number): Clock => ({
  now: () => BENCH_NOW + daysLater * DAY_MS,
  monotonic: () => performance.now(),
  sleep: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
  turn: () => new Promise((resolve) => setImmediate(resolve)),
});

const QUIET: Log = { debug() {}, info() {}, warn() {}, error() {} };

/**
 * A night of a portal: load, fit, mixture, layer, score with reasons and store everybody. It is the second one, as most are;
 * the first, which also tests the forecasts on the base's past as every month's first night does, is told beside it.
 * `bases` = fresh bases that are done one after another; their medians count.
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
      // As in a server: one night after the other in one process.
      const threads = makeThreadCompute(clockOf(0));
      const cpuSeconds: number[] = [];
      const nights: readonly [number[], number[]] = [[], []];
      for (const name of readdirSync(folder).filter((file) => file.endsWith(".sqlite"))) {
        for (const [night, seconds] of nights.entries()) {
          const cpu = process.cpuUsage();
          seconds.push(await oneNight(threads, join(folder, name), clients, night));
          const used = process.cpuUsage(cpu);
          if (night === 1) cpuSeconds.push((used.user + used.system) / 1e6);
          process.stderr.write(`${name}, night ${night + 1}: ${seconds.at(-1)?.toFixed(3)} s\n`);
        }
      }
      await threads.close();
      const [firstNight, value] = nights.map((seconds) => medianOf(seconds) ?? Number.NaN);
      return {
        value: value ?? Number.NaN,
        unit: "s",
        n: clients,
        firstNight: Math.round(1000 * (firstNight ?? Number.NaN)) / 1000,
        cpuSeconds: medianOf(cpuSeconds) ?? Number.NaN,
      } satisfies BenchResult;
    },
  };
}

async function oneNight(
  threads: ThreadCompute,
  file: string,
  clients: number,
  night: number,
): Promise<number> {
  const clock = clockOf(night);
  const { sql, close } = openSqlite(file);
  try {
    const compute = threads.of(file, sql);
    const startedAt = performance.now();
    await makeInsight({ sql, clock, compute, log: QUIET }).step();
    const seconds = (performance.now() - startedAt) / 1000;
    const scored = sql.get<{ n: number }>("select count(*) as n from insight")?.n;
    // A client whose purchases were all paid back is none.
    if (scored === undefined || scored < 0.99 * clients || scored > clients) {
      throw new Error(`${scored} of ${clients} clients were scored`);
    }
    return seconds;
  } finally {
    close();
  }
}
