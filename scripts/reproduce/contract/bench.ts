import type { Delivery, Desk } from "../../../src/crm/door.ts";
import { AppError } from "../../../src/crm/error.ts";
import type { Grant, Host, HostConfig, HostLink, Memo } from "../../../src/crm/host.ts";
import type { PortalKey } from "../../../src/crm/portal-key.ts";
import type { Clock, HttpRequest, HttpResponse, Log, Transport } from "../../../src/crm/ports.ts";

import { makeSeededRandom as seededRandom } from "../../../src/simulation/seeded-random.ts";

export { seededRandom };

/** The world around the checks: a clock that is moved by hand, seeded randomness, no network. */

export const silentLog: Log = { debug() {}, info() {}, warn() {}, error() {} };

export interface MovedClock extends Clock {
  move(ms: number): void;
}

/** Sleepers do not wait: nothing here is about time. */
export function movedClock(start: number): MovedClock {
  let now = start;
  return {
    now: () => now,
    monotonic: () => now,
    turn: () => Promise.resolve(),
    sleep: () => new Promise<void>(() => {}),
    move: (ms) => {
      now += ms;
    },
  };
}

export const START = Date.UTC(2026, 5, 1, 9);
export const ENDPOINT = "https://portal.example.com/";

export function jsonResponse(status: number, body: unknown): HttpResponse {
  return {
    status,
    headers: { "content-type": "application/json" },
    text: JSON.stringify(body),
  };
}

export interface ScriptedLink extends HostLink {
  /** Requests as they left, in order. */
  readonly sent: HttpRequest[];
}

/** A portal's link that answers with these bodies, one after the other, and judges them as the portal does. */
export function scriptedLink(
  host: Pick<Host, "judge">,
  answers: readonly HttpResponse[],
  {
    memo = {},
    key = "bitrix24:a223c6b3710f85df22e9377d6c4f7553" as PortalKey,
    currency = "USD",
  }: {
    memo?: Memo;
    key?: PortalKey;
    currency?: string;
  } = {},
): ScriptedLink {
  const waiting = [...answers];
  const sent: HttpRequest[] = [];
  const next = (build: (endpoint: string) => HttpRequest): HttpResponse => {
    sent.push(build(ENDPOINT));
    const answer = waiting.shift();
    if (!answer) throw new Error(`no answer left for ${sent.at(-1)?.url}`);
    return answer;
  };
  return {
    address: { key, endpoint: ENDPOINT },
    memo,
    clock: movedClock(START),
    random: seededRandom(1),
    log: silentLog,
    currency,
    sent,
    async send(_name, build) {
      const answer = next(build);
      const verdict = host.judge(answer);
      if (verdict.kind === "ok") return answer;
      const code = verdict.kind === "error" ? verdict.code : "host.token_expired";
      throw new AppError(code, verdict.kind === "error" ? { details: { ...verdict.details } } : {});
    },
    sendOwn: async (_name, build) => next(build),
    budget: { grant: (_method, wanted) => wanted, note() {}, block() {} },
  };
}

export interface DeskRecords {
  readonly installs: { readonly grant: Grant; readonly isFinished: boolean }[];
  readonly deliveries: Delivery[];
  readonly uninstalled: { readonly key: PortalKey; readonly erase: boolean }[];
  readonly secretsAsked: { readonly key: PortalKey; readonly secret: string }[];
}

export interface DeskParts {
  readonly config: HostConfig;
  readonly transport: Transport;
  /** Where every portal lives; null = nothing is installed. */
  readonly endpoint: string | null;
  /** Unix milliseconds; default `START`. */
  readonly now?: number;
  /** What doors may promise. */
  readonly errands?: Host["errands"];
}

/** An application that believes every secret, so that what a door reads can be seen. */
export function recordingDesk({
  config,
  transport,
  endpoint,
  errands,
  now = START,
}: DeskParts): Desk & DeskRecords {
  const once = new Map<string, string>();
  const records: DeskRecords = {
    installs: [],
    deliveries: [],
    uninstalled: [],
    secretsAsked: [],
  };
  const desk: Desk & DeskRecords = {
    ...records,
    clock: movedClock(now),
    random: seededRandom(2),
    log: silentLog,
    transport,
    registration: (product) => config.registrations.find((one) => one.product === product) ?? null,
    async install(grant, { isFinished }) {
      records.installs.push({ grant, isFinished });
    },
    async confirmInstalled() {},
    async uninstall(key, { erase }) {
      records.uninstalled.push({ key, erase });
    },
    async receive(delivery) {
      records.deliveries.push(delivery);
      return "stored";
    },
    async secretMatches(key, secret) {
      records.secretsAsked.push({ key, secret });
      return true;
    },
    setUpAgain: async () => undefined,
    address: async () =>
      endpoint === null ? null : { endpoint, state: "active", isFinished: true, installerId: "1" },
    canViewerRead: async () => true,
    plainCard: async () => [],
    openSession: async () => ({ token: "session", expiresAt: START + 900_000 }),
    issueTicket: async () => "ticket",
    redeemTicket: async () => null,
    async remember(kind, value, data) {
      once.set(`${kind} ${value}`, data);
    },
    recall: async (kind, value) => once.get(`${kind} ${value}`) ?? null,
    cached: async (_kind, _key, _life, load) => load(),
    seal: async (plain) => plain,
    unseal: async (sealed) => sealed,
    ownRegistration: async () => null,
    lookAgain: async () => undefined,
    // At once: nobody here waits for the background.
    later: async (kind, _id, data) => {
      await errands?.[kind]?.(data, desk, async () => undefined);
    },
  };
  return desk;
}
