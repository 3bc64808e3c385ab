/** A value that both engines store and return alike. Booleans, bigint, undefined, NaN and dates are refused. */
export type SqlValue = string | number | null | Uint8Array;

export type SqlRow = Record<string, SqlValue>;

/** `never` for promises: nothing can be awaited inside a transaction. */
export type Sync<T> = T extends PromiseLike<unknown> ? never : T;

/**
 * The one database of a portal: synchronous, so that a step cannot interleave with another. Both adapters (a file under
 * better-sqlite3, the storage of a Durable Object) pass test/contract/sql.contract.ts.
 * Only `?` placeholders, at most 100; one statement a call; lists travel as one JSON argument to json_each(?).
 */
export interface Sql {
  all<T extends object = SqlRow>(query: string, ...args: SqlValue[]): T[];
  /** First row, or undefined. */
  get<T extends object = SqlRow>(query: string, ...args: SqlValue[]): T | undefined;
  run(query: string, ...args: SqlValue[]): void;
  /** Rows one by one; the loop must not write to the same database. */
  iterate<T extends object = SqlRow>(query: string, ...args: SqlValue[]): Iterable<T>;
  /**
   * All or nothing; nests. Throws if `body` returns a promise, and rolls back. A power cut may undo a `lazy` one until the
   * next that is not: for what can be made again, as waiting for the disk is most of its time.
   */
  transaction<T>(body: () => Sync<T>, kind?: "lazy"): T;
}

/** A function that takes this cannot write by accident. */
export type SqlReader = Pick<Sql, "all" | "get" | "iterate">;
