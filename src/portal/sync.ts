import type { Host, HostLink, ScanQuery } from "../crm/host.ts";
import type { Clock, Instant, Log } from "../crm/ports.ts";
import type { ScanEntity } from "../crm/records.ts";
import { planQueue, queueSlice } from "./change-queue.ts";
import { addSeen, compareIds, forgetSeen, ID_SCAN_ENTITIES, MASS_CHANGE_HOLD } from "./id-scan.ts";
import { storeHints } from "./intake.ts";
import type { Mirror } from "./mirror.ts";
import { lookForPayments } from "./payment-follow.ts";
import type { PortalPolicy } from "./portal-api.ts";
import { healthyState, nextSeq, readPortal, setState } from "./portal-row.ts";
import { isProductPass, productSlice } from "./product-pass.ts";
import {
  advanceScan,
  beginScan,
  finishScan,
  planScan,
  readEntities,
  readScan,
  type ScanRow,
} from "./scans.ts";
import type { Sql } from "./sql.ts";
import { storeRecords } from "./store-records.ts";
import { followTasks } from "./task-follow.ts";

export interface SyncParts {
  readonly sql: Sql;
  readonly host: Host;
  readonly link: HostLink;
  readonly mirror: Mirror;
  readonly clock: Clock;
  readonly log: Log;
  readonly policy: PortalPolicy;
}

/** The passes over a host's data: everything once, then what has changed, and daily the search of what vanished. */
export interface Sync {
  /** Plans the first sync; nothing happens when it has been planned before. */
  planFirst(now: Instant): void;
  /** One slice: fetched, stored, cursor moved. Throws what the host threw; the row is unchanged then. */
  slice(row: ScanRow): Promise<void>;
}

export function makeSync(parts: SyncParts): Sync {
  const { sql, host, clock, policy } = parts;

  const begun = (row: ScanRow): ScanRow => {
    if (row.state === "running") return row;
    const windowFromAt =
      row.job === "poll" && row.watermark_at !== null
        ? row.watermark_at - policy.pollOverlapMs
        : null;
    sql.transaction(() => {
      if (row.job === "ids") forgetSeen(sql, row.entity);
      beginScan(sql, row, { startSeq: nextSeq(sql), windowFromAt, now: clock.now() });
    });
    return readScan(sql, row.job, row.entity) ?? row;
  };

  const finish = (row: ScanRow): void => {
    const now = clock.now();
    const again = (everyMs: number) => now + everyMs / policy.speed;
    switch (row.job) {
      case "first":
        finishScan(sql, row, { now, nextAt: null });
        if (healthyState(sql) === "active") planAfterFirst(parts, now);
        return;
      case "poll":
        if (row.entity === "activity") followTasks(sql, host, now);
        finishScan(sql, row, { now, nextAt: again(policy.pollEveryMs * pacesOf(row.entity)) });
        return;
      case "ids":
        reportIds(parts, row, now);
        if (row.entity === "deal") lookForPayments(sql, now);
        finishScan(sql, row, { now, nextAt: again(policy.idScanEveryMs) });
        return;
      case "prepare":
      case "purchases":
      case "queue":
        return;
    }
  };

  return {
    planFirst(now) {
      for (const entity of readEntities(host.capabilities)) {
        if (!readScan(sql, "first", entity)) planScan(sql, "first", entity, { nextAt: now });
      }
    },
    async slice(planned) {
      if (planned.job === "queue") return queueSlice(parts, planned);
      const row = begun(planned);
      const entity = row.entity as ScanEntity;
      if (isProductPass(row, host)) return productSlice(parts, row, finish);
      const readSeq = nextSeq(sql);
      const query = { entity, mode: modeOf(row, host, policy, clock.now()) };
      const slice = await host.scan(parts.link, query, row.cursor);
      await storeRecords(parts, slice.records, readSeq, () => {
        storeHints(sql, slice.hints ?? [], clock.now(), clock.now());
        if (row.job === "ids") addSeen(sql, entity, slice.ids ?? []);
        advanceScan(sql, row, {
          cursor: slice.next,
          records: (slice.ids ?? slice.records).length,
          total: slice.total,
          hostNow: slice.hostNow,
          now: clock.now(),
        });
        if (slice.next === null) finish(readScan(sql, row.job, entity) ?? row);
      });
    },
  };
}

/** Names change once in a while, and a price list can be long: read less often than what people work with. */
const LABEL_PACES = 18;

function pacesOf(entity: string): number {
  return entity === "label" ? LABEL_PACES : 1;
}

/** Short lists without update times: read whole, every time. */
const DICTIONARIES: readonly string[] = ["user", "pipeline", "label", "rate"];

function modeOf(row: ScanRow, host: Host, policy: PortalPolicy, now: Instant): ScanQuery["mode"] {
  switch (row.job) {
    case "ids":
      return { kind: "ids" };
    case "poll": {
      const hasUpdateTime = !DICTIONARIES.includes(row.entity);
      const canFilter = host.capabilities.changes === "since" && hasUpdateTime;
      if (!canFilter || row.window_from_at === null) return { kind: "all" };
      return { kind: "since", at: row.window_from_at };
    }
    case "first":
    case "prepare":
    case "purchases":
    case "queue":
      if (row.entity !== "activity") return { kind: "all" };
      return { kind: "since", at: (row.started_at ?? now) - policy.activityHistoryMs };
  }
}

/** Changes made while an entity was being read are found by its first poll, from the first slice's host time on. */
function planAfterFirst({ sql, host, policy, log, link }: SyncParts, now: Instant): void {
  const rows = sql.all<ScanRow>("select * from scan where job = 'first'");
  const { changes, deletions } = host.capabilities;
  if (changes !== "none") {
    for (const { entity, watermark_at } of rows) {
      // Followed through their deals.
      if (entity === "dealProducts") continue;
      const watermark = watermark_at === null ? {} : { watermarkAt: watermark_at };
      planScan(sql, "poll", entity, { nextAt: now, ...watermark });
    }
  }
  if (deletions === "idScan") {
    for (const entity of ID_SCAN_ENTITIES) {
      if (!host.capabilities.reads.includes(entity)) continue;
      planScan(sql, "ids", entity, { nextAt: now + policy.idScanEveryMs / policy.speed });
    }
  }
  planQueue(sql, host, now);
  if (readPortal(sql)?.state === "installing") setState(sql, "active", null, now);
  log.info("sync.first_done", { portal: link.address.key });
}

function reportIds({ sql, log, link }: SyncParts, row: ScanRow, now: Instant): void {
  const result = compareIds(sql, row, now);
  const fields = {
    portal: link.address.key,
    entity: row.entity,
    vanished: result.vanished,
    unknown: result.unknown,
  };
  if (result.isHeld) log.error(MASS_CHANGE_HOLD, fields);
  else log.info("ids.compared", fields);
}
