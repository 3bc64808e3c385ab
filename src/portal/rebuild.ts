import { buildBase, buyersOf, type ClientBase, historyAt } from "../analytics/base.ts";
import { monthIndex } from "../analytics/calendar.ts";
import { qualityOf, teamCalls } from "../analytics/model-quality.ts";
import { makeScorer, makeSnapshot } from "../analytics/snapshot.ts";
import { sampledPast, testedSnapshot } from "../analytics/tested-snapshot.ts";
import type { Day, Insight, PurchaseLog, Snapshot } from "../analytics/types.ts";
import type { Compute, Instant } from "../crm/ports.ts";
import { stableHash } from "../playbooks/holdout.ts";
import {
  indexOf,
  loadPurchaseLog,
  loadSideColumns,
  loadStates,
  type SideColumns,
  type StoredStates,
} from "./base-facts.ts";
import { BATCH_CLIENTS, type InsightBatch, makeBatch } from "./insight-batch.ts";
import { withSignals } from "./signal-facts.ts";
import type { Sql } from "./sql.ts";
import { makeZone, type Zone } from "./zone.ts";

/** Everything about a rebuild that is not in the database's facts; plain data, so that it can travel to another thread. */
export interface RebuildTask {
  readonly timeZone: string;
  readonly now: Instant;
  /**
   * A new snapshot under this id; `frozen` keeps its limits while the month lasts. null = everybody is scored under `latest`.
   */
  readonly fresh: { readonly id: string; readonly frozen: Snapshot | null } | null;
  readonly latest: Snapshot | null;
  /** The one before `latest`. */
  readonly older: Snapshot | null;
  /** Calls the team can make in a working week; null = unknown. */
  readonly callsPerWeek: number | null;
}

/** Results in the order in which they have to be stored. */
export type RebuildPart =
  | { readonly kind: "snapshot"; readonly snapshot: Snapshot; readonly purchases: number }
  | ({ readonly kind: "insights" } & InsightBatch);

/** Where the whole base is computed: in line, or beside the event loop on a connection of its own. */
export type PortalCompute = Compute<RebuildTask, RebuildPart>;

/** A part of the clients, for one of several threads: every client is of exactly one share. */
export interface Share {
  readonly at: number;
  readonly of: number;
  /** A new snapshot as the first share has fitted it; asked for by the others, when their facts are loaded. */
  readonly fitted: () => Snapshot;
}

const EVERYBODY: Share = {
  at: 0,
  of: 1,
  fitted: () => {
    throw new Error("The only share fits its snapshot itself.");
  },
};

/**
 * Scores everybody. All facts are read at one instant, before the first part; a part is a few milliseconds of work, except
 * for the first, which loads and fits.
 */
export function* rebuildParts(
  sql: Sql,
  task: RebuildTask,
  share: Share = EVERYBODY,
): Generator<RebuildPart> {
  const zone = makeZone(task.timeZone);
  const today = zone.dayOf(task.now);
  const facts = sql.transaction(() => loadFacts(sql, task, zone));
  const { log } = facts;
  const base = buildBase(log, today);
  const { fresh, latest } = task;
  const made = () =>
    share.at > 0 ? share.fitted() : fitSnapshot(log, today, task, fresh?.frozen ?? null);
  const snapshot = fresh || !latest ? made() : latest;
  if (snapshot !== latest && share.at === 0) {
    yield { kind: "snapshot", snapshot, purchases: log.day.length };
  }
  const previous = snapshot === latest ? task.older : latest;
  yield* insightParts({ base, facts, snapshot, previous, today, now: task.now, share });
}

/** Buyers of one share, by their keys: two threads may have loaded at slightly different instants. */
function buyersIn(base: ClientBase, { at, of }: Share): Int32Array {
  const buyers = buyersOf(base);
  return of === 1
    ? buyers
    : buyers.filter((client) => stableHash(base.clients[client] as string) % of === at);
}

interface Facts {
  readonly log: PurchaseLog;
  readonly sides: SideColumns;
  readonly states: StoredStates;
}

function loadFacts(sql: Sql, task: RebuildTask, zone: Zone): Facts {
  const purchases = loadPurchaseLog(sql);
  const index = indexOf(purchases);
  const scoredUnder = [task.latest, task.older];
  return {
    log: withSignals(sql, purchases, scoredUnder, { index, zone, at: task.now }),
    sides: loadSideColumns(sql, index, zone, task.now),
    states: loadStates(sql, index),
  };
}

