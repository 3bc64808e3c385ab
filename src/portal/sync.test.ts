import { describe, expect, it } from "vitest";
import { aRoomWithDeals, expectMirrored } from "../../test/support/deal-room.ts";
import { aCompany, aDeal } from "../../test/support/fake-crm.ts";
import { SECRET } from "../../test/support/portal-room.ts";
import type { SyncProgress } from "../crm/overview.ts";
import { recordId } from "../crm/records.ts";
import { MAX_ATTEMPTS } from "./dirty.ts";
import { sha256Hex } from "./installer.ts";
import { readProgress } from "./progress.ts";

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;

describe("the first sync", () => {
  it("goes on where it was after a crash between any two steps", async () => {
    const lastStep = 150;
    for (let steps = 1; steps < lastStep; steps += 3) {
      const room = aRoomWithDeals(25);
      room.crm.state.pageSize = 10;
      await room.portal.install(room.crm.grant(), { isFinished: true, locale: "ru" });
      room.portal.tick().catch(() => undefined);
      await room.clock.runUntilIdle(steps);
      room.restart();
      await room.live(2 * MINUTE_MS);
      expect((await room.portal.progress()).phase, `after ${steps} steps`).toBe("done");
      expectMirrored(room);
    }
  });

  it("begins nothing new once the process is being stopped, and goes on after the start", async () => {
    let isStopping = false;
    const room = aRoomWithDeals(300, { ports: { isStopping: () => isStopping } });
    room.crm.state.pageSize = 10;
    await room.portal.install(room.crm.grant(), { isFinished: true, locale: "ru" });
    const tick = room.portal.tick();
    await room.clock.runTo(room.clock.now() + 2_000);
    isStopping = true;
    const { length } = room.crm.calls;
    await room.clock.run(tick);
    expect(length).toBeGreaterThan(3);
    // Those under way come back; the limiter may already have let one more go.
    expect(room.crm.calls.length - length).toBeLessThanOrEqual(3);
    isStopping = false;
    room.restart();
    await room.live(2 * MINUTE_MS);
    expectMirrored(room);
  });

  it("does not read a page twice after a restart", async () => {
    const room = aRoomWithDeals(100, { limits: { concurrency: 1 } });
    room.crm.state.pageSize = 10;
    await room.portal.install(room.crm.grant(), { isFinished: true, locale: "ru" });
    room.portal.tick().catch(() => undefined);
    await room.clock.runUntilIdle(40);
    room.restart();
    await room.live(2 * MINUTE_MS);
    const pages = room.crm.calls.filter((name) => name === "scan/company/all").length;
    expect(pages).toBeLessThanOrEqual(11);
  });

  it("waits for the person to finish the installer, and knows how far it is", async () => {
    const room = aRoomWithDeals(300);
    room.crm.state.pageSize = 5;
    await room.portal.install(room.crm.grant(), { isFinished: false, locale: "ru" });
    await room.live(MINUTE_MS);
    expect((await room.portal.progress()).phase).toBe("waiting");
    await room.portal.confirmInstalled();
    const seen: SyncProgress[] = [];
    for (let page = 1; page <= 30; page += 1) {
      room.crm.during("scan/deal/all", () => seen.push(readProgress(room.sql, room.clock.now())));
    }
    await room.installed();
    const half = seen.at(-1);
    expect(half).toMatchObject({ phase: "running" });
    expect(half?.recordsPerSecond).toBeGreaterThan(5);
    expect(half?.entities.find(({ entity }) => entity === "deal")).toMatchObject({
      done: 29 * 5,
      total: 300,
      isComplete: false,
    });
  });

  it("keeps what hooks and people change while it runs", async () => {
    const room = aRoomWithDeals(60);
    room.crm.state.pageSize = 5;
    // The deals have been read by the time the last pages of their history are asked for.
    for (let page = 1; page <= 12; page += 1) {
      room.crm.during("scan/stageEntry/all", () => {
        room.crm.put(aDeal({ id: "1", amountMinor: page, updatedAt: room.clock.now() }));
      });
    }
    await room.installed();
    await room.live(MINUTE_MS);
    expectMirrored(room);
  });

  it("reads on elsewhere while one method's time is used up", async () => {
    const methodSeconds = { limit: 100, windowMs: 10 * MINUTE_MS };
    const room = aRoomWithDeals(0, { limits: { methodSeconds, concurrency: 1 } });
    for (let n = 1; n <= 150; n += 1) room.crm.put(aCompany({ id: String(n) }));
    room.crm.put(aDeal({ id: "1" }));
    room.crm.state.pageSize = 1;
    room.crm.state.callSeconds = 1;
    const startedAt = room.clock.now();
    await room.portal.install(room.crm.grant(), { isFinished: true, locale: "ru" });
    await room.live(5 * MINUTE_MS);
    const { entities } = await room.portal.progress();
    const company = entities.find(({ entity }) => entity === "company");
    expect(company).toMatchObject({ done: 80, isComplete: false });
    expect(entities.filter(({ isComplete }) => !isComplete)).toEqual([company]);
    await room.installed();
    // 80 pages fit into the first window, the other 70 begin to fit when it has passed.
    expect(room.clock.now() - startedAt).toBeLessThan(11 * MINUTE_MS);
    expect(room.count("client")).toBe(150);
  });

  it("sets a record that cannot be stored aside and goes on", async () => {
    const room = aRoomWithDeals(5);
    room.crm.put(aDeal({ id: "3", amountMinor: 1.5 }));
    await room.installed();
    expect(room.count("deal")).toBe(4);
    expect(room.sql.get("select id, last_code, attempts from dirty")).toEqual({
      id: "3",
      last_code: "internal",
      attempts: MAX_ATTEMPTS,
    });
  });
});

