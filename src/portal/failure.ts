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
  return { nextAt: now + waitMs, code, countsAsAttempt: !OF_THE_ROAD.has(code) };
}
