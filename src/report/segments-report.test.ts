import { describe, expect, it } from "vitest";
import { simulateBase } from "../analytics/simulate.ts";
import type { PurchaseLog } from "../analytics/types.ts";
import { segmentationDocument } from "../crm/segmentation.ts";
import { type Analysis, analyse } from "./analysis.ts";
import type { SegmentsQuestion } from "./segments-report.ts";
import { READING } from "./test-analysis.ts";

const DAYS = 900;

function analysisOf(log: PurchaseLog, segments?: SegmentsQuestion): Analysis {
  return analyse(log, READING, [], {
    asOf: null,
    horizonDays: null,
    currency: "RUB",
    ...(segments ? { segments } : {}),
  });
}

function base(clients: number, seed = 1): PurchaseLog {
  return simulateBase({ clients, days: DAYS, seed, refunds: 0.05, withoutSum: 0.05 });
}

const sum = (rows: readonly { readonly clients: number }[]) =>
  rows.reduce((total, row) => total + row.clients, 0);

describe("segmentation in the analysis", () => {
  it.each([0, 1, 30, 60, 300])("is a document that adds up, for %i clients", (clients) => {
    const analysis = analysisOf(base(clients));
    const found = analysis.segmentation;
    expect(segmentationDocument.parse(JSON.parse(JSON.stringify(found)))).toEqual(found);
    for (const rows of [
      found.rfm.segments,
      found.lifecycle.states,
      found.template.segments,
      found.valueTiers.tiers,
      found.xyz.matrix,
    ]) {
      expect(sum(rows)).toBe(analysis.clients);
    }
    const money = analysis.revenueMinor ?? 0;
    for (const rows of [found.rfm.segments, found.template.segments, found.valueTiers.tiers]) {
      expect(rows.reduce((total, row) => total + row.moneyMinor, 0)).toBe(money);
    }
    expect(found.clients).toBe(analysis.clients);
    for (const row of analysis.clientsTable) {
      expect(["new", "loyal", "vip", "inactive"]).toContain(row.template);
      expect(["vip", "standard", "low_activity"]).toContain(row.valueTier);
    }
  });

  it("counts a rule, marks its clients, and counts the same in a recipe", () => {
    const analysis = analysisOf(base(300), {
      rule: { kind: "recipe", code: "win_back", group: null },
      thresholds: null,
    });
    const { custom, recipes } = analysis.segmentation;
    const inside = analysis.clientsTable.filter((row) => row.custom.includes("win_back"));
    expect(inside.length).toBeGreaterThan(0);
    expect(custom?.count.matched).toBe(inside.length);
    expect(custom?.count.moneyMinor).toBe(inside.reduce((total, row) => total + row.totalMinor, 0));
    expect(recipes.find(({ code }) => code === "win_back")?.count).toEqual(custom?.count);
    for (const row of inside) expect(["sleeping", "lost"]).toContain(row.lifecycle);
  });

  it("compares limits that somebody would like to try", () => {
    const thresholds = {
      recencyDays: [10, 20, 30, 40] as [number, number, number, number],
      frequency: [2, 4, 6, 8] as [number, number, number, number],
      monetaryMinor: null,
    };
    const { rfm } = analysisOf(base(40), { rule: null, thresholds }).segmentation;
    expect(rfm.alternative?.boundaries).toMatchObject({
      recencyDays: [{ score: 5, from: 0, to: 10 }, {}, {}, {}, { score: 1, from: 41, to: null }],
      moneyMinor: null,
    });
    expect(rfm.switching?.clients).toBe(
      rfm.segments.reduce((total, row) => total + row.clients, 0),
    );
  });

  it("takes classes from margin where the file has it, and product groups and sources for rules", () => {
    const log = base(60, 3);
    const rows = log.day.length;
    const detailed: PurchaseLog = {
      ...log,
      details: {
        marginMinor: Float64Array.from(log.amountMinor, (minor) => -minor),
        source: { names: ["site", "fair"], code: Int32Array.from(log.client, (who) => who % 2) },
        group: { names: ["tea", "coffee"], code: new Int32Array(rows).fill(1) },
      },
    };
    const rule = {
      code: "from_site",
      when: {
        all: [
          { fact: "source" as const, in: ["site"] },
          { fact: "boughtGroup" as const, in: ["coffee"], withinDays: 36_000 },
        ],
      },
    };
    const analysis = analysisOf(detailed, { rule: { kind: "rule", rule }, thresholds: null });
    // Every sale at a loss: no positive margin, so nobody has a class.
    expect(analysis.segmentation.abc).toBeNull();
    expect(analysis.clientsTable.every((row) => row.abc === null)).toBe(true);
    const { custom, recipes } = analysis.segmentation;
    const fromSite = analysis.clientsTable.filter((row) => log.clients.indexOf(row.id) % 2 === 0);
    expect(custom?.count).toMatchObject({ matched: fromSite.length, unknown: 0 });
    expect(recipes[0]).toMatchObject({
      code: "bought_group",
      needs: null,
      rule: { when: { fact: "boughtGroup", in: ["coffee"], withinDays: 14 } },
    });
  });
});
