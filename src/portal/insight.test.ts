import { describe, expect, it } from "vitest";
import {
  DAY_MS,
  memorySql,
  seedBase,
  seedPortal,
  seedPurchase,
  seedScans,
} from "../../test/support/actor-parts.ts";
import { makeSeededRandom, quietLog } from "../../test/support/portal-room.ts";
import { makeVirtualClock, type VirtualClock } from "../../test/support/virtual-clock.ts";
import { makeInlineCompute } from "./inline-compute.ts";
import { makeInsight } from "./insight.ts";
import { weekOf } from "./insight-batch.ts";
import { parseInsight, type StoredInsight } from "./insight-data.ts";
import type { PortalCompute } from "./rebuild.ts";
import { latestSnapshot } from "./snapshot-store.ts";
import type { Sql } from "./sql.ts";

/** 2026-10-01, noon in Moscow. */
const TODAY = Date.UTC(2026, 9, 1) / DAY_MS;

interface Desk {
  readonly sql: Sql;
  readonly clock: VirtualClock;
  step(compute?: PortalCompute): Promise<number | null>;
}

function makeDesk({ clients = 80, isDone = true } = {}): Desk {
  const sql = memorySql();
  const clock = makeVirtualClock();
  seedPortal(sql);
  seedScans(sql, { isDone, at: clock.now() });
  if (clients > 0) seedBase(sql, makeSeededRandom(5), { clients, today: TODAY });
  return {
    sql,
    clock,
    step: (compute = makeInlineCompute(sql, clock)) =>
      clock.run(makeInsight({ sql, clock, compute, log: quietLog }).step()),
  };
}

const insights = ({ sql }: Desk) =>
  sql.all<StoredInsight & { snapshot_id: string }>("select * from insight order by client_key");
const insightOf = (desk: Desk, key: string) => {
  const row = insights(desk).find(({ client_key }) => client_key === key);
  return row && parseInsight(row);
};
const staleCount = ({ sql }: Desk) =>
  sql.get<{ n: number }>("select count(*) as n from stale_client")?.n;

async function toNextNight(desk: Desk): Promise<void> {
  const wish = await desk.step();
  await desk.clock.runTo((wish ?? 0) + 1);
}

