import type { HttpResponse } from "../../../src/crm/ports.ts";

/** One entry of `amocrm-examples.json`. */
export interface AmocrmSample {
  readonly id: string;
  readonly call: string;
  readonly inferred: boolean;
  readonly request: {
    readonly method?: string;
    readonly url?: string;
    readonly query?: Readonly<Record<string, string>>;
    readonly headers?: Readonly<Record<string, string>>;
    readonly body?: unknown;
    readonly pairs?: readonly (readonly [string, string])[];
    readonly raw?: string;
  } | null;
  readonly response: {
    readonly status: number;
    readonly headers?: Readonly<Record<string, string>>;
    readonly body: unknown;
  };
}

export const CLIENT_ID = "31885693-c5a8-4c1f-9d2e-0123456789ab";
export const CLIENT_SECRET = "x".repeat(64);

export function sampleName({ id, call }: AmocrmSample): string {
  return `${id} ${call}`;
}

/** `GET /api/v4/leads/{}`: ids of the path left out. */
export function routeOf({ request }: AmocrmSample): string {
  const path = request?.url ? new URL(request.url).pathname : "";
  return `${request?.method ?? ""} ${path.replace(/\/\d+(?=\/|$)/g, "/{}")}`;
}

export function responseOf({ response }: AmocrmSample): HttpResponse {
  const { status, headers = {}, body } = response;
  const lower = Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]);
  const text = body === null ? "" : typeof body === "string" ? body : JSON.stringify(body);
  return { status, headers: Object.fromEntries(lower), text };
}
