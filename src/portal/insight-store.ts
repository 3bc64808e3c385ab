import { z } from "zod";
import type { Day, Insight } from "../analytics/types.ts";
import type { Instant } from "../crm/ports.ts";
import { CATALOGUE } from "../playbooks/catalogue.ts";
import { matches, stateOfInsight } from "../playbooks/evaluate.ts";
import type { ClientState } from "../playbooks/rule.ts";
import { valueAtStakeMinor } from "../playbooks/value.ts";
import { addToCounter } from "./portal-row.ts";
import type { Sql } from "./sql.ts";

/** Why a client moved: its own facts and the passing of time, or the limits between the names. */
type Cause = "behaviour" | "boundary";

export interface StoreOptions {
  readonly snapshotId: string;
  readonly asOf: Day;
  readonly now: Instant;
  /** One score a week is kept. */
  readonly keepsWeeklyScore: boolean;
  /** `counterfactual` = the client today under the limits of before; null = the limits have not changed. */
  readonly counterfactual: ((key: string) => Insight | null) | null;
}

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

interface KnownRow {
  readonly client_key: string;
  readonly segment: string;
  readonly lifecycle: string;
  readonly band: string | null;
}

/**
 * Stores insights and what changed with them, in one transaction. `gone` = clients of the batch that have no purchase left.
 */
export function storeInsights(
  sql: Sql,
  insights: readonly Insight[],
  gone: readonly string[],
  options: StoreOptions,
): void {
  if (insights.length + gone.length === 0) return;
  sql.transaction(() => {
    const keys = [...insights.map(({ id }) => id), ...gone];
    const known = new Map(
      sql
        .all<KnownRow>(
          `select client_key, segment, lifecycle, band from insight
           where client_key in (select value from json_each(?))`,
          JSON.stringify(keys),
        )
        .map((row) => [row.client_key, row]),
    );
    for (const raw of insights) {
      const insight = soundInsight(raw);
      const before = known.get(insight.id);
      if (before) logTransitions(sql, insight.id, before, stateOfInsight(insight), options);
      putInsight(sql, insight, options);
      if (options.keepsWeeklyScore && insight.health) keepWeeklyScore(sql, insight, options.asOf);
    }
    for (const key of gone) {
      const before = known.get(key);
      if (before) dropInsight(sql, key, before, options);
    }
    addToCounter(sql, INSIGHT_CHANGES, 1);
  });
}

/** Counts every stored batch: what is made from insights is as new as this number. */
export const INSIGHT_CHANGES = "insight_changes";

/** Insights of clients that are not among `kept`: they have no purchase any more. */
export function dropOthers(sql: Sql, kept: ReadonlySet<string>, options: StoreOptions): void {
  const rows = sql
    .all<KnownRow>("select client_key, segment, lifecycle, band from insight")
    .filter((row) => !kept.has(row.client_key));
  sql.transaction(() => {
    for (const row of rows) dropInsight(sql, row.client_key, row, options);
  });
}

function dropInsight(sql: Sql, key: string, before: KnownRow, options: StoreOptions): void {
  logTransitions(sql, key, before, null, options);
  sql.run("delete from insight where client_key = ?", key);
}

/** Monday-based number of the week of a day; day 0 was a Thursday. */
export function weekOf(day: Day): number {
  return Math.floor((day + 3) / 7);
}

function keepWeeklyScore(sql: Sql, insight: Insight, asOf: Day): void {
  sql.run(
    "insert into weekly_score (client_key, week, score) values (?, ?, ?) on conflict do nothing",
    insight.id,
    weekOf(asOf),
    insight.health?.score ?? 0,
  );
}

function putInsight(sql: Sql, insight: Insight, { snapshotId, asOf, now }: StoreOptions): void {
  sql.run(
    `insert into insight (client_key, snapshot_id, as_of, data, score, band, segment, lifecycle, p_churn,
       purchases, total_minor, stake_minor, last_day, computed_at)
     values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
     on conflict (client_key) do update set snapshot_id = excluded.snapshot_id, as_of = excluded.as_of,
       data = excluded.data, score = excluded.score, band = excluded.band, segment = excluded.segment,
       lifecycle = excluded.lifecycle, p_churn = excluded.p_churn, purchases = excluded.purchases,
       total_minor = excluded.total_minor, stake_minor = excluded.stake_minor, last_day = excluded.last_day,
       computed_at = excluded.computed_at`,
    insight.id,
    snapshotId,
    asOf,
    JSON.stringify(insight),
    insight.health?.score ?? null,
    insight.health?.band ?? null,
    insight.segment,
    insight.lifecycle,
    insight.forecast?.pChurn ?? null,
    insight.purchases,
    insight.totalMinor,
    valueAtStakeMinor(insight),
    insight.lastDay,
    Math.round(now),
  );
}

/** Name of the transition between inside and outside of a playbook's condition. */
export function conditionKind(playbook: string): string {
  return `playbook:${playbook}`;
}

/**
 * A row per change of segment, lifecycle and band, and per way in or out of a playbook's condition. The condition is
 * followed apart because its occurrences number the actions: two changes of name inside it are one occurrence.
 */
function logTransitions(
  sql: Sql,
  key: string,
  before: ClientState,
  after: ClientState | null,
  options: StoreOptions,
): void {
  const unchanged = options.counterfactual?.(key) ?? null;
  const still = unchanged ? stateOfInsight(unchanged) : null;
  const note = (kind: string, read: (state: ClientState) => string | null) => {
    const from = read(before);
    const to = after ? read(after) : null;
    if (from === to) return;
    const cause: Cause = still && read(still) === from ? "boundary" : "behaviour";
    sql.run(
      "insert into transition (client_key, at, kind, before, after, cause) values (?, ?, ?, ?, ?, ?)",
      key,
      Math.round(options.now),
      kind,
      from,
      to,
      cause,
    );
  };
  note("segment", (state) => state.segment);
  note("lifecycle", (state) => state.lifecycle);
  note("band", (state) => state.band);
  for (const rule of CATALOGUE) {
    note(conditionKind(rule.code), (state) => (matches(rule, state) ? "in" : "out"));
  }
}

/** A figure that is no number is unknown, never shown and never an error of the whole base. */
function soundInsight(insight: Insight): Insight {
  const { forecast, health } = insight;
  const isForecast =
    forecast !== null &&
    [forecast.pAlive, forecast.pChurn, forecast.expectedPurchases].every(Number.isFinite);
  const ltv = forecast?.ltv ?? null;
  const isLtv =
    ltv !== null && [ltv.minor, ltv.lowMinor, ltv.highMinor].every(Number.isSafeInteger);
  const isHealth =
    health !== null && [health.score, health.base].every((value) => Number.isInteger(value));
  return {
    ...insight,
    totalMinor: Math.round(insight.totalMinor),
    forecast: isForecast
      ? {
          ...forecast,
          pAlive: Math.min(1, Math.max(0, forecast.pAlive)),
          pChurn: Math.min(1, Math.max(0, forecast.pChurn)),
          expectedPurchases: Math.max(0, forecast.expectedPurchases),
          ltv: isLtv ? ltv : null,
        }
      : null,
    health: isHealth ? health : null,
  };
}
