import { describe, expect, it } from "vitest";
import { makeVirtualClock } from "../../test/support/virtual-clock.ts";
import type { Desk, ErrandWork } from "../crm/door.ts";
import { AppError } from "../crm/error.ts";
import type { Host } from "../crm/host.ts";
import type { Log, Vault } from "../crm/ports.ts";
import { makeDirectory } from "../runtime/node/directory.ts";
import { openSqlite } from "../runtime/node/sqlite.ts";
import { makeErrands } from "./errands.ts";

const MINUTE_MS = 60_000;
const QUIET: Log = { debug() {}, info() {}, warn() {}, error() {} };
const VAULT: Vault = {
  seal: async (plain, place) => `sealed ${place} ${plain}`,
  open: async (sealed, place) => sealed.slice(`sealed ${place} `.length),
};
const DESK = {} as Desk;

function room(work: ErrandWork, { sql } = openSqlite(":memory:")) {
  const clock = makeVirtualClock();
  const directory = makeDirectory(sql, clock);
  const host = { errands: { fetch: work } } as unknown as Host;
  const errands = makeErrands({
    ...{ clock, vault: VAULT, log: QUIET },
    store: directory.errands,
    hosts: [host],
  });
  const stored = () => directory.errands.list();
  const pass = (minutes: number) => clock.runTo(clock.now() + minutes * MINUTE_MS);
  return { clock, errands, stored, pass, sql };
}

describe("errands", () => {
  it("are stored sealed before the promise holds, and gone when they are done", async () => {
    const done: string[] = [];
    const { errands, stored, pass } = room(async (data) => void done.push(data));
    await errands.add("fetch", "id", "secret", 20 * MINUTE_MS, DESK);
    await pass(1);
    expect(done).toEqual(["secret"]);
    expect(await stored()).toEqual([]);
  });

  it("are tried again in the background while that can help, and once is enough for a refusal", async () => {
    let calls = 0;
    const failing = room(async () => {
      calls += 1;
      throw new AppError("host.unavailable");
    });
    await failing.errands.add("fetch", "id", "x", 20 * MINUTE_MS, DESK);
    await failing.pass(19);
    expect(calls).toBeGreaterThan(10);
    expect(await failing.stored()).toHaveLength(1);
    await failing.pass(2);
    expect(await failing.stored()).toEqual([]);

    calls = 0;
    const refused = room(async () => {
      calls += 1;
      throw new AppError("host.token_revoked");
    });
    await refused.errands.add("fetch", "id", "x", 20 * MINUTE_MS, DESK);
    await refused.pass(20);
    expect([calls, await refused.stored()]).toEqual([1, []]);
  });

  it("one id is one errand, and what it has reached outlives the process", async () => {
    const seen: string[] = [];
    const database = openSqlite(":memory:");
    const work: ErrandWork = async (data, _desk, keep) => {
      seen.push(data);
      if (data === "second") return;
      await keep("second");
      throw new AppError("host.timeout");
    };
    const first = room(work, database);
    await first.errands.add("fetch", "id", "first", 20 * MINUTE_MS, DESK);
    await first.errands.add("fetch", "id", "again", 20 * MINUTE_MS, DESK);
    await first.pass(0);
    first.errands.stop();
    expect(JSON.stringify(await first.stored())).toContain("sealed errand/fetch/");

    const next = room(work, database);
    await next.errands.resume(DESK);
    await next.pass(1);
    expect(seen).toEqual(["first", "second"]);
    expect(await next.stored()).toEqual([]);
  });

  it("do not hold each other up while they wait", async () => {
    const done: string[] = [];
    const { errands, pass } = room(async (data) => {
      if (data.startsWith("bad")) throw new AppError("host.unavailable");
      done.push(data);
    });
    for (const name of ["bad1", "bad2", "bad3", "good"]) {
      await errands.add("fetch", name, name, 20 * MINUTE_MS, DESK);
    }
    await pass(0.01);
    expect(done).toEqual(["good"]);
  });
});
