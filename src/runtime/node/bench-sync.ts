import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { SyncProgress } from "../../crm/overview.ts";
import { demoLog, seedFromLog } from "../../sandbox/generator.ts";
import { startConstellation } from "./constellation.ts";

/** The hosts' figures that the lower bound is made of. */
const BITRIX24 = {
  rows: 50,
  commands: 50,
  requestsPerSecond: 2,
  listSeconds: 0.3,
  operatingShare: (0.8 * 480) / 600,
};
const AMOCRM = { rows: 250, eventRows: 100, requestsPerSecond: 5 };

/** So many times faster than life; low enough that the machine, sandbox included, is not what we measure. */
const SPEED = 3;
const CLIENTS = 4_000;
const SEED = 1;
const POLL_MS = 20;
const LIMIT_MS = 15 * 60_000;

interface Result {
  readonly value: number;
  readonly unit: string;
  readonly n: number;
  readonly ratio: number;
  readonly baseline: string;
}

/**
 * First sync of the demo's base against the least time that the host's limits allow: the larger of the requests needed
 * at full batching over our rate, and on Bitrix24 the list calls' `operating` over 80 % of its window.
 */
export async function syncBench(product: "bitrix24" | "amocrm"): Promise<Result> {
  const dataFolder = mkdtempSync(join(tmpdir(), "pulse-bench-"));
  const constellation = await startConstellation({
    dataFolder,
    speed: SPEED,
    seed: SEED,
    products: [product],
    makeSeed: ({ offsetMinutes, users }) =>
      seedFromLog(demoLog(CLIENTS, SEED), {
        now: Date.now(),
        offsetMinutes,
        currency: "RUB",
        users,
        seed: SEED,
        hasExtras: true,
      }),
  });
  try {
    const [site] = constellation.sites;
    if (!site) throw new Error("no site");
    await site.portal.install();
    const { clock } = constellation;
    const startedAt = clock.monotonic();
    for (;;) {
      const portal = await constellation.app().house.find(site.key);
      const progress = await portal?.progress();
      if (progress?.phase === "done") {
        const seconds = ((clock.monotonic() - startedAt) / 1000) * SPEED;
        const { bound, records } =
          product === "bitrix24" ? bitrix24Bound(progress) : amocrmBound(progress);
        const ratio = bound / seconds;
        return {
          value: Math.round(ratio * 1000) / 1000,
          unit: "lower bound / measured",
          n: records,
          ratio: Math.round(ratio * 1000) / 1000,
          baseline: `least time by the host's limits ${bound.toFixed(1)} s; measured ${seconds.toFixed(1)} s`,
        };
      }
      if (clock.monotonic() - startedAt > LIMIT_MS) throw new Error("the sync did not end");
      await clock.sleep(POLL_MS);
    }
  } finally {
    await constellation.close();
    rmSync(dataFolder, { recursive: true, force: true });
  }
}

interface Bound {
  readonly bound: number;
  readonly records: number;
}

function bitrix24Bound(progress: SyncProgress): Bound {
  const calls = sum(progress, (done) => Math.ceil(done / BITRIX24.rows));
  const requests = Math.ceil(calls / BITRIX24.commands);
  return {
    records: sum(progress, (done) => done),
    bound: Math.max(
      requests / BITRIX24.requestsPerSecond,
      (calls * BITRIX24.listSeconds) / BITRIX24.operatingShare,
    ),
  };
}

function amocrmBound(progress: SyncProgress): Bound {
  const pages = progress.entities.reduce((total, { entity, done }) => {
    const rows = entity === "stageEntry" ? AMOCRM.eventRows : AMOCRM.rows;
    return total + Math.ceil(done / rows);
  }, 0);
  return { records: sum(progress, (done) => done), bound: pages / AMOCRM.requestsPerSecond };
}

function sum(progress: SyncProgress, of: (done: number) => number): number {
  return progress.entities.reduce((total, { done }) => total + of(done), 0);
}