describe("the insight step", () => {
  it("makes a snapshot after the first sync and scores everybody", async () => {
    const desk = makeDesk();
    const wish = await desk.step();
    expect(latestSnapshot(desk.sql)).toMatchObject({ id: "2026-10-01", asOf: TODAY, tier: 1 });
    expect(insights(desk)).toHaveLength(80);
    expect(staleCount(desk)).toBe(0);
    // The next wish is the next midnight of the portal's zone (21:00 UTC), or a little later.
    expect(wish).toBeGreaterThanOrEqual(Date.UTC(2026, 9, 1, 21));
    expect(wish).toBeLessThan(Date.UTC(2026, 9, 1, 21, 30));
  });

  it("still wants tonight's snapshot when it is woken between midnight and its turn", async () => {
    const desk = makeDesk();
    const night = (await desk.step()) ?? 0;
    await desk.clock.runTo(Date.UTC(2026, 9, 1, 21));
    expect(await desk.step()).toBe(night);
    expect(latestSnapshot(desk.sql)?.asOf).toBe(TODAY);
    await desk.clock.runTo(night);
    await desk.step();
    expect(latestSnapshot(desk.sql)?.asOf).toBe(TODAY + 1);
  });

  it("does nothing twice: a second step changes no row", async () => {
    const desk = makeDesk();
    await desk.step();
    const before = desk.sql.all("select * from insight order by client_key");
    await desk.step();
    expect(desk.sql.all("select * from insight order by client_key")).toEqual(before);
    expect(desk.sql.all("select id from snapshot")).toHaveLength(1);
  });

  it("makes a tier 0 snapshot of an empty base, so that the first client is scored at once", async () => {
    const desk = makeDesk({ clients: 0 });
    await desk.step();
    expect(latestSnapshot(desk.sql)).toMatchObject({ tier: 0, tierReason: "few_clients" });
    seedPurchase(desk.sql, { key: "contact:5", day: TODAY - 3, minor: 1_000 });
    await desk.step();
    expect(insights(desk).map((row) => row.client_key)).toEqual(["contact:5"]);
  });

  it("waits for the end of the first sync while there is little to see", async () => {
    const desk = makeDesk({ clients: 3, isDone: false });
    expect(await desk.step()).toBeNull();
    expect(insights(desk)).toHaveLength(0);
  });

  it("shows a first picture before a long first sync ends, and a final one after", async () => {
    const desk = makeDesk({ clients: 80, isDone: false });
    await desk.step();
    expect(insights(desk)).toHaveLength(80);
    expect(desk.sql.all("select * from weekly_score")).toHaveLength(0);
    seedScans(desk.sql, { isDone: true, at: desk.clock.now() });
    await desk.step();
    expect(desk.sql.all("select id from snapshot order by rowid")).toEqual([
      { id: "2026-10-01" },
      { id: "2026-10-01.2" },
    ]);
    expect(desk.sql.all("select * from weekly_score where week = ?", weekOf(TODAY))).toHaveLength(
      80,
    );
  });

  it("scores changed clients one by one exactly as a rebuild under the same snapshot would", async () => {
    const desk = makeDesk();
    await desk.step();
    const random = makeSeededRandom(11);
    for (let change = 0; change < 60; change += 1) {
      const key = `company:${1 + Math.floor(random.next() * 90)}`;
      const minor = random.next() < 0.2 ? -20_000 : random.next() < 0.2 ? null : 40_000;
      seedPurchase(desk.sql, { key, day: TODAY - Math.floor(random.next() * 200), minor });
      await desk.step();
    }
    const incremental = insights(desk);
    expect(incremental.length).toBeGreaterThan(80);
    const insight = makeInsight({
      sql: desk.sql,
      clock: desk.clock,
      compute: makeInlineCompute(desk.sql, desk.clock),
      log: quietLog,
    });
    await desk.clock.run(insight.rescoreAll());
    expect(insights(desk)).toEqual(incremental);
    desk.sql.run("delete from insight");
    await desk.clock.run(insight.rescoreAll());
    expect(insights(desk)).toEqual(incremental);
  });

  it("scores everybody again when the day of the portal changes", async () => {
    const desk = makeDesk();
    await toNextNight(desk);
    await desk.step();
    expect(latestSnapshot(desk.sql)?.id).toBe("2026-10-02");
    expect(new Set(insights(desk).map((row) => row.as_of))).toEqual(new Set([TODAY + 1]));
  });

  it("keeps the boundaries of the month and says what moved a client", async () => {
    const desk = makeDesk();
    await desk.step();
    const first = latestSnapshot(desk.sql);
    for (let day = 0; day < 29; day += 1) {
      await toNextNight(desk);
      await desk.step();
      expect(latestSnapshot(desk.sql)?.rfm).toEqual(first?.rfm);
    }
    // Bands may also move with the nightly fit of the model; names only with the client.
    const causes = desk.sql.all(
      "select distinct cause from transition where kind in ('segment', 'lifecycle')",
    );
    expect(causes).toEqual([{ cause: "behaviour" }]);
    await toNextNight(desk);
    // Many small buyers arrive: the money limits of the new month are others.
    for (let index = 0; index < 60; index += 1) {
      seedPurchase(desk.sql, { key: `contact:${index + 1}`, day: TODAY + 29, minor: 500 });
    }
    await toNextNight(desk);
    await desk.step();
    expect(latestSnapshot(desk.sql)?.rfm).not.toEqual(first?.rfm);
    expect(
      desk.sql.get("select count(*) > 0 as some from transition where cause = 'boundary'"),
    ).toEqual({ some: 1 });
  });

  it("makes new limits when the portal's currency has changed, once its purchases are converted", async () => {
    const desk = makeDesk();
    await desk.step();
    const limits = latestSnapshot(desk.sql)?.rfm.monetaryMinor?.[3] ?? 0;
    desk.sql.run("update portal set currency = 'USD'");
    desk.sql.run(
      `insert into scan (job, entity, state, done, next_at, attempts)
       values ('purchases', 'deal', 'running', 0, 0, 0)`,
    );
    await desk.step();
    expect(latestSnapshot(desk.sql)?.id).toBe("2026-10-01");
    desk.sql.run("update purchase set currency = 'USD', base_minor = base_minor / 100");
    desk.sql.run("update scan set state = 'done' where job = 'purchases'");
    await desk.step();
    await desk.step();
    expect(latestSnapshot(desk.sql)?.id).toBe("2026-10-01.2");
    expect(latestSnapshot(desk.sql)?.rfm.monetaryMinor?.[3]).toBeLessThan(limits / 50);
  });

  it("keeps one score a week", async () => {
    const desk = makeDesk();
    for (let day = 0; day < 15; day += 1) {
      await toNextNight(desk);
      await desk.step();
    }
    const weeks = desk.sql.all<{ week: number; n: number }>(
      "select week, count(*) as n from weekly_score group by week order by week",
    );
    const own = weeks.filter(({ week }) => week >= weekOf(TODAY));
    expect(own.map(({ week }) => week)).toEqual([0, 1, 2].map((week) => weekOf(TODAY) + week));
    expect(own.every(({ n }) => n === 80)).toBe(true);
  });

  it("keeps a score of everybody who comes within a week, though not everybody is looked up again", async () => {
    const desk = makeDesk();
    await toNextNight(desk);
    await desk.step();
    const scoresOf = (key: string) =>
      desk.sql.all<{ score: number }>("select score from weekly_score where client_key = ?", key);
    const before = desk.sql.all("select * from weekly_score order by client_key, week");
    // One who buys and is found by the night, one who was scored at once, one whose insight was lost.
    seedPurchase(desk.sql, { key: "company:new", day: TODAY - 3, minor: 1_000 });
    desk.sql.run("delete from stale_client");
    seedPurchase(desk.sql, { key: "company:hinted", day: TODAY - 3, minor: 1_000 });
    desk.sql.run(
      "insert or ignore into stale_client (client_key, since_at) values ('company:hinted', 1)",
    );
    await desk.step();
    expect(scoresOf("company:hinted")).toHaveLength(1);
    desk.sql.run("delete from insight where client_key = 'company:1'");
    desk.sql.run("delete from weekly_score where client_key = 'company:1'");
    await toNextNight(desk);
    await desk.step();
    for (const key of ["company:new", "company:hinted", "company:1"]) {
      expect(scoresOf(key), key).toHaveLength(1);
    }
    const after = desk.sql.all<{ client_key: string }>(
      "select * from weekly_score order by client_key, week",
    );
    const known = ({ client_key: key }: { client_key: string }) =>
      !/new|hinted|company:1$/.test(key);
    expect(after.filter(known)).toEqual((before as { client_key: string }[]).filter(known));
  });

  it("drops a client whose purchases are all gone or paid back, and writes that down", async () => {
    const desk = makeDesk();
    await desk.step();
    desk.sql.run("delete from purchase where client_key = 'company:3'");
    const { sum } = desk.sql.get<{ sum: number }>(
      "select sum(base_minor) as sum from purchase where client_key = 'company:4'",
    ) ?? { sum: 0 };
    seedPurchase(desk.sql, { key: "company:3", day: TODAY, minor: -5 });
    seedPurchase(desk.sql, { key: "company:4", day: TODAY, minor: -sum });
    await desk.step();
    const keys = insights(desk).map((row) => row.client_key);
    expect(keys).toHaveLength(78);
    expect(
      desk.sql.all(
        "select client_key, after from transition where kind = 'lifecycle' order by client_key",
      ),
    ).toEqual([
      { client_key: "company:3", after: null },
      { client_key: "company:4", after: null },
    ]);
  });

  it("leaves purchases of the future out until their day", async () => {
    const desk = makeDesk();
    await desk.step();
    seedPurchase(desk.sql, { key: "company:500", day: TODAY + 1, minor: 100 });
    await desk.step();
    expect(insights(desk)).toHaveLength(80);
    await toNextNight(desk);
    await desk.step();
    expect(insights(desk)).toHaveLength(81);
  });

  it("loses nobody when the process dies in the middle of a rebuild", async () => {
    const desk = makeDesk();
    await desk.step();
    const whole = insights(desk);
    desk.sql.run("delete from snapshot");
    seedPurchase(desk.sql, { key: "company:7", day: TODAY, minor: 1 });
    // The new snapshot is stored by then, so that nothing but the mark of the rebuild tells of it.
    const dying: PortalCompute = {
      async *run(task) {
        for await (const part of makeInlineCompute(desk.sql, desk.clock).run(task)) {
          if (part.kind === "insights") throw new Error("gone");
          yield part;
        }
      },
    };
    await expect(desk.step(dying)).rejects.toThrow("gone");
    expect(staleCount(desk)).toBe(0);
    await desk.step();
    const after = insights(desk);
    expect(after.map((row) => row.client_key)).toEqual(whole.map((row) => row.client_key));
    const changed = after.find((row) => row.client_key === "company:7");
    expect(changed && parseInsight(changed)).toMatchObject({ daysSinceLast: 0 });
  });

  it("scores the clients that change during a rebuild after it, even when asked in between", async () => {
    const desk = makeDesk();
    const { sql, clock } = desk;
    const late: PortalCompute = {
      async *run(task) {
        for await (const part of makeInlineCompute(sql, clock).run(task)) {
          if (part.kind === "insights") {
            seedPurchase(sql, { key: "company:7", day: TODAY, minor: 1 });
            insight.rescoreStale();
          }
          yield part;
        }
      },
    };
    const insight = makeInsight({ sql, clock, compute: late, log: quietLog });
    await clock.run(insight.step());
    expect(insightOf(desk, "company:7")).toMatchObject({ daysSinceLast: 0 });
    expect(staleCount(desk)).toBe(0);
  });

  it("sees open deals and contacts, through the deal as well", async () => {
    const desk = makeDesk();
    await desk.step();
    const factors = () => insightOf(desk, "company:7")?.health?.factors.map(({ code }) => code);
    expect(factors()).toEqual(expect.arrayContaining(["no_open_deal", "contact_unknown"]));
    const now = desk.clock.now();
    desk.sql.run(
      `insert into deal (id, pipeline_id, stage_id, outcome, contact_ids, client_key, created_at, updated_at,
         is_template, is_deleted, read_seq) values ('90', '1', '1', 'open', '[]', 'company:7', 0, 0, 0, 0, 1)`,
    );
    desk.sql.run(
      `insert into activity (id, kind, direction, at, is_done, deal_id, client_key, updated_at)
       values ('a1', 'call', 'out', ?, 1, '90', null, 0)`,
      now - 2 * DAY_MS,
    );
    desk.sql.run("insert into stale_client (client_key, since_at) values ('company:7', 0)");
    await desk.step();
    expect(factors()).toEqual(expect.arrayContaining(["open_deal", "recent_contact"]));
  });
});
