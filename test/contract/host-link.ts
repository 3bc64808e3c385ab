import { AppError } from "../../src/crm/error.ts";
import type { Grant, Host, HostLink, Memo } from "../../src/crm/host.ts";
import type {
  Clock,
  HttpRequest,
  HttpResponse,
  Log,
  Random,
  Transport,
} from "../../src/crm/ports.ts";

export { makeSeededRandom } from "../../src/simulation/seeded-random.ts";

export const silentLog: Log = { debug() {}, info() {}, warn() {}, error() {} };

/** Real Request and Response on one side, our transport on the other. */
export function transportTo(fetch: (request: Request) => Promise<Response>): Transport {
  return async ({ method, url, headers, body }) => {
    try {
      const init = { method, headers: { ...headers }, ...(body === undefined ? {} : { body }) };
      const response = await fetch(new Request(url, { ...init, redirect: "manual" }));
      return {
        status: response.status,
        headers: Object.fromEntries(response.headers),
        text: await response.text(),
      };
    } catch (cause) {
      throw new AppError("host.unreachable", { cause });
    }
  };
}

export interface TestLink extends HostLink {
  memo: Memo;
  /** Names of the requests that were sent, own calls included. */
  readonly sent: string[];
  readonly blocked: Map<string, number>;
  readonly notes: { method: string; usedSeconds: number; calls: number }[];
  /** The pair that is stored now. */
  grant(): Grant;
  refreshes: number;
  /** Most calls that `budget.grant` gives at once. */
  grantLimit: number;
}

export interface TestLinkParts {
  readonly host: Host;
  readonly grant: Grant;
  readonly transport: Transport;
  readonly clock: Clock;
  readonly random: Random;
  readonly currency?: string;
}

/** A link as the portal makes it, without limiter and database: a real refresh when the host says that it is time. */
export function makeTestLink(parts: TestLinkParts): TestLink {
  const { host, transport, clock, random } = parts;
  let grant = parts.grant;
  const exchange = (build: (endpoint: string) => HttpRequest): Promise<HttpResponse> =>
    transport(host.authorise(build(grant.endpoint), grant));
  const link: TestLink = {
    get address() {
      return { key: grant.key, endpoint: grant.endpoint };
    },
    memo: {},
    clock,
    random,
    log: silentLog,
    currency: parts.currency ?? "RUB",
    sent: [],
    blocked: new Map(),
    notes: [],
    refreshes: 0,
    grantLimit: Number.POSITIVE_INFINITY,
    grant: () => grant,
    async send(name, build) {
      link.sent.push(name);
      let response = await exchange(build);
      let verdict = host.judge(response);
      if (verdict.kind === "tokenExpired" || verdict.kind === "moved") {
        link.refreshes += 1;
        grant = await host.tokens.refresh(grant, transport, clock);
        response = await exchange(build);
        verdict = host.judge(response);
      }
      if (verdict.kind === "ok") return response;
      if (verdict.kind !== "error") throw new AppError("host.token_expired");
      const { code, retryAfterMs, details = {} } = verdict;
      throw new AppError(
        code,
        retryAfterMs === undefined ? { details } : { details, retryAfterMs },
      );
    },
    async sendOwn(name, build) {
      link.sent.push(name);
      return transport(build(grant.endpoint));
    },
    budget: {
      grant(method, wanted) {
        const until = link.blocked.get(method) ?? 0;
        if (until > clock.now()) {
          throw new AppError("host.rate_limited", { retryAfterMs: until - clock.now() });
        }
        return Math.min(wanted, link.grantLimit);
      },
      note(method, usedSeconds, _resetAt, calls) {
        link.notes.push({ method, usedSeconds, calls });
      },
      block(method, until) {
        link.blocked.set(method, until ?? clock.now() + 60_000);
      },
    },
  };
  return link;
}
