import { dayText, monthIndex } from "../analytics/calendar.ts";
import { buildHistories } from "../analytics/history.ts";
import { makeScorer, makeSnapshot } from "../analytics/snapshot.ts";
import type { ClientHistory, Day, Insight, PurchaseLog, Snapshot } from "../analytics/types.ts";
import type { Clock, Compute, Instant, Log } from "../crm/ports.ts";
import { loadHistories, loadPurchaseLog, loadSides, type SideSource } from "./insight-facts.ts";
import {
  nextNight,
  REBUILD_RUNS,
  SNAPSHOT_IS_FINAL,
  SNAPSHOT_PURCHASES,
  wantsSnapshot,
} from "./insight-schedule.ts";
import { dropOthers, type StoreOptions, storeInsights } from "./insight-store.ts";
import { hasWeeklyScores, storePastScores } from "./past-scores.ts";
import { healthyState, type PortalRow, readCounter, readPortal, setCounter } from "./portal-row.ts";
import { slicer } from "./score-job.ts";
import {
  dropOldSnapshots,
  freeSnapshotId,
  latestSnapshot,
  recentSnapshots,
  snapshotCurrency,
  storeSnapshot,
} from "./snapshot-store.ts";
import type { Sql } from "./sql.ts";
import { makeZone, type Zone } from "./zone.ts";

export interface InsightPorts {
  readonly sql: Sql;
  readonly clock: Clock;
  readonly compute: Compute;
  readonly log: Log;
}

export interface InsightWork {
  /** Does what is due; the next wish, or null. Throws only for mistakes of ours. */
  step(): Promise<Instant | null>;
  /** Scores one batch of clients whose facts have changed, under the present snapshot. */
  rescoreStale(): void;
  /** Scores everybody under the present snapshot. */
  rescoreAll(): Promise<void>;
}

const BATCH_CLIENTS = 500;
const BATCHES_PER_STEP = 20;
export function makeInsight(ports: InsightPorts): InsightWork {
  const { sql, clock, compute, log } = ports;
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
    const days = zoneOf(portal);
    const today = days.dayOf(now);
    const facts = takeFacts(sql, days, now);
    const [latest = null, older = null] = recentSnapshots(sql, 2);
    const isFinal = healthyState(sql) === "active";
    const isFirst = isFinal && !hasWeeklyScores(sql);
    const snapshot =
      isFresh || !latest
        ? await makeAndStore(ports, portal.currency, { log: facts.log, today, latest, isFinal })
        : latest;
    const histories = buildHistories(facts.log, today).filter((one) => one.days.length > 0);
    const score = scorerOf(snapshot);
    const insights = await compute.run({
      name: "score",
      slice: slicer(clock, histories, (one) => score(one, facts.sides.of(one.id), today)),
    });
    const previous = snapshot === latest ? older : latest;
    const options: StoreOptions = {
      snapshotId: snapshot.id,
      asOf: today,
      now,
      keepsWeeklyScore: isFinal,
      counterfactual: previous && counterfactual(histories, facts.sides, today, previous),
    };
    if (isFirst) await storePastScores(ports, { log: facts.log, snapshot, zone: days });
    for (let at = 0; at < insights.length; at += BATCH_CLIENTS) {
      storeInsights(sql, insights.slice(at, at + BATCH_CLIENTS), [], options);
      await clock.turn();
    }
    dropOthers(sql, new Set(insights.map(({ id }) => id)), options);
    setCounter(sql, REBUILD_RUNS, 0);
    log.info("insight.rebuilt", {
      snapshot: snapshot.id,
      tier: snapshot.tier,
      clients: insights.length,
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

interface Facts {
  readonly log: PurchaseLog;
  readonly sides: SideSource;
}

/**
 * Everybody's facts at one instant. Clients that change from here on are marked anew; until the work is done the mark of the
 * rebuild stands for those whose marks are taken away.
 */
function takeFacts(sql: Sql, zone: Zone, now: Instant): Facts {
  return sql.transaction(() => {
    setCounter(sql, REBUILD_RUNS, 1);
    sql.run("delete from stale_client");
    return { log: loadPurchaseLog(sql), sides: loadSides(sql, null, zone, now) };
  });
}

async function makeAndStore(
  { sql, clock, compute }: InsightPorts,
  currency: string,
  base: { log: PurchaseLog; today: Day; latest: Snapshot | null; isFinal: boolean },
): Promise<Snapshot> {
  const { today } = base;
  const wasFinal = readCounter(sql, SNAPSHOT_IS_FINAL) === 1;
  const isSameMoney = snapshotCurrency(sql) === currency;
  const frozen = base.isFinal && wasFinal && isSameMoney ? base.latest : null;
  const id = freeSnapshotId(sql, dayText(today));
  const fitted = await compute.run({
    name: "snapshot",
    slice: () => fitSnapshot(base.log, today, id, frozen),
  });
  sql.transaction(() => {
    storeSnapshot(sql, fitted, { currency, now: clock.now() });
    setCounter(sql, SNAPSHOT_IS_FINAL, Number(base.isFinal));
    setCounter(sql, SNAPSHOT_PURCHASES, base.log.day.length);
    dropOldSnapshots(sql, today);
  });
  return fitted;
}

/**
 * Boundaries are frozen for the calendar month, so that a client does not change its name because others bought. A change
 * of the method (a base that has grown past its thresholds) is worth new ones at once.
 */
function fitSnapshot(log: PurchaseLog, today: Day, id: string, frozen: Snapshot | null): Snapshot {
  if (!frozen || monthIndex(frozen.asOf) !== monthIndex(today)) {
    return makeSnapshot(log, today, { id });
  }
  const fresh = makeSnapshot(log, today, { id, horizonDays: frozen.horizonDays });
  const isSameKind =
    fresh.rfm.method === frozen.rfm.method &&
    (fresh.rfm.monetaryMinor === null) === (frozen.rfm.monetaryMinor === null) &&
    (fresh.usualGapDays === null) === (frozen.usualGapDays === null);
  if (!isSameKind) return makeSnapshot(log, today, { id });
  return {
    ...fresh,
    rfm: frozen.rfm,
    abc: frozen.abc ?? fresh.abc,
    lifecycle: frozen.lifecycle,
  };
}

/** The same client on the same day under the limits of before; asked for changed clients only. */
function counterfactual(
  histories: readonly ClientHistory[],
  sides: SideSource,
  today: Day,
  previous: Snapshot,
): (key: string) => Insight | null {
  const score = makeScorer(previous);
  let byKey: Map<string, ClientHistory> | null = null;
  return (key) => {
    byKey ??= new Map(histories.map((one) => [one.id, one]));
    const history = byKey.get(key);
    return history ? score(history, sides.of(key), today) : null;
  };
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
    const histories = loadHistories(sql, keys, today);
    const clients = histories.filter((one) => one.days.length > 0);
    storeInsights(
      sql,
      clients.map((one) => score(one, sides.of(one.id), today)),
      histories.filter((one) => one.days.length === 0).map(({ id }) => id),
      {
        snapshotId: snapshot.id,
        asOf: today,
        now,
        keepsWeeklyScore: readCounter(sql, SNAPSHOT_IS_FINAL) === 1,
        counterfactual: null,
      },
    );
    sql.run(
      "delete from stale_client where client_key in (select value from json_each(?))",
      JSON.stringify(keys),
    );
  });
}
