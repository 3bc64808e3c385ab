import { describe, expect, it } from "vitest";
import {
  DAY_MS,
  memorySql,
  seedBase,
  seedDeal,
  seedPortal,
  seedPurchase,
  seedScans,
} from "../../test/support/actor-parts.ts";
import { makeSeededRandom, quietLog } from "../../test/support/portal-room.ts";
import { makeVirtualClock } from "../../test/support/virtual-clock.ts";
import type { LayerModel } from "../analytics/churn-types.ts";
import type { SignalLog } from "../analytics/signal-types.ts";
import { signalFacts, signalsAt } from "../analytics/signals.ts";
import type { Snapshot } from "../analytics/types.ts";
import { indexOf, loadPurchaseLog } from "./base-facts.ts";
import { EVERYBODY } from "./client-scope.ts";
import { makeInlineCompute } from "./inline-compute.ts";
import { makeInsight } from "./insight.ts";
import { parseInsight, type StoredInsight } from "./insight-data.ts";
import { loadHistories } from "./insight-facts.ts";
import { withOwnSignals, withSignals } from "./signal-facts.ts";
import { latestSnapshot, storeSnapshot } from "./snapshot-store.ts";
import type { Sql } from "./sql.ts";
import { makeZone } from "./zone.ts";

/** 2026-10-01, noon in Moscow. */
const TODAY = Date.UTC(2026, 9, 1) / DAY_MS;
const ZONE = makeZone("Europe/Moscow");

/** A layer that knows something of every signal. */
const LAYER: LayerModel = {
  slope: 0.9,
  intercept: 0.1,
  ridge: 1,
  parts: [
    { feature: "contactSilence", knots: [0], coefficients: [0.5], last: 7, centre: 1.5 },
    { feature: "contactsInH", knots: [0], coefficients: [-0.4], last: 3, centre: -0.3 },
    { feature: "openDeals", knots: [0], coefficients: [-0.6], last: 3, centre: -0.2 },
    { feature: "refusalsIn2H", knots: [0], coefficients: [0.8], last: 2, centre: 0.1 },
  ],
};

let nextActivity = 0;

function contact(sql: Sql, day: number, of: { key?: string; dealId?: string }): void {
  nextActivity += 1;
  sql.run(
    `insert into activity (id, kind, direction, at, is_done, deal_id, client_key, updated_at)
     values (?, 'call', 'out', ?, 1, ?, ?, 0)`,
    `a${nextActivity}`,
    day * DAY_MS,
    of.dealId ?? null,
    of.key ?? null,
  );
}

let nextDeal = 0;

function deal(sql: Sql, key: string, opened: number, closed?: readonly [number, string]): string {
  nextDeal += 1;
  const id = `s${nextDeal}`;
  seedDeal(sql, { id, key, outcome: closed?.[1] ?? "open" });
  sql.run(
    "update deal set created_at = ?, closed_at = ? where id = ?",
    opened * DAY_MS,
    closed === undefined ? null : closed[0] * DAY_MS,
    id,
  );
  return id;
}

/** A small base whose snapshot uses signals, as if it had been large when the snapshot was made. */
async function makeDesk() {
  const sql = memorySql();
  const clock = makeVirtualClock();
  seedPortal(sql);
  seedScans(sql, { isDone: true, at: clock.now() });
  seedBase(sql, makeSeededRandom(5), { clients: 80, today: TODAY });
  const random = makeSeededRandom(6);
  const something = (key: string) => {
    const day = TODAY - Math.floor(300 * random.next());
    const kind = random.next();
    if (kind < 0.5) contact(sql, day, { key });
    else if (kind < 0.6) deal(sql, key, day);
    else {
      const dealId = deal(sql, key, day - 5, [day, kind < 0.8 ? "won" : "lost"]);
      contact(sql, day - 3, { key, dealId });
      contact(sql, day - 2, { dealId });
    }
  };
  for (let client = 1; client <= 80; client += 1) {
    for (let row = 0; row < 4 * random.next(); row += 1) something(`company:${client}`);
  }
  const insight = makeInsight({
    sql,
    clock,
    compute: makeInlineCompute(sql, clock),
    log: quietLog,
  });
  await clock.run(insight.step());
  const made = latestSnapshot(sql) as Snapshot;
  const snapshot: Snapshot = { ...made, id: "told", churn: { method: "layer", layer: LAYER } };
  storeSnapshot(sql, snapshot, { currency: "RUB", now: clock.now() });
  return { sql, clock, insight, snapshot, random, something };
}

