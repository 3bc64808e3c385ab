import type { Host, HostLink } from "../crm/host.ts";
import type { Clock, Instant } from "../crm/ports.ts";
import { storeHints } from "./intake.ts";
import type { PortalPolicy } from "./portal-api.ts";
import { healthyState, nextSeq, readMemo, readPortal } from "./portal-row.ts";
import { advanceScan, beginScan, finishScan, planScan, readScan, type ScanRow } from "./scans.ts";
import type { Sql } from "./sql.ts";

/** More than this at once, and the queue is read in larger parts. */
const LARGE_PART = 50;

export interface QueueParts {
  readonly sql: Sql;
  readonly host: Host;
  readonly link: HostLink;
  readonly clock: Clock;
  readonly policy: PortalPolicy;
}

/** The queue is read from the end of the first sync on, where this portal has one, and no longer when it has lost it. */
export function planQueue(sql: Sql, host: Host, now: Instant): void {
  const portal = readPortal(sql);
  if (!portal) return;
  if (host.changeQueue?.isOffered(readMemo(portal)) !== true) {
    sql.run("delete from scan where job = 'queue'");
    return;
  }
  if (healthyState(sql) !== "active" || readScan(sql, "queue", "portal")) return;
  planScan(sql, "queue", "portal", { nextAt: now });
}

/**
 * Takes one part of the host's queue. Its hints and the ticket are on disk before the host is told to forget them: a crash
 * in between repeats the confirmation, one before that leaves everything to be taken again. Throws what the host threw.
 */
export async function queueSlice(parts: QueueParts, row: ScanRow): Promise<void> {
  const { sql, host, link, clock, policy } = parts;
  const queue = host.changeQueue;
  const finish = () => {
    const now = clock.now();
    finishScan(sql, row, { now, nextAt: now + policy.pollEveryMs / policy.speed });
  };
  if (!queue) return finish();
  // Left over from a life that ended before the host had heard of it.
  if (row.cursor !== null) {
    await queue.confirm(link, row.cursor);
    advance(parts, row, { cursor: null, records: 0 });
  } else if (row.state !== "running") {
    sql.transaction(() => {
      beginScan(sql, row, { startSeq: nextSeq(sql), windowFromAt: null, now: clock.now() });
    });
  }
  const isBehind = row.state === "running" && row.done >= LARGE_PART;
  const { hints, ticket, isMore } = await queue.take(link, { isBehind });
  if (ticket === null) return sql.transaction(finish);
  sql.transaction(() => {
    storeHints(sql, hints, clock.now(), clock.now());
    advance(parts, row, { cursor: ticket, records: hints.length });
  });
  await queue.confirm(link, ticket);
  sql.transaction(() => {
    advance(parts, row, { cursor: null, records: 0 });
    if (!isMore) finish();
  });
}

function advance(
  { sql, clock }: QueueParts,
  row: ScanRow,
  { cursor, records }: { readonly cursor: string | null; readonly records: number },
): void {
  advanceScan(sql, row, { cursor, records, total: null, hostNow: null, now: clock.now() });
}
