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

const portalTables = [
  `create table portal (
     id integer primary key not null check (id = 1),
     key text not null, product text not null, account_id text not null,
     endpoint text not null, token_server text,
     state text not null, state_reason text, state_since_at integer not null,
     installer_id text not null, scopes text not null, locale text not null,
     time_zone text not null, currency text not null,
     /* Who buys: company_first (company if present, else main contact), company, contact. */
     client_rule text not null,
     is_finished integer not null, memo text not null, warnings text not null,
     hook_secret_hash text not null, hook_secret_sealed text not null,
     installed_at integer not null, prepared_at integer
   ) strict`,
  `create table token (
     id integer primary key not null check (id = 1),
     access_sealed text not null, refresh_sealed text not null,
     access_expires_at integer not null, refreshed_at integer not null,
     version integer not null, refresh_attempt_at integer
   ) strict`,
  `create table counter (name text primary key not null, value integer not null) strict`,
  `create table pause (name text primary key not null, until_at integer not null, reason text not null) strict`,
  `create table method_budget (
     method text primary key not null, used_seconds real not null, calls integer not null,
     noted_at integer not null, reset_at integer
   ) strict`,
  `create table api_call (
     id integer primary key autoincrement, at integer not null, name text not null,
     status integer not null, code text, took_ms integer not null
   ) strict`,
  "create index api_call_at on api_call (at)",
];

const mirrorTables = [
  `create table deal (
     id text primary key not null, pipeline_id text not null, stage_id text not null, outcome text not null,
     amount_minor integer, currency text, company_id text, contact_id text, contact_ids text not null,
     client_key text, responsible_id text, created_at integer not null, updated_at integer not null,
     closed_at integer, close_day text, source_id text, utm text, loss_reason_id text,
     is_template integer not null, is_deleted integer not null, read_seq integer not null
   ) strict`,
  "create index deal_client on deal (client_key)",
  "create index deal_company on deal (company_id)",
  "create index deal_contact on deal (contact_id)",
  `create table client (
     key text primary key not null, kind text not null, id text not null, company_id text,
     responsible_id text, created_at integer not null, updated_at integer not null, source_id text,
     is_own integer not null, our_tags text not null, is_deleted integer not null, merged_into text,
     read_seq integer not null
   ) strict`,
  `create table pipeline (id text primary key not null, name text not null, sort integer not null) strict`,
  `create table stage (
     pipeline_id text not null, id text not null, name text not null, sort integer not null, outcome text not null,
     primary key (pipeline_id, id)
   ) strict, without rowid`,
  `create table stage_entry (
     id text primary key not null, deal_id text not null, pipeline_id text not null, stage_id text not null,
     outcome text not null, entered_at integer not null
   ) strict`,
  "create index stage_entry_deal on stage_entry (deal_id, entered_at)",
  `create table user (id text primary key not null, is_active integer not null, group_id text) strict`,
  `create table activity (
     id text primary key not null, kind text not null, direction text, at integer not null, is_done integer not null,
     deal_id text, client_key text, updated_at integer not null
   ) strict`,
  "create index activity_client on activity (client_key, at)",
  "create index activity_deal on activity (deal_id, at)",
  `create table purchase (
     deal_id text primary key not null, client_key text not null, at integer not null, day integer not null,
     amount_minor integer, currency text, base_minor integer, moment text not null
   ) strict`,
  "create index purchase_client on purchase (client_key, day)",
];

const workTables = [
  `create table dirty (
     entity text not null, id text not null, is_deletion integer not null, hinted_at integer not null,
     next_at integer not null, attempts integer not null, seq integer not null, last_code text,
     primary key (entity, id)
   ) strict, without rowid`,
  "create index dirty_next on dirty (next_at)",
  /*
   * One row an entity and job: `first` (first sync), `poll` (changes since), `ids` (search of what vanished), `prepare`
   * (set-up on the portal), `purchases` (rebuild after a change of currency or zone). `start_seq` = value of the sequence
   * when the running pass began.
   */
  `create table scan (
     job text not null, entity text not null, state text not null, cursor text, done integer not null,
     total integer, start_seq integer, window_from_at integer, watermark_at integer, host_now_at integer,
     started_at integer, finished_at integer, next_at integer not null, attempts integer not null, last_code text,
     primary key (job, entity)
   ) strict, without rowid`,
  `create table seen_id (entity text not null, id text not null, primary key (entity, id)) strict, without rowid`,
  /* Clients whose insight is older than their facts. */
  `create table stale_client (client_key text primary key not null, since_at integer not null) strict`,
];

const insightTables = [
  /* `as_of` is a day here and in `insight`. */
  `create table snapshot (
     id text primary key not null, made_at integer not null, as_of integer not null, currency text not null,
     data text not null
   ) strict`,
  `create table insight (
     client_key text primary key not null, snapshot_id text not null, as_of integer not null, data text not null,
     score integer, band text, segment text not null, lifecycle text not null, p_churn real,
     purchases integer not null, total_minor integer not null, stake_minor integer not null,
     last_day integer not null, computed_at integer not null
   ) strict`,
  "create index insight_segment on insight (segment)",
  `create table transition (
     id integer primary key autoincrement, client_key text not null, at integer not null, kind text not null,
     before text, after text, cause text not null
   ) strict`,
  "create index transition_client on transition (client_key, at)",
  `create table weekly_score (
     client_key text not null, week integer not null, score integer not null, primary key (client_key, week)
   ) strict, without rowid`,
];

const playbookTables = [
  `create table run (
     id text primary key not null, playbook text not null, version integer not null, made_at integer not null,
     state text not null, document text not null, made_by text not null, approved_by text, approved_at integer
   ) strict`,
  `create table assignment (
     playbook text not null, client_key text not null, arm text not null, stratum text not null,
     at integer not null,
     primary key (playbook, client_key)
   ) strict, without rowid`,
  /*
   * state: new, sending, uncertain, done, failed, dead, deferred, cancelled. `budget_day` = the day whose task budget the
   * action has used; `value_minor` = what is at stake, the best goes first.
   */
  `create table action (
     key text primary key not null, run_id text not null, playbook text not null, client_key text not null,
     kind text not null, payload text not null, state text not null, attempts integer not null,
     next_at integer not null, attempt_at integer, host_id text, last_code text, responsible_id text,
     budget_day integer, value_minor integer not null, created_at integer not null, done_at integer
   ) strict`,
  "create index action_state on action (state, next_at)",
  "create index action_client on action (client_key)",
  `create table write_log (
     id integer primary key autoincrement, at integer not null, action_key text not null, client_key text not null,
     kind text not null, before text not null, after text not null, approved_by text
   ) strict`,
];

export const MIGRATIONS: readonly Migration[] = [
  {
    id: 1,
    name: "first schema",
    statements: [
      ...portalTables,
      ...mirrorTables,
      ...workTables,
      ...insightTables,
      ...playbookTables,
    ],
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
