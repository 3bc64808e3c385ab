import { buildApp } from "../../test/support/kills/app-process.ts";
import { killUnderHooks } from "../../test/support/kills/hook-kills.ts";
import { killOutbox } from "../../test/support/kills/outbox-kills.ts";
import { killRebuild } from "../../test/support/kills/rebuild-kills.ts";
import { killFirstSync } from "../../test/support/kills/sync-kills.ts";

/**
 * `prove:kills [KILLS]`: the app as a process under SIGKILL, round after round with other seeds, until so many deaths have
 * been died. One line of JSON; exit 1 when anything accepted was lost, written twice, read from the start, or damaged.
 */
const DEFAULT_KILLS = 40;
const MOST_KILLS = 10_000;
const PRODUCTS = ["bitrix24", "amocrm"] as const;
const KILLS_A_ROUND = { sync: 6, hooks: 5, outbox: 4, rebuild: 4 };

const figures = {
  syncs: 0,
  pages: 0,
  pagesAgain: 0,
  eventsAnswered: 0,
  eventsLost: 0,
  tasks: 0,
  marks: 0,
  rebuilds: 0,
  rebuildsPartly: 0,
};
const violations: string[] = [];
let kills = 0;

async function syncRound(product: (typeof PRODUCTS)[number], seed: number, most: number) {
  const result = await killFirstSync({ product, seed, clients: 400, kills: most });
  figures.syncs += 1;
  figures.pages += result.pages;
  figures.pagesAgain += result.pagesAgain;
  return result;
}

async function hookRound(product: (typeof PRODUCTS)[number], seed: number, most: number) {
  const result = await killUnderHooks({ product, seed, clients: 100, kills: most });
  figures.eventsAnswered += result.answered;
  figures.eventsLost += Math.max(0, result.answered - result.stored);
  return result;
}

async function outboxRound(product: (typeof PRODUCTS)[number], seed: number, most: number) {
  const result = await killOutbox({ product, seed, clients: 250, kills: most });
  figures.tasks += result.tasks;
  figures.marks += result.marks;
  return result;
}

async function rebuildRound(product: (typeof PRODUCTS)[number], seed: number, most: number) {
  const result = await killRebuild({ product, seed, clients: 100, kills: most });
  figures.rebuilds += result.kills;
  figures.rebuildsPartly += result.partly;
  return result;
}

const ROUNDS = [
  { name: "sync", run: syncRound },
  { name: "hooks", run: hookRound },
  { name: "outbox", run: outboxRound },
  { name: "rebuild", run: rebuildRound },
] as const;

async function prove(goal: number): Promise<void> {
  // Each seed kills in every way on every CRM; a seed in which nothing dies any more would never end.
  for (let seed = 1; kills < goal; seed += 1) {
    const before = kills;
    for (const { name, run } of ROUNDS) {
      for (const product of PRODUCTS) {
        const most = Math.min(KILLS_A_ROUND[name], goal - kills);
        if (most === 0) return;
        const result = await run(product, seed, most);
        kills += result.kills;
        violations.push(...result.violations.map((text) => `${name} ${product} ${seed}: ${text}`));
        process.stderr.write(`${name} ${product} seed ${seed}: ${JSON.stringify(result)}\n`);
      }
    }
    if (kills === before) throw new Error(`seed ${seed} kills nothing`);
  }
}

const goal = Number(process.argv[2] ?? DEFAULT_KILLS);
if (!Number.isInteger(goal) || goal < 1 || goal > MOST_KILLS) {
  process.stderr.write(`prove:kills takes a number of kills from 1 to ${MOST_KILLS}\n`);
  process.exit(2);
}
// Ends through `exit`, where the app's process is ended too.
for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => process.exit(1));
const startedAt = performance.now();
try {
  buildApp();
  await prove(goal);
} catch (thrown) {
  violations.push(String(thrown));
}
const seconds = Math.round((performance.now() - startedAt) / 1_000);
const line = { name: "kills", value: violations.length, unit: "violations", n: kills, seconds };
process.stdout.write(`${JSON.stringify({ ...line, ...figures, violations })}\n`);
process.exit(violations.length === 0 ? 0 : 1);
