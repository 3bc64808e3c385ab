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
import { makeVirtualClock } from "../../test/support/virtual-clock.ts";
import { makeWriteHost } from "../../test/support/write-host.ts";
import type { RuleNode } from "../crm/segment-rule.ts";
import { segmentationDocument, segmentPreview, segmentsDocument } from "../crm/segmentation.ts";
import { makeInlineCompute } from "./inline-compute.ts";
import { makeInsight } from "./insight.ts";
import { makeOverview } from "./overview.ts";
import { readProgress } from "./progress.ts";
import { makeSegments } from "./segments.ts";

const TODAY = Date.UTC(2026, 9, 1) / DAY_MS;

function makeDesk(clients: number) {
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
  const { host } = makeWriteHost(clock);
  const progress = () => readProgress(sql, clock.now());
  const overview = makeOverview({ sql, host, clock, progress });
  const document = () => overview.overview().segmentation ?? null;
  const segments = makeSegments({ sql, host, clock, document });
  return {
    sql,
    clock,
    segments,
    document,
    overview: () => overview.overview(),
    score: () => clock.run(insight.step()),
    preview: (when: RuleNode) => clock.run(segments.preview({ code: "mine", when })),
  };
}

const sum = (rows: readonly { readonly clients: number }[]) =>
  rows.reduce((total, row) => total + row.clients, 0);

describe("segments of a portal", () => {
  it("are null before the first snapshot, and then one document that adds up", async () => {
    const desk = makeDesk(150);
    expect(desk.segments.segments().segmentation).toBeNull();
    await desk.score();
    const answer = desk.segments.segments();
    expect(segmentsDocument.parse(JSON.parse(JSON.stringify(answer)))).toEqual(answer);
    const found = segmentationDocument.parse(answer.segmentation);
    const overview = desk.overview();
    expect(found.clients).toBe(150);
    for (const rows of [found.lifecycle.states, found.template.segments, found.valueTiers.tiers]) {
      expect(sum(rows)).toBe(150);
    }
    // Names and stages are the stored ones.
    const bySegment = found.rfm.segments.filter((row) => row.clients > 0);
    expect(bySegment.map(({ code, clients, moneyMinor }) => [code, clients, moneyMinor])).toEqual(
      overview.segments.map(({ code, clients, revenueMinor }) => [code, clients, revenueMinor]),
    );
    expect(found.recipes.find(({ code }) => code === "bought_group")?.count).toBeNull();
    expect(found.recipes.filter(({ count }) => count?.base === 150)).toHaveLength(7);
    expect(answer.facts.numbers).toContain("pChurn");
  });

  it("count leads: who has a deal and no purchase", async () => {
    const desk = makeDesk(60);
    seedDeal(desk.sql, { id: "x1", key: "company:901" });
    seedDeal(desk.sql, { id: "x2", key: "company:901" });
    seedDeal(desk.sql, { id: "x3", key: "company:1" });
    await desk.score();
    expect(desk.document()?.lifecycle.leads).toBe(1);
  });
});

