/** Every failure that may cross a room has a code from this table. Recognise errors by `code`, never by `instanceof`. */
interface CodeRule {
  /** HTTP status shown to whoever called us. */
  readonly status: number;
  /** May the same call succeed later without anybody changing anything? */
  readonly retry: boolean;
  /** For a person; never contains data. */
  readonly message: string;
}

const rule = <Status extends number>(status: Status, retry: boolean, message: string) => ({
  status,
  retry,
  message,
});

export const ERROR_CODES = {
  "input.invalid": rule(400, false, "The request is not valid."),
  "input.too_large": rule(413, false, "The request is too large."),
  "auth.refused": rule(403, false, "We could not verify who is calling."),
  "auth.required": rule(401, false, "Open the page again from the CRM."),
  "auth.not_admin": rule(403, false, "An administrator of the CRM has to do this."),
  "auth.ticket_spent": rule(410, false, "This link has been used. Open the page again."),
  "portal.unknown": rule(404, false, "This CRM account has not installed the app."),
  "portal.wrong_region": rule(403, false, "This server does not accept accounts of this region."),
  "portal.not_ready": rule(409, true, "The app is still being set up."),
  "config.invalid": rule(500, false, "The server is not configured correctly."),
  "vault.cannot_open": rule(500, false, "A stored secret cannot be decrypted with the given keys."),
  "host.unreachable": rule(502, true, "The CRM cannot be reached."),
  "host.timeout": rule(504, true, "The CRM did not answer in time."),
  "host.too_large": rule(502, false, "The CRM's answer is too large."),
  "host.forbidden_address": rule(403, false, "The CRM's address is not allowed."),
  "host.unavailable": rule(502, true, "The CRM has a temporary problem."),
  "host.bad_answer": rule(502, true, "The CRM's answer cannot be read."),
  "host.rate_limited": rule(503, true, "The CRM asks us to slow down."),
  "host.blocked": rule(503, true, "The CRM has blocked our calls."),
  "host.token_expired": rule(502, true, "The access token has expired."),
  "host.token_revoked": rule(
    409,
    false,
    "The CRM connection has to be renewed by an administrator.",
  ),
  "host.payment_required": rule(409, false, "The CRM's plan does not allow this."),
  "host.no_rights": rule(403, false, "The CRM refuses: not enough rights."),
  "host.not_found": rule(404, false, "The CRM does not have this record."),
  "host.refused": rule(502, false, "The CRM refused the request."),
  "host.portal_deleted": rule(410, false, "The CRM account does not exist any more."),
  "analytics.invalid": rule(400, false, "These numbers cannot be analysed."),
  "settings.conflict": rule(409, false, "Somebody else changed this first."),
  internal: rule(500, true, "Something went wrong on our side."),
} as const satisfies Record<string, CodeRule>;

export type ErrorCode = keyof typeof ERROR_CODES;

export type ErrorDetails = Readonly<Record<string, string | number | boolean | null>>;

export interface AppErrorOptions {
  readonly cause?: unknown;
  /** How long to wait before the next try, if the other side told us. */
  readonly retryAfterMs?: number;
  /** Safe to log: ids, counts, codes; never tokens, names or bodies. */
  readonly details?: ErrorDetails;
  readonly message?: string;
}

export class AppError extends Error {
  override readonly name = "AppError";
  readonly code: ErrorCode;
  readonly retryAfterMs: number | null;
  readonly details: ErrorDetails;

  constructor(code: ErrorCode, options: AppErrorOptions = {}) {
    super(options.message ?? ERROR_CODES[code].message, { cause: options.cause });
    this.code = code;
    this.retryAfterMs = options.retryAfterMs ?? null;
    this.details = options.details ?? {};
  }
}

/** The code of any thrown value; an unknown one is `internal`. Works across a Durable Object call. */
export function errorCode(thrown: unknown): ErrorCode {
  if (typeof thrown === "object" && thrown !== null && "code" in thrown) {
    const { code } = thrown;
    if (typeof code === "string" && code in ERROR_CODES) return code as ErrorCode;
  }
  return "internal";
}

export function isRetryable(thrown: unknown): boolean {
  return ERROR_CODES[errorCode(thrown)].retry;
}
