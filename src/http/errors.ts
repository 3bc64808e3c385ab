import { AppError, ERROR_CODES, type ErrorCode, errorCode } from "../crm/error.ts";
import type { Log } from "../crm/ports.ts";

export interface PublicError {
  readonly code: ErrorCode;
  readonly status: number;
  readonly message: string;
  readonly retryAfterSeconds: number | null;
}

/** What the outside may know of a failure: the code, a sentence for a person, never a cause. */
export function toPublicError(thrown: unknown, log: Log, requestId: string): PublicError {
  const code = errorCode(thrown);
  const { status, message } = ERROR_CODES[code];
  const retryAfterMs = thrown instanceof AppError ? thrown.retryAfterMs : null;
  const fields = { code, requestId };
  if (status >= 500) log.error("http.failed", { ...fields, kind: kindOf(thrown) });
  else log.info("http.refused", fields);
  return {
    code,
    status,
    message,
    retryAfterSeconds: retryAfterMs === null ? null : Math.ceil(retryAfterMs / 1000),
  };
}

/** Enough to find the place in the code, nothing of the data: class, and the first line of our own stack. */
function kindOf(thrown: unknown): string {
  if (!(thrown instanceof Error)) return typeof thrown;
  const frame = /\n\s+at (\S+)/.exec(thrown.stack ?? "")?.[1] ?? "";
  return `${thrown.name} ${frame}`.trim();
}
