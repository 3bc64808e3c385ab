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
import { makeWriteHost } from "../../test/support/write-host.ts";
import { overviewDocument } from "../crm/overview.ts";
import { makeInlineCompute } from "./inline-compute.ts";
import { makeInsight } from "./insight.ts";
import { makeOverview } from "./overview.ts";
import { readProgress } from "./progress.ts";
import type { Sql } from "./sql.ts";
import { readTotals } from "./totals.ts";

const TODAY = Date.UTC(2026, 9, 1) / DAY_MS;

function makeDesk({ clients = 0, isDone = true, isSlow = false } = {}) {
  const sql = memorySql();
  const clock = makeVirtualClock();
  seedPortal(sql);
  seedScans(sql, { isDone, at: clock.now() });
  if (clients > 0) seedBase(sql, makeSeededRandom(5), { clients, today: TODAY });
  const insight = makeInsight({
    sql,
    clock,
    compute: makeInlineCompute(sql, clock),
    log: quietLog,
  });
  let readings = 0;
  const counting: Sql = {
    ...sql,
    all(query, ...args) {
      if (query.includes("from purchase where client_key >")) readings += 1;
      return sql.all(query, ...args);
    },
  };
  let looks = 0;
  const slow = {
    ...clock,
    monotonic() {
      looks += 1;
      return looks * 1_000;
    },
  };
  const page = makeOverview({
    sql: counting,
    host: makeWriteHost(clock).host,
    clock: isSlow ? slow : clock,
    progress: () => readProgress(sql, clock.now()),
  });
  return {
    sql,
    clock,
    readings: () => readings,
    score: () => clock.run(insight.step()),
    overview() {
      const document = page.overview();
      expect(overviewDocument.parse(JSON.parse(JSON.stringify(document)))).toEqual(document);
      return document;
    },
  };
}

