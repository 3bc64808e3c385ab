import { buildHistories } from "../analytics/history.ts";
import { makeScorer } from "../analytics/snapshot.ts";
import type { PurchaseLog, Snapshot } from "../analytics/types.ts";
import type { Clock, Compute } from "../crm/ports.ts";
import { loadSides } from "./insight-facts.ts";
import { weekOf } from "./insight-store.ts";
import { slicer } from "./score-job.ts";
import type { Sql } from "./sql.ts";
import type { Zone } from "./zone.ts";

/** Enough for a comparison with a month ago on every day until own weekly scores are a month old. */
const DAYS_AGO = [30, 16] as const;
const BATCH_ROWS = 2_000;

export function hasWeeklyScores(sql: Sql): boolean {
  return sql.get("select week from weekly_score limit 1") !== undefined;
}

/**
 * Weekly scores of the weeks before the installation: the facts as they were known then, under the first snapshot. Without
 * them the direction of a score would be unknown for a month.
 */
export async function storePastScores(
  { sql, clock, compute }: { sql: Sql; clock: Clock; compute: Compute },
  base: { log: PurchaseLog; snapshot: Snapshot; zone: Zone },
): Promise<void> {
  const score = makeScorer(base.snapshot);
  for (const daysAgo of DAYS_AGO) {
    const day = base.zone.dayOf(clock.now()) - daysAgo;
    const histories = buildHistories(base.log, day).filter((one) => one.days.length > 0);
    const sides = loadSides(sql, null, base.zone, base.zone.startOf(day + 1) - 1);
    const insights = await compute.run({
      name: "past",
      slice: slicer(clock, histories, (one) => score(one, sides.of(one.id), day)),
    });
    for (let at = 0; at < insights.length; at += BATCH_ROWS) {
      const rows = insights
        .slice(at, at + BATCH_ROWS)
        .flatMap(({ id, health }) => (health ? [[id, health.score]] : []));
      sql.run(
        `insert into weekly_score (client_key, week, score)
         select json_extract(value, '$[0]'), ?, json_extract(value, '$[1]') from json_each(?)
         where true on conflict do nothing`,
        weekOf(day),
        JSON.stringify(rows),
      );
      await clock.turn();
    }
  }
}
