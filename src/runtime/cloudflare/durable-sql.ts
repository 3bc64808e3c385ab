import type { Sql, SqlRow, SqlValue } from "../../portal/sql.ts";
import { makeSqlRules, refusePromise } from "../../portal/sql-rules.ts";

/** The storage of one Durable Object behind the same port as a file under Node. */
export function makeDurableSql(storage: DurableObjectStorage): Sql {
  const check = makeSqlRules();
  const cursor = (query: string, args: readonly SqlValue[]) => {
    check(query, args);
    return storage.sql.exec(query, ...args.map(bindable));
  };
  return {
    all: <T extends object = SqlRow>(query: string, ...args: SqlValue[]) =>
      cursor(query, args)
        .toArray()
        .map((row) => portable<T>(row)),
    get: <T extends object = SqlRow>(query: string, ...args: SqlValue[]) => {
      // Read to the end: a cursor with `returning` writes only as far as it is read.
      const [row] = cursor(query, args).toArray();
      return row === undefined ? undefined : portable<T>(row);
    },
    run: (query, ...args) => {
      cursor(query, args).toArray();
    },
    *iterate<T extends object = SqlRow>(query: string, ...args: SqlValue[]): Iterable<T> {
      for (const row of cursor(query, args)) yield portable<T>(row);
    },
    transaction: (body) => storage.transactionSync(() => refusePromise(body())),
  };
}

function bindable(value: SqlValue): string | number | null | ArrayBuffer {
  if (!(value instanceof Uint8Array)) return value;
  const copy = new ArrayBuffer(value.byteLength);
  new Uint8Array(copy).set(value);
  return copy;
}

function portable<T extends object>(row: Record<string, SqlStorageValue>): T {
  const record: Record<string, SqlStorageValue | Uint8Array> = row;
  for (const name of Object.keys(record)) {
    const value = record[name];
    if (value instanceof ArrayBuffer) record[name] = new Uint8Array(value);
  }
  return record as T;
}
