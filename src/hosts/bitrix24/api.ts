import { AppError } from "../../crm/error.ts";
import type { HostAuth, HostLink } from "../../crm/host.ts";
import type { HttpRequest, HttpResponse, Instant } from "../../crm/ports.ts";
import { marked } from "./connector.ts";
import { type Failure, failureOf, judge, resetInstant } from "./judge.ts";
import { isFields, parseJson, toFields, toInstant, toNumber, toText } from "./values.ts";

/** Arguments of a REST method; nested plain data. */
export type Params = { readonly [name: string]: ParamValue };
export type ParamValue = string | number | boolean | Params | readonly ParamValue[];

/** What an answer says about time. */
export interface CallTime {
  /** The portal's clock when the call began. */
  readonly hostNow: Instant | null;
  /** `+03:00`. */
  readonly offset: string | null;
  /** Seconds that this method has used in the running window of ten minutes. */
  readonly operating: number | null;
  readonly resetAt: Instant | null;
}

export interface Answer {
  readonly result: unknown;
  readonly total: number | null;
  readonly next: number | null;
  readonly time: CallTime;
  readonly endpoint: string;
}

/** The vendor ends a request after 60 s; waiting a little longer tells a refusal from a lost connection. */
const TIMEOUT_MS = 65_000;

export function methodRequest(endpoint: string, method: string, params: Params): HttpRequest {
  return {
    method: "POST",
    url: `${endpoint}${method}`,
    headers: { "content-type": "application/json", accept: "application/json" },
    body: JSON.stringify(params),
    timeoutMs: TIMEOUT_MS,
  };
}

/**
 * The token travels in the JSON body; the vendor accepts no header. A request that carries a token already keeps it: a
 * viewer's call must never be made with the portal's rights.
 */
export function authorise(request: HttpRequest, auth: HostAuth): HttpRequest {
  const params = toFields(parseJson(request.body ?? "{}"));
  return { ...request, body: JSON.stringify({ auth: auth.accessToken, ...params }) };
}

/** One REST call with the portal's token. Throws AppError `host.*`. */
export async function callMethod(link: HostLink, method: string, params: Params): Promise<Answer> {
  link.budget.grant(method, 1);
  let endpoint = link.address.endpoint;
  const response = await sendOrBlock(link, method, (current) => {
    endpoint = current;
    return methodRequest(current, method, marked(link.memo, method, params));
  });
  const answer = readAnswer(response, endpoint);
  noteTime(link, method, answer.time, 1);
  return answer;
}

/** A method that is over its time budget is closed in the budget, so that other work of the portal goes on. */
export async function sendOrBlock(
  link: HostLink,
  method: string,
  build: (endpoint: string) => HttpRequest,
): Promise<HttpResponse> {
  try {
    return await link.send(method, build);
  } catch (thrown) {
    if (thrown instanceof AppError && thrown.details.isMethodLimit === true) {
      const wait = thrown.retryAfterMs;
      link.budget.block(method, wait === null ? null : link.clock.now() + wait);
    }
    throw thrown;
  }
}

/** One REST call with somebody's own token, outside the portal's link. Throws AppError `host.*`. */
export function readOwnAnswer(response: HttpResponse, endpoint: string): Answer {
  const verdict = judge(response);
  switch (verdict.kind) {
    case "ok":
      return readAnswer(response, endpoint);
    case "tokenExpired":
      throw new AppError("host.token_expired");
    case "moved":
      throw new AppError("host.unreachable", { details: { isMoved: true } });
    case "error":
      throw failureError({ details: {}, ...verdict });
  }
}

export function failureError({ code, retryAfterMs, details }: Failure): AppError {
  return new AppError(code, retryAfterMs === undefined ? { details } : { details, retryAfterMs });
}

export function readAnswer(response: HttpResponse, endpoint: string): Answer {
  const body = parseJson(response.text);
  if (!isFields(body)) throw new AppError("host.bad_answer", { details: { reason: "json" } });
  if (!("result" in body)) throw failureError(failureOf(response.status, body));
  return {
    result: body.result,
    total: toNumber(body.total),
    next: toNumber(body.next),
    time: toCallTime(body.time),
    endpoint,
  };
}

export function toCallTime(value: unknown): CallTime {
  const time = toFields(value);
  return {
    hostNow: toInstant(time.date_start),
    offset: /[+-]\d{2}:\d{2}$/.exec(toText(time.date_start) ?? "")?.[0] ?? null,
    operating: toNumber(time.operating),
    resetAt: resetInstant(time.operating_reset_at),
  };
}

/** Self-hosted portals keep no operating time and leave the fields out. */
export function noteTime(link: HostLink, method: string, time: CallTime, calls: number): void {
  if (time.operating !== null) link.budget.note(method, time.operating, time.resetAt, calls);
}
