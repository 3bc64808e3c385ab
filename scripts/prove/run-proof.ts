/** What a proof has found. */
interface Outcome {
  readonly n: number;
  readonly violations: readonly string[];
  readonly figures: Readonly<Record<string, number>>;
}

const MOST = 1_000_000;
const VIOLATIONS_SHOWN = 20;

/** Runs a proof of the size on the command line, prints one line of JSON and exits: 1 when anything was violated. */
export async function runProof(
  name: string,
  usual: number,
  prove: (size: number) => Promise<Outcome>,
): Promise<void> {
  const size = Number(process.argv[2] ?? usual);
  if (!Number.isInteger(size) || size < 1 || size > MOST) {
    process.stderr.write(`prove:${name} takes a whole number from 1 to ${MOST}\n`);
    process.exit(2);
  }
  const cpu = process.cpuUsage();
  const { n, violations, figures } = await prove(size);
  const used = process.cpuUsage(cpu);
  const line = {
    name,
    value: violations.length,
    unit: "violations",
    n,
    cpuSeconds: Math.round((used.user + used.system) / 1e3) / 1e3,
    peakMb: Math.round(process.resourceUsage().maxRSS / 1024),
    ...figures,
    violations: violations.slice(0, VIOLATIONS_SHOWN),
  };
  process.stdout.write(`${JSON.stringify(line)}\n`);
  process.exit(violations.length === 0 ? 0 : 1);
}
