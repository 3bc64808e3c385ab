import { AppError } from "../crm/error.ts";
import type { HostLimits, MethodBudget } from "../crm/host.ts";
import type { Clock, Instant } from "../crm/ports.ts";
import { methodPause, pausedUntil, setPause } from "./pauses.ts";
import type { Sql } from "./sql.ts";

/** Others may use the same portal; and our estimate of a call may be low. */
const SHARE_OF_LIMIT = 0.8;
/** Planned cost of a call before the host has told us, seconds. */
const UNKNOWN_CALL_SECONDS = 1;
/** So dear may it be when it is asked how many calls fit into one request. */
const UNKNOWN_AT_WORST_SECONDS = 3;
const LEAST_CALL_SECONDS = 0.01;
const SMOOTHING = 0.3;
const MUCH_DEARER = 1.5;
const STEEPEST_RISE = 4;
/** Use within this share of the window is added up to one part; it leaves when its youngest second does. */
const PARTS_PER_WINDOW = 60;
const FIRST_WAIT_MS = 1_000;
/** A method that its host has closed without ever saying for how long. */
const CLOSED_MS = 60_000;
/** Hosts count in whole seconds. */
const AFTER_RESET_MS = 1_000;

interface Part {
  /** Monotonic milliseconds: a wall clock that jumps must not free anything early. */
  at: number;
  seconds: number;
  /** Granted calls whose real cost is not known yet; 0 for use that the host has confirmed. */
  calls: number;
}

interface MethodUse {
  parts: Part[];
  callSeconds: number;
  /** Has the host said what a call costs? */
  isKnown: boolean;
}

/**
 * Plans calls so that a method's execution time stays at 80 % of the host's limit. Granted calls count at their estimated
 * cost until `note` brings the host's figure; calls that never come back count until they leave the window.
 */
export function makeBudget(
  sql: Sql,
  clock: Clock,
  limits: HostLimits,
  speed: number,
): MethodBudget {
  const uses = new Map<string, MethodUse>();
  const allowed = (limits.methodSeconds?.limit ?? Number.POSITIVE_INFINITY) * SHARE_OF_LIMIT;
  const windowMs = (limits.methodSeconds?.windowMs ?? 0) / speed;
  const together = limits.methodSeconds?.request ?? Number.POSITIVE_INFINITY;

  const useOf = (method: string): MethodUse => {
    const known = uses.get(method) ?? restore(sql, method, clock);
    uses.set(method, known);
    known.parts = known.parts.filter(
      (part) => part.seconds > 0 && part.at + windowMs > clock.monotonic(),
    );
    return known;
  };

  return {
    grant(method, wanted) {
      const until = pausedUntil(sql, methodPause(method), clock.now());
      if (until !== null) throw tooSoon(method, until - clock.now());
      if (allowed === Number.POSITIVE_INFINITY) return wanted;
      const use = useOf(method);
      const free = allowed - total(use.parts);
      const dearest = use.isKnown ? use.callSeconds : UNKNOWN_AT_WORST_SECONDS;
      const fit = Math.max(1, Math.floor(together / dearest));
      const calls = Math.min(wanted, fit, Math.floor(free / use.callSeconds));
      if (calls >= 1) {
        use.parts.push({ at: clock.monotonic(), seconds: calls * use.callSeconds, calls });
        return calls;
      }
      const [oldest] = use.parts;
      // A call that costs more than everything allowed is let through alone, or it would never run.
      if (!oldest) {
        use.parts.push({ at: clock.monotonic(), seconds: allowed, calls: 1 });
        return 1;
      }
      throw tooSoon(
        method,
        Math.max(FIRST_WAIT_MS / speed, oldest.at + windowMs - clock.monotonic()),
      );
    },
    note(method, usedSeconds, resetAt, calls) {
      const use = useOf(method);
      const before = settleGrants(use.parts, calls);
      const confirmed = use.parts.filter((part) => part.calls === 0);
      const grown = usedSeconds - total(confirmed);
      if (calls > 0 && grown > 0) {
        use.isKnown = true;
        // At the window's edge the host may still count what has left ours: that is not the cost of these calls.
        const most = use.callSeconds * STEEPEST_RISE;
        const seconds = Math.min(most, Math.max(LEAST_CALL_SECONDS, grown / calls));
        // Much dearer than thought is believed at once: calls that travel together would be cut off together.
        use.callSeconds =
          before && seconds < use.callSeconds * MUCH_DEARER
            ? use.callSeconds * (1 - SMOOTHING) + seconds * SMOOTHING
            : Math.max(use.callSeconds, seconds);
      }
      if (grown > 0) addUse(use.parts, clock.monotonic(), grown, windowMs / PARTS_PER_WINDOW);
      else scale(confirmed, usedSeconds);
      persist(sql, method, { usedSeconds, calls, resetAt, now: clock.now() });
    },
    block(method, until) {
      // A refusal does not say how long it holds, but the last good answer did.
      const reset = sql.get<{ reset_at: number | null }>(
        "select reset_at from method_budget where method = ?",
        method,
      )?.reset_at;
      const now = clock.now();
      const isAhead = !!reset && reset > now && reset <= now + windowMs;
      const known = isAhead ? reset + AFTER_RESET_MS : 0;
      const told = until ?? (isAhead ? 0 : now + CLOSED_MS / speed);
      setPause(sql, methodPause(method), Math.max(told, known), "method");
    },
  };
}

