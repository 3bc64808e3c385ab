import { AppError, type ErrorCode, errorCode, isRetryable } from "../crm/error.ts";

/**
 * What a failed write means. `road` = about the connection, not about this write; `refused` = the host has said no to this
 * write and will again; `unknown` = it may have been carried out.
 */
export interface WriteFailure {
  readonly kind: "road" | "refused" | "unknown";
  readonly code: ErrorCode;
  readonly retryAfterMs: number | null;
  /** Stopped by our own planning before anything left. */
  readonly isUnsent: boolean;
}

const OF_THE_ROAD: ReadonlySet<ErrorCode> = new Set([
  "host.rate_limited",
  "host.blocked",
  "host.payment_required",
  "host.token_expired",
  "host.token_revoked",
  "host.portal_deleted",
  "host.forbidden_address",
  "portal.unknown",
  "vault.cannot_open",
]);

/** Not retryable, yet no refusal: the write was answered, we could not read the answer. */
const ANSWER_LOST: ReadonlySet<ErrorCode> = new Set(["host.too_large"]);

export function judgeFailure(cause: unknown): WriteFailure {
  const code = errorCode(cause);
  const known = cause instanceof AppError ? cause : null;
  const retryAfterMs = known?.retryAfterMs ?? null;
  const isUnsent = known?.details.planned === true;
  if (OF_THE_ROAD.has(code)) return { kind: "road", code, retryAfterMs, isUnsent };
  const isRefused = !isRetryable(cause) && !ANSWER_LOST.has(code);
  return { kind: isRefused ? "refused" : "unknown", code, retryAfterMs, isUnsent: false };
}
