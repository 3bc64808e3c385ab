import { seededRandom, simulateBase } from "../../analytics/simulate.ts";
import { migrate } from "../../portal/migrations.ts";
import type { Sql, SqlValue } from "../../portal/sql.ts";
import { openSqlite } from "./sqlite.ts";

const MS_PER_DAY = 86_400_000;
/** The base's last day is a Tuesday in November 2026; the clock of a bench stands at its noon. */
export const BENCH_NOW = Date.UTC(2026, 10, 24, 12);
const LAST_DAY = Math.floor(BENCH_NOW / MS_PER_DAY);
/** Gives five purchases a client. */
const HISTORY_DAYS = 980;
const CHUNK_CLIENTS = 10_000;
const OPEN_DEAL_SHARE = 0.06;
const CONTACT_SHARE = 0.5;
/** The port takes at most a hundred arguments. */
const MOST_ARGUMENTS = 96;

/** An installed portal after its first sync: purchases of a simulated base, open deals and contacts. Same seed, same base. */
export function writeBenchBase(file: string, clients: number, seed: number): void {
  const { sql, close } = openSqlite(file);
  try {
    migrate(sql, 0);
    sql.transaction(() => {
      writePortal(sql);
      // Sorted once at the end instead of a million times in between.
      sql.run("drop index purchase_client");
      for (let from = 0; from < clients; from += CHUNK_CLIENTS) {
        writeClients(sql, from, Math.min(CHUNK_CLIENTS, clients - from), seed);
      }
      sql.run("create index purchase_client on purchase (client_key, day, base_minor)");
    });
  } finally {
    close();
  }
}

/** The won deals behind the purchases of a bench base. */
export function writeBenchDeals(file: string): void {
  const { sql, close } = openSqlite(file);
  try {
    sql.run(
      `insert into deal (id, pipeline_id, stage_id, outcome, amount_minor, currency, contact_ids, client_key, source_id,
         created_at, closed_at, updated_at, is_template, is_deleted, read_seq)
       select deal_id, '1', 'won', 'won', amount_minor, currency, '[]', client_key, 'source ' || (day % 5),
         at - ${10 * MS_PER_DAY}, at, at, 0, 0, 1
       from purchase where deal_id is not null`,
    );
  } finally {
    close();
  }
}

function writePortal(sql: Sql): void {
  sql.run(
    `insert into portal (id, key, product, account_id, endpoint, token_server, state, state_reason, state_since_at,
       installer_id, scopes, locale, time_zone, currency, client_rule, is_finished, memo, warnings,
       hook_secret_hash, hook_secret_sealed, installed_at, prepared_at)
     values (1, 'bench:1', 'bench', '1', 'https://crm.example/', null, 'active', null, 0,
       '1', '[]', 'en', 'Europe/Moscow', 'RUB', 'company_first', 1, '{}', '[]', '', '', 0, 0)`,
  );
  sql.run(
    `insert into scan (job, entity, state, done, next_at, attempts) values ('first', 'deal', 'done', 1, 0, 0)`,
  );
}

function writeClients(sql: Sql, from: number, clients: number, seed: number): void {
  const base = simulateBase({
    clients,
    days: HISTORY_DAYS,
    seed: seed + from,
    startDay: LAST_DAY - HISTORY_DAYS + 1,
    withoutSum: 0.01,
    refunds: 0.01,
  });
  const random = seededRandom(seed + from);
  const keyOf = (client: number) => `contact:${from + client + 1}`;
  const idOf = (row: number) => `${String(from).padStart(8, "0")}-${String(row).padStart(7, "0")}`;
  const purchases: SqlValue[][] = [];
  for (let row = 0; row < base.day.length; row += 1) {
    const day = base.day[row] as number;
    const minor = base.amountMinor[row] as number;
    const money = Number.isNaN(minor) ? null : minor;
    const key = keyOf(base.client[row] as number);
    purchases.push([idOf(row), idOf(row), key, day * MS_PER_DAY, day, money, "RUB", money, "won"]);
  }
  insertRows(
    sql,
    "purchase (id, deal_id, client_key, at, day, amount_minor, currency, base_minor, moment)",
    purchases,
  );
  const deals: SqlValue[][] = [];
  const activities: SqlValue[][] = [];
  for (let client = 0; client < clients; client += 1) {
    const key = keyOf(client);
    if (random() < OPEN_DEAL_SHARE) {
      deals.push([key, "1", "1", "open", "[]", key, BENCH_NOW - MS_PER_DAY, 0, 0, 0, 1]);
    }
    if (random() < CONTACT_SHARE) {
      const at = BENCH_NOW - Math.floor(400 * random()) * MS_PER_DAY;
      activities.push([key, "call", "out", at, 1, key, at]);
    }
  }
  insertRows(
    sql,
    `deal (id, pipeline_id, stage_id, outcome, contact_ids, client_key, created_at, updated_at, is_template,
       is_deleted, read_seq)`,
    deals,
  );
  insertRows(
    sql,
    "activity (id, kind, direction, at, is_done, client_key, updated_at)",
    activities,
  );
}

function insertRows(sql: Sql, target: string, rows: readonly SqlValue[][]): void {
  const width = rows[0]?.length ?? 1;
  const tuple = `(${Array.from({ length: width }, () => "?").join(", ")})`;
  const most = Math.floor(MOST_ARGUMENTS / width);
  for (let at = 0; at < rows.length; at += most) {
    const some = rows.slice(at, at + most);
    sql.run(`insert into ${target} values ${some.map(() => tuple).join(", ")}`, ...some.flat());
  }
}
