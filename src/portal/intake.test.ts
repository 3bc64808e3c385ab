import { describe, expect, it } from "vitest";
import { aCompany, aDeal } from "../../test/support/fake-crm.ts";
import { makeRoom, quietLog, type Room, SECRET } from "../../test/support/portal-room.ts";
import { sha256Hex } from "./installer.ts";
import { makeIntake } from "./intake.ts";
import { DEFAULT_POLICY } from "./portal-api.ts";
import { readCounter } from "./portal-row.ts";

async function anInstalledRoom(): Promise<Room> {
  const room = makeRoom();
  room.crm.put(aCompany({ id: "1" }));
  room.crm.put(aDeal({ id: "1" }));
  await room.installed();
  return room;
}

describe("intake", () => {
  it("refuses another secret, an unknown portal and a missing one alike", async () => {
    const room = await anInstalledRoom();
    const hints = [{ entity: "deal", id: "1", isDeletion: false }] as const;
    const right = await sha256Hex(SECRET);
    for (const secretHash of ["", "0".repeat(64), right.slice(1), right.toUpperCase()]) {
      const answer = await room.portal.receive({ secretHash, hints, isUnreadable: false });
      expect(answer).toBe("refused");
      expect(await room.portal.secretMatches(secretHash)).toBe(false);
    }
    expect(await room.portal.secretMatches(right)).toBe(true);
    expect(room.count("dirty")).toBe(0);
    const empty = makeRoom();
    expect(await empty.hint({ entity: "deal", id: "1" })).toBe("refused");
  });

  it("stores deliveries of one turn in one transaction, each entity once", async () => {
    const room = await anInstalledRoom();
    const seq = readCounter(room.sql, "seq");
    const ids = Array.from({ length: 200 }, (_, n) => String(n % 50));
    const answers = await Promise.all(ids.map((id) => room.hint({ entity: "deal", id })));
    expect(new Set(answers)).toEqual(new Set(["stored"]));
    expect(readCounter(room.sql, "hooks.accepted")).toBe(200);
    expect(room.count("dirty")).toBe(50);
    expect(readCounter(room.sql, "seq") - seq).toBeLessThan(5);
  });

  it("lets the loop turn between commits that cost time, for those who are still connecting", async () => {
    const room = await anInstalledRoom();
    const commits: number[] = [];
    let mono = 0;
    const sleeps: { ms: number; wake: () => void }[] = [];
    const intake = makeIntake({
      sql: {
        ...room.sql,
        transaction: (body) => {
          mono += 10;
          commits.push(mono);
          return room.sql.transaction(body);
        },
      },
      host: room.crm.host,
      clock: {
        now: () => room.clock.now(),
        monotonic: () => mono,
        turn: async () => {},
        sleep: (ms) => new Promise((wake) => sleeps.push({ ms, wake })),
      },
      policy: DEFAULT_POLICY,
      log: quietLog,
    });
    const secretHash = await sha256Hex(SECRET);
    const send = (id: string) =>
      intake.receive({
        secretHash,
        hints: [{ entity: "deal", id, isDeletion: false }],
        isUnreadable: false,
      });
    await send("1");
    const later = [send("2"), send("3")];
    expect(commits).toHaveLength(1);
    expect(sleeps.map(({ ms }) => ms)).toEqual([40]);
    sleeps[0]?.wake();
    expect(await Promise.all(later)).toEqual(["stored", "stored"]);
    expect(commits).toHaveLength(2);
    mono += 1_000;
    await send("4");
    expect([commits.length, sleeps.length]).toEqual([3, 1]);
  });

  it("answers only after the commit", async () => {
    const room = await anInstalledRoom();
    const delivery = {
      secretHash: await sha256Hex(SECRET),
      hints: [{ entity: "deal", id: "9", isDeletion: false }] as const,
      isUnreadable: false,
    };
    let isAnswered = false;
    const answer = room.portal.receive(delivery).then(() => {
      isAnswered = true;
    });
    expect([isAnswered, room.count("dirty")]).toEqual([false, 0]);
    await room.clock.run(answer);
    expect([isAnswered, room.count("dirty")]).toEqual([true, 1]);
  });

  it("rejects when the database cannot store, so that nobody is told otherwise", async () => {
    const room = await anInstalledRoom();
    room.sql.run("alter table dirty rename to elsewhere");
    await expect(room.hint({ entity: "deal", id: "1" })).rejects.toThrow();
  });

  it("reads what has changed when a delivery cannot be read", async () => {
    const room = await anInstalledRoom();
    room.crm.put(aDeal({ id: "1", amountMinor: 6, updatedAt: room.clock.now() }));
    const secretHash = await sha256Hex(SECRET);
    await room.clock.run(room.portal.receive({ secretHash, hints: [], isUnreadable: true }));
    await room.live(5_000);
    expect(room.count("deal where amount_minor = 6")).toBe(1);
  });

  it("turns a storm into one pass instead of rows without end", async () => {
    const room = await anInstalledRoom();
    const now = room.clock.now();
    room.crm.put(aDeal({ id: "9999", amountMinor: 3, updatedAt: now }));
    for (let from = 0; from < 20_000; from += 1_000) {
      const hints = Array.from({ length: 1_000 }, (_, n) => ({
        entity: "deal" as const,
        id: String(from + n),
      }));
      await room.hint(...hints);
    }
    expect(room.count("dirty")).toBeLessThanOrEqual(5_000);
    await room.live(60_000);
    expect(room.count("deal where id = '9999' and amount_minor = 3")).toBe(1);
    expect(room.count("dirty")).toBe(0);
  });

  it("reads dictionaries and history through their own passes", async () => {
    const room = await anInstalledRoom();
    const before = room.crm.calls.length;
    await room.hint({ entity: "pipeline", id: "1" }, { entity: "stageEntry", id: "1" });
    await room.live(5_000);
    const calls = room.crm.calls.slice(before);
    expect(calls).toEqual(["scan/pipeline/all", "scan/stageEntry/since"]);
  });
});
