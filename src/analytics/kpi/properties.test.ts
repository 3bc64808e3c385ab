import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { cohortTable } from "../cohorts.ts";
import { buildHistories } from "../history.ts";
import { monthTable } from "../months.ts";
import { simulateBase } from "../simulate.ts";
import type { Kpi, PurchaseLog } from "../types.ts";
import { kpiSet } from "./all-kpis.ts";
import { makeLedger, sumOf } from "./ledger.ts";
import { logFindings } from "./quality.ts";
import { kpiSeries } from "./series.ts";

/** Anything but whole: every number in an answer that is neither finite nor null. */
function oddNumbers(value: unknown, path = ""): string[] {
  if (typeof value === "number") return Number.isFinite(value) ? [] : [`${path} = ${value}`];
  if (value === null || typeof value !== "object") return [];
  return Object.entries(value).flatMap(([key, part]) => oddNumbers(part, `${path}.${key}`));
}

/** Random logs with refunds, sums of zero, unknown sums, margins, sources and rows after asOf. */
const LOGS = fc
  .array(
    fc.record({
      client: fc.nat(12),
      day: fc.nat(1500),
      minor: fc.oneof(
        fc.integer({ min: -50_000, max: 100_000 }),
        fc.constantFrom(0, Number.NaN, 1, 9_007_199),
      ),
      margin: fc.oneof(fc.integer({ min: -5000, max: 5000 }), fc.constant(Number.NaN)),
      source: fc.integer({ min: -1, max: 2 }),
    }),
    { maxLength: 80 },
  )
  .map((rows): PurchaseLog => {
    const sorted = rows.toSorted((a, b) => a.client - b.client || a.day - b.day);
    return {
      clients: Array.from({ length: 13 }, (_, at) => (at === 12 ? "C1 " : `c${at}`)),
      client: Int32Array.from(sorted, (row) => row.client),
      day: Int32Array.from(sorted, (row) => 19_000 + row.day),
      amountMinor: Float64Array.from(sorted, (row) => row.minor),
      details: {
        marginMinor: Float64Array.from(sorted, (row) => row.margin),
        source: {
          names: ["Ads", "referral", "shop"],
          code: Int32Array.from(sorted, (row) => row.source),
        },
      },
    };
  });

function expectWhole(kpi: Kpi): void {
  const { code, unit, value } = kpi;
  expect(kpi.excluded, code).toBe(kpi.exclusions.reduce((sum, row) => sum + row.count, 0));
  if (value === null) {
    expect(kpi.note, code).not.toBeNull();
    return;
  }
  if (unit === "share") {
    expect(value, code).toBeGreaterThanOrEqual(0);
    expect(value, code).toBeLessThanOrEqual(1);
  }
  if (unit === "money") expect(Number.isInteger(value), code).toBe(true);
}

const SPEND = [
  { month: "2023-05", channel: "ads", amountMinor: 10_000, kind: "marketing" },
  { month: "2024-02", channel: "Ads", amountMinor: 5_000, kind: "sales" },
  { month: "2030-01", channel: "", amountMinor: 5_000, kind: "sales" },
] as const;

