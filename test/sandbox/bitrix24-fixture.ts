import type { Clock } from "../../src/crm/ports.ts";
import {
  type Bitrix24SandboxOptions,
  makeBitrix24Sandbox,
} from "../../src/sandbox/bitrix24/index.ts";
import type { SeedData } from "../../src/sandbox/contract.ts";
import { makeSeededRandom as seededRandom } from "../../src/simulation/seeded-random.ts";

export { seededRandom };

export interface ManualClock extends Clock {
  advance(ms: number): Promise<void>;
}

/** Time moves only when told to; sleepers wake in order. */
export function manualClock(start: number): ManualClock {
  let now = start;
  const sleepers: { at: number; wake: () => void }[] = [];
  const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
  return {
    now: () => now,
    monotonic: () => now,
    turn,
    sleep: (ms) =>
      new Promise((resolve) => {
        sleepers.push({ at: now + ms, wake: resolve });
      }),
    advance: async (ms) => {
      const end = now + ms;
      for (;;) {
        sleepers.sort((a, b) => a.at - b.at);
        const first = sleepers[0];
        if (first === undefined || first.at > end) break;
        sleepers.shift();
        now = first.at;
        first.wake();
        await turn();
      }
      now = end;
    },
  };
}

export const NOW = Date.UTC(2026, 5, 1, 9, 0, 0);
export const APP = { clientId: "local.6537665f598492.98090704", clientSecret: "secret" };
const DAY = 86_400_000;

export interface Delivered {
  readonly url: string;
  readonly form: URLSearchParams;
}

/** A sandbox with one portal `alpha` and an app whose pages and hooks end up in `delivered`. */
export function makeFixture(options: Partial<Bitrix24SandboxOptions> = {}) {
  const clock = manualClock(NOW);
  const delivered: Delivered[] = [];
  const replies: ((request: Request) => Promise<Response>)[] = [];
  const sandbox = makeBitrix24Sandbox({
    clock,
    random: seededRandom(7),
    deliver: async (request) => {
      const form = new URLSearchParams(await request.clone().text());
      delivered.push({ url: request.url, form });
      const reply = replies.shift();
      return reply === undefined ? new Response("ok") : reply(request);
    },
    ...options,
  });
  sandbox.control.registerApp({
    ...APP,
    appUrl: "http://app.example/b24/app",
    installUrl: "http://app.example/b24/install",
    eventUrl: "http://app.example/b24/event",
    scopes: ["crm", "placement", "user_brief", "task"],
  });
  const portal = sandbox.control.createPortal({ name: "alpha", users: 3 });

  /** Tokens of a person's open page. */
  const tokens = (userIndex = 0) => {
    if (!portal.isInstalled()) {
      portal.beginInstall(userIndex);
      portal.finishInstall();
    }
    const form = new URLSearchParams(portal.openPage("app", null, userIndex).body);
    return { access: form.get("AUTH_ID") ?? "", refresh: form.get("REFRESH_ID") ?? "" };
  };
  let auth = "";
  const send = (method: string, params: Record<string, unknown> = {}, token?: string) => {
    if (auth === "") auth = tokens().access;
    return sandbox.fetch(
      new Request(`${portal.origin()}/rest/${method}`, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify({ ...params, auth: token ?? auth }),
      }),
    );
  };
  // biome-ignore lint/suspicious/noExplicitAny: answers are read by the shape that the test states.
  const call = async (method: string, params: Record<string, unknown> = {}): Promise<any> => {
    const answer = await send(method, params);
    return answer.json();
  };
  const batch = (cmd: Record<string, string> | string[], halt = 0) => call("batch", { cmd, halt });
  return { sandbox, portal, clock, delivered, replies, tokens, send, call, batch };
}

/** Deals of `clients` companies and contacts in turn; every third deal is won, every fourth lost. */
export function makeSeed(deals: number, clients = 20): SeedData {
  const start = NOW - 700 * DAY;
  return {
    currency: "RUB",
    clients: Array.from({ length: clients }, (_, i) => ({
      key: `c${i}`,
      kind: i % 2 === 0 ? ("company" as const) : ("contact" as const),
      createdAt: start + i * 3_600_000,
      responsible: i % 3,
    })),
    deals: Array.from({ length: deals }, (_, i) => {
      const outcome = i % 3 === 0 ? "won" : i % 4 === 0 ? "lost" : "open";
      const createdAt = start + Math.floor((i / deals) * 690 * DAY);
      return {
        clientKey: i % 17 === 16 ? null : `c${i % clients}`,
        amountMinor: i % 13 === 12 ? null : 100_000 + i * 10,
        outcome,
        createdAt,
        closedAt: outcome === "open" ? null : createdAt + 5 * DAY,
        responsible: i % 3,
        pipeline: i % 5 === 0 ? 1 : 0,
        source: i % 7 === 6 ? null : i % 4,
      } as const;
    }),
    activities: Array.from({ length: clients }, (_, i) => ({
      clientKey: `c${i}`,
      kind: "call" as const,
      direction: "in" as const,
      at: NOW - (i + 1) * DAY,
      isDone: true,
    })),
  };
}
