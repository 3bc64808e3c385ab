import { buildBase, buyersOf, type ClientBase, historyAt } from "../analytics/base.ts";
import { monthIndex } from "../analytics/calendar.ts";
import { qualityOf, teamCalls } from "../analytics/model-quality.ts";
import { makeScorer } from "../analytics/scoring.ts";
import { makeSnapshot } from "../analytics/snapshot.ts";
import { sampledPast, testedSnapshot } from "../analytics/tested-snapshot.ts";
import type { PurchaseLog, Snapshot } from "../analytics/types.ts";
import type { Compute, Instant } from "../crm/ports.ts";
import {
  indexOf,
  loadPurchaseLog,
  loadSideColumns,
  loadStates,
  type SideColumns,
  type StoredStates,
} from "./base-facts.ts";
import {
  EVERYBODY,
  planRanges,
  rangesOf,
  type Scope,
  sampleKeys,
  scopesOf,
} from "./client-scope.ts";
import {
  BATCH_CLIENTS,
  type BatchOptions,
  type Before,
  type InsightBatch,
  makeBatch,
} from "./insight-batch.ts";
import { loadSignals, type SignalQuery, usesSignals, withSignals } from "./signal-facts.ts";
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
  /** The week of which everybody with a stored score has a weekly one; 0 = no such week is known. */
  readonly scoredWeek: number;
}

/** Results in the order in which they have to be stored. */
export type RebuildPart =
  | { readonly kind: "snapshot"; readonly snapshot: Snapshot; readonly purchases: number }
  | ({ readonly kind: "insights" } & InsightBatch);

/** Where the whole base is computed: in line, or beside the event loop on a connection of its own. */
export type PortalCompute = Compute<RebuildTask, RebuildPart>;

/** One of several threads that score a base together: each takes ranges of clients until none is left. */
export interface Share {
  /** The first makes the snapshot. */
  readonly isFirst: boolean;
  /** Purchases of a range; about so many facts are in memory at a time. */
  readonly rangePurchases: number;
  /** Ends of the ranges as the first share makes them; the others wait for it. */
  ranges(make: () => readonly string[]): readonly string[];
  /** Number of a range that nobody else has or will get. */
  take(): number;
  /** A new snapshot is there for the asking. */
  isFitted(): boolean;
  /** A new snapshot as the first share has made it; waits. */
  fitted(): Snapshot;
}

/**
 * Scores everybody; a part is a few milliseconds of work, except for the first, which loads and fits. Alone, it reads all
 * facts at one instant, before the first part. A share reads range after range, and what only some snapshots ask for when one
 * does: who changes in between is marked and scored again after the rebuild.
 */
export function* rebuildParts(
  sql: Sql,
  task: RebuildTask,
  share: Share | null = null,
): Generator<RebuildPart> {
  const room: Room = { sql, task, zone: makeZone(task.timeZone) };
  yield* share === null ? aloneParts(room) : sharedParts(room, share);
}

interface Room {
  readonly sql: Sql;
  readonly task: RebuildTask;
  readonly zone: Zone;
}

function* aloneParts(room: Room): Generator<RebuildPart> {
  const { fresh, latest } = room.task;
  const facts = loadFacts(room, EVERYBODY, true);
  let snapshot = latest;
  if (fresh !== null || snapshot === null) {
    snapshot = fitSnapshot(room, facts.log);
    yield { kind: "snapshot", snapshot, purchases: facts.log.day.length };
  }
  yield* makeScoring(room, snapshot)(facts);
}

function* sharedParts(room: Room, share: Share): Generator<RebuildPart> {
  const { sql, task } = room;
  const ranges = rangesOf(share.ranges(() => planRanges(sql, share.rangePurchases)));
  const loadNext = () => {
    const range = ranges[share.take()];
    return range === undefined ? null : loadFacts(room, range, false);
  };
  let snapshot = task.latest;
  const ready: Facts[] = [];
  if (task.fresh !== null || snapshot === null) {
    if (share.isFirst) {
      const { log, clients, purchases } = loadSample(room);
      snapshot = fitSnapshot(room, log, clients);
      yield { kind: "snapshot", snapshot, purchases };
    } else {
      while (!share.isFitted() && ready.length < ranges.length / 2) {
        const facts = loadNext();
        if (facts === null) break;
        ready.push(facts);
      }
      snapshot = share.fitted();
    }
  }
  const score = makeScoring(room, snapshot);
  for (let facts = ready.shift() ?? loadNext(); facts !== null; ) {
    yield* score(facts);
    facts = ready.shift() ?? loadNext();
  }
}

interface Facts {
  readonly log: PurchaseLog;
  /** Whose facts these are. */
  readonly query: SignalQuery;
  readonly base: ClientBase;
  readonly sides: SideColumns;
  readonly states: StoredStates;
}

/** Contacts and deals are read for the clients of so many purchases at a time. */
const PAGE_PURCHASES = 50_000;

