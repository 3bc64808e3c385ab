import { REBUILD_RUNS, SNAPSHOT_IS_FINAL } from "./insight-schedule.ts";
import { readCounter } from "./portal-row.ts";
import type { SqlReader } from "./sql.ts";

/**
 * Is every figure up to date with the mirror? False while the first sync, the counting of purchases, a re-read or a
 * scoring is under way.
 */
export function isSettled(sql: SqlReader): boolean {
  const isOpen = (query: string) => sql.get(query) !== undefined;
  return (
    readCounter(sql, SNAPSHOT_IS_FINAL) === 1 &&
    readCounter(sql, REBUILD_RUNS) === 0 &&
    !isOpen("select 1 from stale_client limit 1") &&
    !isOpen("select 1 from dirty where last_code is null limit 1") &&
    !isOpen("select 1 from scan where job in ('first', 'purchases') and state <> 'done' limit 1")
  );
}
