import { z } from "zod";
import type { Day, Insight } from "../analytics/types.ts";
import type { ClientState } from "../playbooks/rule.ts";
import type { InsightBatch } from "./insight-batch.ts";
import { addToCounter } from "./portal-row.ts";
import type { Sql, SqlReader } from "./sql.ts";

const params = z.record(z.string(), z.union([z.number(), z.string()]));

/** What the card and the playbooks rely on; a row that does not fit counts as not computed. */
const insightData = z
  .looseObject({
    id: z.string(),
    tier: z.union([z.literal(0), z.literal(1), z.literal(2), z.literal(3)]),
    purchases: z.int(),
    purchaseDays: z.int(),
    totalMinor: z.int(),
    averageMinor: z.int().nullable(),
    lastDay: z.int(),
    daysSinceLast: z.int(),
    usualDays: z.number().nullable(),
    segment: z.string(),
    lifecycle: z.string(),
    forecast: z.looseObject({ pAlive: z.number(), pChurn: z.number() }).nullable(),
    health: z.looseObject({ score: z.int(), base: z.int() }).nullable(),
    reason: z.object({ code: z.string(), params }),
  })
  .transform((value) => value as unknown as Insight);

export function parseInsight(text: string): Insight | null {
  const parsed = insightData.safeParse(JSON.parse(text));
  return parsed.success ? parsed.data : null;
}

interface StateRow extends ClientState {
  readonly client_key: string;
}

/** What is stored of these clients; one without an insight is absent. */
export function storedStates(sql: SqlReader, keys: readonly string[]): Map<string, ClientState> {
  const rows = sql.all<StateRow>(
    `select client_key, segment, lifecycle, band from insight
     where client_key in (select value from json_each(?))`,
    JSON.stringify(keys),
  );
  return new Map(rows.map((row) => [row.client_key, row]));
}

/** What is stored of everybody. */
export function allStoredStates(sql: SqlReader): Iterable<StateRow> {
  return sql.iterate<StateRow>("select client_key, segment, lifecycle, band from insight");
}

/** Counts every stored batch: what is made from insights is as new as this number. */
export const INSIGHT_CHANGES = "insight_changes";

/** Monday-based number of the week of a day; day 0 was a Thursday. */
export function weekOf(day: Day): number {
  return Math.floor((day + 3) / 7);
}

const PUT_INSIGHT = `insert into insight (client_key, snapshot_id, as_of, data, score, band, segment, lifecycle, p_churn,
     purchases, total_minor, stake_minor, last_day, computed_at)
   values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
   on conflict (client_key) do update set snapshot_id = excluded.snapshot_id, as_of = excluded.as_of,
     data = excluded.data, score = excluded.score, band = excluded.band, segment = excluded.segment,
     lifecycle = excluded.lifecycle, p_churn = excluded.p_churn, purchases = excluded.purchases,
     total_minor = excluded.total_minor, stake_minor = excluded.stake_minor, last_day = excluded.last_day,
     computed_at = excluded.computed_at`;
const PUT_TRANSITION =
  "insert into transition (client_key, at, kind, before, after, cause) values (?, ?, ?, ?, ?, ?)";
const PUT_WEEKLY_SCORE =
  "insert into weekly_score (client_key, week, score) values (?, ?, ?) on conflict do nothing";

/** Stores a batch in one transaction; one score a week is kept where `keepsWeeklyScore` says so. */
export function storeBatch(
  sql: Sql,
  { rows, transitions, gone }: InsightBatch,
  keepsWeeklyScore: boolean,
): void {
  if (rows.length + gone.length === 0) return;
  sql.transaction(() => {
    for (const row of transitions) sql.run(PUT_TRANSITION, ...row);
    for (const row of rows) {
      sql.run(PUT_INSIGHT, ...row);
      const [key, , asOf, , score] = row;
      if (keepsWeeklyScore && score !== null) sql.run(PUT_WEEKLY_SCORE, key, weekOf(asOf), score);
    }
    for (const key of gone) sql.run("delete from insight where client_key = ?", key);
    addToCounter(sql, INSIGHT_CHANGES, 1);
  });
}

/** Scores of a week that has passed; those that are known stay. */
export function storePastScores(
  sql: Sql,
  week: number,
  scores: readonly (readonly [key: string, score: number])[],
): void {
  sql.transaction(() => {
    for (const [key, score] of scores) sql.run(PUT_WEEKLY_SCORE, key, week, score);
  });
}

export function hasWeeklyScores(sql: SqlReader): boolean {
  return sql.get("select week from weekly_score limit 1") !== undefined;
}
