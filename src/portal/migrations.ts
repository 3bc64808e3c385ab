import { FIRST_TABLES, MONEY_TABLES } from "./first-tables.ts";
import type { Sql } from "./sql.ts";

/**
 * Numbered steps, forward only. The schema is the sum of the steps; a step is never edited after a release.
 * Times are unix milliseconds in `_at` columns, booleans 0/1, days whole days since 1970-01-01 in the portal's zone.
 */
export interface Migration {
  readonly id: number;
  readonly name: string;
  readonly statements: readonly string[];
}

export const MIGRATIONS: readonly Migration[] = [
  {
    id: 1,
    name: "first schema",
    statements: FIRST_TABLES,
  },
  {
    id: 2,
    name: "a base is read from indexes alone",
    statements: [
      "drop index purchase_client",
      "create index purchase_client on purchase (client_key, day, base_minor)",
      "create index deal_outcome on deal (outcome, closed_at)",
    ],
  },
  {
    id: 3,
    name: "goals on figures",
    statements: [
      /* Days as in `snapshot`; either `change` (a share of the value when it was set) or `value` is wanted. */
      `create table goal (
         code text primary key not null, set_on integer not null, due_on integer not null, change real, value real,
         start_value real not null, set_by text not null
       ) strict`,
    ],
  },
  {
    id: 4,
    name: "what acquisition costs",
    statements: [
      /* `month` is `YYYY-MM`, an empty channel is not told apart, amounts are in the portal's currency. */
      `create table spend (
         month text not null, channel text not null, kind text not null, amount_minor integer not null,
         primary key (month, channel, kind)
       ) strict, without rowid`,
    ],
  },
  {
    id: 5,
    name: "costs remember their currency",
    statements: [
      "alter table spend add column currency text not null default ''",
      "update spend set currency = coalesce((select currency from portal), '')",
    ],
  },
  {
    id: 6,
    name: "payments, leads, products, labels and rates",
    statements: MONEY_TABLES,
  },
  {
    id: 7,
    name: "keys of a portal's own, tokens made by hand, rates that were given",
    statements: [
      /* `lease_owner` is refreshing the pair until `lease_until_at`; `registration_sealed`: keys that only this portal has. */
      "alter table token add column is_static integer not null default 0",
      "alter table token add column registration_sealed text",
      "alter table token add column lease_owner text",
      "alter table token add column lease_until_at integer",
      "alter table portal add column api_rate real",
      /* `slot` = quarters of an hour since 1970. */
      `create table api_use (
         slot integer primary key not null, requests integer not null, limited integer not null, failed integer not null
       ) strict`,
    ],
  },
  {
    id: 8,
    name: "insights are kept as numbers",
    statements: [
      // Rows of the old shape count as not computed until the next tick has made them again.
      `insert into counter (name, value) select 'insight_rebuild', 1 where exists (select 1 from insight)
       on conflict (name) do update set value = 1`,
    ],
  },
  {
    id: 9,
    name: "more kinds of writes, questions of automation",
    statements: [
      "create table setting (name text primary key not null, value text not null) strict",
      `create table question (
         token text primary key not null, entity text not null, id text not null, asked_at integer not null,
         next_at integer not null, expires_at integer not null
       ) strict`,
    ],
  },
  {
    id: 10,
    name: "purchases by money source and rate, versions of settings",
    statements: [
      /* A version of what an administrator has decided about figures, as JSON; the last one holds. */
      `create table setting_version (
         version integer primary key not null, document text not null, changed_at integer not null, changed_by text not null
       ) strict`,
      /* The deal's id, or `payment:<id>`; `deal_id` = the deal it is or belongs to. */
      "alter table purchase rename column deal_id to id",
      "alter table purchase add column deal_id text",
      "update purchase set deal_id = id",
      "alter table purchase add column rate real",
      /* day, given (by the administrator), install (the first snapshot, younger than the purchase); null without a rate. */
      "alter table purchase add column rate_basis text",
      // Money in other currencies was listed; with the rates that are there it is counted.
      `insert into scan (job, entity, state, done, next_at, attempts)
       select 'purchases', 'deal', 'waiting', 0, 0, 0
       where exists (select 1 from purchase where base_minor is null and coalesce(amount_minor, 0) <> 0)
       on conflict (job, entity) do update set state = 'waiting', cursor = null, next_at = 0`,
    ],
  },
  {
    id: 11,
    name: "insights are stored without a second index",
    statements: [
      // Counting by segment reads every row anyway; keeping the index was a third of storing a night.
      "drop index insight_segment",
    ],
  },
];

/**
 * Brings a database to the newest schema; each step and its marker share one transaction.
 * Throws when the database is newer than this program.
 */
export function migrate(
  sql: Sql,
  now: number,
  migrations: readonly Migration[] = MIGRATIONS,
): void {
  sql.run(
    "create table if not exists migration (id integer primary key not null, name text not null, applied_at integer not null) strict",
  );
  const applied = new Set(sql.all<{ id: number }>("select id from migration").map((row) => row.id));
  const known = new Set(migrations.map((step) => step.id));
  for (const id of applied) {
    if (!known.has(id)) throw new Error(`The database is newer than this program (step ${id}).`);
  }
  for (const step of migrations) {
    if (applied.has(step.id)) continue;
    sql.transaction(() => {
      for (const statement of step.statements) sql.run(statement);
      sql.run(
        "insert into migration (id, name, applied_at) values (?, ?, ?)",
        step.id,
        step.name,
        now,
      );
    });
  }
}
