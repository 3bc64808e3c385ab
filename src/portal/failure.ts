import { AppError, type ErrorCode, errorCode } from "../crm/error.ts";
import type { Instant, Random } from "../crm/ports.ts";
import { backoffMs } from "./backoff.ts";

/** When a failed piece of work is tried again, and whether the failure is the work's own fault. */
export interface Postponement {
  readonly nextAt: Instant;
  readonly code: ErrorCode;
  readonly countsAsAttempt: boolean;
}

/** Troubles of the road: they say nothing about the work, and the link has its own pauses for them. */
const OF_THE_ROAD: ReadonlySet<ErrorCode> = new Set([
  "host.unreachable",
  "host.timeout",
  "host.unavailable",
  "host.rate_limited",
  "host.blocked",
  "host.payment_required",
  "host.token_expired",
  "host.token_revoked",
  "host.portal_deleted",
]);
/** Troubles of the server's own set-up, such as a lost key: as little the work's fault, and they end when a person ends them. */
const OF_THE_SERVER: ReadonlySet<ErrorCode> = new Set(["vault.cannot_open", "config.invalid"]);
const SERVER_WAIT_MS = 60_000;

const SHORTEST_WAIT_MS = 250;

export function postpone(
  cause: unknown,
  attempts: number,
  now: Instant,
  random: Random,
): Postponement {
  const code = errorCode(cause);
  const told = cause instanceof AppError ? cause.retryAfterMs : null;
  const waitMs = told === null ? backoffMs(attempts, random) : Math.max(SHORTEST_WAIT_MS, told);
  if (OF_THE_SERVER.has(code)) {
    return { nextAt: now + Math.max(waitMs, SERVER_WAIT_MS), code, countsAsAttempt: false };
  }
  return { nextAt: now + waitMs, code, countsAsAttempt: !OF_THE_ROAD.has(code) };
}
