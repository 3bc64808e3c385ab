import type { Day, Insight } from "../analytics/types.ts";
import type { Instant } from "../crm/ports.ts";
import { CATALOGUE } from "../playbooks/catalogue.ts";
import { matches, stateOfInsight } from "../playbooks/evaluate.ts";
import type { ClientState } from "../playbooks/rule.ts";
import { valueAtStakeMinor } from "../playbooks/value.ts";
import { packInsight } from "./insight-data.ts";

/** Clients whose insights are stored together. */
export const BATCH_CLIENTS = 500;

/** Monday-based number of the week of a day; day 0 was a Thursday. */
export function weekOf(day: Day): number {
  return Math.floor((day + 3) / 7);
}

/** Under what a batch of insights was made. */
export interface BatchOptions {
  readonly snapshotId: string;
  readonly asOf: Day;
  readonly now: Instant;
  /** The week of which everybody with a stored score has a weekly one; 0 = no such week is known. */
  readonly scoredWeek: number;
}

/** One row of `insight`, in the order of its columns. */
export type InsightRow = readonly [
  key: string,
  snapshotId: string,
  asOf: Day,
  data: string,
  score: number | null,
  band: string | null,
  segment: string,
  lifecycle: string,
  pChurn: number | null,
  purchases: number,
  totalMinor: number,
  stakeMinor: number,
  lastDay: Day,
  computedAt: Instant,
];

/** Why a client moved: its own facts and the passing of time, or the limits between the names. */
type Cause = "behaviour" | "boundary";

/** One row of `transition`, in the order of its columns. */
export type TransitionRow = readonly [
  key: string,
  at: Instant,
  kind: string,
  before: string | null,
  after: string | null,
  cause: Cause,
];

/** One row of `weekly_score`. */
export type ScoreRow = readonly [key: string, week: number, score: number];

/** What a batch of insights changes in the database: plain data, ready to be stored. */
export interface InsightBatch {
  readonly rows: readonly InsightRow[];
  readonly transitions: readonly TransitionRow[];
  /** Scores that may be the first of their week. */
  readonly scores: readonly ScoreRow[];
  /** Clients that have no purchase left. */
  readonly gone: readonly string[];
}

/** What was stored of a client, and how it would stand today under the limits of before. */
export interface Before {
  /** null = nothing was. */
  state(key: string): ClientState | null;
  /** null = the limits have not changed. Asked for changed clients only. */
  counterfactual(key: string): Insight | null;
}

/** Turns insights into rows, with a transition for everything that has changed. */
export function makeBatch(
  insights: readonly Insight[],
  gone: readonly string[],
  before: Before,
  options: BatchOptions,
): InsightBatch {
  const transitions: TransitionRow[] = [];
  const scores: ScoreRow[] = [];
  const week = weekOf(options.asOf);
  const rows = insights.map((raw): InsightRow => {
    const insight = soundInsight(raw);
    const known = before.state(insight.id);
    if (known) noteTransitions(transitions, insight.id, known, insight, before, options);
    const score = insight.health?.score ?? null;
    // Whoever had a band had a score, and the first one of a week is kept.
    const isKept = week === options.scoredWeek && typeof known?.band === "string";
    if (score !== null && !isKept) scores.push([insight.id, week, score]);
    return rowOf(insight, options);
  });
  for (const key of gone) {
    const known = before.state(key);
    if (known) noteTransitions(transitions, key, known, null, before, options);
  }
  return { rows, transitions, scores, gone };
}

function rowOf(insight: Insight, { snapshotId, asOf, now }: BatchOptions): InsightRow {
  return [
    insight.id,
    snapshotId,
    asOf,
    packInsight(insight),
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
  ];
}

/** Name of the transition between inside and outside of a playbook's condition. */
export function conditionKind(playbook: string): string {
  return `playbook:${playbook}`;
}

/**
 * A row per change of segment, lifecycle and band, and per way in or out of a playbook's condition. The condition is
 * followed apart because its occurrences number the actions: two changes of name inside it are one occurrence.
 */
function noteTransitions(
  rows: TransitionRow[],
  key: string,
  before: ClientState,
  insight: Insight | null,
  { counterfactual }: Before,
  options: BatchOptions,
): void {
  const after = insight ? stateOfInsight(insight) : null;
  if (
    after?.segment === before.segment &&
    after.lifecycle === before.lifecycle &&
    after.band === before.band
  ) {
    return;
  }
  const unchanged = counterfactual(key);
  const still = unchanged ? stateOfInsight(unchanged) : null;
  const note = (kind: string, read: (state: ClientState) => string | null) => {
    const from = read(before);
    const to = after ? read(after) : null;
    if (from === to) return;
    const cause: Cause = still && read(still) === from ? "boundary" : "behaviour";
    rows.push([key, Math.round(options.now), kind, from, to, cause]);
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
  const totalMinor = Math.round(insight.totalMinor);
  const forecast = soundForecast(insight.forecast);
  const health = isSoundHealth(insight.health) ? insight.health : null;
  const isSound =
    totalMinor === insight.totalMinor && forecast === insight.forecast && health === insight.health;
  return isSound ? insight : { ...insight, totalMinor, forecast, health };
}

function isSoundHealth(health: Insight["health"]): boolean {
  return health !== null && Number.isInteger(health.score) && Number.isInteger(health.base);
}

function soundForecast(forecast: Insight["forecast"]): Insight["forecast"] {
  if (forecast === null) return null;
  const { pAlive, pChurn, expectedPurchases, ltv } = forecast;
  const isKnown =
    Number.isFinite(pAlive) && Number.isFinite(pChurn) && Number.isFinite(expectedPurchases);
  if (!isKnown) return null;
  const isLtv =
    ltv === null ||
    (Number.isSafeInteger(ltv.minor) &&
      Number.isSafeInteger(ltv.lowMinor) &&
      Number.isSafeInteger(ltv.highMinor));
  if (isLtv && isShare(pAlive) && isShare(pChurn) && expectedPurchases >= 0) return forecast;
  return {
    ...forecast,
    pAlive: Math.min(1, Math.max(0, pAlive)),
    pChurn: Math.min(1, Math.max(0, pChurn)),
    expectedPurchases: Math.max(0, expectedPurchases),
    ltv: isLtv ? ltv : null,
  };
}

function isShare(value: number): boolean {
  return value >= 0 && value <= 1;
}
