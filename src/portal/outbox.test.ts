import { describe, expect, it } from "vitest";
import {
  memorySql,
  PORTAL_KEY,
  seedClient,
  seedPortal,
  seedScans,
  seedUser,
} from "../../test/support/actor-parts.ts";
import { makeSeededRandom, quietLog } from "../../test/support/portal-room.ts";
import { makeVirtualClock, type VirtualClock } from "../../test/support/virtual-clock.ts";
import { FENCE_MS, makeWriteHost, type WriteHost } from "../../test/support/write-host.ts";
import { type ActionRow, addAction } from "./action-store.ts";
import { makeLock } from "./lock.ts";
import { makeOutbox } from "./outbox.ts";
import type { Sql } from "./sql.ts";

const MINUTE = 60_000;

interface Desk {
  readonly sql: Sql;
  readonly clock: VirtualClock;
  readonly crm: WriteHost;
}

function makeDesk(): Desk {
  const sql = memorySql();
  const clock = makeVirtualClock();
  seedPortal(sql);
  seedScans(sql, { isDone: true, at: clock.now() });
  return { sql, clock, crm: makeWriteHost(clock) };
}

function open({ sql, clock, crm }: Desk, perDay = 5, database: Sql = sql) {
  return makeOutbox({
    sql: database,
    host: crm.host,
    link: crm.link,
    lock: makeLock(),
    clock,
    random: makeSeededRandom(3),
    log: quietLog,
    policy: { fenceMs: null, tasksPerPersonPerDay: perDay },
  });
}

function addTask({ sql, clock }: Desk, number: number, responsibleId = "7"): string {
  const key = `company:${number}`;
  const actionKey = `${PORTAL_KEY}|at_risk|1|${key}|1`;
  seedClient(sql, { key });
  insertInsight(sql, key, "at_risk");
  addAction(
    sql,
    {
      key: actionKey,
      runId: "run-1",
      playbook: "at_risk",
      clientKey: key,
      kind: "task",
      payload: {
        client: { kind: "company", id: String(number) },
        dealId: null,
        responsibleId,
        title: "Call",
        text: "Why",
        due: clock.now() + 2 * 86_400_000,
      },
      responsibleId,
      valueMinor: 1_000 - number,
    },
    clock.now(),
  );
  return actionKey;
}

function addMark({ sql, clock }: Desk, number: number): string {
  const key = `company:${number}`;
  const actionKey = `${PORTAL_KEY}|at_risk|1|${key}|1|mark`;
  seedClient(sql, { key });
  const payload = {
    client: { kind: "company" as const, id: String(number) },
    before: [],
    tags: ["segment:at_risk"],
    labels: { "segment:at_risk": "At risk" },
  };
  addAction(
    sql,
    {
      key: actionKey,
      runId: "run-1",
      playbook: "at_risk",
      clientKey: key,
      kind: "mark",
      payload,
      responsibleId: null,
      valueMinor: 5,
    },
    clock.now(),
  );
  return actionKey;
}

function insertInsight(sql: Sql, key: string, lifecycle: string): void {
  sql.run(
    `insert or replace into insight (client_key, snapshot_id, as_of, data, segment, lifecycle, purchases, total_minor,
       stake_minor, last_day, computed_at) values (?, 's', 1, '{}', 'loyal', ?, 1, 1, 1, 1, 1)`,
    key,
    lifecycle,
  );
}

const rowOf = ({ sql }: Desk, key: string) =>
  sql.get<ActionRow>("select * from action where key = ?", key) as ActionRow;

/** Steps until nothing is planned within a week. */
async function drain(desk: Desk, outbox = open(desk)): Promise<void> {
  const endsAt = desk.clock.now() + 7 * 86_400_000;
  for (let round = 0; round < 200; round += 1) {
    const wish = await desk.clock.run(outbox.step());
    if (wish === null || wish > endsAt) return;
    if (wish > desk.clock.now()) await desk.clock.runTo(wish);
  }
  throw new Error("The outbox does not come to rest.");
}

