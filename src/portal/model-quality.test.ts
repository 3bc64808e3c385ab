import { describe, expect, it } from "vitest";
import {
  DAY_MS,
  memorySql,
  seedBase,
  seedPortal,
  seedScans,
  seedUser,
} from "../../test/support/actor-parts.ts";
import { makeSeededRandom, quietLog } from "../../test/support/portal-room.ts";
import { makeVirtualClock } from "../../test/support/virtual-clock.ts";
import type { QualityWindow } from "../analytics/churn-types.ts";
import type { Snapshot } from "../analytics/types.ts";
import { modelQuality } from "../crm/model-quality.ts";
import { makeInlineCompute } from "./inline-compute.ts";
import { makeInsight } from "./insight.ts";
import { modelQualityOf } from "./model-quality.ts";
import { latestSnapshot, recentSnapshots } from "./snapshot-store.ts";
import { countWeeklyCalls } from "./weekly-calls.ts";

const TODAY = Date.UTC(2026, 9, 1) / DAY_MS;

function makeDesk(clients: number) {
  const sql = memorySql();
  const clock = makeVirtualClock();
  seedPortal(sql);
  seedScans(sql, { isDone: true, at: clock.now() });
  seedBase(sql, makeSeededRandom(5), { clients, today: TODAY });
  const insight = makeInsight({
    sql,
    clock,
    compute: makeInlineCompute(sql, clock),
    log: quietLog,
    policy: { tasksPerPersonPerDay: 1 },
  });
  const score = () => clock.run(insight.step());
  return {
    sql,
    score,
    async nights(count: number) {
      for (let night = 0; night < count; night += 1) {
        await clock.runTo(clock.now() + DAY_MS);
        await score();
      }
    },
    document() {
      const document = modelQualityOf(latestSnapshot(sql));
      expect(modelQuality.parse(JSON.parse(JSON.stringify(document)))).toEqual(document);
      return document;
    },
  };
}

describe("the test on the base's own past", () => {
  it("is stored by the rebuild, kept for the calendar month and made anew in the next", async () => {
    const desk = makeDesk(150);
    await desk.score();
    const first = latestSnapshot(desk.sql);
    expect(first?.quality?.windows.length).toBeGreaterThan(1);
    await desk.nights(3);
    const kept = latestSnapshot(desk.sql);
    expect(kept?.asOf).toBeGreaterThan(first?.asOf ?? 0);
    expect(kept?.quality).toEqual(first?.quality);
    await desk.nights(29);
    const next = latestSnapshot(desk.sql);
    expect(next?.quality?.asOf).toBeGreaterThan(first?.quality?.asOf ?? 0);
    expect(recentSnapshots(desk.sql, 40).length).toBeGreaterThan(20);
  });

  it("is made anew where the kept one has another shape", async () => {
    const desk = makeDesk(80);
    await desk.score();
    desk.sql.run("update snapshot set data = json_remove(data, '$.quality.windows')");
    expect(latestSnapshot(desk.sql)?.quality).toBeNull();
    expect(desk.document()?.state).toBe("untested");
    await desk.nights(1);
    expect(latestSnapshot(desk.sql)?.quality?.windows.length).toBeGreaterThan(0);
  });

  it("takes K from the people who answer for clients, where a week of their calls is a choice", async () => {
    const desk = makeDesk(150);
    seedUser(desk.sql, "7", true);
    seedUser(desk.sql, "8", true);
    seedUser(desk.sql, "9", false);
    expect(countWeeklyCalls(desk.sql, 1)).toBe(10);
    await desk.score();
    const document = desk.document();
    expect(document?.calls).toEqual({ basis: "team", perWeek: 10 });
    expect(document?.windows[0]?.active.chosen.k).toBe(10);
    expect(countWeeklyCalls(memorySql(), 5)).toBeNull();
  });

  it("becomes a document for every base, also an empty one", async () => {
    expect(modelQualityOf(latestSnapshot(memorySql()))).toBeNull();
    const empty = makeDesk(0);
    await empty.score();
    expect(empty.document()).toMatchObject({ state: "tier_0", reason: "few_clients", windows: [] });
    const desk = makeDesk(150);
    await desk.score();
    const document = desk.document();
    expect(["usable", "unproven"]).toContain(document?.state);
    expect(document?.versusRule?.windows).toBe(document?.windows.length);
    expect(document?.bandFrom).not.toBeNull();
  });

  it("tells a proven lack of signal from an unproven one by what the scores are made of", async () => {
    const desk = makeDesk(150);
    await desk.score();
    const snapshot = latestSnapshot(desk.sql);
    if (!snapshot?.quality) throw new Error("no snapshot");
    const state = (changes: Partial<Snapshot>) =>
      modelQualityOf({ ...snapshot, ...changes })?.state;
    const quality = { ...snapshot.quality, signal: "none" as const };
    expect(state({ quality, churn: { method: "core" } })).toBe("unproven");
    expect(state({ quality, churn: { method: "baseRate", rate: 0.4 } })).toBe("no_signal");
    expect(state({ quality: { ...quality, signal: "refused" } })).toBe("refused");
    expect(state({ quality: { ...quality, signal: "usable" } })).toBe("usable");
    const off: QualityWindow["buyers"] = { clients: 2_000, predicted: 500, actual: 700 };
    const windows = quality.windows.map((window) => ({ ...window, buyers: off }));
    expect(modelQualityOf({ ...snapshot, quality: { ...quality, windows } })?.drift).toMatchObject({
      isAlarm: true,
      fewer: 0,
    });
  });
});
