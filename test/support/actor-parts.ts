import type { Instant, Random } from "../../src/crm/ports.ts";
import { migrate } from "../../src/portal/migrations.ts";
import type { Sql } from "../../src/portal/sql.ts";
import { openSqlite } from "../../src/runtime/node/sqlite.ts";

/** Pieces for tests of the actor's parts on a database of their own, without the whole portal around them. */

export const DAY_MS = 86_400_000;
export const PORTAL_KEY = "bitrix24:ab12";

export function memorySql(): Sql {
  const { sql } = openSqlite(":memory:");
  migrate(sql, 0);
  return sql;
}

export interface PortalSeed {
  readonly state?: string;
  readonly timeZone?: string;
  readonly locale?: string;
}

export function seedPortal(sql: Sql, seed: PortalSeed = {}): void {
  sql.run(
    `insert into portal (id, key, product, account_id, endpoint, token_server, state, state_reason, state_since_at,
       installer_id, scopes, locale, time_zone, currency, client_rule, is_finished, memo, warnings,
       hook_secret_hash, hook_secret_sealed, installed_at, prepared_at)
     values (1, ?, 'bitrix24', 'ab12', 'https://crm.example/', null, ?, null, 0,
       '1', '[]', ?, ?, 'RUB', 'company_first', 1, '{}', '[]', '', '', 0, 0)`,
    PORTAL_KEY,
    seed.state ?? "active",
    seed.locale ?? "ru",
    seed.timeZone ?? "Europe/Moscow",
  );
}

/** The first sync of every entity, open or ended; the poll's watermark says how new the mirror is. */
export function seedScans(sql: Sql, { isDone, at }: { isDone: boolean; at: Instant }): void {
  for (const entity of [
    "user",
    "pipeline",
    "company",
    "contact",
    "deal",
    "stageEntry",
    "activity",
  ]) {
    sql.run(
      `insert or replace into scan (job, entity, state, done, total, watermark_at, started_at, finished_at, next_at, attempts)
       values ('first', ?, ?, 10, 20, ?, ?, ?, 0, 0)`,
      entity,
      isDone ? "done" : "running",
      isDone ? at : null,
      at,
      isDone ? at : null,
    );
  }
}

export interface ClientSeed {
  readonly key: string;
  readonly responsibleId?: string | null;
  readonly tags?: readonly string[];
}

export function seedClient(sql: Sql, { key, responsibleId = "7", tags = [] }: ClientSeed): void {
  const [kind = "", id = ""] = key.split(":");
  sql.run(
    `insert or replace into client (key, kind, id, company_id, responsible_id, created_at, updated_at, source_id, is_own,
       our_tags, is_deleted, merged_into, read_seq) values (?, ?, ?, null, ?, 0, 0, null, 0, ?, 0, null, 1)`,
    key,
    kind,
    id,
    responsibleId,
    JSON.stringify(tags),
  );
}

export function seedUser(sql: Sql, id: string, isActive: boolean): void {
  sql.run(
    "insert or replace into user (id, is_active, group_id) values (?, ?, null)",
    id,
    Number(isActive),
  );
}

let nextDeal = 0;

export interface PurchaseSeed {
  readonly key: string;
  readonly day: number;
  readonly minor: number | null;
  readonly base?: number | null;
  /** A paid record of its own, without a deal. */
  readonly isPayment?: boolean;
}

export function seedPurchase(
  sql: Sql,
  { key, day, minor, base = minor, isPayment = false }: PurchaseSeed,
): void {
  nextDeal += 1;
  sql.run(
    `insert into purchase (id, deal_id, client_key, at, day, amount_minor, currency, base_minor, moment)
     values (?, ?, ?, ?, ?, ?, 'RUB', ?, 'history')`,
    isPayment ? `payment:${nextDeal}` : `d${nextDeal}`,
    isPayment ? null : `d${nextDeal}`,
    key,
    day * DAY_MS,
    day,
    minor,
    base,
  );
  sql.run(
    "insert into stale_client (client_key, since_at) values (?, 0) on conflict do nothing",
    key,
  );
}

export interface DealSeed {
  readonly id: string;
  readonly key: string | null;
  readonly companyId?: string | null;
  readonly contactIds?: readonly string[];
  readonly outcome?: string;
  readonly responsibleId?: string | null;
}

export function seedDeal(sql: Sql, seed: DealSeed): void {
  const contacts = seed.contactIds ?? [];
  sql.run(
    `insert into deal (id, pipeline_id, stage_id, outcome, amount_minor, currency, company_id, contact_id, contact_ids,
       client_key, responsible_id, created_at, updated_at, closed_at, close_day, source_id, utm, loss_reason_id,
       is_template, is_deleted, read_seq)
     values (?, '1', '1', ?, 100, 'RUB', ?, ?, ?, ?, ?, 0, 0, null, null, null, null, null, 0, 0, 1)`,
    seed.id,
    seed.outcome ?? "open",
    seed.companyId ?? null,
    contacts[0] ?? null,
    JSON.stringify(contacts),
    seed.key,
    seed.responsibleId ?? null,
  );
}

/**
 * A base with rhythm: clients buy about every `gap` days until they stop, some for good. Same seed, same base. The last of
 * it happens on `today` at the latest.
 */
export function seedBase(
  sql: Sql,
  random: Random,
  { clients, today }: { clients: number; today: number },
): void {
  for (let index = 0; index < clients; index += 1) {
    const key = `company:${index + 1}`;
    seedClient(sql, { key, responsibleId: String(7 + (index % 3)) });
    const gap = 10 + Math.floor(random.next() * 40);
    const start = today - 60 - Math.floor(random.next() * 600);
    const leaves = random.next() < 0.4 ? start + random.next() * 400 : Number.POSITIVE_INFINITY;
    for (let day = start; day <= Math.min(today, leaves); ) {
      seedPurchase(sql, {
        key,
        day: Math.floor(day),
        minor: 10_000 + Math.floor(random.next() * 500_000),
      });
      day += Math.max(1, gap * (0.5 + random.next()));
    }
  }
}
