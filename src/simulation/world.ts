import { AppError } from "../crm/error.ts";
import type { HttpRequest, HttpResponse, Log, Random, Transport, Vault } from "../crm/ports.ts";
import type { ErrandStore, OnceStore, StoredErrand } from "../http/ports.ts";
import type { PortalPolicy } from "../portal/portal-api.ts";
import type { Sql } from "../portal/sql.ts";
import { type Instance, startInstance } from "./instance.ts";
import type { PlantedFault } from "./plant.ts";
import { makeSite, type SimulatedProduct, type SimulatedSite, type SiteParts } from "./site.ts";
import { makeVirtualClock, type Settle, type VirtualClock } from "./virtual-clock.ts";

export interface WorldParts {
  readonly product: SimulatedProduct;
  readonly random: Random;
  readonly settle: Settle;
  /** An empty database in memory. */
  readonly sql: Sql;
  readonly fault: PlantedFault | null;
  readonly log: Log;
  /** Absent: nothing is encrypted, so that virtual time does not wait for threads. */
  readonly vault?: Vault;
  readonly policy?: Partial<PortalPolicy>;
  readonly region?: "ru" | "other";
  readonly knobs?: Pick<SiteParts, "amocrm" | "amocrmPortal" | "bitrix24">;
  /** Sees every request of the app before it leaves. */
  readonly onRequest?: (request: HttpRequest) => void;
}

/** What the outside has seen; the oracles judge by this and by the CRM, not by the app's own counters. */
export interface Ledger {
  /** Event deliveries that the app answered with 200. */
  accepted: number;
  /** A process died, or a connection was cut, while a one-time refresh token was on the wire: its answer may be lost. */
  isRefreshLost: boolean;
  refreshesInFlight: number;
  refreshesAtOnce: number;
}

export interface World {
  readonly clock: VirtualClock;
  readonly site: SimulatedSite;
  readonly sql: Sql;
  readonly ledger: Ledger;
  instance(): Instance;
  crash(): void;
  /** The process dies at the moment it has answered the next event. */
  crashAfterNextAnswer(isArmed: boolean): void;
  isDown(): boolean;
  restart(): void;
  /** Slow and uneven answers of the CRM from now on, milliseconds. */
  setLatency(maxMs: number): void;
}

const REQUEST_TIMEOUT_MS = 30_000;

export function makeWorld(parts: WorldParts): World {
  const { random, settle } = parts;
  const clock = makeVirtualClock(settle);
  const ledger: Ledger = {
    accepted: 0,
    isRefreshLost: false,
    refreshesInFlight: 0,
    refreshesAtOnce: 0,
  };
  let current: Instance | null = null;
  let maxLatencyMs = 80;
  let isCrashArmed = false;

  const deliver = async (request: Request): Promise<Response> => {
    await clock.sleep(random.next() * maxLatencyMs);
    if (!current) throw new Error("connection refused");
    const response = await current.fetch(request);
    if (response.status === 200 && site.isEventCall(request.url)) {
      ledger.accepted += 1;
      if (isCrashArmed) crash();
    }
    return response;
  };
  const crash = (): void => {
    isCrashArmed = false;
    if (ledger.refreshesInFlight > 0) ledger.isRefreshLost = true;
    current?.kill();
    current = null;
  };
  const site = makeSite(parts.product, { clock, random, deliver, ...parts.knobs });
  const once = makeMemoryOnce(clock);
  const errands = makeMemoryErrands();

  const transport: Transport = async (request) => {
    parts.onRequest?.(request);
    const isRefresh = site.isTokenCall(request.url);
    if (isRefresh) {
      ledger.refreshesInFlight += 1;
      ledger.refreshesAtOnce = Math.max(ledger.refreshesAtOnce, ledger.refreshesInFlight);
    }
    try {
      return await exchange(request);
    } catch (cause) {
      if (isRefresh) ledger.isRefreshLost = true;
      throw cause;
    } finally {
      if (isRefresh) ledger.refreshesInFlight -= 1;
    }
  };
  /** Mostly quick, sometimes long: a heavy tail is what reorders answers. */
  const latency = () => {
    const tail = random.next() < 0.03 ? 20 : 1;
    return random.next() * maxLatencyMs * tail;
  };

  const exchange = makeExchange(site, clock, latency);

  const start = () => {
    current = startInstance({
      clock,
      random,
      transport,
      host: site.host,
      config: site.config,
      sql: parts.sql,
      once,
      errands,
      log: parts.log,
      policy: parts.policy ?? {},
      fault: parts.fault,
      ...(parts.vault ? { vault: parts.vault } : {}),
      ...(parts.region ? { region: parts.region } : {}),
    });
  };
  start();
  return {
    clock,
    site,
    sql: parts.sql,
    ledger,
    instance() {
      if (!current) throw new Error("the process is down");
      return current;
    },
    crash,
    crashAfterNextAnswer(isArmed) {
      isCrashArmed = isArmed;
    },
    isDown: () => current === null,
    restart: start,
    setLatency(maxMs) {
      maxLatencyMs = maxMs;
    },
  };
}

/** One exchange with the sandbox, with a way there and back. */
function makeExchange(
  site: SimulatedSite,
  clock: VirtualClock,
  latency: () => number,
): (request: HttpRequest) => Promise<HttpResponse> {
  return async (request) => {
    await clock.sleep(latency());
    const timeoutMs = request.timeoutMs ?? REQUEST_TIMEOUT_MS;
    const answer = site.fetch(toRequest(request)).then(
      (response) => ({ response }),
      () => ({ code: "host.unreachable" as const }),
    );
    const late = clock.sleep(timeoutMs).then(() => ({ code: "host.timeout" as const }));
    const first = await Promise.race([answer, late]);
    if ("code" in first) throw new AppError(first.code);
    const text = await first.response.text();
    await clock.sleep(latency());
    return {
      status: first.response.status,
      headers: Object.fromEntries(first.response.headers),
      text,
    };
  };
}

function toRequest(request: HttpRequest): Request {
  return new Request(request.url, {
    method: request.method,
    headers: { ...request.headers },
    ...(request.body === undefined ? {} : { body: request.body }),
  });
}

function makeMemoryOnce(clock: VirtualClock): OnceStore {
  const values = new Map<string, { data: string; expiresAt: number }>();
  return {
    async put(kind, value, data, expiresAt) {
      values.set(`${kind}\n${value}`, { data, expiresAt });
    },
    async take(kind, value) {
      const known = values.get(`${kind}\n${value}`);
      values.delete(`${kind}\n${value}`);
      return known && known.expiresAt >= clock.now() ? known.data : null;
    },
  };
}

/** Like the disk, it outlives processes. */
function makeMemoryErrands(): ErrandStore {
  const stored = new Map<string, StoredErrand>();
  const name = (kind: string, idHash: string) => `${kind} ${idHash}`;
  return {
    async put(errand) {
      const place = name(errand.kind, errand.idHash);
      if (!stored.has(place)) stored.set(place, errand);
    },
    data: async (kind, idHash) => stored.get(name(kind, idHash))?.data ?? null,
    async update(kind, idHash, data) {
      const known = stored.get(name(kind, idHash));
      if (known) stored.set(name(kind, idHash), { ...known, data });
    },
    async remove(kind, idHash) {
      stored.delete(name(kind, idHash));
    },
    list: async () => [...stored.values()],
  };
}
