import { dayText } from "../analytics/calendar.ts";
import { makeScorer } from "../analytics/scoring.ts";
import type { Snapshot } from "../analytics/types.ts";
import type { Clock, Instant, Log } from "../crm/ports.ts";
import { BATCH_CLIENTS, makeBatch, weekOf } from "./insight-batch.ts";
import { loadHistories, loadSides } from "./insight-facts.ts";
import {
  nextNight,
  REBUILD_RUNS,
  SCORED_WEEK,
  SNAPSHOT_IS_FINAL,
  SNAPSHOT_PURCHASES,
  wantsSnapshot,
} from "./insight-schedule.ts";
import { storeBatch, storedStates } from "./insight-store.ts";
import type { PortalPolicy } from "./portal-api.ts";
import { healthyState, type PortalRow, readCounter, readPortal, setCounter } from "./portal-row.ts";
import type { PortalCompute, RebuildPart, RebuildTask } from "./rebuild.ts";
import { withOwnSignals } from "./signal-facts.ts";
import {
  countClients,
  dropOldSnapshots,
  freeSnapshotId,
  latestSnapshot,
  recentSnapshots,
  snapshotCurrency,
  storeSnapshot,
} from "./snapshot-store.ts";
import type { Sql } from "./sql.ts";
import { countWeeklyCalls } from "./weekly-calls.ts";
import { makeZone, type Zone } from "./zone.ts";

export interface InsightPorts {
  readonly sql: Sql;
  readonly clock: Clock;
  readonly compute: PortalCompute;
  readonly log: Log;
  /** What one person may be asked to do a day; without it the team's calls are unknown. */
  readonly policy?: Pick<PortalPolicy, "tasksPerPersonPerDay">;
}

export interface InsightWork {
  /** Does what is due; the next wish, or null. Throws only for mistakes of ours. */
  step(): Promise<Instant | null>;
  /** Scores one batch of clients whose facts have changed, under the present snapshot. */
  rescoreStale(): void;
  /** Scores everybody under the present snapshot. */
  rescoreAll(): Promise<void>;
}

const BATCHES_PER_STEP = 20;

export function makeInsight(ports: InsightPorts): InsightWork {
  const { sql, clock, compute, log, policy } = ports;
  let zone: Zone = makeZone("UTC");
  const zoneOf = (portal: PortalRow): Zone => {
    if (zone.name !== portal.time_zone) zone = makeZone(portal.time_zone);
    return zone;
  };
  let isRebuilding = false;
  let scorer: { id: string; score: ReturnType<typeof makeScorer> } | null = null;
  const scorerOf = (snapshot: Snapshot) => {
    if (scorer?.id !== snapshot.id) scorer = { id: snapshot.id, score: makeScorer(snapshot) };
    return scorer.score;
  };

  const rescoreStale = () => {
    // The rebuild would write its older facts over these; the marks wait for its end.
    if (isRebuilding) return;
    const portal = readPortal(sql);
    const snapshot = latestSnapshot(sql);
    if (portal && snapshot) scoreStaleBatch(sql, zoneOf(portal), clock.now(), snapshot, scorerOf);
  };

  const rebuild = async (portal: PortalRow, isFresh: boolean) => {
    isRebuilding = true;
    try {
      await rebuildNow(portal, isFresh);
    } finally {
      isRebuilding = false;
    }
  };
  const rebuildNow = async (portal: PortalRow, isFresh: boolean) => {
    const now = clock.now();
    const isFinal = healthyState(sql) === "active";
    const callsPerWeek = policy ? countWeeklyCalls(sql, policy.tasksPerPersonPerDay) : null;
    const task = taskFor(sql, portal, { isFresh, isFinal, now, callsPerWeek });
    // Clients that change from here on are marked anew; until the work is done the mark of the rebuild stands for those
    // whose marks are taken away.
    sql.transaction(() => {
      setCounter(sql, REBUILD_RUNS, 1);
      if (!isFinal) setCounter(sql, SCORED_WEEK, 0);
      sql.run("delete from stale_client");
    });
    let snapshot = task.latest;
    let clients = 0;
    for await (const part of compute.run(task)) {
      if (part.kind === "snapshot") {
        snapshot = part.snapshot;
        keepSnapshot(sql, part, { currency: portal.currency, now: clock.now(), isFinal });
      } else {
        clients += part.rows.length;
        storeBatch(sql, part, isFinal);
      }
    }
    sql.transaction(() => {
      if (snapshot && snapshot !== task.latest) countClients(sql, snapshot, clients);
      setCounter(sql, REBUILD_RUNS, 0);
      const today = makeZone(portal.time_zone).dayOf(now);
      if (isFinal) setCounter(sql, SCORED_WEEK, weekOf(today));
    });
    log.info("insight.rebuilt", {
      snapshot: snapshot?.id,
      tier: snapshot?.tier,
      clients,
      ms: Math.round(clock.now() - now),
    });
  };

  return {
    rescoreStale,
    async rescoreAll() {
      const portal = readPortal(sql);
      if (portal) await rebuild(portal, false);
    },
    async step() {
      const portal = readPortal(sql);
      if (!portal || portal.state === "purged" || portal.state === "suspended") return null;
      const days = zoneOf(portal);
      const wantsFresh = wantsSnapshot(sql, portal, days, clock.now());
      if (wantsFresh || readCounter(sql, REBUILD_RUNS) === 1) await rebuild(portal, wantsFresh);
      if (!latestSnapshot(sql)) return null;
      for (let batch = 0; hasStale(sql); batch += 1) {
        if (batch === BATCHES_PER_STEP) return clock.now();
        rescoreStale();
        await clock.turn();
      }
      return nextNight(sql, portal, days, clock.now());
    },
  };
}

