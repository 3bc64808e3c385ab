import type { ErrorDetails } from "../../crm/error.ts";
import type { Verdict } from "../../crm/host.ts";
import type { HttpResponse } from "../../crm/ports.ts";
import { field } from "./api.ts";

/** The host promises no Retry-After; a second is its accounting window. */
const PAUSE_MS = 1_000;
const LONGEST_PAUSE_MS = 60 * 60_000;
/** After repeated 429 the host refuses everything from our address for minutes and sometimes for good. */
const BLOCKED_PAUSE_MS = 10 * 60_000;

/** Statuses are the vocabulary; texts of bodies differ between pages, products and years and are not looked at. */
export function judge(response: HttpResponse): Verdict {
  const { status } = response;
  if (status >= 200 && status < 300) return { kind: "ok" };
  if (status >= 300 && status < 400) return { kind: "moved" };
  if (status === 401) return { kind: "tokenExpired" };
  if (status >= 500) return judgeServerError(response);
  const details = errorDetails(response);
  switch (status) {
    case 402:
      return { kind: "error", code: "host.payment_required", details };
    case 403:
      // A missing right is told by the API in JSON; the block of an address comes from the machines in front of it.
      return isProblem(response)
        ? { kind: "error", code: "host.no_rights", details }
        : { kind: "error", code: "host.blocked", retryAfterMs: BLOCKED_PAUSE_MS, details };
    case 404:
      // Every route of a renamed account is an HTML 404 under the old name.
      return isProblem(response)
        ? { kind: "error", code: "host.not_found", details }
        : { kind: "moved" };
    case 408:
      return { kind: "error", code: "host.timeout", details };
    case 429:
      return {
        kind: "error",
        code: "host.rate_limited",
        retryAfterMs: retryAfterMs(response) ?? PAUSE_MS,
        details,
      };
    default:
      return { kind: "error", code: "host.refused", details };
  }
}

function judgeServerError(response: HttpResponse): Verdict {
  const wait = retryAfterMs(response);
  return {
    kind: "error",
    code: response.status === 504 ? "host.timeout" : "host.unavailable",
    ...(wait === null ? {} : { retryAfterMs: wait }),
    details: errorDetails(response),
  };
}

/** The API's own refusals are JSON; those of the machines in front of it are HTML. */
export function isProblem(response: HttpResponse): boolean {
  return /^application\/(?:[a-z.-]+\+)?json\b/.test(response.headers["content-type"] ?? "");
}

/** Milliseconds of the Retry-After header (seconds or a date) or of `retry_after` in the body; null without either. */
export function retryAfterMs(response: HttpResponse): number | null {
  const header = response.headers["retry-after"] ?? field(parsed(response), "retry_after");
  const text = typeof header === "number" ? String(header) : header;
  if (typeof text !== "string") return null;
  if (/^\d{1,9}(?:\.\d+)?$/.test(text)) return clamp(Number(text) * 1000);
  const until = Date.parse(text);
  const now = Date.parse(response.headers.date ?? "");
  return Number.isNaN(until) || Number.isNaN(now) ? null : clamp(until - now);
}

function clamp(ms: number): number {
  return Math.min(LONGEST_PAUSE_MS, Math.max(0, Math.ceil(ms)));
}

/** What is safe to log: status, the support id, and which fields were refused (`settings.3`), never values. */
function errorDetails(response: HttpResponse): ErrorDetails {
  const body = parsed(response);
  const paths = refusedPaths(body);
  const items = refusedItems(body);
  const requestId = response.headers["x-request-id"];
  return {
    status: response.status,
    ...(requestId === undefined ? {} : { requestId: requestId.slice(0, 64) }),
    ...(paths === "" ? {} : { paths }),
    ...(items === "" ? {} : { items }),
  };
}

const MAX_ITEMS = 250;

/** `request_id` of the refused items of a batch; ours are their places in it. */
function refusedItems(body: unknown): string {
  const items = list(field(body, "validation-errors")).flatMap((item) => {
    const id = field(item, "request_id");
    const text = typeof id === "number" ? String(id) : id;
    return typeof text === "string" && /^\d{1,3}$/.test(text) ? [text] : [];
  });
  return [...new Set(items)].slice(0, MAX_ITEMS).join(",");
}

const MAX_PATHS = 40;

function refusedPaths(body: unknown): string {
  const paths: string[] = [];
  for (const item of list(field(body, "validation-errors"))) {
    for (const error of list(field(item, "errors"))) {
      const path = field(error, "path");
      if (typeof path === "string" && /^[\w.-]{1,80}$/.test(path)) paths.push(path);
    }
  }
  return paths.slice(0, MAX_PATHS).join(",");
}

function list(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

function parsed(response: HttpResponse): unknown {
  if (!isProblem(response)) return null;
  try {
    return JSON.parse(response.text);
  } catch {
    return null;
  }
}