const insights = (sql: Sql) => sql.all<StoredInsight>("select * from insight order by client_key");

describe("signals of the mirror", () => {
  it("are the same for one client and for the whole base, and each contact counts once", async () => {
    const { sql, clock, snapshot } = await makeDesk();
    const key = "company:7";
    sql.run(
      "delete from activity where client_key = ? or deal_id in (select id from deal where client_key = ?)",
      key,
      key,
    );
    sql.run("delete from deal where client_key = ?", key);
    const dealId = deal(sql, key, TODAY - 20);
    deal(sql, key, TODAY - 30, [TODAY - 25, "lost"]);
    deal(sql, key, TODAY - 9, [TODAY + 9, "won"]);
    deal(sql, key, TODAY + 1);
    contact(sql, TODAY - 8, { key, dealId });
    contact(sql, TODAY - 4, { dealId });
    contact(sql, TODAY + 2, { key });
    const log = loadPurchaseLog(sql);
    const index = indexOf(log);
    const known = { zone: ZONE, at: clock.now() };
    const { signals } = withSignals(sql, log, [snapshot], { index, scopes: [EVERYBODY], ...known });
    const keys = log.clients.slice(0, 30);
    const own = withOwnSignals(sql, loadHistories(sql, [...keys, key], TODAY), snapshot, {
      ...known,
      asOf: TODAY,
    });
    for (const history of own) {
      expect(history.signals).toEqual(
        signalsAt(signals as SignalLog, index.get(history.id) ?? -1, TODAY),
      );
    }
    const facts = own.at(-1)?.signals;
    expect(facts && signalFacts(facts, TODAY, 60)).toEqual({
      silentDays: 4,
      contacts: 2,
      openDeals: 2,
      refusals: 1,
    });
  });

  it("are not read where nothing uses them", async () => {
    const { sql, clock, snapshot } = await makeDesk();
    const log = loadPurchaseLog(sql);
    const query = { index: indexOf(log), scopes: [EVERYBODY], zone: ZONE, at: clock.now() };
    const plain: Snapshot = { ...snapshot, churn: { method: "core" } };
    expect(withSignals(sql, log, [plain, null], query)).toBe(log);
    const histories = loadHistories(sql, ["company:7"], TODAY);
    expect(withOwnSignals(sql, histories, plain, { ...query, asOf: TODAY })).toBe(histories);
  });

  it("score changed clients one by one exactly as a rebuild does", async () => {
    const { sql, clock, insight, random, something } = await makeDesk();
    await clock.run(insight.rescoreAll());
    const before = insights(sql);
    for (let change = 0; change < 60; change += 1) {
      const key = `company:${1 + Math.floor(random.next() * 85)}`;
      something(key);
      seedPurchase(sql, { key, day: TODAY - Math.floor(random.next() * 200), minor: 40_000 });
      insight.rescoreStale();
    }
    const incremental = insights(sql);
    expect(incremental).not.toEqual(before);
    await clock.run(insight.rescoreAll());
    expect(insights(sql)).toEqual(incremental);
    const codes = incremental.flatMap((row) => {
      const health = parseInsight(row)?.health;
      const factors = health?.factors ?? [];
      expect(factors.reduce((sum, { points }) => sum + points, health?.base ?? 0)).toBe(
        health?.score,
      );
      return factors.filter(({ points }) => points !== 0).map(({ code }) => code);
    });
    expect(codes).toEqual(expect.arrayContaining(["contacts", "deals"]));
    expect(codes).not.toContain("open_deal");
  });
});
