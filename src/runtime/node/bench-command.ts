import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fitBench } from "./bench-fit.ts";
import { bulkHooks, hooksBench, mostHooks, steadyHooks } from "./bench-hooks.ts";
import { overviewBench } from "./bench-overview.ts";
import { portalBench } from "./bench-portal.ts";
import { syncBench } from "./bench-sync.ts";
import { projectRoot } from "./project-root.ts";

/** One measurement; printed as one JSON object a line. */
interface Measurement extends BenchResult {
  readonly name: string;
  readonly cpuSeconds: number;
  /** Largest resident size of the process that did the measured part alone. */
  readonly peakMb: number;
}

export interface BenchResult {
  readonly value: number;
  readonly unit: string;
  readonly n: number;
  readonly ratio?: number;
  readonly baseline?: string;
  /** Seconds of a portal's first night, where the value is of a later one. */
  readonly firstNight?: number;
  /** The longest time for which the event loop answered nobody. */
  readonly longestBlockMs?: number;
  /** Absent: of all that `measure` did. */
  readonly cpuSeconds?: number;
  /** Absent: of the process that measures. */
  readonly peakMb?: number;
}

/** Both steps run in processes of their own, so that making the data costs the measurement nothing. */
export interface Bench {
  /** Writes what is measured into an empty folder. */
  prepare?(folder: string): void;
  measure(folder: string): Promise<BenchResult>;
}

export const BENCHES: Readonly<Record<string, Bench>> = {
  "fit-1m": fitBench(1_000_000),
  "portal-1m": portalBench(1_000_000, 1),
  "portal-10k": portalBench(10_000, 5),
  "portal-200": portalBench(200, 9),
  "overview-100k": overviewBench(100_000),
  "sync-bitrix24": syncBench("bitrix24"),
  "sync-bitrix24-rows": syncBench("bitrix24", { hasProductRows: true }),
  "sync-amocrm": syncBench("amocrm"),
  "ack-1000": hooksBench(steadyHooks),
  "ack-max": hooksBench(mostHooks),
  storm: hooksBench(bulkHooks),
};

/** `npm run bench -- NAME...`, all without a name. Progress goes to stderr. */
export async function benchCommand(names: readonly string[]): Promise<number> {
  for (const name of names) {
    const folder = mkdtempSync(join(tmpdir(), "pulse-bench-"));
    try {
      const steps = BENCHES[name]?.prepare ? ["prepare", "measure"] : ["measure"];
      for (const step of steps) {
        const status = runStep(step, name, folder);
        if (status !== 0) return 1;
      }
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  }
  return 0;
}

function runStep(step: string, name: string, folder: string): number | null {
  const command = [join(projectRoot(), "bin", "pulse.mjs"), "bench", STEP, step, name, folder];
  return spawnSync(process.execPath, command, { stdio: ["ignore", "inherit", "inherit"] }).status;
}

/** `pulse bench --step prepare|measure NAME FOLDER`: how the command calls itself. */
export const STEP = "--step";

/** One step of one bench in this process. */
export async function benchStep([
  step,
  name = "",
  folder = "",
]: readonly string[]): Promise<number> {
  const bench = BENCHES[name];
  if (!bench) return 2;
  if (step === "prepare") {
    bench.prepare?.(folder);
    return 0;
  }
  const cpu = process.cpuUsage();
  const result = await bench.measure(folder);
  const used = process.cpuUsage(cpu);
  const measurement: Measurement = {
    name,
    ...result,
    value: round(result.value),
    cpuSeconds: round(result.cpuSeconds ?? (used.user + used.system) / 1e6),
    peakMb: result.peakMb ?? Math.round(process.resourceUsage().maxRSS / 1024),
  };
  process.stdout.write(`${JSON.stringify(measurement)}\n`);
  return 0;
}

function round(value: number): number {
  return Math.round(value * 1000) / 1000;
}
