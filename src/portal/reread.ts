import { AppError } from "../crm/error.ts";
import type { Host, HostLink } from "../crm/host.ts";
import type { Clock, Log, Random } from "../crm/ports.ts";
import { recordId } from "../crm/records.ts";
import { type DirtyRow, nextBatch, putOff, settle, type VanishingEntity } from "./dirty.ts";
import { postpone } from "./failure.ts";
import { isForSearch } from "./id-scan.ts";
import type { Mirror } from "./mirror.ts";
import { nextSeq } from "./portal-row.ts";
import { hastenScan } from "./scans.ts";
import type { Sql } from "./sql.ts";
import { storeRecords } from "./store-records.ts";

export interface RereadParts {
  readonly sql: Sql;
  readonly host: Host;
  readonly link: HostLink;
  readonly mirror: Mirror;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
}

/**
 * Reads one batch of hinted records again by id. Rows hinted at once more while the answer was under way stay. Never
 * throws for the host: failed rows are put off.
 */
export async function rereadBatch(parts: RereadParts, entity: VanishingEntity): Promise<void> {
  const { sql, clock, random, log } = parts;
  const rows = nextBatch(sql, entity, clock.now());
  if (rows.length === 0) return;
  try {
    await fetchBatch(parts, entity, rows);
  } catch (cause) {
    const attempts = Math.max(...rows.map((row) => row.attempts));
    const failure = postpone(cause, attempts, clock.now(), random);
    sql.transaction(() => putOff(sql, rows, failure));
    log.warn("reread.failed", { entity, rows: rows.length, code: failure.code });
  }
}

/**
 * Which of the missing are buried. So many at once that nobody has called deleted look like a right that was lost: they
 * stay, and the search of what vanished, which knows how large a part they are, comes forward. Belongs into a transaction.
 */
function leaveToSearch(
  { sql, clock, log }: RereadParts,
  entity: VanishingEntity,
  missing: readonly string[],
  waiting: ReadonlyMap<string, DirtyRow>,
): readonly string[] {
  const told = missing.filter((id) => waiting.get(id)?.is_deletion === 1);
  const untold = missing.length - told.length;
  if (!isForSearch(sql, entity, untold)) return missing;
  hastenScan(sql, "ids", entity, clock.now());
  log.warn("reread.left_to_search", { entity, rows: untold });
  return told;
}

async function fetchBatch(
  parts: RereadParts,
  entity: VanishingEntity,
  rows: readonly DirtyRow[],
): Promise<void> {
  const { sql, host, link, mirror, clock } = parts;
  const waiting = new Map(rows.map((row) => [row.id, row]));
  const ids = [...waiting.keys()];
  let cursor: string | null = null;
  do {
    const readSeq = nextSeq(sql);
    const slice = await host.scan(link, { entity, mode: { kind: "byId", ids } }, cursor);
    const missing = (slice.missing ?? []).filter((id) => waiting.has(id));
    const told = [...slice.records.map(recordId), ...missing];
    const changes = await storeRecords(parts, slice.records, readSeq, () => {
      const gone = leaveToSearch(parts, entity, missing, waiting);
      if (gone.length > 0) mirror.bury(entity, gone, readSeq, clock.now());
      settle(
        sql,
        told.flatMap((id) => waiting.get(id) ?? []),
      );
    });
    for (const id of told) waiting.delete(id);
    // The stage that a deal has reached is told by the history, which is read on its own.
    if (entity === "deal" && changes > 0) hastenScan(sql, "poll", "stageEntry", clock.now());
    cursor = slice.next;
  } while (cursor !== null);
  if (waiting.size === 0) return;
  // Neither returned nor named as missing: the answer was not complete.
  const left = [...waiting.values()];
  const cause = new AppError("host.bad_answer", { details: { untold: left.length } });
  const attempts = Math.max(...left.map((row) => row.attempts));
  sql.transaction(() => putOff(sql, left, postpone(cause, attempts, clock.now(), parts.random)));
}
