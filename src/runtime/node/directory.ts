import type { PortalKey } from "../../crm/portal-key.ts";
import type { Clock } from "../../crm/ports.ts";
import { sha256Hex } from "../../http/digest.ts";
import type { ErrandStore, OnceStore, StoredErrand } from "../../http/ports.ts";
import type { Sql } from "../../portal/sql.ts";

/** The server's own small database: which portals exist, values that may be used once, and promised work. */
export interface Directory extends OnceStore {
  has(key: PortalKey): boolean;
  add(key: PortalKey): void;
  list(): PortalKey[];
  readonly errands: ErrandStore;
}

const TABLES = [
  "create table if not exists portal (key text primary key not null, added_at integer not null) strict",
  `create table if not exists once (
     kind text not null, value_hash text not null, data text not null, expires_at integer not null,
     primary key (kind, value_hash)
   ) strict, without rowid`,
  "create index if not exists once_expiry on once (kind, expires_at)",
  `create table if not exists errand (
     kind text not null, id_hash text not null, data text not null, expires_at integer not null,
     primary key (kind, id_hash)
   ) strict, without rowid`,
];
/**
 * Anybody may ask for an OAuth state. Above this the ones that would die first make room: a flood has to renew all of them
 * within a person's minute at the consent page to be in the way.
 */
const MAX_OF_A_KIND = 20_000;

export function makeDirectory(sql: Sql, clock: Clock, maxOfAKind = MAX_OF_A_KIND): Directory {
  for (const table of TABLES) sql.run(table);
  return {
    errands: errandStore(sql),
    has: (key) => sql.get("select 1 as known from portal where key = ?", key) !== undefined,
    add: (key) =>
      sql.run(
        "insert into portal (key, added_at) values (?, ?) on conflict do nothing",
        key,
        clock.now(),
      ),
    list: () =>
      sql.all<{ key: PortalKey }>("select key from portal order by key").map((row) => row.key),
    async put(kind, value, data, expiresAt) {
      const hash = await sha256Hex(value);
      sql.transaction(() => {
        sql.run("delete from once where kind = ? and expires_at < ?", kind, clock.now());
        sql.run(
          `delete from once where kind = ? and expires_at <=
             (select expires_at from once where kind = ? order by expires_at desc limit 1 offset ?)`,
          kind,
          kind,
          maxOfAKind - 1,
        );
        sql.run(
          "insert or replace into once (kind, value_hash, data, expires_at) values (?, ?, ?, ?)",
          kind,
          hash,
          data,
          expiresAt,
        );
      });
    },
    async take(kind, value) {
      const hash = await sha256Hex(value);
      const [row] = sql.all<{ data: string; expires_at: number }>(
        "delete from once where kind = ? and value_hash = ? returning data, expires_at",
        kind,
        hash,
      );
      return row && row.expires_at >= clock.now() ? row.data : null;
    },
  };
}

function errandStore(sql: Sql): ErrandStore {
  return {
    async put({ kind, idHash, data, expiresAt }) {
      sql.run(
        `insert into errand (kind, id_hash, data, expires_at) values (?, ?, ?, ?)
         on conflict (kind, id_hash) do nothing`,
        kind,
        idHash,
        data,
        Math.round(expiresAt),
      );
    },
    async data(kind, idHash) {
      const row = sql.get<{ data: string }>(
        "select data from errand where kind = ? and id_hash = ?",
        kind,
        idHash,
      );
      return row?.data ?? null;
    },
    async update(kind, idHash, data) {
      sql.run("update errand set data = ? where kind = ? and id_hash = ?", data, kind, idHash);
    },
    async remove(kind, idHash) {
      sql.run("delete from errand where kind = ? and id_hash = ?", kind, idHash);
    },
    async list() {
      return sql.all<StoredErrand>(
        `select kind, id_hash as "idHash", data, expires_at as "expiresAt" from errand order by expires_at`,
      );
    },
  };
}