describe("a rule of one's own", () => {
  it("is counted over what is stored, with clients to look at, and nothing is saved", async () => {
    const desk = makeDesk(150);
    await desk.score();
    const before = desk.sql.get<{ n: number }>("select total_changes() as n");
    const answer = await desk.preview({
      all: [
        { fact: "lifecycle", in: ["at_risk", "sleeping", "lost"] },
        { fact: "daysSinceLast", from: 30 },
      ],
    });
    expect(desk.sql.get("select total_changes() as n")).toEqual(before);
    expect(segmentPreview.parse(JSON.parse(JSON.stringify(answer)))).toEqual(answer);
    const rows = desk.sql.get<{ n: number; minor: number }>(
      `select count(*) as n, sum(total_minor) as minor from insight
       where lifecycle in ('at_risk', 'sleeping', 'lost') and last_day <= ?`,
      TODAY - 30,
    );
    expect(answer.count).toMatchObject({
      base: 150,
      matched: rows?.n,
      moneyMinor: rows?.minor,
      unknown: 0,
    });
    expect(answer.sample).toHaveLength(Math.min(20, rows?.n ?? 0));
    expect(answer.sample[0]?.url).toMatch(/^https:\/\/crm\.example\/company\//);
  });

  it("knows tags, sources, windows and the names of the base, and does not know product groups", async () => {
    const desk = makeDesk(60);
    seedClient(desk.sql, { key: "company:1", tags: ["segment:loyal"] });
    desk.sql.run("update client set source_id = 'WEB' where key = 'company:1'");
    await desk.score();
    const matched = async (when: RuleNode) => (await desk.preview(when)).count.matched;
    expect(await matched({ fact: "tag", in: ["segment:loyal"] })).toBe(1);
    expect(await matched({ fact: "source", in: ["WEB"] })).toBe(1);
    const windows = await desk.preview({ fact: "purchaseDaysWithin", withinDays: 90, from: 1 });
    const inWindow = desk.sql.get<{ n: number }>(
      "select count(distinct client_key) as n from purchase where day > ? and day <= ?",
      TODAY - 90,
      TODAY,
    );
    expect(windows.count.matched).toBe(inWindow?.n);
    for (const row of desk.document()?.template.segments ?? []) {
      expect(await matched({ fact: "template", in: [row.code] }), row.code).toBe(row.clients);
    }
    for (const row of desk.document()?.valueTiers.tiers ?? []) {
      expect(await matched({ fact: "valueTier", in: [row.code] }), row.code).toBe(row.clients);
    }
    const group = await desk.preview({ fact: "boughtGroup", withinDays: 14, in: ["x"] });
    expect(group.count).toMatchObject({ matched: 0, unknown: 60 });
    expect(group.count.warnings.map(({ code }) => code)).toEqual(["too_few", "unknown_facts"]);
  });
});

describe("RFM limits of one's own", () => {
  it("are compared with those in use", async () => {
    const desk = makeDesk(80);
    const limits = {
      recencyDays: [10, 20, 30, 40] as [number, number, number, number],
      frequency: [2, 4, 6, 8] as [number, number, number, number],
      monetaryMinor: null,
    };
    expect(desk.segments.compareRfm(limits)).toBeNull();
    await desk.score();
    const found = desk.segments.compareRfm(limits);
    expect(found?.alternative?.boundaries.recencyDays[0]).toEqual({ score: 5, from: 0, to: 10 });
    expect(sum(found?.switching?.rows ?? [])).toBe(80);
  });
});

describe("migration of a portal", () => {
  const move = (
    desk: ReturnType<typeof makeDesk>,
    key: string,
    ago: number,
    [before, after, cause]: readonly [string, string | null, string],
  ) =>
    desk.sql.run(
      "insert into transition (client_key, at, kind, before, after, cause) values (?, ?, 'lifecycle', ?, ?, ?)",
      key,
      (TODAY - ago) * DAY_MS + DAY_MS / 2,
      before,
      after,
      cause,
    );
  const stateOf = (desk: ReturnType<typeof makeDesk>, key: string) =>
    desk.sql.get<{ lifecycle: string }>("select lifecycle from insight where client_key = ?", key)
      ?.lifecycle ?? "";

  it("is scored anew while less than a month is on record", async () => {
    const desk = makeDesk(150);
    await desk.score();
    const found = desk.document()?.migration;
    expect(found).toMatchObject({ method: "rescored", days: 30, from: "2026-09-01" });
    expect(sum(found?.lifecycle.rows.filter(({ to }) => to !== null) ?? [])).toBe(150);
  });

  it("is what was logged afterwards: one move a client, behaviour and limits apart", async () => {
    const desk = makeDesk(150);
    desk.sql.run(
      "delete from purchase where client_key in ('company:1', 'company:2', 'company:3')",
    );
    for (const key of ["company:1", "company:2", "company:3"]) {
      seedPurchase(desk.sql, { key, day: TODAY - 100, minor: 10_000 });
      seedPurchase(desk.sql, { key, day: TODAY - 70, minor: 10_000 });
    }
    seedPurchase(desk.sql, { key: "company:999", day: TODAY - 3, minor: 10_000 });
    await desk.score();
    desk.sql.run("update snapshot set as_of = ?", TODAY - 40);
    const state = stateOf(desk, "company:1");
    move(desk, "company:1", 35, ["lost", "returned", "behaviour"]);
    move(desk, "company:1", 20, ["new", "active", "boundary"]);
    move(desk, "company:1", 10, ["active", state, "behaviour"]);
    move(desk, "company:2", 9, ["loyal", state, "boundary"]);
    move(desk, "company:3", 9, [state, "active", "behaviour"]);
    move(desk, "company:3", 8, ["active", state, "behaviour"]);
    desk.sql.run("update counter set value = value + 1 where name = 'insight_changes'");
    const found = desk.document()?.migration;
    expect(found?.method).toBe("recorded");
    const rows = found?.lifecycle.rows ?? [];
    const row = (from: string | null, to: string, cause: string) =>
      rows.find((one) => one.from === from && one.to === to && one.cause === cause);
    expect(row("new", state, "behaviour")?.clients).toBe(1);
    expect(row("loyal", state, "boundary")).toMatchObject({ clients: 1, moneyMinor: null });
    expect(row("lost", "returned", "behaviour")).toBeUndefined();
    expect(rows.filter(({ from }) => from === null).length).toBeGreaterThan(0);
    expect(sum(rows)).toBe(151);
    const moved = rows.filter(({ from, to }) => from !== to);
    expect(found?.lifecycle.moved).toBe(sum(moved));
    expect(moved.filter(({ from }) => from !== null)).toHaveLength(2);
  });
});
