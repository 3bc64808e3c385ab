import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { AppError } from "../../crm/error.ts";
import type { SyncProgress } from "../../crm/overview.ts";
import type { PortalTotals } from "../../portal/portal-api.ts";
import { demoLog, seedFromLog } from "../../sandbox/generator.ts";
import { type Constellation, type Site, startConstellation } from "./constellation.ts";
import { readPurchases } from "./read-purchases.ts";

export interface DemoOptions {
  readonly purchasesFile: string | null;
  readonly isExit: boolean;
  readonly clients: number;
  readonly speed: number;
}

const SEED = 20_261_124;
const CURRENCY = "RUB";
const DEMO_PORT = 3000;
const POLL_MS = 250;
const LIMIT_MS = 20 * 60_000;

/** `npm run demo`: two sandbox CRMs, the app, install, first sync; then it stays up, or prints one JSON line. */
export async function demo(options: DemoOptions): Promise<number> {
  const dataFolder = mkdtempSync(join(tmpdir(), "pulse-demo-"));
  const log = await demoPurchases(options);
  const constellation = await startConstellation({
    dataFolder,
    speed: options.speed,
    seed: SEED,
    appPort: DEMO_PORT,
    makeSeed: ({ offsetMinutes, users }) =>
      seedFromLog(log, {
        now: Date.now(),
        offsetMinutes,
        currency: CURRENCY,
        users,
        seed: SEED,
        hasExtras: options.purchasesFile === null,
      }),
  });
  try {
    note(`Client Pulse at ${constellation.publicUrl}; installing into both sandboxes`);
    for (const site of constellation.sites) await site.portal.install();
    const totals = await untilSynced(constellation);
    printAddresses(constellation);
    if (options.isExit) {
      process.stdout.write(`${JSON.stringify(totals)}\n`);
      return 0;
    }
    note("Stays up until Ctrl+C.");
    await new Promise<void>((resolve) => {
      process.once("SIGINT", () => resolve());
      process.once("SIGTERM", () => resolve());
    });
    return 0;
  } finally {
    await constellation.close();
    rmSync(dataFolder, { recursive: true, force: true });
  }
}

async function demoPurchases(options: DemoOptions) {
  const { purchasesFile } = options;
  if (purchasesFile === null) return demoLog(options.clients, SEED);
  const { table } = await readPurchases(purchasesFile, { currency: null, progress: null });
  return table.log;
}

/** Waits for the first sync and its figures, with a line of progress a portal. Throws `host.timeout` after 20 minutes. */
export async function untilSynced(
  constellation: Constellation,
): Promise<Record<string, PortalTotals>> {
  const started = constellation.clock.monotonic();
  const totals: Record<string, PortalTotals> = {};
  for (const site of constellation.sites) {
    let lastLine = "";
    for (;;) {
      const portal = await constellation.app().house.find(site.key);
      const progress = await portal?.progress();
      const line = progress ? progressLine(site, progress) : "";
      if (line !== lastLine) note(line);
      lastLine = line;
      if (portal && progress?.phase === "done" && (await portal.isSettled())) {
        totals[site.product] = await portal.totals();
        break;
      }
      if (constellation.clock.monotonic() - started > LIMIT_MS) throw new AppError("host.timeout");
      await constellation.clock.sleep(POLL_MS);
    }
  }
  return totals;
}

function progressLine(site: Site, progress: SyncProgress): string {
  const done = progress.entities.map(
    ({ entity, done: count, total }) => `${entity} ${count}${total === null ? "" : `/${total}`}`,
  );
  const left = progress.secondsLeft === null ? "" : `, ${progress.secondsLeft} s left`;
  return `${site.product}: ${progress.phase}: ${done.join(", ")}${left}`;
}

function printAddresses(constellation: Constellation): void {
  const lines = constellation.sites.flatMap((site) => {
    const deal = site.portal.truth().deals.findLast((entry) => entry.outcome === "won");
    return [
      `${site.product} dashboard  ${site.portal.appUrl(0)}`,
      ...(deal ? [`${site.product} deal card  ${site.portal.cardUrl("deal", deal.id, 0)}`] : []),
    ];
  });
  process.stdout.write(`${lines.join("\n")}\n`);
}

function note(line: string): void {
  process.stderr.write(`${line}\n`);
}
