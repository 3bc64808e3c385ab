/** Tables of a portal's database as the first steps made them; later steps change them. Conventions: migrations.ts. */

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
   * (set-up on the portal), `queue` (the host's own queue of changes; its cursor = what is still to be confirmed),
   * `purchases` (rebuild after a change of currency or zone). `start_seq` = value of the sequence when the running pass
   * began.
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

/** The schema of step 1. */
export const FIRST_TABLES: readonly string[] = [
  ...portalTables,
  ...mirrorTables,
  ...workTables,
  ...insightTables,
  ...playbookTables,
];

/** Payments, leads, product rows, labels and rates: step 6. */
export const MONEY_TABLES: readonly string[] = [
  /* `client_key` = who the host says has paid; a refund is negative; not paid = no `paid_at`. */
  `create table payment (
     id text primary key not null, kind text not null, deal_id text, client_key text, amount_minor integer,
     currency text, paid_at integer, updated_at integer not null, is_deleted integer not null,
     read_seq integer not null
   ) strict`,
  "create index payment_deal on payment (deal_id)",
  "create index payment_client on payment (client_key)",
  `create table lead (
     id text primary key not null, pipeline_id text not null, stage_id text not null, outcome text not null,
     company_id text, contact_ids text not null, client_key text, responsible_id text, created_at integer not null,
     updated_at integer not null, closed_at integer, source_id text, utm text, is_deleted integer not null,
     read_seq integer not null
   ) strict`,
  "create index lead_client on lead (client_key)",
  /* `price_minor` of one piece in the deal's currency. */
  `create table deal_product (
     deal_id text not null, place integer not null, product_id text, quantity real not null,
     price_minor integer not null, primary key (deal_id, place)
   ) strict, without rowid`,
  `create table label (
     dictionary text not null, id text not null, name text not null, parent_id text, primary key (dictionary, id)
   ) strict, without rowid`,
  /* What one unit cost on a day in the portal's currency of that time. */
  `create table rate (
     currency text not null, day integer not null, per_unit real not null, base_currency text not null,
     primary key (currency, base_currency, day)
   ) strict, without rowid`,
];