/** The interval of an order is wide anyway. */
const TEST_DRAWS = 100;

/**
 * Boundaries and the test on the base's own past are kept for the calendar month, so that a client does not change its
 * name because others bought. A change of the method (a base that has grown past its thresholds) is worth new ones at once.
 */
function fitSnapshot(
  log: PurchaseLog,
  today: Day,
  { fresh: named, callsPerWeek }: Pick<RebuildTask, "fresh" | "callsPerWeek">,
  frozen: Snapshot | null,
): Snapshot {
  const id = named === null ? {} : { id: named.id };
  const anew = () => {
    const calls = teamCalls(callsPerWeek, log.clients.length);
    return testedSnapshot(log, today, {
      ...id,
      draws: TEST_DRAWS,
      ...(calls.basis === "team" && callsPerWeek !== null ? { calls: callsPerWeek } : {}),
      qualityOf: (test) => qualityOf(test, today, calls),
    }).snapshot;
  };
  if (!frozen?.quality || monthIndex(frozen.asOf) !== monthIndex(today)) return anew();
  const { horizonDays, quality } = frozen;
  const past = sampledPast(log, horizonDays);
  const fresh = makeSnapshot(log, today, { ...id, horizonDays, quality, past });
  const isSameKind =
    fresh.rfm.method === frozen.rfm.method &&
    (fresh.rfm.monetaryMinor === null) === (frozen.rfm.monetaryMinor === null) &&
    (fresh.usualGapDays === null) === (frozen.usualGapDays === null);
  if (!isSameKind) return anew();
  return {
    ...fresh,
    rfm: frozen.rfm,
    abc: frozen.abc ?? fresh.abc,
    lifecycle: frozen.lifecycle,
  };
}

interface Scoring {
  readonly base: ClientBase;
  readonly facts: Facts;
  readonly snapshot: Snapshot;
  readonly previous: Snapshot | null;
  readonly today: Day;
  readonly now: Instant;
  readonly share: Share;
}

function* insightParts(scoring: Scoring): Generator<RebuildPart> {
  const { base, facts, snapshot, today, now } = scoring;
  const options = { snapshotId: snapshot.id, asOf: today, now };
  const score = makeScorer(snapshot);
  const insightOf = (client: number) =>
    score(historyAt(base, client), facts.sides.of(client), today);
  const unchanged = counterfactual(scoring);
  for (const clients of batches(buyersIn(base, scoring.share))) {
    const numbers = new Map<string, number>();
    const insights = Array.from(clients, (client) => {
      numbers.set(base.clients[client] as string, client);
      return insightOf(client);
    });
    const before = {
      state: (key: string) => facts.states.of(numbers.get(key) ?? -1),
      counterfactual: (key: string) => unchanged(numbers.get(key) ?? -1),
    };
    yield { kind: "insights", ...makeBatch(insights, [], before, options) };
  }
  // Few: one share takes them all.
  if (scoring.share.at === 0) yield* goneParts(scoring);
}

/** The same client on the same day under the limits of before. */
function counterfactual({
  base,
  facts,
  today,
  previous,
}: Scoring): (client: number) => Insight | null {
  if (previous === null) return () => null;
  const score = makeScorer(previous);
  return (client) =>
    client < 0 ? null : score(historyAt(base, client), facts.sides.of(client), today);
}

/** Clients with an insight who have not bought (any more). */
function* goneParts({ base, facts, snapshot, today, now }: Scoring): Generator<RebuildPart> {
  const gone = new Map(facts.states.strangers);
  for (let client = 0; client < base.clients.length; client += 1) {
    if (base.offset[client + 1] !== base.offset[client]) continue;
    const state = facts.states.of(client);
    if (state) gone.set(base.clients[client] as string, state);
  }
  const keys = [...gone.keys()];
  const before = { state: (key: string) => gone.get(key) ?? null, counterfactual: () => null };
  for (let at = 0; at < keys.length; at += BATCH_CLIENTS) {
    const options = { snapshotId: snapshot.id, asOf: today, now };
    yield {
      kind: "insights",
      ...makeBatch([], keys.slice(at, at + BATCH_CLIENTS), before, options),
    };
  }
}

function* batches(clients: Int32Array): Generator<Int32Array> {
  for (let at = 0; at < clients.length; at += BATCH_CLIENTS) {
    yield clients.subarray(at, at + BATCH_CLIENTS);
  }
}