describe("hinted records", () => {
  it("are read again after a moment, in one request", async () => {
    const room = aRoomWithDeals(30);
    await room.installed();
    const now = room.clock.now();
    for (let n = 1; n <= 30; n += 1) {
      room.crm.put(aDeal({ id: String(n), amountMinor: n, updatedAt: now }));
      expect(await room.hint({ entity: "deal", id: String(n) })).toBe("stored");
    }
    const before = room.crm.calls.length;
    await room.live(5_000);
    expectMirrored(room);
    expect(room.crm.calls.slice(before).filter((name) => name === "scan/deal/byId")).toHaveLength(
      1,
    );
    expect(room.count("dirty")).toBe(0);
  });

  it("stay when they are hinted at again during the fetch", async () => {
    const room = aRoomWithDeals(2);
    await room.installed();
    const delivery = {
      secretHash: await sha256Hex(SECRET),
      hints: [{ entity: "deal", id: "1", isDeletion: false }] as const,
      isUnreadable: false,
    };
    let stored: Promise<string> | null = null;
    room.crm.during("scan/deal/byId", () => {
      room.crm.put(aDeal({ id: "1", amountMinor: 42, updatedAt: room.clock.now() }));
      stored = room.portal.receive(delivery);
    });
    const before = room.crm.calls.length;
    await room.hint({ entity: "deal", id: "1" }, { entity: "deal", id: "2" });
    await room.live(10_000);
    expect(await stored).toBe("stored");
    const reads = room.crm.calls.slice(before).filter((name) => name === "scan/deal/byId");
    expect(reads).toHaveLength(2);
    expect(room.count("dirty")).toBe(0);
    expectMirrored(room);
  });

  it("are buried when the host does not have them any more, and come back when they do", async () => {
    const room = aRoomWithDeals(3);
    await room.installed();
    room.crm.remove("deal", "2");
    await room.hint({ entity: "deal", id: "2" });
    await room.live(5_000);
    expectMirrored(room);
    expect(room.count("deal where is_deleted = 1")).toBe(1);
    room.crm.put(aDeal({ id: "2", companyId: "2" }));
    await room.hint({ entity: "deal", id: "2" });
    await room.live(5_000);
    expectMirrored(room);
  });

  it("are found out one by one when one of them spoils the answer; that one stays visible", async () => {
    const room = aRoomWithDeals(20);
    await room.installed();
    room.crm.poison.add("7");
    for (let n = 1; n <= 20; n += 1) {
      room.crm.put(aDeal({ id: String(n), amountMinor: n, updatedAt: 3_000 }));
      await room.hint({ entity: "deal", id: String(n) });
    }
    await room.live(60 * MINUTE_MS);
    expect(room.sql.all("select id, attempts, last_code from dirty")).toEqual([
      { id: "7", attempts: MAX_ATTEMPTS, last_code: "host.bad_answer" },
    ]);
    expect(room.count("deal where amount_minor < 100")).toBe(19);
    room.crm.poison.clear();
    await room.portal.repair();
    await room.live(MINUTE_MS);
    expectMirrored(room);
  });
});

