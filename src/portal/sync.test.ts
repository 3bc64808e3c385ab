import { describe, expect, it } from "vitest";
import { aCompany, aDeal, aStageEntry } from "../../test/support/fake-crm.ts";
import { makeRoom, type Room, type RoomOptions, SECRET } from "../../test/support/portal-room.ts";
import type { SyncProgress } from "../crm/overview.ts";
import { MAX_ATTEMPTS } from "./dirty.ts";
import { sha256Hex } from "./installer.ts";
import { readProgress } from "./progress.ts";

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;

function aRoomWithDeals(count: number, options: RoomOptions = {}): Room {
  const room = makeRoom(options);
  for (let n = 1; n <= count; n += 1) {
    room.crm.put(aCompany({ id: String(n) }));
    room.crm.put(aDeal({ id: String(n), companyId: String(n) }));
    room.crm.put(aStageEntry({ id: String(n), dealId: String(n) }));
  }
  return room;
}

/** What the host has and what the mirror shows, in one form. */
function compare(room: Room): void {
  const deals = [...room.crm.records.deal.values()].map((deal) =>
    deal.entity === "deal" ? [deal.id, deal.amountMinor, deal.outcome] : [],
  );
  const rows = room.sql.all<{ id: string; amount_minor: number; outcome: string }>(
    "select id, amount_minor, outcome from deal where is_deleted = 0",
  );
  const byId = (one: unknown[], other: unknown[]) => Number(one[0]) - Number(other[0]);
  const mirrored = rows.map((row) => [row.id, row.amount_minor, row.outcome]);
  expect(mirrored.toSorted(byId)).toEqual(deals.toSorted(byId));
  const won = deals.filter(([, , outcome]) => outcome === "won").length;
  expect(room.count("purchase")).toBe(won);
}

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
      compare(room);
    }
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
    compare(room);
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
    compare(room);
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
    compare(room);
  });

  it("are buried when the host does not have them any more, and come back when they do", async () => {
    const room = aRoomWithDeals(3);
    await room.installed();
    room.crm.remove("deal", "2");
    await room.hint({ entity: "deal", id: "2" });
    await room.live(5_000);
    compare(room);
    expect(room.count("deal where is_deleted = 1")).toBe(1);
    room.crm.put(aDeal({ id: "2", companyId: "2" }));
    await room.hint({ entity: "deal", id: "2" });
    await room.live(5_000);
    compare(room);
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
    compare(room);
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
    compare(room);
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
    compare(room);
  });

  it("holds when too much vanishes at once, and lets go when it is back", async () => {
    const room = aRoomWithDeals(300);
    await room.installed();
    const hidden = [...room.crm.records.deal.values()].slice(0, 150);
    for (const { id } of hidden) room.crm.remove("deal", id);
    await room.portal.repair();
    await room.live(MINUTE_MS);
    expect(room.count("deal where is_deleted = 1")).toBe(0);
    expect((await room.portal.summary())?.warnings).toEqual(["mass_change_hold"]);
    for (const record of hidden) room.crm.put(record);
    await room.portal.repair();
    await room.live(MINUTE_MS);
    expect((await room.portal.summary())?.warnings).toEqual([]);
    compare(room);
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
      compare(room);
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

describe("the account", () => {
  it("keeps data and the hook secret when it is installed again", async () => {
    const room = aRoomWithDeals(5);
    await room.installed();
    const before = room.sql.get("select hook_secret_hash, hook_secret_sealed from portal");
    await room.portal.install(room.crm.grant(), { isFinished: true, locale: "en" });
    expect(room.sql.get("select hook_secret_hash, hook_secret_sealed from portal")).toEqual(before);
    expect(room.count("deal")).toBe(5);
    await room.live(MINUTE_MS);
    compare(room);
  });

  it("makes a secret of its own, under which hooks are taken", async () => {
    const room = aRoomWithDeals(1);
    await room.portal.install(room.crm.grant(), { isFinished: true, locale: "ru" });
    const row = room.sql.get<{ hook_secret_sealed: string }>(
      "select hook_secret_sealed from portal",
    );
    expect(row?.hook_secret_sealed).toMatch(/:[0-9a-f]{40}$/);
    expect(await room.hint({ entity: "deal", id: "1" })).toBe("refused");
  });

  it("loses its tokens at once when uninstalled, and its data two days after a wish to erase", async () => {
    const room = aRoomWithDeals(5);
    await room.installed();
    await room.portal.uninstall({ erase: true });
    expect(room.count("token")).toBe(0);
    const calls = room.crm.calls.length;
    await room.live(47 * 3_600_000);
    expect(room.count("deal")).toBe(5);
    await room.live(2 * 3_600_000);
    expect((await room.portal.summary())?.state).toBe("purged");
    for (const table of ["deal", "purchase", "client", "scan", "api_call"]) {
      expect(room.count(table), table).toBe(0);
    }
    expect(room.crm.calls.length).toBe(calls);
    expect(await room.hint({ entity: "deal", id: "1" })).toBe("refused");
    await room.installed();
    compare(room);
  });

  it("counts its purchases anew when its currency or zone changes", async () => {
    const room = aRoomWithDeals(3);
    await room.installed();
    room.crm.state.currency = "KZT";
    await room.live(DAY_MS + MINUTE_MS);
    expect((await room.portal.summary())?.currency).toBe("KZT");
    expect(room.count("purchase where base_minor is null")).toBe(3);
  });
});
