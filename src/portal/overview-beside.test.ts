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
import { makeVirtualClock } from "../../test/support/virtual-clock.ts";
import { makeWriteHost } from "../../test/support/write-host.ts";
import { overviewDocument } from "../crm/overview.ts";
import { type CountedFigures, countFigures, type FiguresTask } from "./base-figures.ts";
import { makeInlineCompute } from "./inline-compute.ts";
import { makeInsight } from "./insight.ts";
import { makeOverview } from "./overview.ts";
import { addToCounter } from "./portal-row.ts";
import { readProgress } from "./progress.ts";
import { SPEND_CHANGES } from "./spend.ts";

const TODAY = Date.UTC(2026, 9, 1) / DAY_MS;

/** A portal whose figures are counted beside, when the test says so. */
async function aDesk() {
  const sql = memorySql();
  const clock = makeVirtualClock();
  seedPortal(sql);
  seedScans(sql, { isDone: true, at: clock.now() });
  seedBase(sql, makeSeededRandom(5), { clients: 60, today: TODAY });
  const insight = makeInsight({
    sql,
    clock,
    compute: makeInlineCompute(sql, clock),
    log: quietLog,
  });
  await clock.run(insight.step());
  const asked: FiguresTask[] = [];
  let finish: (isGood: boolean) => void = () => undefined;
  const page = makeOverview({
    sql,
    host: makeWriteHost(clock).host,
    clock,
    progress: () => readProgress(sql, clock.now()),
    beside: {
      count: (task) => {
        asked.push(task);
        return new Promise<CountedFigures>((resolve, reject) => {
          finish = (isGood) =>
            isGood ? resolve(countFigures(sql, task)) : reject(new Error("The thread is dead."));
        });
      },
    },
  });
  const isReady = async () => {
    let isDone = false;
    const ready = page.ready().then(() => {
      isDone = true;
    });
    for (let turn = 0; turn < 10; turn += 1) await Promise.resolve();
    return { isDone: () => isDone, ready };
  };
  return {
    sql,
    asked,
    isReady,
    async end(isGood = true) {
      finish(isGood);
      for (let turn = 0; turn < 10; turn += 1) await Promise.resolve();
    },
    buy: () => {
      seedPurchase(sql, { key: "company:1", day: TODAY, minor: 12_300 });
      addToCounter(sql, "seq", 1);
    },
    look() {
      const document = page.overview();
      expect(overviewDocument.parse(JSON.parse(JSON.stringify(document)))).toEqual(document);
      return document;
    },
  };
}

describe("figures that are counted beside", () => {
  it("are waited for once, then shown with their age while newer ones are counted", async () => {
    const desk = await aDesk();
    const first = await desk.isReady();
    expect(first.isDone()).toBe(false);
    await desk.end();
    await first.ready;
    const before = desk.look();
    expect(before.clients).toBe(60);
    expect(before.attention[0]?.client.url).toMatch(/^https:/);
    desk.buy();
    for (let view = 0; view < 3; view += 1) {
      const later = await desk.isReady();
      expect(later.isDone()).toBe(true);
      expect(desk.look()).toMatchObject({ asOf: before.asOf, revenueMinor: before.revenueMinor });
    }
    // Three views are one count.
    expect(desk.asked).toHaveLength(2);
    await desk.end();
    await (await desk.isReady()).ready;
    expect(desk.look().revenueMinor).toBe(before.revenueMinor + 12_300);
    expect(desk.asked).toHaveLength(2);
  });

  it("are waited for after an administrator's change", async () => {
    const desk = await aDesk();
    const first = await desk.isReady();
    await desk.end();
    await first.ready;
    addToCounter(desk.sql, SPEND_CHANGES, 1);
    const after = await desk.isReady();
    expect(after.isDone()).toBe(false);
    await desk.end();
    await after.ready;
    expect(desk.asked).toHaveLength(2);
  });

  it("stay where counting fails, and are counted again when somebody looks", async () => {
    const desk = await aDesk();
    const first = await desk.isReady();
    await desk.end();
    await first.ready;
    const { revenueMinor } = desk.look();
    desk.buy();
    await (await desk.isReady()).ready;
    await desk.end(false);
    const again = await desk.isReady();
    expect(desk.look().revenueMinor).toBe(revenueMinor);
    expect(desk.asked).toHaveLength(3);
    await desk.end();
    await again.ready;
    await (await desk.isReady()).ready;
    expect(desk.look().revenueMinor).toBe(revenueMinor + 12_300);
  });
});
