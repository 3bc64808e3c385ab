import { describe, expect, it } from "vitest";
import {
  DAY_MS,
  memorySql,
  seedBase,
  seedClient,
  seedDeal,
  seedPortal,
  seedPurchase,
  seedScans,
} from "../../test/support/actor-parts.ts";
import { makeSeededRandom, quietLog } from "../../test/support/portal-room.ts";
import { makeVirtualClock, type VirtualClock } from "../../test/support/virtual-clock.ts";
import { type CardDocument, cardDocument } from "../crm/card.ts";
import type { CardEntity } from "../crm/host.ts";
import { addAction } from "./action-store.ts";
import { makeCards } from "./card.ts";
import { makeInlineCompute } from "./inline-compute.ts";
import { makeInsight } from "./insight.ts";
import { weekOf } from "./insight-batch.ts";
import { readProgress } from "./progress.ts";
import type { Sql } from "./sql.ts";

const TODAY = Date.UTC(2026, 9, 1) / DAY_MS;

interface Desk {
  readonly sql: Sql;
  readonly clock: VirtualClock;
  score(): Promise<void>;
  card(entity: CardEntity, id: string, canRead?: boolean): CardDocument;
}

async function makeDesk({ clients = 120 } = {}): Promise<Desk> {
  const sql = memorySql();
  const clock = makeVirtualClock();
  seedPortal(sql);
  seedScans(sql, { isDone: true, at: clock.now() });
  if (clients > 0) seedBase(sql, makeSeededRandom(5), { clients, today: TODAY });
  const insight = makeInsight({
    sql,
    clock,
    compute: makeInlineCompute(sql, clock),
    log: quietLog,
  });
  const cards = makeCards({
    sql,
    clock,
    progress: () => readProgress(sql, clock.now()),
    dealUrl: (id) => `https://crm.example/deal/${id}`,
  });
  const desk: Desk = {
    sql,
    clock,
    async score() {
      await clock.run(insight.step());
    },
    card(entity, id, canRead = true) {
      const document = cards.card(entity, id, { canRead, isAdmin: false });
      // Every card of every test is checked against the schema, after a trip through JSON as well.
      const parsed = cardDocument.parse(JSON.parse(JSON.stringify(document)));
      expect(parsed).toEqual(document);
      if (document.health) {
        const points = document.health.factors.reduce((sum, one) => sum + one.points, 0);
        expect(document.health.base + points).toBe(document.health.score);
      }
      return document;
    },
  };
  await desk.score();
  return desk;
}

/** A client with the given days before today. */
function client(desk: Desk, id: string, daysAgo: readonly number[], minor: number | null = 50_000) {
  const key = id.includes(":") ? id : `company:${id}`;
  seedClient(desk.sql, { key });
  for (const ago of daysAgo) seedPurchase(desk.sql, { key, day: TODAY - ago, minor });
}

