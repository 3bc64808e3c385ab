import pRetry from "p-retry";
import { AppError, errorCode } from "../crm/error.ts";
import type { Host, HostLink, MethodBudget } from "../crm/host.ts";
import type {
  Clock,
  HttpRequest,
  HttpResponse,
  Instant,
  Log,
  Random,
  Transport,
} from "../crm/ports.ts";
import { countCall } from "./api-use.ts";
import { backoffMs } from "./backoff.ts";
import type { Egress } from "./egress.ts";
import type { Limiter } from "./limiter.ts";
import type { LinkHealth } from "./link-health.ts";
import { type PortalRow, readMemo, readPortal } from "./portal-row.ts";
import { STATE_RULES } from "./portal-state.ts";
import type { Sql, SqlReader } from "./sql.ts";
import type { CurrentToken, Tokens } from "./tokens.ts";

/** Vendors ask for at least three days of call logs; we keep a week. */
export const API_CALLS_KEPT_MS = 7 * 86_400_000;
/** Repeats of a reading request whose connection failed. */
const CONNECTION_RETRIES = 2;

export interface LinkParts {
  readonly sql: Sql;
  readonly host: Host;
  readonly clock: Clock;
  readonly random: Random;
  readonly transport: Transport;
  readonly log: Log;
  readonly tokens: Tokens;
  readonly limiter: Limiter;
  readonly budget: MethodBudget;
  readonly health: LinkHealth;
  readonly egress?: Egress;
}

/** The portal's one way to its CRM. */
export function makeLink(parts: LinkParts): HostLink {
  const { sql, host, clock, random, log, tokens, budget } = parts;

  const send: HostLink["send"] = async (name, build, { isOptional = false } = {}) => {
    let token = await usableToken(parts);
    for (let replays = 0; ; replays += 1) {
      const auth = token;
      const request = host.authorise(build(auth.endpoint), auth);
      const response = await exchange(parts, name, request);
      const verdict = host.judge(response);
      if (verdict.kind === "ok") {
        parts.health.good();
        return response;
      }
      if (verdict.kind === "error") throw refusal(parts, verdict, isOptional);
      // An installation may have brought yet another token while this one was on its way.
      const isFresh = (await tokens.current()).version === auth.version;
      if (replays > 1 || (replays > 0 && isFresh)) throw stillRefused(parts, verdict);
      await refreshToken(parts, auth.version);
      token = await tokens.current();
    }
  };

  return {
    get address() {
      const { key, endpoint } = known(sql);
      return { key, endpoint };
    },
    get tokenServer() {
      return known(sql).token_server;
    },
    get memo() {
      return readMemo(known(sql));
    },
    get currency() {
      return known(sql).currency;
    },
    currencyOf: (dealId) => currencyOf(sql, dealId),
    clock,
    random,
    log,
    budget,
    send,
    sendOwn: (name, build) => exchange(parts, name, build(known(sql).endpoint), { isOwn: true }),
  };
}

/** Refreshes ahead of a call only when the token has run out for certain: needless refreshes are held against an app. */
async function usableToken(parts: LinkParts): Promise<CurrentToken> {
  assertMayCall(known(parts.sql));
  const token = await parts.tokens.current();
  // What was made by hand ends when the host says so: its own date is only a hint.
  if (token.isStatic || token.expiresAt > parts.clock.now()) return token;
  await refreshToken(parts, token.version);
  return parts.tokens.current();
}

async function refreshToken({ tokens, health }: LinkParts, seenVersion: number): Promise<void> {
  try {
    await tokens.refresh(seenVersion);
  } catch (cause) {
    const code = errorCode(cause);
    const retryAfterMs = cause instanceof AppError ? cause.retryAfterMs : null;
    // The token server is another machine: its refusals have their own states, only its silence counts as the host's.
    if (code !== "host.rate_limited") health.bad({ code, retryAfterMs, isMethodLimit: false });
    throw cause;
  }
}

