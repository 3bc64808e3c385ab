import { describe, expect, it } from "vitest";
import { scoreBase } from "../analytics/scoring.ts";
import { simulateBase } from "../analytics/simulate.ts";
import { makeSnapshot } from "../analytics/snapshot.ts";
import type { Insight } from "../analytics/types.ts";
import { makeBatch } from "./insight-batch.ts";
import { LTV_PATH, parseInsight, type StoredInsight } from "./insight-data.ts";

const TODAY = 20_000;

function insightsOf(clients: number): readonly Insight[] {
  const log = simulateBase({ clients, days: 700, seed: 3, startDay: TODAY - 699, refunds: 0.05 });
  const sides = new Map(
    log.clients.map((id, at) => [
      id,
      { hasOpenDeal: [true, false, null][at % 3] ?? null, silentDays: at % 4 === 0 ? null : at },
    ]),
  );
  return scoreBase(log, sides, TODAY, makeSnapshot(log, TODAY));
}

/** The row as the database gives it back. */
function stored(insight: Insight): StoredInsight {
  const options = { snapshotId: "s", asOf: TODAY, now: 0, scoredWeek: 0 };
  const nobody = { state: () => null, counterfactual: () => null };
  const row = makeBatch([insight], [], nobody, options).rows[0];
  if (row === undefined) throw new Error("no row");
  const [key, , asOf, data, score, band, segment, lifecycle, pChurn, purchases, total, , last] =
    row;
  return {
    client_key: key,
    as_of: asOf,
    data,
    score,
    band,
    segment,
    lifecycle,
    p_churn: pChurn,
    purchases,
    total_minor: total,
    last_day: last,
  };
}

const toMillionth = (value: number) => Math.round(1e6 * value) / 1e6;

describe("an insight at rest", () => {
  it("is read as it was stored, chances to a millionth", () => {
    const kinds = new Set<string>();
    for (const insight of [...insightsOf(12), ...insightsOf(120), ...insightsOf(600)]) {
      const { forecast } = insight;
      kinds.add(`forecast ${forecast !== null}, date ${Boolean(forecast?.nextPurchase)}`);
      expect(parseInsight(stored(insight))).toEqual({
        ...insight,
        forecast: forecast && {
          ...forecast,
          pAlive: toMillionth(forecast.pAlive),
          expectedPurchases: toMillionth(forecast.expectedPurchases),
        },
      });
    }
    expect(kinds.size).toBe(3);
  });

  it("keeps codes and parameters that it has no short form of", () => {
    const [insight] = insightsOf(600);
    if (!insight?.health) throw new Error("nobody was scored");
    const strange: Insight = {
      ...insight,
      health: {
        ...insight.health,
        factors: [
          { code: "weather", points: 2, params: { sky: "grey" } },
          { code: "silence", points: 1, params: { usualDays: 3, silentDays: 4 } },
          { code: "contacts", points: -1, params: { contacts: 0 } },
        ],
      },
      reason: { code: "unheard_of", params: {} },
    };
    const { health, reason } = parseInsight(stored(strange)) ?? {};
    expect({ health, reason }).toEqual({ health: strange.health, reason: strange.reason });
  });

  it("has the expected money where SQL looks for it, in a short row", () => {
    const all = insightsOf(600);
    const place = Number(LTV_PATH.match(/\d+/)?.[0]);
    for (const insight of all) {
      expect(JSON.parse(stored(insight).data)[place]).toBe(insight.forecast?.ltv?.minor ?? null);
    }
    const length = all.reduce((sum, insight) => sum + stored(insight).data.length, 0);
    expect(length / all.length).toBeLessThan(250);
  });

  it("counts as not computed when it is damaged or of another format", () => {
    const [insight] = insightsOf(600);
    if (!insight) throw new Error("nobody was scored");
    const row = stored(insight);
    const values: unknown[] = JSON.parse(row.data);
    const damaged = [
      "",
      "{}",
      "[]",
      JSON.stringify(insight),
      JSON.stringify([2, ...values.slice(1)]),
      ...values.map((_, at) => JSON.stringify(values.slice(0, at))),
      ...["x", 99, null].map((odd) => JSON.stringify([values[0], odd, ...values.slice(2)])),
    ];
    for (const data of damaged) expect(parseInsight({ ...row, data })).toBeNull();
  });
});
