import type {
  Delivery,
  Desk,
  DoorReply,
  InstallOptions,
  SessionDraft,
  SetUpOptions,
  TicketDraft,
} from "../../src/crm/door.ts";
import { ERROR_CODES, errorCode } from "../../src/crm/error.ts";
import type { Grant, Host, HostConfig, ViewerProof } from "../../src/crm/host.ts";
import type { PortalKey } from "../../src/crm/portal-key.ts";
import type { Clock, Random, Transport } from "../../src/crm/ports.ts";
import { makeTestLink, silentLog } from "./host-link.ts";

interface InstalledPortal {
  grant: Grant;
  options: InstallOptions;
  state: string;
}

/** An application reduced to its doors: what they were asked and what they asked for. */
export interface DoorHarness {
  readonly desk: Desk;
  readonly portals: Map<PortalKey, InstalledPortal>;
  readonly deliveries: Delivery[];
  readonly confirmed: PortalKey[];
  readonly uninstalled: { key: PortalKey; erase: boolean }[];
  readonly sessions: SessionDraft[];
  readonly setUps: ({ key: PortalKey } & SetUpOptions)[];
  /** Runs the door of a request and returns its own answer. */
  reply(request: Request): Promise<DoorReply>;
  /** The same as HTTP, for a sandbox's `deliver`. */
  deliver(request: Request): Promise<Response>;
}

export interface HarnessParts {
  readonly host: Host;
  readonly config: HostConfig;
  readonly transport: Transport;
  readonly clock: Clock;
  readonly random: Random;
}

export function makeDoorHarness(parts: HarnessParts): DoorHarness {
  const { host } = parts;
  const portals = new Map<PortalKey, InstalledPortal>();
  const records = {
    deliveries: [] as Delivery[],
    confirmed: [] as PortalKey[],
    uninstalled: [] as { key: PortalKey; erase: boolean }[],
    sessions: [] as SessionDraft[],
    setUps: [] as ({ key: PortalKey } & SetUpOptions)[],
  };
  const desk = makeTestDesk(parts, portals, records);
  const doors = host.doors().map((door) => ({ door, pattern: toPattern(door.path) }));
  const reply = async (request: Request): Promise<DoorReply> => {
    const url = new URL(request.url);
    const found = doors.find(
      ({ door, pattern }) => door.method === request.method && pattern.test(url.pathname),
    );
    if (!found) throw new Error(`No door for ${request.method} ${url.pathname}`);
    const call = {
      url,
      params: { ...found.pattern.exec(url.pathname)?.groups },
      headers: Object.fromEntries(request.headers),
      body: request.method === "GET" ? "" : await request.text(),
    };
    try {
      return await found.door.handle(call, desk);
    } catch (thrown) {
      return { kind: "error", code: errorCode(thrown) };
    }
  };
  return {
    desk,
    portals,
    ...records,
    reply,
    deliver: async (request) => toResponse(await reply(request)),
  };
}

function toPattern(path: string): RegExp {
  return new RegExp(`^${path.replace(/:(\w+)/g, "(?<$1>[^/]+)")}$`);
}

function toResponse(reply: DoorReply): Response {
  switch (reply.kind) {
    case "empty":
      return new Response(null, { status: reply.status });
    case "json":
      return Response.json(reply.body, { status: reply.status });
    case "redirect":
      return new Response(null, { status: 302, headers: { location: reply.to } });
    case "error":
      return new Response(reply.code, { status: ERROR_CODES[reply.code].status });
    case "page":
    case "button":
    case "shell":
      return new Response("<!doctype html><title>page</title>", {
        headers: { "content-type": "text/html" },
      });
  }
}

function makeTestDesk(
  { host, config, transport, clock, random }: HarnessParts,
  portals: Map<PortalKey, InstalledPortal>,
  records: Pick<DoorHarness, "deliveries" | "confirmed" | "uninstalled" | "sessions" | "setUps">,
): Desk {
  const once = new Map<string, string>();
  const cache = new Map<string, string>();
  const secretMatches = (key: PortalKey, secret: string) => {
    const known = portals.get(key)?.options.hookSecret;
    return known !== undefined && known === secret;
  };
  const desk: Desk = {
    clock,
    random,
    log: silentLog,
    transport,
    registration: (product) => config.registrations.find((one) => one.product === product) ?? null,
    async install(grant, options) {
      const before = portals.get(grant.key);
      const isActive = options.isFinished || before?.state === "active";
      portals.set(grant.key, {
        grant,
        options: { ...before?.options, ...options },
        state: isActive ? "active" : "installing",
      });
    },
    async confirmInstalled(key) {
      records.confirmed.push(key);
      const portal = portals.get(key);
      if (portal) portal.state = "active";
    },
    async uninstall(key, options) {
      records.uninstalled.push({ key, erase: options.erase });
      portals.delete(key);
    },
    async receive(delivery) {
      const { secret } = delivery;
      const key = delivery.candidates.find(
        (one) => portals.has(one) && (secret === null || secretMatches(one, secret)),
      );
      if (!key) return "refused";
      records.deliveries.push(delivery);
      return "stored";
    },
    secretMatches: async (key, secret) => secretMatches(key, secret),
    async address(key) {
      const portal = portals.get(key);
      if (!portal) return null;
      const { grant, state } = portal;
      const isFinished = state !== "installing";
      return { endpoint: grant.endpoint, state, isFinished, installerId: grant.userId };
    },
    async setUpAgain(key, options) {
      records.setUps.push({ key, ...options });
      const portal = portals.get(key);
      if (portal && options.hookSecret) {
        portal.options = { ...portal.options, hookSecret: options.hookSecret };
      }
    },
    plainCard: async () => [],
    async canViewerRead(key, viewer: ViewerProof, entity, id) {
      const portal = portals.get(key);
      if (!portal || !host.canViewerRead) return false;
      const link = makeTestLink({ host, grant: portal.grant, transport, clock, random });
      return host.canViewerRead(link, viewer, entity, id);
    },
    async openSession(draft) {
      records.sessions.push(draft);
      return { token: `session-${records.sessions.length}`, expiresAt: clock.now() + 900_000 };
    },
    async issueTicket(draft) {
      const ticket = `ticket-${once.size + 1}`;
      once.set(ticket, JSON.stringify(draft));
      return ticket;
    },
    async redeemTicket(ticket) {
      const data = once.get(ticket);
      once.delete(ticket);
      return data === undefined ? null : (JSON.parse(data) as TicketDraft);
    },
    async remember(kind, value, data) {
      once.set(`${kind} ${value}`, data);
    },
    async recall(kind, value) {
      const data = once.get(`${kind} ${value}`) ?? null;
      once.delete(`${kind} ${value}`);
      return data;
    },
    seal: async (plain) => plain,
    unseal: async (sealed) => sealed,
    ownRegistration: async (key) => portals.get(key)?.grant.registration ?? null,
    lookAgain: async () => undefined,
    // At once: a sandbox's installation is over when its call has been answered.
    later: async (kind, _id, data) => {
      await host.errands?.[kind]?.(data, desk, async () => undefined);
    },
    async cached(kind, key, _ttlMs, load) {
      const place = `${kind} ${key}`;
      const value = cache.get(place) ?? (await load());
      cache.set(place, value);
      return value;
    },
  };
  return desk;
}
