import { describe, expect, it } from "vitest";
import { makeVirtualClock } from "../../test/support/virtual-clock.ts";
import { openSqlite } from "../runtime/node/sqlite.ts";
import { makeSeededRandom } from "../simulation/seeded-random.ts";
import { migrate } from "./migrations.ts";
import { makeTokenLock } from "./token-lock.ts";

/** Two processes that have one database open. */
function twoProcesses() {
  const clock = makeVirtualClock();
  const { sql } = openSqlite(":memory:");
  migrate(sql, clock.now());
  sql.run(
    `insert into token (id, access_sealed, refresh_sealed, access_expires_at, refreshed_at, version)
     values (1, 'a', 'r', 0, 0, 1)`,
  );
  const one = makeTokenLock(sql, clock, makeSeededRandom(1));
  const other = makeTokenLock(sql, clock, makeSeededRandom(2));
  return { clock, sql, one, other };
}

describe("the lock of a token", () => {
  it("is held over processes, and given back whatever happens", async () => {
    const { clock, one, other } = twoProcesses();
    const seen: string[] = [];
    const first = one.run(async () => {
      seen.push("one begins");
      await clock.sleep(10_000);
      seen.push("one ends");
      throw new Error("refused");
    });
    const second = other.run(async () => {
      seen.push("other");
    });
    const settled = Promise.allSettled([first, second]);
    await clock.runTo(clock.now() + 12_000);
    expect((await settled).map(({ status }) => status)).toEqual(["rejected", "fulfilled"]);
    expect(seen).toEqual(["one begins", "one ends", "other"]);
  });

  it("of a process that died is free after its lease", async () => {
    const { clock, one, other } = twoProcesses();
    void one.run(() => new Promise(() => undefined));
    let takenAt = 0;
    const startedAt = clock.now();
    const second = other.run(async () => {
      takenAt = clock.now();
    });
    await clock.runTo(clock.now() + 60_000);
    await second;
    expect(takenAt - startedAt).toBeGreaterThan(30_000);
  });

  it("needs no token: an installation may be on its way", async () => {
    const { sql, one } = twoProcesses();
    sql.run("delete from token");
    expect(await one.run(async () => 7)).toBe(7);
  });
});
