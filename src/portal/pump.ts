import type { Host } from "../crm/host.ts";
import type { Clock, Instant, Log, Random } from "../crm/ports.ts";
import { dirtySchedule } from "./dirty.ts";
import { postpone } from "./failure.ts";
import type { Installer } from "./installer.ts";
import type { Mirror } from "./mirror.ts";
import { closedUntil } from "./pauses.ts";
import { isExpired } from "./payment.ts";
import { healthyState, readPortal, setState } from "./portal-row.ts";
import { STATE_RULES } from "./portal-state.ts";
import { rebuildPurchases } from "./rebuild-purchases.ts";
import { type RereadParts, rereadBatch } from "./reread.ts";
import { failScan, openScans, type ScanRow, syncPlace } from "./scans.ts";
import type { Sql } from "./sql.ts";
import type { Sync } from "./sync.ts";

/**
 * New slices are started for so long; then the other steps of the tick get their turn. The lanes run empty at the end of
 * a round, which costs about one slice: hence not shorter.
 */
const ROUND_MS = 60_000;
/** A pause up to this long is waited out inside the limiter. */
const SHORT_PAUSE_MS = 2_000;

const JOB_ORDER: readonly ScanRow["job"][] = [
  "prepare",
  "purchases",
  "first",
  "queue",
  "poll",
  "ids",
];

/** One piece of reading: a batch of hinted records or a slice of a pass. */
interface Job {
  readonly name: string;
  readonly dueAt: Instant;
  run(): Promise<void>;
}

export interface Pump {
  /** Reads what is due, several things at once; resolves with the instant of the next wish, or null. */
  step(): Promise<Instant | null>;
}

export interface PumpParts {
  readonly sql: Sql;
  readonly host: Host;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly mirror: Mirror;
  readonly sync: Sync;
  readonly installer: Installer;
  readonly reread: RereadParts;
  readonly isStopping: () => boolean;
}

/**
 * Keeps as many pieces of reading under way as the host takes at once, so that one whose method is exhausted, or whose
 * answer is slow, does not hold up the others.
 */
export function makePump(parts: PumpParts): Pump {
  const { sql, host, clock, isStopping } = parts;
  const lanes = Math.max(1, host.limits.concurrency);

  const round = async (): Promise<void> => {
    const running = new Map<string, Promise<void>>();
    const endsAt = clock.monotonic() + ROUND_MS;
    while (clock.monotonic() < endsAt && !isStopping() && mayRead(sql, clock.now())) {
      const idle = planJobs(parts).filter((job) => !running.has(job.name));
      for (const job of idle) {
        if (running.size >= lanes || job.dueAt > clock.now()) continue;
        const lane = job.run().finally(() => running.delete(job.name));
        running.set(job.name, lane);
      }
      if (running.size === 0) return;
      await Promise.race([...running.values(), ...wakeUp(idle, running, endsAt)]);
    }
    await Promise.all(running.values());
  };
  /** With a free lane, work that becomes due meanwhile must not wait for a slow answer. */
  const wakeUp = (
    idle: readonly Job[],
    running: ReadonlyMap<string, unknown>,
    endsAt: number,
  ): Promise<void>[] => {
    if (running.size >= lanes) return [];
    const waits = idle
      .filter(({ name }) => !running.has(name))
      .map(({ dueAt }) => dueAt - clock.now());
    const wait = Math.min(...waits);
    return clock.monotonic() + wait < endsAt ? [clock.sleep(Math.max(1, wait))] : [];
  };

  return {
    async step() {
      await round();
      const state = readPortal(sql)?.state;
      if (!state || !STATE_RULES[state].mayCall) return null;
      const dues = planJobs(parts).map(({ dueAt }) => dueAt);
      if (dues.length === 0) return null;
      return Math.max(Math.min(...dues), closedUntil(sql, clock.now()) ?? 0);
    },
  };
}

function mayRead(sql: Sql, now: Instant): boolean {
  const state = readPortal(sql)?.state;
  if (!state || !STATE_RULES[state].mayCall) return false;
  const until = closedUntil(sql, now);
  return until === null || until - now <= SHORT_PAUSE_MS;
}

/** Everything there is to read, in order of importance: what people have just changed comes first. */
function planJobs(parts: PumpParts): Job[] {
  const { sql } = parts;
  const scans = openScans(sql).toSorted((one, other) => rank(one) - rank(other));
  const toJob = (row: ScanRow): Job => ({
    name: `${row.job}/${row.entity}`,
    dueAt: row.next_at,
    run: () => runScan(parts, row),
  });
  // Before the portal is known (currency, zone, fields) nothing can be stored right.
  const portal = readPortal(sql);
  if (portal && (portal.prepared_at === null || isExpired(portal))) {
    return scans.filter(({ job }) => job === "prepare").map(toJob);
  }
  const hinted = dirtySchedule(sql).map(({ entity, next_at }) => ({
    name: `reread/${entity}`,
    dueAt: next_at,
    run: () => rereadBatch(parts.reread, entity),
  }));
  return [...hinted, ...scans.map(toJob)];
}

function rank(row: ScanRow): number {
  return JOB_ORDER.indexOf(row.job) * 100 + syncPlace(row.entity);
}

/** Never throws: a failed slice is put off, and the row shows why. */
async function runScan(parts: PumpParts, row: ScanRow): Promise<void> {
  const { sql, clock, random, log } = parts;
  try {
    if (row.job === "prepare") await parts.installer.prepare();
    else if (row.job === "purchases") {
      rebuildPurchases(parts, row);
      // A slice asks nobody, so nothing else would let hooks and pages have their turn.
      await clock.turn();
    } else await parts.sync.slice(row);
    if (row.last_code === "host.no_rights") rightsAreBack(sql, clock.now());
  } catch (cause) {
    const { nextAt, code } = postpone(cause, row.attempts, clock.now(), random);
    const countsAsAttempt = code !== "host.rate_limited";
    failScan(sql, row, { nextAt, code, countsAsAttempt });
    const state = readPortal(sql)?.state;
    const isLive = state === "active" || state === "installing" || state === "degraded";
    if (code === "host.no_rights" && isLive) setState(sql, "needs_admin", row.entity, clock.now());
    log.warn("scan.failed", { job: row.job, entity: row.entity, code, attempts: row.attempts });
  }
}

function rightsAreBack(sql: Sql, now: Instant): void {
  if (readPortal(sql)?.state !== "needs_admin") return;
  const refused = sql.get("select job from scan where last_code = 'host.no_rights' limit 1");
  if (!refused) setState(sql, healthyState(sql), null, now);
}
