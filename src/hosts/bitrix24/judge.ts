import type { ErrorCode } from "../../crm/error.ts";
import type { Verdict } from "../../crm/host.ts";
import type { HttpResponse } from "../../crm/ports.ts";
import {
  type Fields,
  isFields,
  parseJson,
  toFields,
  toInstant,
  toNumber,
  toText,
} from "./values.ts";

/** What a refusal of a portal means in our words. */
export interface Failure {
  readonly code: ErrorCode;
  readonly retryAfterMs?: number;
  readonly details: Readonly<Record<string, string | number | boolean | null>>;
}

/** A full bucket drains two calls a second. */
const BUCKET_PAUSE_MS = 1_500;
/** OVERLOAD_LIMIT is a block by hand: nothing we do lifts it, so ask rarely. */
const BLOCK_PAUSE_MS = 600_000;

/** Nobody may send us away for longer: what a portal says about waiting is text from outside. */
const LONGEST_PAUSE_MS = 3_600_000;

const CODES: Readonly<Record<string, ErrorCode>> = {
  expired_token: "host.token_expired",
  invalid_token: "host.token_expired",
  no_auth_found: "host.refused",
  method_confirm_waiting: "host.no_rights",
  method_confirm_denied: "host.no_rights",
  insufficient_scope: "host.no_rights",
  invalid_credentials: "host.no_rights",
  access_denied: "host.no_rights",
  user_access_error: "host.no_rights",
  wrong_auth_type: "host.no_rights",
  allowed_only_intranet_user: "host.no_rights",
  not_found: "host.not_found",
  error_not_found: "host.not_found",
  owner_not_found: "host.not_found",
  error_method_not_found: "host.refused",
  error_event_not_found: "host.refused",
  operation_time_limit: "host.rate_limited",
  query_limit_exceeded: "host.rate_limited",
  overload_limit: "host.blocked",
  portal_deleted: "host.portal_deleted",
  payment_required: "host.payment_required",
  internal_server_error: "host.unavailable",
  error_unexpected_answer: "host.unavailable",
};

export function judge(response: HttpResponse): Verdict {
  const { status, text } = response;
  if (status >= 300 && status < 400) return { kind: "moved" };
  // Every success begins like this; reading a large page twice would cost more than the call.
  if (status < 300 && text.startsWith('{"result":')) return { kind: "ok" };
  const body = parseJson(text);
  if (isFields(body)) {
    if ("error" in body && !("result" in body)) return verdict(failureOf(status, body));
    if (status < 300) return { kind: "ok" };
  }
  return verdict(failureOfStatus(response));
}

function verdict(failure: Failure): Verdict {
  if (failure.code === "host.token_expired") {
    const isUnknown = failure.details.hostError === "invalid_token";
    return isUnknown ? { kind: "tokenExpired", isUnknown } : { kind: "tokenExpired" };
  }
  return { kind: "error", ...failure };
}

/** The meaning of an error object: a whole answer or one command of a batch (then `status` is null). */
export function failureOf(status: number | null, body: Fields): Failure {
  const name = errorName(body.error);
  const details = { hostError: name, status };
  const known = CODES[name];
  const description = toText(body.error_description)?.toLowerCase() ?? "";
  if (name === "access_denied" && /commercial plan|коммерческ/.test(description)) {
    return { code: "host.payment_required", details };
  }
  if (name === "operation_time_limit") {
    const limit = {
      code: "host.rate_limited",
      details: { ...details, isMethodLimit: true },
    } as const;
    const retryAfterMs = untilReset(toFields(body.time));
    return retryAfterMs === null ? limit : { ...limit, retryAfterMs };
  }
  if (known === "host.rate_limited") return { code: known, retryAfterMs: BUCKET_PAUSE_MS, details };
  if (known === "host.blocked") return { code: known, retryAfterMs: BLOCK_PAUSE_MS, details };
  if (known) return { code: known, details };
  return { code: guess(status, description), details };
}

/** Old methods answer `error: ""` and a sentence. */
function guess(status: number | null, description: string): ErrorCode {
  if (description.includes("not found")) return "host.not_found";
  if (description.includes("access denied")) return "host.no_rights";
  if (status === 402) return "host.payment_required";
  return status !== null && status >= 500 ? "host.unavailable" : "host.refused";
}

function failureOfStatus({ status, headers }: HttpResponse): Failure {
  const details = { status };
  const seconds = toNumber(headers["retry-after"]);
  const retryAfterMs = seconds === null ? BUCKET_PAUSE_MS : bounded(seconds * 1000);
  if (status === 429) return { code: "host.rate_limited", retryAfterMs, details };
  if (status >= 500) {
    return seconds === null
      ? { code: "host.unavailable", details }
      : { code: "host.unavailable", retryAfterMs, details };
  }
  if (status === 402) return { code: "host.payment_required", details };
  return { code: status < 300 ? "host.bad_answer" : "host.refused", details };
}

/** Error codes are words, numbers or whole sentences; only words are fit for a log. */
function errorName(error: unknown): string {
  const text = (isFields(error) ? toText(error.code) : toText(error))?.trim();
  return text && /^[A-Za-z0-9_.-]{1,64}$/.test(text) ? text.toLowerCase() : "other";
}

/** Null where a refusal does not say when the method opens again: the last good answer did, and the budget keeps it. */
function untilReset(time: Fields): number | null {
  const resetAt = resetInstant(time.operating_reset_at);
  const now = toInstant(time.date_finish) ?? toInstant(time.date_start);
  if (resetAt === null || now === null) return null;
  return bounded(resetAt - now) + 1_000;
}

function bounded(waitMs: number): number {
  return Math.min(Math.max(waitMs, 0), LONGEST_PAUSE_MS);
}

/** Unix seconds in most answers, ISO text in some. */
export function resetInstant(value: unknown): number | null {
  const seconds = toNumber(value);
  return seconds === null ? toInstant(value) : seconds * 1000;
}