describe("the outbox", () => {
  it("creates a task once and writes down what it did", async () => {
    const desk = makeDesk();
    const key = addTask(desk, 1);
    await drain(desk);
    await drain(desk);
    expect(desk.crm.tasks()).toHaveLength(1);
    expect(desk.crm.calls).toEqual(["create"]);
    expect(rowOf(desk, key)).toMatchObject({ state: "done", host_id: "900", attempts: 1 });
    expect(desk.sql.all("select kind, action_key, after from write_log")).toEqual([
      { kind: "task", action_key: key, after: '["900"]' },
    ]);
  });

  it("finds a write that the CRM carried out after we had given up, and does not repeat it", async () => {
    const desk = makeDesk();
    const key = addTask(desk, 1);
    desk.crm.faults.push({ kind: "zombie", code: "host.timeout", afterMs: FENCE_MS - 1 });
    await drain(desk);
    expect(desk.crm.tasks()).toHaveLength(1);
    expect(desk.crm.calls).toEqual(["create", "find"]);
    expect(rowOf(desk, key)).toMatchObject({ state: "done", host_id: "900" });
  });

  it("waits for the fence before it searches, and sends again what is absent", async () => {
    const desk = makeDesk();
    addTask(desk, 1);
    desk.crm.faults.push({ kind: "refuse", code: "host.timeout" });
    const outbox = open(desk);
    const sentAt = desk.clock.now();
    const wish = await desk.clock.run(outbox.step());
    expect(wish).toBe(sentAt + FENCE_MS);
    await desk.clock.runTo(sentAt + FENCE_MS - 1);
    await desk.clock.run(outbox.step());
    expect(desk.crm.calls).toEqual(["create"]);
    await drain(desk, outbox);
    expect(desk.crm.calls).toEqual(["create", "find", "create"]);
    expect(desk.crm.tasks()).toHaveLength(1);
  });

  it("keeps the fence when the wall clock jumps ahead", async () => {
    const desk = makeDesk();
    addTask(desk, 1);
    desk.crm.faults.push({ kind: "zombie", code: "host.timeout", afterMs: 3_600_000 + 60_000 });
    const outbox = open(desk);
    await desk.clock.run(outbox.step());
    desk.clock.jump(3_600_000);
    await drain(desk, outbox);
    await desk.clock.runTo(desk.clock.now() + 2 * MINUTE);
    expect(desk.crm.tasks()).toHaveLength(1);
  });

  it("gives up after five rounds and keeps the row visible", async () => {
    const desk = makeDesk();
    const key = addTask(desk, 1);
    for (let round = 0; round < 9; round += 1) {
      desk.crm.faults.push({ kind: "refuse", code: "host.unavailable" });
    }
    await drain(desk);
    expect(desk.crm.calls.filter((call) => call === "create")).toHaveLength(5);
    expect(rowOf(desk, key)).toMatchObject({ state: "dead", last_code: "host.unavailable" });
  });

  it("does not count rounds while the CRM only asks to slow down", async () => {
    const desk = makeDesk();
    const key = addTask(desk, 1);
    for (let round = 0; round < 9; round += 1) {
      desk.crm.faults.push({ kind: "refuse", code: "host.rate_limited", retryAfterMs: MINUTE });
    }
    await drain(desk);
    expect(rowOf(desk, key)).toMatchObject({ state: "done", attempts: 1 });
  });

  it("ends with a clear refusal and gives the place in the budget back", async () => {
    const desk = makeDesk();
    const refused = addTask(desk, 1);
    const next = addTask(desk, 2);
    desk.crm.faults.push({ kind: "refuse", code: "host.no_rights" });
    await desk.clock.run(open(desk, 1).step());
    expect(rowOf(desk, refused)).toMatchObject({ state: "failed", last_code: "host.no_rights" });
    expect(rowOf(desk, next).state).toBe("done");
  });

  it("keeps searching while the search fails, without sending", async () => {
    const desk = makeDesk();
    addTask(desk, 1);
    desk.crm.faults.push({ kind: "zombie", code: "host.timeout", afterMs: 10 });
    desk.crm.searchFaults.push("host.unavailable", "host.timeout", "host.rate_limited");
    await drain(desk);
    expect(desk.crm.calls.filter((call) => call === "create")).toHaveLength(1);
    expect(desk.crm.tasks()).toHaveLength(1);
  });

  it("creates at most so many tasks a person and day of the portal's zone, best value first", async () => {
    const desk = makeDesk();
    for (let number = 1; number <= 12; number += 1) addTask(desk, number);
    addTask(desk, 20, "8");
    await drain(desk, open(desk, 5));
    // Midnight in Moscow is 21:00 UTC.
    const byDay = new Map<string, number[]>();
    for (const { at, draft } of desk.crm.tasks()) {
      const day = `${draft.responsibleId} ${new Date(at + 3 * 3_600_000).toISOString().slice(0, 10)}`;
      byDay.set(day, [...(byDay.get(day) ?? []), Number(draft.client.id)]);
    }
    expect(Object.fromEntries(byDay)).toEqual({
      "7 2026-10-01": [1, 2, 3, 4, 5],
      "8 2026-10-01": [20],
      "7 2026-10-02": [6, 7, 8, 9, 10],
      "7 2026-10-03": [11, 12],
    });
    for (const { at, draft } of desk.crm.tasks()) expect(draft.due).toBeGreaterThan(at);
  });

  it("counts a task of unknown fate against the budget, also of the day after", async () => {
    const desk = makeDesk();
    const lost = addTask(desk, 1);
    const waiting = addTask(desk, 2);
    const outbox = open(desk, 1);
    const midnight = Date.UTC(2026, 9, 1, 21);
    await desk.clock.runTo(midnight - 30_000);
    desk.crm.faults.push({ kind: "refuse", code: "host.timeout" });
    await desk.clock.run(outbox.step());
    expect(rowOf(desk, waiting)).toMatchObject({ state: "deferred", last_code: "over_budget" });
    // The lost one may still land today: nobody else may take the day's only place.
    await desk.clock.runTo(midnight + 1_000);
    await desk.clock.run(outbox.step());
    expect(rowOf(desk, waiting)).toMatchObject({ state: "deferred" });
    await drain(desk, outbox);
    expect(rowOf(desk, lost).state).toBe("done");
    const days = desk.crm.tasks().map(({ at }) => Math.floor((at - midnight) / 86_400_000));
    expect(days).toEqual([0, 1]);
  });

  it("does not give a client a second open task", async () => {
    const desk = makeDesk();
    const first = addTask(desk, 1);
    await drain(desk);
    desk.sql.run("update action set key = 'older' where key = ?", first);
    const second = addTask(desk, 1);
    await drain(desk);
    expect(rowOf(desk, second)).toMatchObject({ state: "cancelled", last_code: "open_task" });
    desk.sql.run(
      `insert into activity (id, kind, direction, at, is_done, deal_id, client_key, updated_at)
       values ('task-900', 'task', null, 1, 1, null, 'company:1', 1)`,
    );
    desk.sql.run("delete from action where key = ?", second);
    const third = addTask(desk, 1);
    await drain(desk);
    expect(rowOf(desk, third).state).toBe("done");
  });

  it("does not create what no longer applies", async () => {
    const desk = makeDesk();
    const back = addTask(desk, 1);
    insertInsight(desk.sql, "company:1", "active");
    const gone = addTask(desk, 2);
    desk.sql.run("update client set is_deleted = 1 where key = 'company:2'");
    const inactive = addTask(desk, 3, "9");
    seedUser(desk.sql, "9", false);
    await drain(desk);
    expect(rowOf(desk, back).last_code).toBe("condition_left");
    expect(rowOf(desk, gone).last_code).toBe("client_gone");
    expect(rowOf(desk, inactive).last_code).toBe("responsible_inactive");
    expect(desk.crm.calls).toEqual([]);
  });

  it.each(["reconnect", "suspended", "purged", "payment_required", "needs_admin", "throttled"])(
    "sends nothing while the portal is %s",
    async (state) => {
      const desk = makeDesk();
      addTask(desk, 1);
      addMark(desk, 1);
      desk.sql.run("update portal set state = ?", state);
      await desk.clock.run(open(desk).step());
      expect(desk.crm.calls).toEqual([]);
      desk.sql.run("update portal set state = 'active'");
      await drain(desk);
      expect(desk.crm.calls.toSorted()).toEqual(["create", "mark"]);
    },
  );

  it("writes a mark without a fence and remembers what the adapter wants remembered", async () => {
    const desk = makeDesk();
    const key = addMark(desk, 1);
    desk.crm.tags.set("company:1", ["vip"]);
    desk.crm.faults.push({ kind: "refuse", code: "host.timeout" });
    const startedAt = desk.clock.now();
    await drain(desk);
    expect(desk.clock.now() - startedAt).toBeLessThan(FENCE_MS);
    expect(rowOf(desk, key)).toMatchObject({ state: "done", attempts: 2 });
    expect(desk.sql.get("select before, after from write_log")).toEqual({
      before: '["vip"]',
      after: '["segment:at_risk"]',
    });
    expect(desk.sql.get("select memo from portal")).toEqual({ memo: '{"field":"1"}' });
    expect(desk.sql.get("select our_tags from client")).toEqual({
      our_tags: '["segment:at_risk"]',
    });
  });
});

