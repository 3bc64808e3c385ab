import { openStand, type Stand, type StandOptions, until } from "./stand.ts";
import { untilSynced } from "./sync-kills.ts";

export interface RebuildKills {
  /** Deaths with the rebuild's mark still in the database. */
  readonly kills: number;
  /** Of them, how many left some batches stored and others not. */
  readonly partly: number;
  readonly clients: number;
  readonly violations: readonly string[];
}

/** Every client once more so many times, so that a rebuild is made of many batches, and in a thread. */
const COPIES = 60;
const COPY = "-copy-";
/** A death that comes after the end of a rebuild is tried again. */
const TRIES_A_KILL = 5;

/** Kills the app again and again while it scores everybody, then lets it end and compares with a rebuild that nobody cut. */
export async function killRebuild(
  options: StandOptions & { readonly kills: number },
): Promise<RebuildKills> {
  const stand = await openStand(options);
  try {
    await stand.app.start();
    await stand.site.portal.install();
    await untilSynced(stand);
    await untilScored(stand);
    await stand.app.kill();
    enlarge(stand);
    await rebuildWhole(stand);
    const whole = scores(stand);
    let kills = 0;
    let partly = 0;
    for (let at = 0; at < TRIES_A_KILL * options.kills && kills < options.kills; at += 1) {
      demandRebuild(stand);
      await killInside(stand, whole.length);
      if (!isMarked(stand)) continue;
      kills += 1;
      const stored = scores(stand).length;
      if (stored > 0 && stored < whole.length) partly += 1;
    }
    demandRebuild(stand);
    await rebuildWhole(stand);
    const differs = differences(whole, scores(stand));
    stand.change(`delete from purchase where client_key like '%${COPY}%'`);
    return {
      kills,
      partly,
      clients: whole.length,
      violations: [...differs, ...stand.violations()],
    };
  } finally {
    await stand.close();
  }
}

function enlarge(stand: Stand): void {
  const copies = JSON.stringify(Array.from({ length: COPIES }, (_, copy) => copy));
  stand.change(
    `insert into purchase (id, client_key, at, day, amount_minor, currency, base_minor, moment)
     select purchase.id || '${COPY}' || value, client_key || '${COPY}' || value, at, day, amount_minor, currency,
       base_minor, moment
     from purchase, json_each('${copies}')`,
  );
  demandRebuild(stand);
}

/** As if the rebuild had just begun: marked, and nobody is scored yet. */
function demandRebuild(stand: Stand): void {
  stand.change(
    `delete from insight;
     insert into counter (name, value) values ('insight_rebuild', 1) on conflict (name) do update set value = 1`,
  );
}

function isMarked(stand: Stand): boolean {
  return (
    stand.rows("select 1 from counter where name = 'insight_rebuild' and value = 1").length === 1
  );
}

function untilScored(stand: Stand): Promise<void> {
  return until("a whole rebuild", () => {
    const [row] = stand.rows<{ scored: number; stale: number }>(
      "select (select count(*) from insight) as scored, (select count(*) from stale_client) as stale",
    );
    return row !== undefined && row.scored > 0 && row.stale === 0 && !isMarked(stand);
  });
}

async function rebuildWhole(stand: Stand): Promise<void> {
  await stand.app.start();
  await untilScored(stand);
  await stand.app.kill();
}

/** Starts the app and kills it when so many insights are stored, somewhere between none and all. */
async function killInside(stand: Stand, clients: number): Promise<void> {
  const enough = Math.floor(stand.random() * 0.9 * clients);
  await stand.app.start();
  const endsAt = performance.now() + 45_000;
  for (;;) {
    const stored = stand.rows<{ n: number }>("select count(*) as n from insight")[0]?.n ?? 0;
    if (stored > enough || !isMarked(stand) || performance.now() > endsAt) break;
    await new Promise((resolve) => setImmediate(resolve));
  }
  await stand.app.kill();
}

interface Score {
  readonly client_key: string;
  readonly as_of: number;
  readonly text: string;
}

function scores(stand: Stand): Score[] {
  return stand.rows<Score>(
    `select client_key, as_of, json_array(snapshot_id, data, score, band, segment, lifecycle, p_churn, purchases,
       total_minor, stake_minor, last_day) as text
     from insight order by client_key`,
  );
}

/** Time goes on between two rebuilds: after a midnight the same client may be worth another score. */
function differences(whole: readonly Score[], after: readonly Score[]): string[] {
  const found = new Map(after.map((row) => [row.client_key, row]));
  const wrong = whole.flatMap(({ client_key, as_of, text }) => {
    const now = found.get(client_key);
    if (now === undefined) return [`${client_key} has no insight`];
    return now.as_of === as_of && now.text !== text ? [`${client_key}: ${text}, ${now.text}`] : [];
  });
  if (whole.length === after.length) return wrong.slice(0, 5);
  return [`${after.length} insights instead of ${whole.length}`, ...wrong.slice(0, 5)];
}
