import type { Delivery, Desk, SessionDraft, TicketDraft } from "../../src/crm/door.ts";
import { AppError } from "../../src/crm/error.ts";
import type { AppRegistration, Grant, HostConfig, HostLink, Memo } from "../../src/crm/host.ts";
import type { PortalKey } from "../../src/crm/portal-key.ts";
import type {
  Clock,
  HttpRequest,
  HttpResponse,
  Log,
  Random,
  Transport,
} from "../../src/crm/ports.ts";
import { authorise } from "../../src/hosts/amocrm/authorise.ts";
import { judge } from "../../src/hosts/amocrm/judge.ts";

/** Ports and a desk for tests of the amoCRM adapter, without any application behind them. */

export const NOW = Date.UTC(2026, 10, 24, 12);
export const ENDPOINT = "https://example.amocrm.ru/";
export const ACCOUNT_ID = "28805383";
export const SECRET = "amocrm-client-secret-of-sixty-four-characters-0123456789abcdef-";

export const CONFIG: HostConfig = {
  registrations: [
    { product: "amocrm", clientId: "amo-client", clientSecret: SECRET },
    { product: "kommo", clientId: "kommo-client", clientSecret: `kommo-${SECRET}` },
  ],
  publicUrl: "https://pulse.example.com",
  oauthServers: [],
  zones: { amocrm: ["amocrm.ru"], kommo: ["kommo.com", "amocrm.com"] },
  devHosts: [],
};

export function fakeClock(start = NOW): Clock & { slept: number[] } {
  let now = start;
  const slept: number[] = [];
  return {
    slept,
    now: () => now,
    monotonic: () => now - start,
    async sleep(ms) {
      slept.push(ms);
      now += ms;
    },
    turn: async () => undefined,
  };
}

export function fakeRandom(): Random {
  let state = 1;
  const next = () => {
    state = (state * 48_271) % 2_147_483_647;
    return state / 2_147_483_647;
  };
  return { next, bytes: (length) => Uint8Array.from({ length }, () => Math.floor(next() * 256)) };
}

export const silentLog: Log = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
};

export type Answer = (request: HttpRequest, url: URL) => HttpResponse | Promise<HttpResponse>;

export function json(
  body: unknown,
  status = 200,
  headers: Record<string, string> = {},
): HttpResponse {
  const type = status < 400 ? "application/hal+json" : "application/problem+json";
  return { status, headers: { "content-type": type, ...headers }, text: JSON.stringify(body) };
}

export const nothing: HttpResponse = { status: 204, headers: {}, text: "" };

/** One page of a HAL list. */
export function halPage(
  url: URL,
  collection: string,
  all: readonly unknown[],
  headers: Record<string, string> = {},
): HttpResponse {
  const limit = Number(url.searchParams.get("limit") ?? 50);
  const page = Number(url.searchParams.get("page") ?? 1);
  const rows = all.slice((page - 1) * limit, page * limit);
  if (rows.length === 0) return { ...nothing, headers };
  const next = page * limit < all.length ? { next: { href: "https://evil.example/next" } } : {};
  return json({ _page: page, _links: next, _embedded: { [collection]: rows } }, 200, headers);
}

export interface FakeLink extends HostLink {
  readonly sent: HttpRequest[];
  readonly names: string[];
  /** Largest number of requests that were in flight together. */
  readonly peak: () => number;
}

/** A link that judges answers as the portal does, without its limiter and refresh. */
export function fakeLink(answer: Answer, memo: Memo = {}): FakeLink {
  const sent: HttpRequest[] = [];
  const names: string[] = [];
  let inFlight = 0;
  let peak = 0;
  return {
    address: { key: `amocrm:${ACCOUNT_ID}`, endpoint: ENDPOINT },
    memo,
    clock: fakeClock(),
    random: fakeRandom(),
    log: silentLog,
    currency: "RUB",
    budget: { grant: (_method, wanted) => wanted, note: () => undefined, block: () => undefined },
    sent,
    names,
    peak: () => peak,
    async send(name, build) {
      const request = authorise(build(ENDPOINT), { accessToken: "token", endpoint: ENDPOINT });
      sent.push(request);
      names.push(name);
      inFlight += 1;
      peak = Math.max(peak, inFlight);
      const response = await answer(request, new URL(request.url));
      await Promise.resolve();
      inFlight -= 1;
      const verdict = judge(response);
      if (verdict.kind === "ok") return response;
      if (verdict.kind !== "error") throw new AppError("host.token_revoked");
      throw new AppError(verdict.code, verdict.details ? { details: verdict.details } : {});
    },
  };
}