function restore(sql: Sql, method: string, clock: Clock): MethodUse {
  const row = sql.get<{ used_seconds: number; noted_at: number }>(
    "select used_seconds, noted_at from method_budget where method = ?",
    method,
  );
  const age = row ? Math.max(0, clock.now() - row.noted_at) : 0;
  const parts = row ? [{ at: clock.monotonic() - age, seconds: row.used_seconds, calls: 0 }] : [];
  return { parts, callSeconds: UNKNOWN_CALL_SECONDS, isKnown: false };
}

/** Takes the oldest grants away for calls that have come back. */
function settleGrants(parts: Part[], calls: number): boolean {
  let left = calls;
  for (const part of parts) {
    if (part.calls === 0 || left === 0) continue;
    const done = Math.min(part.calls, left);
    part.seconds *= 1 - done / part.calls;
    part.calls -= done;
    left -= done;
    if (part.calls === 0) part.seconds = 0;
  }
  return left < calls;
}

function addUse(parts: Part[], now: number, seconds: number, partMs: number): void {
  const last = parts.findLast((part) => part.calls === 0 && part.seconds > 0);
  if (last && now - last.at < partMs) {
    last.seconds += seconds;
    return;
  }
  parts.push({ at: now, seconds, calls: 0 });
}

/** The host counts less than we do: its figure wins. */
function scale(parts: readonly Part[], usedSeconds: number): void {
  const ours = total(parts);
  if (ours <= 0) return;
  for (const part of parts) part.seconds *= Math.max(0, usedSeconds) / ours;
}

function total(parts: readonly Part[]): number {
  return parts.reduce((sum, part) => sum + part.seconds, 0);
}

function tooSoon(method: string, retryAfterMs: number): AppError {
  return new AppError("host.rate_limited", { retryAfterMs, details: { method, planned: true } });
}

function persist(
  sql: Sql,
  method: string,
  note: { usedSeconds: number; calls: number; resetAt: Instant | null; now: Instant },
): void {
  sql.run(
    `insert into method_budget (method, used_seconds, calls, noted_at, reset_at) values (?, ?, ?, ?, ?)
     on conflict (method) do update set used_seconds = excluded.used_seconds,
       calls = method_budget.calls + excluded.calls, noted_at = excluded.noted_at,
       reset_at = excluded.reset_at`,
    method,
    note.usedSeconds,
    note.calls,
    Math.round(note.now),
    note.resetAt,
  );
}