/** A token that has just been issued is refused as well: unknown to the host, or another renewal would help as little. */
function stillRefused(
  { health }: LinkParts,
  verdict: Extract<ReturnType<Host["judge"]>, { kind: "tokenExpired" | "moved" }>,
): AppError {
  const isUnknown = verdict.kind === "tokenExpired" && verdict.isUnknown === true;
  const code = isUnknown ? "host.token_revoked" : "host.token_expired";
  health.bad({ code, retryAfterMs: null, isMethodLimit: false });
  return new AppError(code, { details: { verdict: verdict.kind } });
}

function assertMayCall(portal: PortalRow): void {
  if (STATE_RULES[portal.state].mayCall) return;
  throw new AppError(portal.state === "purged" ? "portal.unknown" : "host.token_revoked", {
    details: { state: portal.state },
  });
}

function refusal(
  { health }: LinkParts,
  verdict: Extract<ReturnType<Host["judge"]>, { kind: "error" }>,
  isOptional: boolean,
): AppError {
  const { code, retryAfterMs = null, details = {} } = verdict;
  const isPlan = isOptional && code === "host.payment_required";
  if (!isPlan) health.bad({ code, retryAfterMs, isMethodLimit: details.isMethodLimit === true });
  // A block is waited for by everybody together; whose call met it must not wait for longer than the others.
  const isShared = code === "host.blocked";
  return new AppError(
    code,
    retryAfterMs === null || isShared ? { details } : { details, retryAfterMs },
  );
}

async function exchange(
  parts: LinkParts,
  name: string,
  request: HttpRequest,
  { isOwn = false } = {},
): Promise<HttpResponse> {
  const { limiter, random, clock, health } = parts;
  const once = async () => {
    const leave = await limiter.enter();
    try {
      await parts.egress?.enter();
      return await logged(parts, name, request);
    } catch (cause) {
      if (!isOwn) health.bad({ code: errorCode(cause), retryAfterMs: null, isMethodLimit: false });
      throw cause;
    } finally {
      leave();
    }
  };
  if (request.method !== "GET") return once();
  return pRetry(once, {
    retries: CONNECTION_RETRIES,
    // p-retry's own timers are off: every wait goes through the clock.
    minTimeout: 0,
    shouldRetry: ({ error }) => isConnectionFailure(error),
    onFailedAttempt: async ({ error, attemptNumber, retriesLeft }) => {
      if (retriesLeft > 0 && isConnectionFailure(error)) {
        await clock.sleep(backoffMs(attemptNumber - 1, random));
      }
    },
  });
}

function isConnectionFailure(error: unknown): boolean {
  const code = errorCode(error);
  return code === "host.unreachable" || code === "host.timeout";
}

/** Every call leaves a line: name, status, code and duration; never addresses, parameters or bodies. */
async function logged(
  { sql, transport, clock, host, egress }: LinkParts,
  name: string,
  request: HttpRequest,
): Promise<HttpResponse> {
  const at = clock.now();
  const startedAt = clock.monotonic();
  const note = (status: number, code: string | null) =>
    noteCall(sql, { at, name, status, code, tookMs: clock.monotonic() - startedAt });
  try {
    const response = await transport(request);
    const verdict = host.judge(response);
    if (verdict.kind !== "error" || verdict.code !== "host.blocked") egress?.answered();
    note(response.status, verdict.kind === "error" ? verdict.code : okOrKind(verdict.kind));
    return response;
  } catch (cause) {
    note(0, errorCode(cause));
    throw cause;
  }
}

function okOrKind(kind: "ok" | "tokenExpired" | "moved"): string | null {
  return kind === "ok" ? null : kind;
}

function noteCall(
  sql: Sql,
  call: { at: Instant; name: string; status: number; code: string | null; tookMs: number },
): void {
  sql.run(
    "insert into api_call (at, name, status, code, took_ms) values (?, ?, ?, ?, ?)",
    call.at,
    call.name,
    call.status,
    call.code,
    Math.round(call.tookMs),
  );
  countCall(sql, call.at, call.code);
}

function currencyOf(sql: SqlReader, dealId: string): string | null {
  const row = sql.get<{ currency: string | null }>(
    "select currency from deal where id = ?",
    dealId,
  );
  return row?.currency ?? null;
}

function known(sql: Sql): PortalRow {
  const portal = readPortal(sql);
  if (!portal) throw new AppError("portal.unknown");
  return portal;
}
