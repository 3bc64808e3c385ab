import { pageOf, sliceStart } from "./pages.ts";
import { openStand, randomTrap, type Stand, type StandOptions, until } from "./stand.ts";

export interface SyncKills {
  readonly kills: number;
  readonly pages: number;
  /** Pages that were asked for more than once: what kills cost. */
  readonly pagesAgain: number;
  readonly violations: readonly string[];
}

interface FirstScan {
  readonly entity: string;
  readonly state: string;
  readonly cursor: string | null;
}

/** What one life of the app found done when it began. */
interface Life {
  readonly number: number;
  readonly finished: readonly string[];
}

/** Calls between two kills at most: a first sync has about thirty on Bitrix24, a hundred on amoCRM. */
const CALLS_BETWEEN = { bitrix24: 6, amocrm: 18 } as const;

/** Kills the app again and again in the middle of its first sync, then lets it end and looks at what it has. */
export async function killFirstSync(
  options: StandOptions & { readonly kills: number },
): Promise<SyncKills> {
  const now = Date.now();
  const expected = await countsWithoutKills({ ...options, now });
  const stand = await openStand({ ...options, now });
  try {
    await stand.app.start();
    await stand.site.portal.install();
    const lives: Life[] = [{ number: 1, finished: [] }];
    let kills = 0;
    while (kills < options.kills && (await killOnce(stand))) {
      kills += 1;
      lives.push({ number: stand.app.starts() + 1, finished: finishedEntities(stand) });
      await stand.app.start();
    }
    await untilSynced(stand);
    await stand.app.kill();
    const counts = tableCounts(stand);
    const differs = counts === expected ? [] : [`${counts} instead of ${expected}`];
    const again = readAgain(stand, lives);
    return {
      kills,
      ...again,
      violations: [...stand.violations(), ...differs, ...again.violations],
    };
  } finally {
    await stand.close();
  }
}

/** True when it died before the sync was through. */
async function killOnce(stand: Stand): Promise<boolean> {
  let isDead = false;
  const { product } = stand.site;
  const death = stand.tap.set(randomTrap(stand.random, CALLS_BETWEEN[product])).then(() => {
    isDead = true;
  });
  await until(
    "kill or end of the sync",
    () => isDead || isSynced(stand),
    () => scans(stand),
  );
  if (!isDead && stand.disarm()) return false;
  await death;
  return true;
}

function scans(stand: Stand): FirstScan[] {
  return stand.rows<FirstScan>("select entity, state, cursor from scan where job = 'first'");
}

function finishedEntities(stand: Stand): string[] {
  return scans(stand).flatMap(({ entity, state }) => (state === "done" ? [entity] : []));
}

function isSynced(stand: Stand): boolean {
  const rows = scans(stand);
  return rows.length > 0 && rows.every(({ state }) => state === "done");
}

export async function untilSynced(stand: Stand): Promise<void> {
  await until(
    "end of the first sync",
    () => isSynced(stand),
    () => stand.rows("select * from scan where state <> 'done'"),
  );
}

const COUNTED = [
  "user",
  "pipeline",
  "stage",
  "deal",
  "client",
  "stage_entry",
  "activity",
  "purchase",
];

/** Sizes of the mirror's tables in one line; what the CRM's truth does not tell is compared by these. */
function tableCounts(stand: Stand): string {
  return COUNTED.map((table) => {
    const [row] = stand.rows<{ n: number }>(`select count(*) as n from ${table}`);
    return `${table} ${row?.n}`;
  }).join(", ");
}

async function countsWithoutKills(options: StandOptions): Promise<string> {
  const stand = await openStand(options);
  try {
    await stand.app.start();
    await stand.site.portal.install();
    await untilSynced(stand);
    await stand.app.kill();
    return tableCounts(stand);
  } finally {
    await stand.close();
  }
}

/**
 * The CRM's own record of what it was asked for: a life never asks for a page of what was finished when it began, nor goes
 * back behind the slice that was under way when the one before it died.
 */
function readAgain(
  stand: Stand,
  lives: readonly Life[],
): { pages: number; pagesAgain: number; violations: string[] } {
  const { product } = stand.site;
  const violations: string[] = [];
  const asked = new Set<string>();
  const reached = new Map<string, number>();
  let pages = 0;
  for (const { number, finished } of lives) {
    const own = stand.tap.calls
      .filter(({ life }) => life === number)
      .map((call) => pageOf(product, call))
      .filter((page) => page !== null);
    for (const { entity, feed, position } of own) {
      pages += 1;
      const earliest = sliceStart(product, reached.get(feed) ?? 0);
      if (finished.includes(entity)) violations.push(`life ${number} reads finished ${entity}`);
      else if (position < earliest) {
        violations.push(`life ${number} goes back in ${feed} to ${position} from ${earliest}`);
      }
    }
    for (const { feed, position } of own) {
      asked.add(`${feed} ${position}`);
      reached.set(feed, Math.max(reached.get(feed) ?? 0, position));
    }
  }
  return { pages, pagesAgain: pages - asked.size, violations };
}