export interface FakeDesk extends Desk {
  readonly installed: Grant[];
  readonly uninstalled: PortalKey[];
  readonly received: Delivery[];
  readonly sessions: SessionDraft[];
  readonly requests: HttpRequest[];
  readonly promised: Promised[];
}

interface Promised {
  readonly kind: string;
  readonly id: string;
  readonly data: string;
}

export interface DeskFacts {
  readonly transport?: Answer;
  readonly endpoints?: Readonly<Record<PortalKey, string>>;
  readonly hookSecrets?: Readonly<Record<PortalKey, string>>;
  readonly canRead?: boolean;
  readonly lines?: readonly string[];
  readonly registrations?: Readonly<Record<PortalKey, AppRegistration>>;
}

export function fakeDesk(facts: DeskFacts = {}): FakeDesk {
  const installed: Grant[] = [];
  const uninstalled: PortalKey[] = [];
  const received: Delivery[] = [];
  const sessions: SessionDraft[] = [];
  const requests: HttpRequest[] = [];
  const promised: Promised[] = [];
  const once = new Map<string, string>();
  const take = (place: string) => {
    const data = once.get(place) ?? null;
    once.delete(place);
    return data;
  };
  const clock = fakeClock();
  const random = fakeRandom();
  const transport: Transport = async (request) => {
    requests.push(request);
    if (!facts.transport) throw new AppError("host.unreachable");
    return await facts.transport(request, new URL(request.url));
  };
  let tickets = 0;
  return {
    clock,
    random,
    log: silentLog,
    transport,
    installed,
    uninstalled,
    received,
    sessions,
    requests,
    promised,
    registration: (product) => CONFIG.registrations.find((one) => one.product === product) ?? null,
    install: async (grant) => {
      installed.push(grant);
    },
    confirmInstalled: async () => undefined,
    uninstall: async (key) => {
      uninstalled.push(key);
    },
    receive: async (delivery) => {
      const known = delivery.candidates.some((key) => facts.hookSecrets?.[key] === delivery.secret);
      if (known) received.push(delivery);
      return known ? "stored" : "refused";
    },
    secretMatches: async (key, secret) => facts.hookSecrets?.[key] === secret,
    setUpAgain: async () => undefined,
    address: async (key) => {
      const endpoint = facts.endpoints?.[key];
      return endpoint === undefined
        ? null
        : { endpoint, state: "active", isFinished: true, installerId: "1" };
    },
    canViewerRead: async () => facts.canRead ?? false,
    plainCard: async () => facts.lines ?? [],
    openSession: async (draft) => {
      sessions.push(draft);
      return { token: "session-token", expiresAt: clock.now() + 900_000 };
    },
    issueTicket: async (draft) => {
      tickets += 1;
      once.set(`ticket t${tickets}`, JSON.stringify(draft));
      return `t${tickets}`;
    },
    redeemTicket: async (ticket) => {
      const data = take(`ticket ${ticket}`);
      return data === null ? null : (JSON.parse(data) as TicketDraft);
    },
    remember: async (kind, value, data) => {
      once.set(`${kind} ${value}`, data);
    },
    recall: async (kind, value) => take(`${kind} ${value}`),
    cached: (_kind, _key, _ttlMs, load) => load(),
    seal: async (plain) => plain,
    unseal: async (sealed) => sealed,
    later: async (kind, id, data) => {
      promised.push({ kind, id, data });
    },
    ownRegistration: async (key) => facts.registrations?.[key] ?? null,
    lookAgain: async () => undefined,
  };
}