class Crash extends Error {}

/** Dies before its n-th write, for good. */
function mortalSql(sql: Sql, diesAt: number): Sql & { writes(): number } {
  let writes = 0;
  const count = () => {
    writes += 1;
    if (writes >= diesAt) throw new Crash();
  };
  return {
    ...sql,
    run(query, ...args) {
      count();
      sql.run(query, ...args);
    },
    transaction: (body) => sql.transaction(body),
    writes: () => writes,
  };
}

describe("an outbox whose process dies", () => {
  it("before any of its writes never creates a second task, and in the end creates the first", async () => {
    let deaths = 0;
    for (let diesAt = 1; ; diesAt += 1) {
      const desk = makeDesk();
      const keys = [addTask(desk, 1), addMark(desk, 1), addTask(desk, 2)];
      const sql = mortalSql(desk.sql, diesAt);
      const error = await desk.clock.run(open(desk, 5, sql).step()).catch((cause) => cause);
      if (error instanceof Crash) deaths += 1;
      await drain(desk);
      expect(desk.crm.tasks().map(({ draft }) => draft.client.id)).toEqual(["1", "2"]);
      expect(keys.map((key) => rowOf(desk, key).state)).toEqual(["done", "done", "done"]);
      if (!(error instanceof Crash)) break;
    }
    expect(deaths).toBeGreaterThan(8);
  });

  it.each([true, false])(
    "inside the call (carried out: %s) never creates a second task",
    async (isSent) => {
      const desk = makeDesk();
      const key = addTask(desk, 1);
      desk.crm.faults.push({ kind: "die", isSent });
      const first = open(desk);
      expect(await Promise.race([first.step(), desk.crm.died])).toBe("died");
      expect(rowOf(desk, key)).toMatchObject({ state: "sending", attempts: 1 });
      await drain(desk);
      expect(desk.crm.tasks()).toHaveLength(1);
      expect(desk.crm.calls).toEqual(isSent ? ["create", "find"] : ["create", "find", "create"]);
    },
  );

  it("duplicates without the fence when the CRM is late, which is what the fence is for", async () => {
    const desk = makeDesk();
    addTask(desk, 1);
    desk.crm.faults.push({ kind: "zombie", code: "host.timeout", afterMs: MINUTE });
    const hasty = makeOutbox({
      sql: desk.sql,
      host: desk.crm.host,
      link: desk.crm.link,
      lock: makeLock(),
      clock: desk.clock,
      random: makeSeededRandom(3),
      log: quietLog,
      policy: { fenceMs: 0, tasksPerPersonPerDay: 5 },
    });
    await drain(desk, hasty);
    await desk.clock.runTo(desk.clock.now() + 2 * MINUTE);
    expect(desk.crm.tasks()).toHaveLength(2);
  });
});
