import { describe, expect, it } from "vitest";
import { makeVirtualClock } from "../../../test/support/virtual-clock.ts";
import { makeDirectory } from "./directory.ts";
import { openSqlite } from "./sqlite.ts";

describe("values that may be used once", () => {
  it("are given out once, and not after their time", async () => {
    const clock = makeVirtualClock();
    const directory = makeDirectory(openSqlite(":memory:").sql, clock);
    await directory.put("state", "a", "1", clock.now() + 1_000);
    await directory.put("state", "b", "2", clock.now() + 1_000);
    expect(await directory.take("other", "a")).toBeNull();
    expect(await directory.take("state", "a")).toBe("1");
    expect(await directory.take("state", "a")).toBeNull();
    await clock.runTo(clock.now() + 1_001);
    expect(await directory.take("state", "b")).toBeNull();
  });

  it("stay few under a flood: the oldest make room, and other kinds are left alone", async () => {
    const clock = makeVirtualClock();
    const { sql } = openSqlite(":memory:");
    const directory = makeDirectory(sql, clock, 10);
    await directory.put("ticket", "mine", "1", clock.now() + 1_000);
    for (let n = 0; n < 50; n += 1) await directory.put("state", `${n}`, "x", clock.now() + n);
    expect(sql.get("select count(*) as n from once where kind = 'state'")).toEqual({ n: 10 });
    expect(await directory.take("state", "39")).toBeNull();
    expect(await directory.take("state", "49")).toBe("x");
    expect(await directory.take("ticket", "mine")).toBe("1");
  });
});
