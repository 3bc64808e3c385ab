import type { SyncProgress } from "../crm/overview.ts";
import type { Instant } from "../crm/ports.ts";
import { type ScanRow, syncPlace } from "./scans.ts";
import type { SqlReader } from "./sql.ts";

/** How far the first sync is. Records a second are the average since it began. */
export function readProgress(sql: SqlReader, now: Instant): SyncProgress {
  const rows = sql
    .all<ScanRow>("select * from scan where job = 'first'")
    .toSorted((one, other) => syncPlace(one.entity) - syncPlace(other.entity));
  const startedAt = Math.min(...rows.map((row) => row.started_at ?? Number.POSITIVE_INFINITY));
  const isDone = rows.length > 0 && rows.every(({ state }) => state === "done");
  const entities = rows.map(({ entity, done, total, state }) => ({
    entity,
    done,
    total: total === null ? null : Math.max(total, done),
    isComplete: state === "done",
  }));
  if (rows.length === 0 || startedAt === Number.POSITIVE_INFINITY) {
    return { phase: "waiting", entities, recordsPerSecond: null, secondsLeft: null };
  }
  if (isDone) return { phase: "done", entities, recordsPerSecond: null, secondsLeft: 0 };
  const done = entities.reduce((sum, one) => sum + one.done, 0);
  const seconds = (now - startedAt) / 1_000;
  const recordsPerSecond = seconds > 0 && done > 0 ? done / seconds : null;
  return {
    phase: "running",
    entities,
    recordsPerSecond,
    secondsLeft: secondsLeft(entities, recordsPerSecond),
  };
}

/** null while an unfinished entity has no known size. */
function secondsLeft(
  entities: SyncProgress["entities"],
  recordsPerSecond: number | null,
): number | null {
  if (recordsPerSecond === null) return null;
  let left = 0;
  for (const { isComplete, total, done } of entities) {
    if (isComplete) continue;
    if (total === null) return null;
    left += total - done;
  }
  return Math.ceil(left / recordsPerSecond);
}
