import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterEach, describe, expect, it } from "vitest";
import {
  DAY_MS,
  memorySql,
  seedBase,
  seedPortal,
  seedScans,
} from "../../../test/support/actor-parts.ts";
import { makeSeededRandom, quietLog } from "../../../test/support/portal-room.ts";
import type { Clock } from "../../crm/ports.ts";
import { countFigures } from "../../portal/base-figures.ts";
import { makeInlineCompute } from "../../portal/inline-compute.ts";
import { makeInsight } from "../../portal/insight.ts";
import { REBUILD_RUNS } from "../../portal/insight-schedule.ts";
import { INSIGHT_CHANGES } from "../../portal/insight-store.ts";
import { sha256Hex } from "../../portal/installer.ts";
import { makeIntake } from "../../portal/intake.ts";
import { migrate } from "../../portal/migrations.ts";
import { DEFAULT_POLICY } from "../../portal/portal-api.ts";
import { readCounter } from "../../portal/portal-row.ts";
import type { PortalCompute } from "../../portal/rebuild.ts";
import type { Sql } from "../../portal/sql.ts";
import { openSqlite } from "./sqlite.ts";
import { makeThreadCompute, type ThreadOptions } from "./thread-compute.ts";

/** 2026-10-01, noon. Time stands still: only the thread's own work happens. */
const NOW = Date.UTC(2026, 9, 1, 12);
const TODAY = NOW / DAY_MS - 0.5;
const CLOCK: Clock = {
  now: () => NOW,
  monotonic: () => 0,
  sleep: () => Promise.resolve(),
  turn: () => new Promise((resolve) => setImmediate(resolve)),
};
const CLIENTS = 300;

const SECRET = "hook-secret";

const endings: (() => void)[] = [];
afterEach(() => {
  for (const end of endings.splice(0).reverse()) end();
});

function aFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "pulse-thread-"));
  endings.push(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** The same base every time. */
async function fill(sql: Sql): Promise<Sql> {
  seedPortal(sql, { timeZone: "UTC" });
  sql.run("update portal set hook_secret_hash = ?", await sha256Hex(SECRET));
  seedScans(sql, { isDone: true, at: NOW });
  sql.transaction(() => seedBase(sql, makeSeededRandom(3), { clients: CLIENTS, today: TODAY }));
  return sql;
}

async function aFile(): Promise<{ file: string; sql: Sql }> {
  const file = join(aFolder(), "portal.sqlite");
  const { sql, close } = openSqlite(file);
  endings.push(close);
  migrate(sql, 0);
  return { file, sql: await fill(sql) };
}

const aThread = (options: ThreadOptions = {}) =>
  makeThreadCompute(CLOCK, { inlinePurchases: 0, ...options });

function aScript(text: string): URL {
  const file = join(aFolder(), "thread.mjs");
  writeFileSync(file, text);
  return pathToFileURL(file);
}

const rebuild = (sql: Sql, compute: PortalCompute) =>
  makeInsight({ sql, clock: CLOCK, compute, log: quietLog }).step();
const TABLES = ["insight", "snapshot", "weekly_score", "transition", "counter", "stale_client"];
/** Batches of two threads come in any order, and there may be one more of them. */
const everything = (sql: Sql) =>
  TABLES.map((table) => {
    const rows = sql.all(`select * from ${table} order by 1, 2`);
    return table === "counter" ? rows.filter(({ name }) => name !== INSIGHT_CHANGES) : rows;
  });
const insights = (sql: Sql) => sql.get("select count(*) as n from insight");

describe("the computing thread", () => {
  it.each([
    ["one thread", Number.MAX_SAFE_INTEGER],
    ["two threads that share the clients", 0],
  ])("stores what the portal's own thread would have stored: %s", async (_name, shared) => {
    const { file, sql } = await aFile();
    const compute = aThread({ sharedPurchases: shared, rangePurchases: 40 }).of(file, sql);
    const twin = await fill(memorySql());
    await rebuild(sql, compute);
    await rebuild(twin, makeInlineCompute(twin, CLOCK));
    expect(insights(sql)).toEqual({ n: CLIENTS });
    expect(everything(sql)).toEqual(everything(twin));
    // A second night under the same snapshot, with clients who have gone.
    for (const one of [sql, twin]) {
      one.run("delete from purchase where client_key in ('company:7', 'company:70')");
    }
    await makeInsight({ sql, clock: CLOCK, compute, log: quietLog }).rescoreAll();
    const inline = makeInlineCompute(twin, CLOCK);
    await makeInsight({ sql: twin, clock: CLOCK, compute: inline, log: quietLog }).rescoreAll();
    expect(insights(sql)).toEqual({ n: CLIENTS - 2 });
    expect(everything(sql)).toEqual(everything(twin));
  });

  it("counts the figures of a base as the portal's own thread would, and a small one not at all", async () => {
    const { file, sql } = await aFile();
    await rebuild(sql, aThread().of(file, sql));
    const threads = aThread();
    const task = { now: NOW, segmentedUnder: null };
    const counted = await threads.figuresOf(file, sql).count(task);
    expect(counted?.figures.clients).toBe(CLIENTS);
    expect(counted).toEqual(countFigures(sql, task));
    expect(aThread({ inlinePurchases: 1e6 }).figuresOf(file, sql).count(task)).toBeNull();
    await threads.close();
    await expect(threads.figuresOf(file, sql).count(task)).rejects.toThrow("being stopped");
  });

  it("leaves the event loop to hooks, while it works and while its parts are stored", async () => {
    const { file, sql } = await aFile();
    const host = { capabilities: { reads: ["deal"] as const } };
    const intake = makeIntake({ sql, host, clock: CLOCK, policy: DEFAULT_POLICY, log: quietLog });
    const secretHash = await sha256Hex(SECRET);
    const receive = (id: string) =>
      intake.receive({
        secretHash,
        hints: [{ entity: "deal", id, isDeletion: false }],
        isUnreadable: false,
      });
    const thread = aThread().of(file, sql);
    const stored: unknown[] = [];
    const watched: PortalCompute = {
      async *run(task) {
        for await (const part of thread.run(task)) {
          stored.push(await receive(`part-${stored.length}`));
          yield part;
        }
      },
    };
    const rebuilding = rebuild(sql, watched);
    expect(await receive("before")).toBe("stored");
    expect(readCounter(sql, REBUILD_RUNS)).toBe(1);
    expect(insights(sql)).toEqual({ n: 0 });
    await rebuilding;
    expect(stored.length).toBeGreaterThan(1);
    expect(new Set(stored)).toEqual(new Set(["stored"]));
    expect(sql.all("select id from dirty")).toHaveLength(stored.length + 1);
    expect(insights(sql)).toEqual({ n: CLIENTS });
  });

  it.each([
    ["throws", "throw new Error('lost')", "lost"],
    ["ends", "process.exit(7)", "ended with 7"],
    [
      "runs out of memory",
      "const all = []; for (;;) all.push(new Array(1e6).fill(all.length))",
      "memory",
    ],
  ])("costs one rebuild when it %s, and the next tick makes it", async (_name, text, message) => {
    const { file, sql } = await aFile();
    const broken = aThread({ script: aScript(text), heapMb: 32 }).of(file, sql);
    await expect(rebuild(sql, broken)).rejects.toThrow(message);
    expect(insights(sql)).toEqual({ n: 0 });
    expect(readCounter(sql, REBUILD_RUNS)).toBe(1);
    await rebuild(sql, aThread().of(file, sql));
    expect(insights(sql)).toEqual({ n: CLIENTS });
    expect(readCounter(sql, REBUILD_RUNS)).toBe(0);
  });

  it("ends with the process: what runs is cut off, what waits does not begin", async () => {
    const { file, sql } = await aFile();
    const silent = aThread({ script: aScript("setInterval(() => undefined, 1000)") });
    const runs = Promise.allSettled([
      rebuild(sql, silent.of(file, sql)),
      rebuild(sql, silent.of(file, sql)),
    ]);
    await CLOCK.turn();
    await silent.close();
    const reasons = (await runs).map((run) => String(run.status === "rejected" && run.reason));
    expect(reasons).toEqual([
      expect.stringContaining("ended"),
      expect.stringContaining("being stopped"),
    ]);
  });
});
