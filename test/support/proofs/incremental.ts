import { dayOf } from "../../../src/analytics/calendar.ts";
import { seededRandom } from "../../../src/analytics/simulate.ts";
import type { Clock, Log } from "../../../src/crm/ports.ts";
import { makeInlineCompute } from "../../../src/portal/inline-compute.ts";
import { makeInsight } from "../../../src/portal/insight.ts";
import type { Sql } from "../../../src/portal/sql.ts";
import { DAY_MS, memorySql, seedPortal, seedPurchase, seedScans } from "../actor-parts.ts";
import { LAST_DAY, randomRows } from "./random-bases.ts";

export interface IncrementalProof {
  readonly histories: number;
  readonly changes: number;
  readonly compared: number;
  readonly violations: readonly string[];
}

/** Histories of one database: they share a snapshot. */
const HISTORIES = 250;
/** Every history is changed about so often, a few at a time. */
const CHANGES = 2;
const CHANGES_AT_ONCE = 25;
const QUIET: Log = { debug() {}, info() {}, warn() {}, error() {} };

/** Days of the histories count from here, so that their last one is today. */
const TODAY = dayOf("2026-10-01");
const CLOCK: Clock = {
  now: () => TODAY * DAY_MS + DAY_MS / 2,
  monotonic: () => 0,
  sleep: () => Promise.resolve(),
  turn: () => Promise.resolve(),
};

/**
 * Random histories change row by row and are scored one by one; then everybody is scored anew under the same snapshot, once
 * over what is stored and once from nothing. Every stored insight has to be the same, to the last digit.
 */
export async function proveIncremental(
  histories: number,
  firstSeed = 1,
): Promise<IncrementalProof> {
  const total = { histories: 0, changes: 0, compared: 0 };
  const violations: string[] = [];
  for (let seed = firstSeed; total.histories < histories; seed += 1) {
    const count = Math.min(HISTORIES, histories - total.histories);
    const result = await proveOne(seed, count);
    total.histories += count;
    total.changes += result.changes;
    total.compared += result.compared;
    violations.push(...result.violations.map((text) => `seed ${seed}: ${text}`));
  }
  return { ...total, violations };
}

async function proveOne(seed: number, count: number) {
  const sql = memorySql();
  seedPortal(sql, { timeZone: "UTC" });
  seedScans(sql, { isDone: true, at: CLOCK.now() });
  sql.transaction(() => {
    for (let client = 0; client < count; client += 1) addHistory(sql, seed, client);
  });
  const ports = { sql, clock: CLOCK, compute: makeInlineCompute(sql, CLOCK), log: QUIET };
  const insight = makeInsight(ports);
  await insight.step();
  const random = seededRandom(seed);
  const changes = CHANGES * count;
  for (let change = 0; change < changes; change += 1) {
    changeSomething(sql, random, count);
    if (change % CHANGES_AT_ONCE === CHANGES_AT_ONCE - 1) await insight.step();
  }
  await insight.step();
  const incremental = insights(sql);
  await insight.rescoreAll();
  const over = insights(sql);
  sql.run("delete from insight");
  // Another process: nothing is remembered from before.
  await makeInsight(ports).rescoreAll();
  const anew = insights(sql);
  const violations = [
    ...differences("rebuilt over it", incremental, over),
    ...differences("rebuilt from nothing", incremental, anew),
  ];
  if (incremental.size === 0) violations.push("nobody was scored");
  return { changes, compared: incremental.size, violations };
}

const keyOf = (client: number) => `company:${client + 1}`;

function addHistory(sql: Sql, seed: number, client: number): void {
  for (const [day, minor] of randomRows(seed * 1_000_003 + client)) {
    addRow(sql, client, TODAY - LAST_DAY + day, minor);
  }
}

function addRow(sql: Sql, client: number, day: number, minor: number): void {
  const isPayment = (client + day) % 3 === 0;
  const sum = Number.isNaN(minor) ? null : minor;
  seedPurchase(sql, { key: keyOf(client), day, minor: sum, isPayment });
}

/** A purchase by a deal or a payment, a refund or one without a sum comes, a row goes, changes its sum, its day or its client. */
function changeSomething(sql: Sql, random: () => number, count: number): void {
  const client = Math.floor(random() * count);
  const key = keyOf(client);
  const kind = random();
  const row = sql.get<{ id: string }>(
    "select id from purchase where client_key = ? order by id limit 1",
    key,
  );
  if (kind < 0.5 || !row) {
    const minor = [40_000, -20_000, Number.NaN, 0, 1_000_000][Math.floor(random() * 5)] ?? 0;
    addRow(sql, client, TODAY - Math.floor(random() * 200), minor);
    return;
  }
  const mark = (changed: string) =>
    sql.run(
      "insert into stale_client (client_key, since_at) values (?, 0) on conflict do nothing",
      changed,
    );
  mark(key);
  if (kind < 0.7) sql.run("delete from purchase where id = ?", row.id);
  else if (kind < 0.8) {
    sql.run("update purchase set base_minor = 12345 where id = ?", row.id);
  } else if (kind < 0.9) {
    const day = TODAY - Math.floor(random() * 900);
    sql.run("update purchase set day = ? where id = ?", day, row.id);
  } else {
    const other = keyOf(Math.floor(random() * count));
    sql.run("update purchase set client_key = ? where id = ?", other, row.id);
    mark(other);
  }
}

function insights(sql: Sql): Map<string, string> {
  const rows = sql.all<{ client_key: string }>("select * from insight order by client_key");
  return new Map(rows.map((row) => [row.client_key, JSON.stringify(row)]));
}

function differences(
  what: string,
  before: ReadonlyMap<string, string>,
  after: ReadonlyMap<string, string>,
): string[] {
  const keys = new Set([...before.keys(), ...after.keys()]);
  return [...keys]
    .filter((key) => before.get(key) !== after.get(key))
    .map((key) => `${key} ${what}: ${before.get(key)} became ${after.get(key)}`);
}
