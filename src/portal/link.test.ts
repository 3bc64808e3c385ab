import { describe, expect, it } from "vitest";
import { aCompany, aDeal } from "../../test/support/fake-crm.ts";
import { makeRoom, type Room, type RoomOptions } from "../../test/support/portal-room.ts";
import { AppError } from "../crm/error.ts";
import { readToken } from "./tokens.ts";

const HOUR_MS = 3_600_000;

async function aRoomWithDeals(count: number, options: RoomOptions = {}): Promise<Room> {
  const room = makeRoom(options);
  room.crm.put(aCompany({ id: "1" }));
  for (let n = 1; n <= count; n += 1) room.crm.put(aDeal({ id: String(n) }));
  return room;
}

/** Six requests leave together with a token that the host does not take any more. */
async function aRoomInARace(ports: RoomOptions["ports"] = {}): Promise<Room> {
  const limits = { requestsPerSecond: 100, burst: 10, concurrency: 6 };
  const room = await aRoomWithDeals(10, { ports, limits });
  await room.installed();
  room.crm.state.latencyMs = 1_000;
  room.crm.state.access = "expired by the host";
  return room;
}

/** Most requests within any window of that length. */
function busiest(arrivals: readonly number[], windowMs: number): number {
  let from = 0;
  let most = 0;
  arrivals.forEach((at, index) => {
    while ((arrivals[from] as number) <= at - windowMs) from += 1;
    most = Math.max(most, index - from + 1);
  });
  return most;
}