function hasStale(sql: Sql): boolean {
  return sql.get("select client_key from stale_client limit 1") !== undefined;
}

/** What the rebuild needs to know besides the facts. */
function taskFor(
  sql: Sql,
  portal: PortalRow,
  {
    isFresh,
    isFinal,
    now,
    callsPerWeek,
  }: { isFresh: boolean; isFinal: boolean; now: Instant; callsPerWeek: number | null },
): RebuildTask {
  const [latest = null, older = null] = recentSnapshots(sql, 2);
  const wasFinal = readCounter(sql, SNAPSHOT_IS_FINAL) === 1;
  const isSameMoney = snapshotCurrency(sql) === portal.currency;
  const today = makeZone(portal.time_zone).dayOf(now);
  return {
    timeZone: portal.time_zone,
    now,
    fresh:
      isFresh || !latest
        ? {
            id: freeSnapshotId(sql, dayText(today)),
            frozen: isFinal && wasFinal && isSameMoney ? latest : null,
          }
        : null,
    latest,
    older,
    callsPerWeek,
    scoredWeek: readCounter(sql, SCORED_WEEK),
  };
}

function keepSnapshot(
  sql: Sql,
  { snapshot, purchases }: Extract<RebuildPart, { kind: "snapshot" }>,
  { currency, now, isFinal }: { currency: string; now: Instant; isFinal: boolean },
): void {
  sql.transaction(() => {
    storeSnapshot(sql, snapshot, { currency, now });
    setCounter(sql, SNAPSHOT_IS_FINAL, Number(isFinal));
    setCounter(sql, SNAPSHOT_PURCHASES, purchases);
    dropOldSnapshots(sql, snapshot.asOf);
  });
}

function scoreStaleBatch(
  sql: Sql,
  zone: Zone,
  now: Instant,
  snapshot: Snapshot,
  scorerOf: (snapshot: Snapshot) => ReturnType<typeof makeScorer>,
): void {
  const today = zone.dayOf(now);
  sql.transaction(() => {
    const keys = sql
      .all<{ client_key: string }>(
        "select client_key from stale_client order by since_at, client_key limit ?",
        BATCH_CLIENTS,
      )
      .map((row) => row.client_key);
    if (keys.length === 0) return;
    const sides = loadSides(sql, keys, zone, now);
    const score = scorerOf(snapshot);
    const known = { zone, at: now, asOf: today };
    const histories = withOwnSignals(sql, loadHistories(sql, keys, today), snapshot, known);
    const clients = histories.filter((one) => one.days.length > 0);
    const stored = storedStates(sql, keys);
    const batch = makeBatch(
      clients.map((one) => score(one, sides.of(one.id), today)),
      histories.filter((one) => one.days.length === 0).map(({ id }) => id),
      { state: (key) => stored.get(key) ?? null, counterfactual: () => null },
      { snapshotId: snapshot.id, asOf: today, now, scoredWeek: 0 },
    );
    storeBatch(sql, batch, readCounter(sql, SNAPSHOT_IS_FINAL) === 1);
    sql.run(
      "delete from stale_client where client_key in (select value from json_each(?))",
      JSON.stringify(keys),
    );
  });
}