describe("the card", () => {
  it("validates for every client of a base", async () => {
    const desk = await makeDesk();
    const states = new Set<string>();
    for (let id = 1; id <= 120; id += 1) states.add(desk.card("company", String(id)).state);
    expect(states).toContain("ok");
  });

  it("tells who the client is, what they brought and what is expected", async () => {
    const desk = await makeDesk();
    client(desk, "501", [130, 100, 70, 40, 12]);
    await desk.score();
    const card = desk.card("company", "501");
    expect(card).toMatchObject({
      state: "ok",
      flags: ["ok"],
      formula: "health-1",
      snapshot: "2026-10-01",
      tier: 1,
      client: { kind: "company", id: "501", key: "company:501" },
      worth: { purchases: 5, totalMinor: 250_000, averageMinor: 50_000, currency: "RUB" },
      history: { lastPurchaseAt: "2026-09-19", lastContact: null },
      action: { kind: "none" },
    });
    expect(card.forecast?.pChurn).toBeGreaterThan(0);
    expect(card.spark).toHaveLength(12);
    expect(card.spark.at(-1)).toEqual({ month: "2026-10", amountMinor: 0, purchases: 0 });
    expect(card.spark.at(-2)).toEqual({ month: "2026-09", amountMinor: 50_000, purchases: 1 });
  });

  it("proposes a call for a client at risk, and shows the task once it is there", async () => {
    const desk = await makeDesk();
    client(desk, "501", [300, 270, 240, 210, 180, 110]);
    await desk.score();
    expect(desk.card("company", "501").action).toEqual({
      kind: "task",
      playbook: "at_risk",
      due: "2026-10-05",
      openTaskId: null,
    });
    const payload = {
      client: { kind: "company" as const, id: "501" },
      dealId: null,
      responsibleId: "7",
      title: "t",
      text: "t",
      due: Date.UTC(2026, 9, 6, 12),
    };
    addAction(
      desk.sql,
      {
        key: "k",
        runId: "r",
        playbook: "at_risk",
        clientKey: "company:501",
        kind: "task",
        payload,
        responsibleId: "7",
        valueMinor: 0,
      },
      desk.clock.now(),
    );
    desk.sql.run("update action set state = 'done', host_id = '77', done_at = ?", desk.clock.now());
    expect(desk.card("company", "501").action).toEqual({
      kind: "task",
      playbook: "at_risk",
      due: "2026-10-06",
      openTaskId: "77",
    });
  });

  it("gives facts and no prompt to a client of the holdout", async () => {
    const desk = await makeDesk();
    client(desk, "501", [300, 270, 240, 210, 180, 110]);
    await desk.score();
    desk.sql.run(
      "insert into assignment (playbook, client_key, arm, stratum, at) values ('at_risk', 'company:501', 'holdout', 'A', 0)",
    );
    const card = desk.card("company", "501");
    expect(card).toMatchObject({ state: "holdout", holdout: true, action: { kind: "none" } });
    expect(card.health).not.toBeNull();
  });

  it("hides sums, scores and the client itself from a viewer without the right", async () => {
    const desk = await makeDesk();
    expect(desk.card("company", "1", false)).toMatchObject({
      state: "no_permission",
      flags: ["no_permission"],
      client: null,
      worth: null,
      health: null,
      forecast: null,
      reason: null,
      segment: null,
      spark: [],
      notes: [],
    });
  });

  it("names the buyer and the alternatives when a deal's company and contact both buy", async () => {
    const desk = await makeDesk();
    client(desk, "501", [60, 30, 3]);
    client(desk, "contact:88", [50, 20]);
    seedDeal(desk.sql, { id: "9", key: "company:501", companyId: "501", contactIds: ["88", "89"] });
    await desk.score();
    expect(desk.card("deal", "9")).toMatchObject({
      state: "ambiguous_client",
      client: { key: "company:501" },
      alternatives: [{ kind: "contact", id: "88", key: "contact:88" }],
    });
    expect(desk.card("contact", "88")).toMatchObject({ client: { key: "contact:88" } });
  });

  it("shows the company's card for a contact whose deals are the company's", async () => {
    const desk = await makeDesk();
    client(desk, "501", [60, 30, 3]);
    seedClient(desk.sql, { key: "contact:88" });
    seedDeal(desk.sql, { id: "9", key: "company:501", companyId: "501", contactIds: ["88"] });
    await desk.score();
    expect(desk.card("contact", "88")).toMatchObject({
      state: "ok",
      client: { key: "company:501" },
      alternatives: [],
    });
  });

  it("follows a merged duplicate to the survivor", async () => {
    const desk = await makeDesk();
    client(desk, "501", [60, 30, 3]);
    seedClient(desk.sql, { key: "company:400" });
    desk.sql.run("update client set merged_into = 'company:501' where key = 'company:400'");
    await desk.score();
    expect(desk.card("company", "400")).toMatchObject({
      state: "merged",
      client: { key: "company:501" },
      worth: { purchases: 3 },
    });
  });

  it("says so when there is no purchase, no client, or no such deal", async () => {
    const desk = await makeDesk();
    seedClient(desk.sql, { key: "company:700" });
    seedDeal(desk.sql, { id: "10", key: null });
    expect(desk.card("company", "700")).toMatchObject({
      state: "no_purchase",
      client: { key: "company:700" },
      worth: null,
    });
    expect(desk.card("deal", "10")).toMatchObject({ state: "no_purchase", client: null });
    expect(desk.card("deal", "11")).toMatchObject({ state: "no_purchase", client: null });
  });

  it("gives facts only while the base has too little data", async () => {
    const desk = await makeDesk({ clients: 0 });
    client(desk, "501", [60, 30, 3]);
    await desk.score();
    const card = desk.card("company", "501");
    expect(card).toMatchObject({
      state: "too_little_data",
      tier: 0,
      health: null,
      forecast: null,
      notes: [{ code: "tier_few_clients", params: {} }],
    });
    expect(card.segment).not.toBeNull();
  });

  it("marks a refund, a first purchase and a return", async () => {
    const desk = await makeDesk();
    client(desk, "501", [60, 30, 3]);
    client(desk, "501", [1], -10_000);
    client(desk, "502", [5]);
    client(desk, "503", [900, 860, 4]);
    await desk.score();
    expect(desk.card("company", "501")).toMatchObject({
      state: "refund",
      worth: { purchases: 3, totalMinor: 140_000 },
      notes: [{ code: "refunds", params: { count: 1 } }],
    });
    expect(desk.card("company", "502")).toMatchObject({
      state: "one_purchase",
      notes: [{ code: "segment_median_used" }],
    });
    expect(desk.card("company", "503")).toMatchObject({ state: "returned" });
  });

  it("shows money as unknown when no purchase has a sum, and counts such deals", async () => {
    const desk = await makeDesk();
    client(desk, "501", [60, 30, 3], null);
    await desk.score();
    expect(desk.card("company", "501")).toMatchObject({
      worth: { purchases: 3, totalMinor: null, averageMinor: null },
      notes: [{ code: "deals_without_sum", params: { count: 3 } }],
    });
  });

  it("tells that the first sync runs, how far it is, and that the licence has ended", async () => {
    const desk = await makeDesk();
    seedScans(desk.sql, { isDone: false, at: desk.clock.now() - 60_000 });
    expect(desk.card("company", "1")).toMatchObject({
      state: "installing",
      progress: { done: 70, total: 140 },
    });
    desk.sql.run("update portal set state = 'payment_required'");
    expect(desk.card("company", "1").flags.slice(0, 2)).toEqual(["licence_ended", "installing"]);
  });

  it("does not call somebody who has bought a client without purchases while scores are made", async () => {
    const desk = await makeDesk();
    client(desk, "501", [60, 30, 3]);
    expect(desk.card("company", "501").state).toBe("installing");
    await desk.score();
    expect(desk.card("company", "501").flags).not.toContain("installing");
  });

  it("says when the data is older than an hour, and the rest stays", async () => {
    const desk = await makeDesk();
    client(desk, "501", [60, 30, 3]);
    await desk.score();
    await desk.clock.runTo(desk.clock.now() + 3_600_001);
    const card = desk.card("company", "501");
    expect(card.state).toBe("stale");
    expect(card.dataAsOf).toBe("2026-10-01T09:00:00.000Z");
    expect(card.worth?.purchases).toBe(3);
  });

  it("lists every state that applies, in the agreed order", async () => {
    const desk = await makeDesk({ clients: 0 });
    client(desk, "501", [5]);
    client(desk, "contact:88", [50, 20]);
    seedDeal(desk.sql, { id: "9", key: "company:501", companyId: "501", contactIds: ["88"] });
    await desk.score();
    await desk.clock.runTo(desk.clock.now() + 2 * 3_600_000);
    expect(desk.card("deal", "9").flags).toEqual([
      "ambiguous_client",
      "too_little_data",
      "stale",
      "one_purchase",
    ]);
  });

  it("compares the score with the one of a month ago and names the segment before", async () => {
    const desk = await makeDesk();
    client(desk, "501", [130, 100, 70, 40, 12]);
    await desk.score();
    const before = desk.card("company", "501").health;
    expect(before?.change?.delta).toBe(before?.delta30d);
    for (let day = 1; day <= 35; day += 1) {
      await desk.clock.runTo(desk.clock.now() + DAY_MS);
      await desk.score();
    }
    const card = desk.card("company", "501");
    const change = card.health?.change;
    expect(card.health?.delta30d).toBe(change?.delta);
    expect(change?.delta).toBeLessThan(0);
    // Nothing was bought in the month: time alone.
    expect(change).toMatchObject({ behaviour: 0, time: change?.delta });
    expect(change?.factors.reduce((sum, { points }) => sum + points, 0)).toBe(change?.delta);
    // The base buys like clockwork: that the usual day has passed weighs more than the silence itself.
    expect(change?.factors[0]?.code).toBe("regularity");
    expect(card.segment?.from).not.toBeNull();
    expect(card.segment?.from).not.toBe(card.segment?.name);
  });

  it("tells what a purchase and a call did from what time did", async () => {
    const desk = await makeDesk();
    client(desk, "501", [220, 190, 160, 130, 100, 3]);
    desk.sql.run(
      `insert into activity (id, kind, direction, at, is_done, deal_id, client_key, updated_at)
       values ('a1', 'call', 'out', ?, 1, null, 'company:501', 0), ('a2', 'call', 'out', ?, 1, null, 'company:501', 0)`,
      (TODAY - 90) * DAY_MS,
      (TODAY - 2) * DAY_MS,
    );
    await desk.score();
    const change = desk.card("company", "501").health?.change;
    expect(change?.behaviour).toBeGreaterThan(0);
    // Without the call the silence would have grown past two usual gaps.
    expect(change?.factors.find(({ code }) => code === "contact")).toEqual({
      code: "contact",
      points: 4,
      behaviour: 5,
      time: -1,
    });
    expect((change?.behaviour ?? 0) + (change?.time ?? 0)).toBe(change?.delta);
  });

  it("has nothing to compare for a client who came within the month, and falls back on what was stored", async () => {
    const desk = await makeDesk();
    client(desk, "501", [20, 5]);
    await desk.score();
    expect(desk.card("company", "501").health).toMatchObject({ delta30d: null });
    expect(desk.card("company", "501").health?.change).toBeUndefined();
    const week = weekOf(TODAY - 30);
    desk.sql.run(
      "insert into weekly_score (client_key, week, score) values ('company:501', ?, 1)",
      week,
    );
    const { health } = desk.card("company", "501");
    expect(health?.delta30d).toBe((health?.score ?? 0) - 1);
  });

  it("shows the last contact in the portal's days, through the deal as well", async () => {
    const desk = await makeDesk();
    client(desk, "501", [60, 30, 3]);
    seedDeal(desk.sql, { id: "9", key: "company:501" });
    desk.sql.run(
      `insert into activity (id, kind, direction, at, is_done, deal_id, client_key, updated_at)
       values ('a1', 'call', 'out', ?, 1, '9', null, 0), ('a2', 'task', null, ?, 1, null, 'company:501', 0)`,
      Date.UTC(2026, 8, 20, 22),
      Date.UTC(2026, 8, 29),
    );
    await desk.score();
    expect(desk.card("company", "501").history.lastContact).toEqual({
      kind: "call",
      direction: "out",
      at: "2026-09-21",
    });
  });
});