describe("the overview", () => {
  it("of an empty base is valid, with figures that are not defined rather than zero", async () => {
    const desk = makeDesk();
    expect(desk.overview()).toMatchObject({ clients: 0, pareto: null, months: [], attention: [] });
    await desk.score();
    const document = desk.overview();
    expect(document).toMatchObject({ tier: 0, tierReason: "few_clients", horizonDays: null });
    expect(document.kpis.length).toBeGreaterThan(5);
    for (const kpi of document.kpis) expect(kpi.value).toBeNull();
    expect(readTotals(desk.sql)).toEqual({
      clients: 0,
      purchases: 0,
      revenueMinor: 0,
      segments: {},
    });
  });

  it("adds up: totals, segments, lifecycle and purchases are the same base", async () => {
    const desk = makeDesk({ clients: 150 });
    await desk.score();
    const document = desk.overview();
    const sum = (rows: readonly { clients: number }[]) =>
      rows.reduce((total, row) => total + row.clients, 0);
    expect(document.clients).toBe(150);
    expect(sum(document.segments)).toBe(150);
    expect(sum(document.lifecycle)).toBe(150);
    expect(document.segments.reduce((total, row) => total + row.share, 0)).toBeCloseTo(1, 9);
    expect(document.segments.reduce((total, row) => total + row.revenueMinor, 0)).toBe(
      document.revenueMinor,
    );
    const rows = desk.sql.get<{ n: number; minor: number }>(
      "select count(*) as n, sum(base_minor) as minor from purchase",
    );
    expect(document.purchases).toBe(rows?.n);
    expect(document.revenueMinor).toBe(rows?.minor);
    const totals = readTotals(desk.sql);
    expect(totals).toMatchObject({ clients: 150, purchases: rows?.n, revenueMinor: rows?.minor });
    expect(Object.values(totals.segments).reduce((total, n) => total + n, 0)).toBe(150);
    expect(document.pareto?.clientsShareFor80).toBeGreaterThan(0);
    expect(document.months.at(-1)?.month).toBe("2026-10");
  });

  it("lists whom to call, the most at stake first, without the holdout", async () => {
    const desk = makeDesk({ clients: 150 });
    await desk.score();
    const calls = desk.overview().attention;
    expect(calls.length).toBeGreaterThan(3);
    const stakes = calls.map(
      ({ client }) =>
        desk.sql.get<{ stake_minor: number }>(
          "select stake_minor from insight where client_key = ?",
          `${client.kind}:${client.id}`,
        )?.stake_minor ?? 0,
    );
    expect(stakes).toEqual(stakes.toSorted((one, other) => other - one));
    const first = calls[0]?.client.id;
    expect(calls[0]?.client.url).toBe(`https://crm.example/company/${first}`);
    desk.sql.run(
      "insert into assignment (playbook, client_key, arm, stratum, at) values ('at_risk', ?, 'holdout', 'A', 0)",
      `company:${first}`,
    );
    seedPurchase(desk.sql, { key: "company:1", day: TODAY, minor: 1 });
    await desk.score();
    expect(desk.overview().attention.map(({ client }) => client.id)).not.toContain(first);
  });

  it("names what is wrong with the data, with the money it touches", async () => {
    const desk = makeDesk({ clients: 60 });
    seedPurchase(desk.sql, { key: "company:1", day: TODAY - 5, minor: 0 });
    seedPurchase(desk.sql, { key: "company:1", day: TODAY - 5, minor: null });
    seedPurchase(desk.sql, { key: "company:1", day: TODAY - 4, minor: 900, base: null });
    seedPurchase(desk.sql, { key: "company:2", day: TODAY + 9, minor: 700 });
    seedPurchase(desk.sql, { key: "contact:77", day: TODAY - 9, minor: 500 });
    seedPurchase(desk.sql, { key: "contact:77", day: TODAY - 8, minor: -500 });
    seedDeal(desk.sql, { id: "1", key: null, outcome: "won" });
    await desk.score();
    const found = desk.overview().dataQuality;
    const issues = Object.fromEntries(
      found.map(({ code, count, amountMinor }) => [code, { count, amountMinor }]),
    );
    expect(issues).toEqual({
      deals_without_client: { count: 1, amountMinor: 100 },
      missing_sources: { count: 1, amountMinor: 100 },
      zero_sums: { count: 2, amountMinor: null },
      missing_rates: { count: 1, amountMinor: null },
      future_dates: { count: 1, amountMinor: 700 },
      refunds_only: { count: 1, amountMinor: null },
    });
    const effects = Object.fromEntries(found.map(({ code, effect }) => [code, effect]));
    expect(effects.missing_rates).toBeNull();
    for (const code of ["deals_without_client", "zero_sums", "future_dates", "refunds_only"]) {
      expect(effects[code]?.to, code).toBeLessThan(effects[code]?.from ?? 0);
    }
  });

  it("reads the purchases once for many views, and again when something has changed", async () => {
    const desk = makeDesk({ clients: 60 });
    await desk.score();
    const before = desk.readings();
    const first = desk.overview();
    desk.overview();
    expect(desk.readings() - before).toBe(1);
    seedPurchase(desk.sql, { key: "company:1", day: TODAY, minor: 12_300 });
    await desk.score();
    expect(desk.overview().revenueMinor).toBe(first.revenueMinor + 12_300);
    expect(desk.readings() - before).toBe(2);
  });

  it("lets a base that takes long to count rest, but never shows it unscored once it has been scored", async () => {
    const desk = makeDesk({ clients: 60, isSlow: true });
    expect(desk.overview().segments).toEqual([]);
    await desk.score();
    const scored = desk.overview();
    expect(scored.segments.length).toBeGreaterThan(0);
    seedPurchase(desk.sql, { key: "company:1", day: TODAY, minor: 12_300 });
    await desk.score();
    expect(desk.overview().asOf).toBe(scored.asOf);
  });

  it("warns about a running sync, old data and missing sums", async () => {
    const desk = makeDesk({ isDone: false });
    seedPurchase(desk.sql, { key: "company:1", day: TODAY - 3, minor: null });
    desk.sql.run("update portal set warnings = '[\"hooks_unavailable\"]'");
    desk.sql.run("update scan set watermark_at = ?", desk.clock.now() - 3_600_001);
    expect(desk.overview().warnings).toEqual([
      "hooks_unavailable",
      "sync_running",
      "data_stale",
      "no_sums",
    ]);
  });
});