describe("figures of any base", () => {
  it("are finite or null, in order, and their parts fit together", () => {
    const cases = fc.record({
      log: LOGS,
      asOf: fc.integer({ min: 18_990, max: 20_600 }),
      horizonDays: fc.constantFrom(1, 30, 90, 365),
      hasMargin: fc.boolean(),
    });
    fc.assert(
      fc.property(cases, ({ log: rich, asOf, horizonDays, hasMargin }) => {
        const { details: _, ...plain } = rich;
        const log = hasMargin ? rich : plain;
        const histories = buildHistories(log, asOf);
        const clients = histories.filter(({ days }) => days.length > 0);
        const set = kpiSet({ log, histories, asOf, horizonDays, spend: SPEND });
        expect(oddNumbers(set)).toEqual([]);
        expect(oddNumbers(logFindings(log, clients, asOf))).toEqual([]);
        for (const kpi of set.kpis) expectWhole(kpi);
        const value = (code: string) => set.kpis.find((kpi) => kpi.code === code)?.value ?? null;
        const kept = value("retention_rate");
        const left = value("churn_rate");
        if (kept !== null && left !== null) expect(kept + left).toBeCloseTo(1, 12);
        expect(kept === null).toBe(left === null);
        const steps = set.funnel.map((step) => step.clients);
        expect(steps).toEqual(steps.toSorted((one, other) => other - one));
        expect(steps[0]).toBe(clients.length);
      }),
      { seed: 11, numRuns: 300 },
    );
  });

  it("add up to the minor unit: cohorts, flows, months and sources are one base", () => {
    fc.assert(
      fc.property(LOGS, fc.integer({ min: 19_000, max: 20_600 }), (rich, asOf) => {
        const { details, ...plain } = rich;
        const log = { ...plain, details: { source: details?.source } } as PurchaseLog;
        const histories = buildHistories(log, asOf);
        const clients = histories.filter(({ days }) => days.length > 0);
        const known = clients.filter((client) => client.purchasesWithSum > 0);
        const total = (list: readonly { readonly totalMinor: number }[]) =>
          list.reduce((sum, { totalMinor }) => sum + totalMinor, 0);
        const ledger = makeLedger(log, asOf);
        for (const client of known) {
          expect(sumOf(ledger.flow(client))).toBe(client.totalMinor);
        }
        const cohorts = cohortTable(histories, asOf);
        const cells = cohorts.flatMap((row) => row.cells);
        expect(cells.reduce((sum, cell) => sum + cell.revenueMinor, 0)).toBe(total(clients));
        for (const row of cohorts) expect(row.cells[0]?.clients).toBe(row.clients);
        expect(cohorts.reduce((sum, row) => sum + row.clients, 0)).toBe(clients.length);
        const booked = monthTable(log, asOf).reduce((sum, row) => sum + row.revenueMinor, 0);
        expect(booked).toBe(total(histories));
        const set = kpiSet({ log, histories, asOf, horizonDays: 90 });
        if (set.sources.length > 0) {
          const money = set.sources.reduce((sum, row) => sum + (row.revenueMinor ?? 0), 0);
          expect(money).toBe(total(known));
        }
      }),
      { seed: 12, numRuns: 300 },
    );
  });

  it("margin flows add up to the margins of all rows of a client, refunds included", () => {
    fc.assert(
      fc.property(LOGS, (log) => {
        const asOf = 21_000;
        const margins = log.details?.marginMinor ?? new Float64Array(0);
        const whole = { ...log, details: { marginMinor: margins.map((x) => (x > 0 ? x : 7)) } };
        const ledger = makeLedger(whole, asOf);
        if (ledger.basis !== "margin") return;
        for (const client of buildHistories(whole, asOf).filter(({ days }) => days.length > 0)) {
          const rows = whole.details.marginMinor.filter(
            (_, row) => whole.clients[whole.client[row] as number] === client.id,
          );
          expect(sumOf(ledger.flow(client))).toBe(rows.reduce((sum, minor) => sum + minor, 0));
        }
      }),
      { seed: 13, numRuns: 200 },
    );
  });

  it("do not depend on the days before which nothing is known, nor on the order of rows of a day", () => {
    const base = simulateBase({ clients: 60, days: 700, seed: 4, startDay: 19_000, refunds: 0.1 });
    const later = { ...base, day: base.day.map((day) => day + 365 * 4 + 1) };
    const at = (log: PurchaseLog, asOf: number) =>
      kpiSet({ log, histories: buildHistories(log, asOf), asOf, horizonDays: 90 }).kpis.map(
        ({ code, value }) => [code, value],
      );
    const calendar = new Set(["nrr", "grr", "ltv_horizon", "payback_months"]);
    const plain = (rows: readonly (readonly unknown[])[]) =>
      rows.filter(([code]) => !calendar.has(String(code)));
    expect(plain(at(later, 19_699 + 365 * 4 + 1))).toEqual(plain(at(base, 19_699)));
  });
});

describe("a figure's past", () => {
  const log = simulateBase({ clients: 80, days: 600, seed: 9, startDay: 19_400, refunds: 0.05 });
  const asOf = 19_990;
  const series = kpiSeries(log, asOf, 90);

  it("ends with today's value and is what would have been read at each month's end", () => {
    const histories = buildHistories(log, asOf);
    const { kpis } = kpiSet({ log, histories, asOf, horizonDays: 90 });
    expect(Object.keys(series).length).toBeGreaterThan(15);
    for (const [code, points] of Object.entries(series)) {
      expect(points, code).toHaveLength(13);
      expect(points.at(-1)?.value, code).toBe(kpis.find((kpi) => kpi.code === code)?.value);
    }
    const past = series.churn_rate?.[5];
    const then = past?.day ?? 0;
    const before = buildHistories(log, then);
    const known = kpiSet({ log, histories: before, asOf: then, horizonDays: 90 }).kpis;
    expect(past?.value).toBe(known.find(({ code }) => code === "churn_rate")?.value);
  });

  it("is not looked up for a base so large that it would cost more than the figures", () => {
    const large = { ...log, day: new Int32Array(60_001) };
    expect(kpiSeries(large, asOf, 90)).toEqual({});
  });
});
