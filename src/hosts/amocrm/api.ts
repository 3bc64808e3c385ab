import { AppError, errorCode } from "../../crm/error.ts";
import type { HostLink } from "../../crm/host.ts";
import type { HttpRequest, HttpResponse, Instant } from "../../crm/ports.ts";

/** The REST API v4: how a call is written and how an answer is read. */

export type Params = readonly (readonly [name: string, value: string])[];

/** Largest page of the main lists, and of the events feed on amoCRM (Kommo would allow 250). */
export const PAGE_LIMIT = 250;
export const EVENTS_LIMIT = 100;

export function getRequest(path: string, params: Params = []) {
  const query = new URLSearchParams(params.map(([name, value]) => [name, value])).toString();
  return (endpoint: string): HttpRequest => ({
    method: "GET",
    url: `${endpoint}api/v4/${path}${query === "" ? "" : `?${query}`}`,
  });
}

/** `version` is another one for the few calls that have not been moved. */
export function writeRequest(
  method: "POST" | "PATCH" | "DELETE",
  path: string,
  body: unknown,
  version = "v4",
) {
  return (endpoint: string): HttpRequest => ({
    method,
    url: `${endpoint}api/${version}/${path}`,
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body),
  });
}

/** One entity or dictionary item; null when the host does not have it (204, 404). */
export async function readOne(
  link: HostLink,
  name: string,
  path: string,
  params: Params = [],
): Promise<unknown> {
  try {
    return readJson(await link.send(name, getRequest(path, params)));
  } catch (error) {
    if (error instanceof Object && "code" in error && error.code === "host.not_found") return null;
    throw error;
  }
}

/** The body of an answer; null when it is empty (204: nothing found). Throws AppError `host.bad_answer`. */
export function readJson(response: HttpResponse): unknown {
  if (response.status === 204 || response.text === "") return null;
  try {
    return JSON.parse(response.text);
  } catch (cause) {
    throw new AppError("host.bad_answer", { cause, details: { status: response.status } });
  }
}

export interface Page {
  readonly rows: readonly unknown[];
  readonly hasNext: boolean;
}

/**
 * One page of a HAL list. The address of the next page is never followed, only its presence is looked at: it is text
 * from outside, and page numbers say the same. Throws AppError `host.bad_answer`.
 */
export function readPage(response: HttpResponse, collection: string): Page {
  const body = readJson(response);
  if (body === null) return { rows: [], hasNext: false };
  const rows = field(field(body, "_embedded"), collection);
  if (rows !== undefined && rows !== null && !Array.isArray(rows)) {
    throw new AppError("host.bad_answer", { details: { field: collection } });
  }
  const next = field(field(field(body, "_links"), "next"), "href");
  return { rows: rows ?? [], hasNext: typeof next === "string" };
}

/** The plan or the token owner's rights do not include it. */
export function isRefusal(error: unknown): boolean {
  const code = errorCode(error);
  return code === "host.payment_required" || code === "host.no_rights";
}

/** As `isRefusal`; also a feature that is switched off in the account (422) and a route that the product lacks. */
export function isMissing(error: unknown): boolean {
  const isSwitchedOff = error instanceof AppError && error.details.status === 422;
  return isRefusal(error) || isSwitchedOff || errorCode(error) === "host.not_found";
}

/** The host's clock: the Date header (whole seconds), or null where there is none. */
export function hostTime(response: HttpResponse): Instant | null {
  const at = Date.parse(response.headers.date ?? "");
  return Number.isNaN(at) ? null : at;
}

/** A field of an untrusted value; undefined for anything that is not a plain object. */
export function field(value: unknown, name: string): unknown {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return undefined;
  return Object.hasOwn(value, name) ? (value as Record<string, unknown>)[name] : undefined;
}

/** amoCRM counts in whole seconds; rounding down keeps `from` filters on the safe side. */
export function toSeconds(at: Instant): string {
  return String(Math.max(0, Math.floor(at / 1000)));
}