describe("the link", () => {
  it("refreshes once when many requests find the token expired at the same time", async () => {
    const room = await aRoomInARace();
    const version = readToken(room.sql)?.version;
    await room.portal.repair();
    await room.live(60_000);
    expect(room.crm.state.refreshes).toBe(1);
    expect(room.crm.calls.filter((name) => name === "refresh")).toHaveLength(1);
    expect(readToken(room.sql)?.version).toBe((version ?? 0) + 1);
    expect(room.count("scan where last_code is not null")).toBe(0);
  });

  it("would lose the connection in that race without its lock", async () => {
    const noLock = () => ({ run: <T>(body: () => Promise<T>) => body() });
    const room = await aRoomInARace({ makeLock: noLock });
    await room.portal.repair();
    await room.live(60_000);
    expect((await room.portal.summary())?.state).toBe("reconnect");
  });

  it("never refreshes a token made by hand, and says two weeks ahead that it ends", async () => {
    const room = await aRoomWithDeals(3);
    const DAY_MS = 86_400_000;
    const grant = {
      ...room.crm.grant(),
      refreshToken: "",
      accessExpiresAt: room.clock.now() + 20 * DAY_MS,
      isStatic: true,
    } as const;
    await room.portal.install(grant, { isFinished: true, locale: "ru" });
    await room.live(5 * DAY_MS);
    expect((await room.portal.overview()).warnings).not.toContain("token_ends_soon");
    await room.live(2 * DAY_MS);
    expect((await room.portal.overview()).warnings).toContain("token_ends_soon");
    // Its own date is only a hint: it works until the host says that it does not.
    await room.live(20 * DAY_MS);
    expect((await room.portal.summary())?.state).toBe("active");
    room.crm.state.access = "taken back";
    await room.portal.repair();
    await room.live(60_000);
    expect(room.crm.calls.filter((name) => name === "refresh")).toEqual([]);
    expect((await room.portal.summary())?.state).toBe("reconnect");
  });

  it("commits the new pair before anybody uses it", async () => {
    const room = await aRoomWithDeals(3);
    await room.installed();
    room.crm.state.access = "expired by the host";
    const seen: (string | undefined)[] = [];
    const note = () => seen.push(readToken(room.sql)?.access_sealed);
    for (let n = 0; n < 6; n += 1) room.crm.during("scan", note);
    await room.portal.repair();
    await room.live(60_000);
    expect(seen.at(-1)).toContain("access-2");
    const firstUse = seen.findIndex((sealed) => sealed?.includes("access-2"));
    expect(seen.slice(firstUse).every((sealed) => sealed?.includes("access-2"))).toBe(true);
  });

  it("asks to reconnect when the answer with the new pair was lost, and heals by a new installation", async () => {
    const room = await aRoomWithDeals(3);
    await room.installed();
    room.crm.state.access = "expired by the host";
    room.crm.fail("refresh", { kind: "lost" });
    await room.portal.repair();
    await room.live(10 * 60_000);
    expect((await room.portal.summary())?.state).toBe("reconnect");
    const calls = room.crm.calls.length;
    await room.hint({ entity: "deal", id: "1" });
    await room.live(HOUR_MS);
    expect(room.crm.calls.length).toBe(calls);
    expect(room.count("dirty")).toBe(1);

    room.crm.put(aDeal({ id: "1", amountMinor: 777, updatedAt: room.clock.now() }));
    await room.portal.install(room.crm.grant(), { isFinished: true, locale: "ru" });
    await room.live(60_000);
    expect((await room.portal.summary())?.state).toBe("active");
    expect(room.count("deal where id = '1' and amount_minor = 777")).toBe(1);
    expect(await room.hint({ entity: "deal", id: "1" })).toBe("stored");
  });

  it("keeps the live token while the token server is down", async () => {
    const room = await aRoomWithDeals(3);
    await room.installed();
    room.crm.state.access = "expired by the host";
    room.crm.fail("refresh", ...Array.from({ length: 3 }, () => ({ kind: "cut" }) as const));
    await room.portal.repair();
    await room.live(HOUR_MS);
    expect((await room.portal.summary())?.state).toBe("active");
    expect(room.crm.state.refreshes).toBe(1);
  });

  it("finds a portal that has moved through its token server", async () => {
    const room = await aRoomWithDeals(3);
    await room.installed();
    room.crm.state.endpoint = "https://renamed.example/";
    await room.portal.repair();
    await room.live(60_000);
    expect(await room.portal.summary()).toMatchObject({
      state: "active",
      endpoint: "https://renamed.example/",
    });
    expect(room.crm.state.refreshes).toBe(1);
    expect(room.count("scan where last_code is not null")).toBe(0);
  });

  it("repeats a reading request whose connection failed, and no other", async () => {
    const room = await aRoomWithDeals(3);
    await room.installed();
    room.crm.fail("check", { kind: "cut" }, { kind: "cut" });
    room.crm.fail("prepare", { kind: "cut" });
    await room.portal.install(room.crm.grant(), { isFinished: true, locale: "ru" });
    const before = room.crm.calls.length;
    await room.live(60_000);
    const calls = room.crm.calls.slice(before).filter((name) => /check|prepare/.test(name));
    expect(calls).toEqual(["check", "check", "check", "prepare", "check", "prepare"]);
  });

  it("survives a wall clock that jumps by an hour", async () => {
    const room = await aRoomWithDeals(300);
    room.crm.state.pageSize = 10;
    room.crm.during("scan/deal/all", () => room.clock.jump(3_600_000));
    room.crm.during("scan/stageEntry/all", () => room.clock.jump(-3_600_000));
    await room.installed();
    expect(room.count("deal")).toBe(300);
    expect(busiest(room.crm.arrivals, 1_000)).toBeLessThanOrEqual(5 + 2);
  });

  it("never exceeds the host's rate nor its requests in flight, and uses them fully", async () => {
    const room = await aRoomWithDeals(3_000, { limits: { concurrency: 3 } });
    for (let n = 2; n <= 3_000; n += 1) room.crm.put(aCompany({ id: String(n) }));
    room.crm.state.pageSize = 10;
    room.crm.state.latencyMs = 300;
    const startedAt = room.clock.monotonic();
    await room.installed();
    const seconds = (room.clock.monotonic() - startedAt) / 1_000;
    expect(busiest(room.crm.arrivals, 1_000)).toBeLessThanOrEqual(5 + 2);
    expect(busiest(room.crm.arrivals, 60_000)).toBeLessThanOrEqual(5 * 60 + 2);
    expect(room.crm.state.mostAtOnce).toBeLessThanOrEqual(3);
    // Two long entities side by side: 600 pages at five a second.
    expect(room.crm.arrivals.length / seconds).toBeGreaterThan(5 * 0.9);
  });

  it("slows down for a refusal, honours the wait and remembers it across a restart", async () => {
    const room = await aRoomWithDeals(3);
    await room.installed();
    room.crm.fail("scan", { kind: "status", status: 429, retryAfterMs: 90_000 });
    await room.portal.repair();
    await room.live(1_000);
    room.restart();
    const before = room.crm.arrivals.length;
    await room.live(80_000);
    expect(room.crm.arrivals.length).toBe(before);
    await room.live(20_000);
    expect(room.crm.arrivals.length).toBeGreaterThan(before);
    expect((await room.portal.summary())?.state).toBe("active");
  });

  it("stops everything when blocked and asks once an hour", async () => {
    const room = await aRoomWithDeals(3, { limits: { concurrency: 1 } });
    await room.installed();
    room.crm.fail(
      "scan",
      ...Array.from({ length: 3 }, () => ({ kind: "status", status: 403 }) as const),
    );
    await room.portal.repair();
    const before = room.crm.arrivals.length;
    await room.live(2.5 * HOUR_MS);
    expect((await room.portal.summary())?.state).toBe("throttled");
    expect(room.crm.arrivals.length - before).toBe(3);
    await room.live(HOUR_MS);
    expect((await room.portal.summary())?.state).toBe("active");
  });

  it("puts ever longer pauses between calls to a host that is down, and recovers", async () => {
    const room = await aRoomWithDeals(3);
    await room.installed();
    room.crm.fail("", ...Array.from({ length: 40 }, () => ({ kind: "cut" }) as const));
    await room.portal.repair();
    const before = room.crm.arrivals.length;
    await room.live(HOUR_MS);
    expect((await room.portal.summary())?.state).toBe("degraded");
    expect(room.crm.arrivals.length - before).toBeLessThan(30);
    await room.live(12 * HOUR_MS);
    expect((await room.portal.summary())?.state).toBe("active");
    expect(room.count("scan where last_code is not null")).toBe(0);
  });

  it("keeps an idle portal's token alive and its call log for a week", async () => {
    const room = await aRoomWithDeals(1, { policy: { pollEveryMs: 24 * HOUR_MS } });
    await room.installed();
    await room.live(9 * 24 * HOUR_MS);
    expect(room.crm.state.refreshes).toBeGreaterThan(0);
    const oldest = room.sql.get<{ at: number }>("select min(at) as at from api_call");
    expect(oldest?.at).toBeGreaterThan(room.clock.now() - 8 * 24 * HOUR_MS);
  });

  it("forgets lists of changes that nobody approved, and keeps the others", async () => {
    const room = await aRoomWithDeals(1, { policy: { pollEveryMs: 24 * HOUR_MS } });
    await room.installed();
    for (const state of ["draft", "expired", "approved"]) {
      room.sql.run(
        "insert into run (id, playbook, version, made_at, state, document, made_by) values (?, 'p', 1, ?, ?, '{}', '1')",
        state,
        room.clock.now(),
        state,
      );
    }
    await room.live(6 * 24 * HOUR_MS);
    expect(room.count("run")).toBe(3);
    await room.live(3 * 24 * HOUR_MS);
    expect(room.sql.all("select id from run")).toEqual([{ id: "approved" }]);
  });

  it("goes on at full width after an interruption of the first sync", async () => {
    const room = await aRoomWithDeals(500);
    await room.portal.install(room.crm.grant(), { isFinished: true, locale: "ru" });
    for (let n = 0; n < 12; n += 1) room.crm.fail("scan", { kind: "cut" });
    await room.live(10 * 60_000);
    expect((await room.portal.summary())?.state).toBe("active");
    room.crm.state.mostAtOnce = 0;
    room.crm.state.latencyMs = 2_000;
    await room.portal.repair();
    await room.live(60_000);
    expect(room.crm.state.mostAtOnce).toBe(3);
  });

  it("gives no hint up while the server lacks the key to its token", async () => {
    let hasKey = true;
    const open = async (sealed: string) => {
      if (!hasKey) throw new AppError("vault.cannot_open");
      return sealed;
    };
    const room = await aRoomWithDeals(3, {
      ports: { vault: { seal: async (text) => text, open } },
    });
    await room.installed();
    hasKey = false;
    room.restart();
    await room.hint({ entity: "deal", id: "2" });
    await room.live(24 * HOUR_MS);
    expect((await room.portal.summary())?.state).toBe("active");
    hasKey = true;
    await room.live(HOUR_MS);
    expect(room.count("dirty")).toBe(0);
  });
});
