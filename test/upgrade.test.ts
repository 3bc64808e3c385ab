import { expect, it } from "vitest";
import { makeInlineCompute } from "../src/portal/inline-compute.ts";
import { makeInsight } from "../src/portal/insight.ts";
import { parseInsight, STORED_INSIGHT, type StoredInsight } from "../src/portal/insight-data.ts";
import { REBUILD_RUNS } from "../src/portal/insight-schedule.ts";
import { MIGRATIONS, migrate } from "../src/portal/migrations.ts";
import { readCounter } from "../src/portal/portal-row.ts";
import type { Sql } from "../src/portal/sql.ts";
import { openSqlite } from "../src/runtime/node/sqlite.ts";
import { makeSeededRandom, quietLog } from "./support/portal-room.ts";
import { makeVirtualClock } from "./support/virtual-clock.ts";

const DAY_MS = 86_400_000;
const TODAY = Date.UTC(2026, 9, 1) / DAY_MS;
const CLIENTS = 80;
/** The last step before insights were kept as numbers. */
const OLD_STEP = 7;

/** A portal of that time with its purchases, written with the columns of then. */
function fillOld(sql: Sql): void {
  sql.run(
    `insert into portal (id, key, product, account_id, endpoint, token_server, state, state_reason, state_since_at,
       installer_id, scopes, locale, time_zone, currency, client_rule, is_finished, memo, warnings,
       hook_secret_hash, hook_secret_sealed, installed_at, prepared_at)
     values (1, 'old:1', 'old', '1', 'https://crm.example/', null, 'active', null, 0,
       '1', '[]', 'en', 'UTC', 'RUB', 'company_first', 1, '{}', '[]', '', '', 0, 0)`,
  );
  sql.run(
    "insert into scan (job, entity, state, done, next_at, attempts) values ('first', 'deal', 'done', 1, 0, 0)",
  );
  const random = makeSeededRandom(7);
  let id = 0;
  for (let client = 1; client <= CLIENTS; client += 1) {
    const purchases = 1 + Math.floor(5 * random.next());
    for (let purchase = 0; purchase < purchases; purchase += 1) {
      const day = TODAY - 1 - Math.floor(600 * random.next());
      const minor = 10_000 + Math.floor(90_000 * random.next());
      id += 1;
      sql.run(
        `insert into purchase (deal_id, client_key, at, day, amount_minor, currency, base_minor, moment)
         values (?, ?, ?, ?, ?, 'RUB', ?, 'won')`,
        String(id),
        `company:${client}`,
        day * DAY_MS,
        day,
        minor,
        minor,
      );
    }
  }
}

async function scored(sql: Sql) {
  const clock = makeVirtualClock();
  const compute = makeInlineCompute(sql, clock);
  await clock.run(makeInsight({ sql, clock, compute, log: quietLog }).step());
  return sql.all<StoredInsight>(`select ${STORED_INSIGHT} from insight order by client_key`);
}

it("a database with insights of an older shape has right figures after the upgrade", async () => {
  const [old, twin] = [openSqlite(":memory:"), openSqlite(":memory:")];
  for (const { sql } of [old, twin]) {
    const before = MIGRATIONS.filter(({ id }) => id <= OLD_STEP);
    migrate(sql, 0, before);
    fillOld(sql);
  }
  for (let client = 1; client <= CLIENTS; client += 1) {
    old.sql.run(
      `insert into insight (client_key, snapshot_id, as_of, data, score, band, segment, lifecycle, p_churn, purchases,
         total_minor, stake_minor, last_day, computed_at)
       values (?, 'then', ?, ?, 50, 'watch', 'champions', 'active', 0.5, 1, 1, 1, ?, 0)`,
      `company:${client}`,
      TODAY - 1,
      JSON.stringify({ id: `company:${client}`, tier: 1, purchases: 1, health: { score: 50 } }),
      TODAY - 2,
    );
  }
  migrate(old.sql, 1);
  migrate(twin.sql, 1);
  // The step asks for a rebuild where there is something to make again, and only there.
  expect(readCounter(old.sql, REBUILD_RUNS)).toBe(1);
  expect(readCounter(twin.sql, REBUILD_RUNS)).toBe(0);
  const asStored = old.sql.all<StoredInsight>(`select ${STORED_INSIGHT} from insight`);
  expect(asStored).toHaveLength(CLIENTS);
  // Not one of them is taken for a figure of today.
  expect(asStored.every((row) => parseInsight(row) === null)).toBe(true);
  const after = await scored(old.sql);
  expect(after).toEqual(await scored(twin.sql));
  expect(after.map(parseInsight).every((insight) => insight?.health !== undefined)).toBe(true);
  const sum = old.sql.get<{ n: number }>("select sum(base_minor) as n from purchase")?.n;
  expect(after.reduce((total, row) => total + row.total_minor, 0)).toBe(sum);
  old.close();
  twin.close();
});