/** Facts of the clients of one scope at one instant; their contacts and deals where a fit may want them. */
function loadFacts({ sql, task, zone }: Room, scope: Scope, isFitted: boolean): Facts {
  return sql.transaction(() => {
    const purchases = loadPurchaseLog(sql, [scope]);
    const index = indexOf(purchases);
    const known = { zone, at: task.now };
    const scoredUnder = [task.latest, task.older];
    const scopes = scope === EVERYBODY ? rangesOf(planRanges(sql, PAGE_PURCHASES)) : [scope];
    const query = { index, scopes, ...known };
    const log = isFitted ? withSignals(sql, purchases, scoredUnder, query) : purchases;
    return {
      log,
      query,
      base: buildBase(log, zone.dayOf(task.now)),
      sides: loadSideColumns(sql, index, scope, known),
      states: loadStates(sql, index, scope),
    };
  });
}

/** A snapshot learns no more from further clients. */
const SAMPLE_CLIENTS = 50_000;

/** Clients evenly spread over a large base, who stand for everybody. */
function loadSample({ sql, task, zone }: Room) {
  return sql.transaction(() => {
    const { keys, clients } = sampleKeys(sql, SAMPLE_CLIENTS);
    const scopes = scopesOf(keys);
    const sample = loadPurchaseLog(sql, scopes);
    const query = { index: indexOf(sample), scopes, zone, at: task.now };
    const log = withSignals(sql, sample, [task.latest, task.older], query);
    const purchases = sql.get<{ n: number }>("select count(*) as n from purchase")?.n ?? 0;
    return { log, clients, purchases };
  });
}

/** The interval of an order is wide anyway. */
const TEST_DRAWS = 100;

/**
 * Boundaries and the test on the base's own past are kept for the calendar month, so that a client does not change its
 * name because others bought. A change of the method (a base that has grown past its thresholds) is worth new ones at once.
 */
function fitSnapshot(room: Room, log: PurchaseLog, clients = log.clients.length): Snapshot {
  const { callsPerWeek } = room.task;
  const share = clients === 0 ? 1 : log.clients.length / clients;
  const snapshot = fitLog(room, log, callsPerWeek === null ? null : share * callsPerWeek);
  return share === 1
    ? snapshot
    : {
        ...snapshot,
        clients: Math.round(snapshot.clients / share),
        repeatBuyers: Math.round(snapshot.repeatBuyers / share),
      };
}

function fitLog({ task, zone }: Room, log: PurchaseLog, callsPerWeek: number | null): Snapshot {
  const { fresh: named } = task;
  const today = zone.dayOf(task.now);
  const frozen = named?.frozen ?? null;
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

/** Scores the clients of some facts under one snapshot, and names those who have not bought (any more). */
function makeScoring(
  { sql, task, zone }: Room,
  snapshot: Snapshot,
): (facts: Facts) => Generator<RebuildPart> {
  const today = zone.dayOf(task.now);
  const { now, scoredWeek } = task;
  const options = { snapshotId: snapshot.id, asOf: today, now, scoredWeek };
  const score = makeScorer(snapshot);
  const previous = snapshot === task.latest ? task.older : task.latest;
  // The same client on the same day under the limits of before.
  const scoreBefore = previous === null ? null : makeScorer(previous);
  const wantsSignals = usesSignals(snapshot) || usesSignals(previous);
  const withOwnLog = ({ base, query }: Facts): ClientBase =>
    base.signals === null ? { ...base, signals: loadSignals(sql, query) } : base;
  return function* partsOf(facts) {
    const { sides, states } = facts;
    const base = wantsSignals ? withOwnLog(facts) : facts.base;
    for (const clients of batches(buyersOf(base))) {
      const numbers = new Map<string, number>();
      const insights = Array.from(clients, (client) => {
        numbers.set(base.clients[client] as string, client);
        return score(historyAt(base, client), sides.of(client), today);
      });
      const numberOf = (key: string) => numbers.get(key) as number;
      const before: Before = {
        state: (key) => states.of(numberOf(key)),
        counterfactual: (key) =>
          scoreBefore?.(historyAt(base, numberOf(key)), sides.of(numberOf(key)), today) ?? null,
      };
      yield { kind: "insights", ...makeBatch(insights, [], before, options) };
    }
    yield* goneParts(facts, options);
  };
}

/** Clients with an insight who have not bought (any more). */
function* goneParts({ base, states }: Facts, options: BatchOptions): Generator<RebuildPart> {
  const gone = new Map(states.strangers);
  for (let client = 0; client < base.clients.length; client += 1) {
    if (base.offset[client + 1] !== base.offset[client]) continue;
    const state = states.of(client);
    if (state) gone.set(base.clients[client] as string, state);
  }
  const keys = [...gone.keys()];
  const before: Before = { state: (key) => gone.get(key) ?? null, counterfactual: () => null };
  for (let at = 0; at < keys.length; at += BATCH_CLIENTS) {
    const some = keys.slice(at, at + BATCH_CLIENTS);
    yield { kind: "insights", ...makeBatch([], some, before, options) };
  }
}

function* batches(clients: Int32Array): Generator<Int32Array> {
  for (let at = 0; at < clients.length; at += BATCH_CLIENTS) {
    yield clients.subarray(at, at + BATCH_CLIENTS);
  }
}