describe("a repair cycle", () => {
  it("finds everything that no hook told: changes, new records and deletions", async () => {
    const room = aRoomWithDeals(50);
    await room.installed();
    const now = room.clock.now();
    for (let n = 1; n <= 5; n += 1) room.crm.remove("deal", String(n));
    for (let n = 6; n <= 15; n += 1) {
      room.crm.put(aDeal({ id: String(n), outcome: "lost", updatedAt: now }));
    }
    room.crm.put(aDeal({ id: "60", updatedAt: 1_000 }));
    await room.portal.repair();
    await room.live(MINUTE_MS);
    expectMirrored(room);
    expect(room.count("dirty")).toBe(0);
  });

  it("happens by itself: changes within minutes, deletions within a day", async () => {
    const room = aRoomWithDeals(20);
    await room.installed();
    room.crm.put(aDeal({ id: "3", amountMinor: 9, updatedAt: room.clock.now() }));
    room.crm.remove("deal", "4");
    await room.live(11 * MINUTE_MS);
    expect(room.count("deal where id = '3' and amount_minor = 9")).toBe(1);
    await room.live(DAY_MS);
    expectMirrored(room);
  });

  it("holds when too much vanishes at once, and lets go when it is back", async () => {
    const room = aRoomWithDeals(300);
    await room.installed();
    const hidden = [...room.crm.records.deal.values()].slice(0, 150);
    for (const record of hidden) room.crm.remove("deal", recordId(record));
    await room.portal.repair();
    await room.live(MINUTE_MS);
    expect(room.count("deal where is_deleted = 1")).toBe(0);
    expect((await room.portal.summary())?.warnings).toEqual(["mass_change_hold"]);
    for (const record of hidden) room.crm.put(record);
    await room.portal.repair();
    await room.live(MINUTE_MS);
    expect((await room.portal.summary())?.warnings).toEqual([]);
    expectMirrored(room);
  });

  it("goes on after a crash between any two steps", async () => {
    for (let steps = 1; steps < 60; steps += 2) {
      const room = aRoomWithDeals(12);
      await room.installed();
      room.crm.remove("deal", "4");
      room.crm.put(aDeal({ id: "5", amountMinor: 1, updatedAt: room.clock.now() }));
      await room.hint({ entity: "deal", id: "5" });
      await room.portal.repair();
      room.portal.tick().catch(() => undefined);
      await room.clock.runUntilIdle(steps);
      room.restart();
      await room.live(2 * MINUTE_MS);
      expectMirrored(room);
      expect(room.count("dirty"), `after ${steps} steps`).toBe(0);
    }
  });

  it("says who has to act when rights are missing, and stops saying so", async () => {
    const room = aRoomWithDeals(3);
    await room.installed();
    const refusals = Array.from({ length: 8 }, () => ({ kind: "status", status: 418 }) as const);
    room.crm.fail("scan/contact", ...refusals);
    await room.portal.repair();
    await room.live(500);
    expect((await room.portal.summary())?.state).toBe("needs_admin");
    await room.live(10 * MINUTE_MS);
    expect((await room.portal.summary())?.state).toBe("active");
  });
});
