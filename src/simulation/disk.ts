import type { Sql } from "../portal/sql.ts";

/** A process that has died: whatever it still does must not reach the disk. */
export class DeadProcess extends Error {
  override readonly name = "DeadProcess";
}

/** What survives a crash, seen by one process: after its death every statement fails, as a closed file would. */
export function diskOf(sql: Sql, isDead: () => boolean): Sql {
  const alive = (): Sql => {
    if (isDead()) throw new DeadProcess();
    return sql;
  };
  return {
    all: (query, ...args) => alive().all(query, ...args),
    get: (query, ...args) => alive().get(query, ...args),
    run: (query, ...args) => alive().run(query, ...args),
    iterate: (query, ...args) => alive().iterate(query, ...args),
    transaction: (body) => alive().transaction(body),
  };
}
