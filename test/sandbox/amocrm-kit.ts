import type { Clock, Random } from "../../src/crm/ports.ts";
import { type AmocrmKnobs, makeAmocrmSandbox } from "../../src/sandbox/amocrm/index.ts";
import type { SeedClient, SeedData, SeedDeal } from "../../src/sandbox/contract.ts";

export const CLIENT_ID = "31885693-c5a8-4c1f-9d2e-0123456789ab";
export const CLIENT_SECRET = "s".repeat(64);
export const REDIRECT = "https://app.example.com/amocrm/oauth";
export const START = Date.UTC(2026, 10, 22, 9, 0, 0);

/** A clock that stands still until told; sleepers wake in order when it passes them. */
export class ManualClock implements Clock {
  #now = START;
  #sleepers: { readonly at: number; readonly wake: () => void }[] = [];

  now = () => this.#now;
  monotonic = () => this.#now;
  turn = () => Promise.resolve();
  sleep = (ms: number) =>
    new Promise<void>((wake) => {
      this.#sleepers.push({ at: this.#now + ms, wake });
    });

  async advance(ms: number): Promise<void> {
    const end = this.#now + ms;
    await settle();
    for (;;) {
      const due = this.#sleepers.filter((one) => one.at <= end).sort((a, b) => a.at - b.at)[0];
      if (due === undefined) break;
      this.#sleepers = this.#sleepers.filter((one) => one !== due);
      this.#now = Math.max(this.#now, due.at);
      due.wake();
      await settle();
    }
    this.#now = end;
  }
}

export async function settle(): Promise<void> {
  for (let turn = 0; turn < 20; turn += 1) await new Promise((resolve) => setImmediate(resolve));
}

export function seededRandom(seed: number): Random {
  let state = seed >>> 0;
  const next = () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 4_294_967_296;
  };
  return { next, bytes: (length) => Uint8Array.from({ length }, () => Math.floor(next() * 256)) };
}

export interface Delivered {
  readonly method: string;
  readonly url: string;
  readonly form: URLSearchParams;
  readonly body: string;
}

export function bench(knobs: AmocrmKnobs = {}, seed = 1) {
  const clock = new ManualClock();
  const delivered: Delivered[] = [];
  let respond: (request: Delivered) => Response | Promise<Response> = () => new Response(null);
  const sandbox = makeAmocrmSandbox({
    clock,
    random: seededRandom(seed),
    deliver: async (request) => {
      const body = request.method === "GET" ? "" : await request.text();
      const entry = {
        method: request.method,
        url: request.url,
        body,
        form: new URLSearchParams(body),
      };
      delivered.push(entry);
      return respond(entry);
    },
    requestsPerSecond: 1_000_000,
    ...knobs,
  });
  sandbox.control.registerIntegration({
    clientId: CLIENT_ID,
    clientSecret: CLIENT_SECRET,
    redirectUri: REDIRECT,
    disconnectUri: "https://app.example.com/amocrm/uninstall",
    name: "Client Pulse",
  });
  const portal = sandbox.control.createPortal({ subdomain: "example" });
  return {
    clock,
    sandbox,
    portal,
    delivered,
    setRespond: (f: typeof respond) => {
      respond = f;
    },
  };
}

export type Bench = ReturnType<typeof bench>;

// biome-ignore lint/suspicious/noExplicitAny: answers are read by tests that know their shape.
export type Body = any;

export async function exchange(
  b: Bench,
  fields: Record<string, string>,
  host = "example.amocrm.ru",
) {
  const response = await b.sandbox.fetch(
    new Request(`https://${host}/oauth2/access_token`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({
        client_id: CLIENT_ID,
        client_secret: CLIENT_SECRET,
        redirect_uri: REDIRECT,
        ...fields,
      }),
    }),
  );
  return { status: response.status, body: (await response.json()) as Body };
}

export async function login(b: Bench, userIndex = 0): Promise<string> {
  const code = new URL(b.portal.grant("s", userIndex)).searchParams.get("code") ?? "";
  const { body } = await exchange(b, { grant_type: "authorization_code", code });
  return body.access_token;
}

export function caller(b: Bench, token: string) {
  return async (method: string, path: string, body?: unknown) => {
    const response = await b.sandbox.fetch(
      new Request(`https://example.amocrm.ru${path}`, {
        method,
        headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      }),
    );
    const text = await response.text();
    const type = response.headers.get("content-type") ?? "";
    return {
      status: response.status,
      type,
      requestId: response.headers.get("x-request-id"),
      text,
      body: (type.includes("json") ? JSON.parse(text) : null) as Body,
    };
  };
}

const DAY = 86_400_000;

export function smallSeed(clients = 6, deals = 12): SeedData {
  const rows = Array.from(
    { length: clients },
    (_, index): SeedClient => ({
      key: `c${index}`,
      kind: index % 2 === 0 ? "company" : "contact",
      createdAt: START - 400 * DAY + index * DAY,
      responsible: index % 3,
    }),
  );
  const sales = Array.from({ length: deals }, (_, index): SeedDeal => {
    const outcome = (["won", "lost", "open"] as const)[index % 3] ?? "open";
    const createdAt = START - 300 * DAY + index * 3_600_000;
    return {
      clientKey: index % 7 === 6 ? null : `c${index % clients}`,
      amountMinor: index * 1_050,
      outcome,
      createdAt,
      closedAt: outcome === "open" ? null : createdAt + DAY,
      responsible: index % 3,
      pipeline: index % 5 === 0 ? 1 : 0,
      source: index % 2 === 0 ? index % 6 : null,
    };
  });
  return {
    currency: "RUB",
    clients: rows,
    deals: sales,
    activities: [
      { clientKey: "c0", kind: "call", direction: "in", at: START - 5 * DAY, isDone: true },
      { clientKey: "c1", kind: "email", direction: "out", at: START - 4 * DAY, isDone: true },
      { clientKey: "c0", kind: "task", direction: "out", at: START + DAY, isDone: false },
      { clientKey: "c1", kind: "meeting", direction: "out", at: START - 3 * DAY, isDone: true },
    ],
  };
}
