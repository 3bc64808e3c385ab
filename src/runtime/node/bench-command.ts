import { syncBench } from "./bench-sync.ts";

/** One measurement; printed as one JSON object a line. */
export interface Measurement {
  readonly name: string;
  readonly value: number;
  readonly unit: string;
  readonly n: number;
  readonly cpuSeconds: number;
  readonly peakMb: number;
  readonly ratio?: number;
  readonly baseline?: string;
}

type Bench = (name: string) => Promise<Omit<Measurement, "name" | "cpuSeconds" | "peakMb">>;

export const BENCHES: Readonly<Record<string, Bench>> = {
  "sync-bitrix24": () => syncBench("bitrix24"),
  "sync-amocrm": () => syncBench("amocrm"),
};

/** `npm run bench -- NAME...`, all without a name. Progress goes to stderr. */
export async function benchCommand(names: readonly string[]): Promise<number> {
  for (const name of names) {
    const bench = BENCHES[name];
    if (!bench) continue;
    const cpu = process.cpuUsage();
    const result = await bench(name);
    const used = process.cpuUsage(cpu);
    const measurement: Measurement = {
      name,
      ...result,
      cpuSeconds: round((used.user + used.system) / 1e6),
      peakMb: Math.round(process.resourceUsage().maxRSS / 1024),
    };
    process.stdout.write(`${JSON.stringify(measurement)}\n`);
  }
  return 0;
}

export function round(value: number): number {
  return Math.round(value * 1000) / 1000;
}
