import Database from "better-sqlite3";
import type { Sql, SqlRow, SqlValue } from "../../portal/sql.ts";
import { makeSqlRules, refusePromise } from "../../portal/sql-rules.ts";

export interface SqliteFile {
  readonly sql: Sql;
  /** Folds the write-ahead log into the file. Calls after it throw. */
  close(): void;
}

const BUSY_TIMEOUT_MS = 5_000;
const CACHED_STATEMENTS = 500;

export interface SqliteOptions {
  /** A second connection for heavy reading; sees what was committed when its transaction began. */
  readonly readonly?: boolean;
}

/**
 * Opens one portal's file, or `:memory:`. Commits survive a power cut (WAL with synchronous=FULL): an answered hook is on
 * disk.
 */
export function openSqlite(path: string, options: SqliteOptions = {}): SqliteFile {
  const isReadonly = options.readonly ?? false;
  const database = new Database(path, { readonly: isReadonly, timeout: BUSY_TIMEOUT_MS });
  if (!isReadonly) {
    database.pragma("journal_mode = WAL");
    database.pragma("synchronous = FULL");
    // What is deleted is overwritten: a purged portal leaves nothing behind in free pages.
    database.pragma("secure_delete = ON");
  }
  database.pragma("foreign_keys = ON");
  return { sql: sqlOf(database), close: () => database.close() };
}

function sqlOf(database: Database.Database): Sql {
  const check = makeSqlRules();
  const statements = new Map<string, Database.Statement<SqlValue[]>>();
  const prepared = (query: string, args: readonly unknown[]): Database.Statement<SqlValue[]> => {
    check(query, args);
    const known = statements.get(query);
    if (known) return known;
    const fresh = database.prepare<SqlValue[]>(query);
    if (statements.size >= CACHED_STATEMENTS) statements.clear();
    statements.set(query, fresh);
    return fresh;
  };
  return {
    all: <T extends object = SqlRow>(query: string, ...args: SqlValue[]) =>
      prepared(query, args)
        .all(...args)
        .map((row) => portable<T>(row)),
    get: <T extends object = SqlRow>(query: string, ...args: SqlValue[]) => {
      const row = prepared(query, args).get(...args);
      return row === undefined ? undefined : portable<T>(row);
    },
    run: (query, ...args) => {
      const statement = prepared(query, args);
      // A statement with `returning` is a reader to this engine; the other one does not care.
      if (statement.reader) statement.all(...args);
      else statement.run(...args);
    },
    *iterate<T extends object = SqlRow>(query: string, ...args: SqlValue[]): Iterable<T> {
      check(query, args);
      // Not cached: a loop left open would lock the shared statement.
      for (const row of database.prepare<SqlValue[]>(query).iterate(...args)) {
        yield portable<T>(row);
      }
    },
    transaction: (body, kind) => {
      const run = database.transaction(() => refusePromise(body()));
      if (kind !== "lazy" || database.inTransaction) return run();
      database.pragma("synchronous = NORMAL");
      try {
        return run();
      } finally {
        database.pragma("synchronous = FULL");
      }
    },
  };
}

/** This engine reads blobs as Buffer, which is a Uint8Array only by inheritance. */
function portable<T extends object>(row: unknown): T {
  const record = row as Record<string, SqlValue>;
  for (const name of Object.keys(record)) {
    const value = record[name];
    if (value instanceof Uint8Array) record[name] = new Uint8Array(value);
  }
  return record as T;
}
