/** Answers in the platform's exact content types: independent clients compare them as strings. */

export type Json = string | number | boolean | null | readonly Json[] | JsonObject;
export interface JsonObject {
  readonly [key: string]: Json | undefined;
}

const TITLES: Readonly<Record<number, string>> = {
  400: "Bad Request",
  401: "Unauthorized",
  402: "Payment Required",
  403: "Forbidden",
  404: "Not Found",
  405: "Method Not Allowed",
  422: "Unprocessable Entity",
};

export function hal(body: Json, status = 200): Response {
  return typed(JSON.stringify(body), status, "application/hal+json");
}

export function json(body: Json, status = 200): Response {
  return typed(JSON.stringify(body), status, "application/json");
}

export function html(body: string, status = 200): Response {
  return typed(body, status, "text/html; charset=utf-8");
}

export function typed(body: string, status: number, contentType: string): Response {
  return new Response(body, { status, headers: { "content-type": contentType } });
}

export function nothing(): Response {
  return new Response(null, { status: 204 });
}

export function problem(status: number, detail: string, extra: JsonObject = {}): Response {
  const title = TITLES[status] ?? "Error";
  const body = { ...extra, title, type: `https://httpstatus.es/${status}`, status, detail };
  return typed(JSON.stringify(body), status, "application/problem+json");
}

/** Ends a handler with this answer. */
export class Refusal extends Error {
  readonly response: Response;

  constructor(response: Response) {
    super(`refused with ${response.status}`);
    this.name = "Refusal";
    this.response = response;
  }
}

export function refuse(status: number, detail: string): never {
  throw new Refusal(problem(status, detail));
}

const DETAILS: Readonly<Record<string, string>> = {
  NotSupportedChoice: "The value you selected is not a valid choice.",
  FieldMissing: "This field is missing.",
  InvalidType: "This value has a wrong type.",
  TooLong: "This value is too long.",
};

export type FlawCode = "NotSupportedChoice" | "FieldMissing" | "InvalidType" | "TooLong";

/** Collects what is wrong with a batch; one flaw refuses all of it. */
export class Flaws {
  readonly #items = new Map<string, { code: string; path: string; detail: string }[]>();

  add(requestId: string, code: FlawCode, path: string): void {
    const list = this.#items.get(requestId) ?? [];
    list.push({ code, path, detail: DETAILS[code] ?? code });
    this.#items.set(requestId, list);
  }

  throwIfAny(): void {
    if (this.#items.size === 0) return;
    const errors = [...this.#items].map(([request_id, list]) => ({ request_id, errors: list }));
    throw new Refusal(problem(400, "Request validation failed", { "validation-errors": errors }));
  }
}
