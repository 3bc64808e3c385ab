import { z } from "zod";
import { AppError, type ErrorCode, errorCode, isRetryable } from "../../crm/error.ts";
import type { AppRegistration, Grant, HostConfig, StoredGrant } from "../../crm/host.ts";
import { parsePortalKey } from "../../crm/portal-key.ts";
import type { Clock, HttpResponse, Instant, Transport } from "../../crm/ports.ts";
import { field, readJson } from "./api.ts";
import { isProblem, retryAfterMs } from "./judge.ts";
import { originOrNull, placeFor, redirectUri } from "./place.ts";
import { id } from "./schema.ts";

/** The answer to a refresh is the only copy of the new pair, so this is the one call that is let to take its time. */
const TOKEN_TIMEOUT_MS = 15_000;

const tokenAnswer = z.object({
  access_token: z.string().min(1).max(8192),
  refresh_token: z.string().min(1).max(8192),
  /** Missing or odd: the documented day. */
  expires_in: z.coerce
    .number()
    .positive()
    .max(10 * 365 * 86_400)
    .catch(86_400),
});

export type TokenRequest =
  | { readonly grant_type: "authorization_code"; readonly code: string }
  | { readonly grant_type: "refresh_token"; readonly refresh_token: string };

export interface TokenPair {
  readonly accessToken: string;
  readonly refreshToken: string;
  readonly accessExpiresAt: Instant;
  readonly hints: TokenHints;
}

/** Read from the token without proof (no key is published): never an identity. */
export interface TokenHints {
  readonly userId: string | null;
  readonly scopes: readonly string[];
  /** Host that still knows the account after a renaming. */
  readonly apiDomain: string | null;
  /** Zone of the account. */
  readonly baseDomain: string | null;
  readonly expiresAt: Instant | null;
}

/**
 * One call to `{origin}/oauth2/access_token`. `origin` must have been proven: this is where the secret goes.
 * Throws AppError `host.token_revoked` (any final refusal), `host.payment_required`, or a retryable `host.*`.
 */
export async function requestTokens(
  request: TokenRequest,
  origin: string,
  registration: AppRegistration,
  { config, transport, clock }: { config: HostConfig; transport: Transport; clock: Clock },
): Promise<TokenPair> {
  const response = await transport({
    method: "POST",
    url: `${origin}/oauth2/access_token`,
    headers: { "content-type": "application/json" },
    body: JSON.stringify({
      client_id: registration.clientId,
      client_secret: registration.clientSecret,
      ...request,
      redirect_uri: redirectUri(config),
    }),
    timeoutMs: TOKEN_TIMEOUT_MS,
  });
  const refusal = refusalOf(response);
  if (refusal !== null) throw refusal;
  const { data } = tokenAnswer.safeParse(readAnswer(response));
  if (!data) throw new AppError("host.bad_answer", { details: { field: "access_token" } });
  return {
    accessToken: data.access_token,
    refreshToken: data.refresh_token,
    accessExpiresAt: clock.now() + data.expires_in * 1000,
    hints: hintsOf(data.access_token),
  };
}

/** JSON by the documentation; servers of the same standard also answer with a form. */
function readAnswer(response: HttpResponse): unknown {
  const isForm = !/^\s*[{[]/.test(response.text) && response.text.includes("access_token=");
  if (isForm) return Object.fromEntries(new URLSearchParams(response.text.trim()));
  return readJson(response);
}

/** By status, not by text: hints in the body differ. null = the call succeeded. */
function refusalOf(response: HttpResponse): AppError | null {
  const { status } = response;
  if (status >= 200 && status < 300) return null;
  const wait = retryAfterMs(response);
  return new AppError(refusalCode(response), {
    details: { status },
    ...(wait === null ? {} : { retryAfterMs: wait }),
  });
}

function refusalCode(response: HttpResponse): ErrorCode {
  const { status } = response;
  if (status === 402) return "host.payment_required";
  if (status === 429) return "host.rate_limited";
  if (status === 408) return "host.timeout";
  if (status >= 500) return "host.unavailable";
  // The block of our address covers this route too, and says nothing about the token.
  if (status === 403 && !isProblem(response)) return "host.blocked";
  return status >= 400 ? "host.token_revoked" : "host.bad_answer";
}

/**
 * Spends the one-time refresh token; see `HostTokens.refresh`. An account that was renamed refuses under its old name:
 * its new one is asked for, without the secret, at the API host that the last access token named.
 */
export async function refresh(
  config: HostConfig,
  stored: StoredGrant,
  transport: Transport,
  clock: Clock,
): Promise<Grant> {
  const io = { config, transport, clock };
  const request = { grant_type: "refresh_token", refresh_token: stored.refreshToken } as const;
  const { product, accountId } = parsePortalKey(stored.key);
  const registration =
    stored.registration ?? config.registrations.find((one) => one.product === product);
  if (!registration) throw new AppError("config.invalid", { details: { product } });
  const known = placeFor(stored.endpoint, registration, config).origin;
  const spend = async (origin: string): Promise<Grant> =>
    toGrant(
      stored,
      origin,
      await onceMore(() => requestTokens(request, origin, registration, io)),
      config,
    );
  try {
    return await spend(known);
  } catch (error) {
    if (!mayHaveMoved(error)) throw error;
    const moved = await findMoved(stored, accountId, registration, io);
    if (moved === "unknown") {
      throw new AppError("host.unavailable", { cause: error, details: { moved: true } });
    }
    if (moved === null || moved === known) throw error;
    return await spend(moved);
  }
}

/**
 * An answer that was lost may have carried the new pair. The host is asked once more with the same token: either it had
 * not heard the first call, or it says that the token is spent.
 */
async function onceMore<Result>(attempt: () => Promise<Result>): Promise<Result> {
  try {
    return await attempt();
  } catch (error) {
    const code = errorCode(error);
    const isLost = code === "host.timeout" || code === "host.unreachable";
    if (!isLost) throw error;
    return await attempt();
  }
}

function mayHaveMoved(error: unknown): boolean {
  if (!(error instanceof AppError)) return false;
  const status = error.details.status;
  return status === 401 || status === 404 || (typeof status === "number" && status < 400);
}

/**
 * The account's present origin, proven; null when the API host does not know the token either; `unknown` when that host
 * cannot be asked now, so that a passing trouble there does not end the connection.
 */
async function findMoved(
  stored: StoredGrant,
  accountId: string,
  registration: AppRegistration,
  { config, transport }: { config: HostConfig; transport: Transport },
): Promise<string | null> {
  if (stored.tokenServer === null) return null;
  try {
    const { origin } = placeFor(stored.tokenServer, registration, config);
    const response = await transport({
      method: "GET",
      url: `${origin}/oauth2/account/current/subdomain`,
      headers: { "x-refresh-token": stored.refreshToken },
      timeoutMs: TOKEN_TIMEOUT_MS,
    });
    if (response.status === 429 || response.status >= 500) return "unknown";
    if (response.status !== 200) return null;
    const body = readJson(response);
    const domain = field(body, "domain");
    if (id.safeParse(field(body, "id")).data !== accountId || typeof domain !== "string")
      return null;
    return placeFor(domain, registration, config).origin;
  } catch (error) {
    return isRetryable(error) ? "unknown" : null;
  }
}

function toGrant(stored: StoredGrant, origin: string, pair: TokenPair, config: HostConfig): Grant {
  return {
    key: stored.key,
    endpoint: `${origin}/`,
    tokenServer: apiOrigin(pair.hints, config) ?? stored.tokenServer,
    accessToken: pair.accessToken,
    refreshToken: pair.refreshToken,
    accessExpiresAt: pair.accessExpiresAt,
    userId: pair.hints.userId ?? "0",
    scopes: pair.hints.scopes,
    ...(stored.registration ? { registration: stored.registration } : {}),
  };
}

/** Kept as the grant's token server; it only ever sees the refresh token, and only after a refusal. */
export function apiOrigin({ apiDomain }: TokenHints, config: HostConfig): string | null {
  return originOrNull(apiDomain ?? undefined, config);
}

/** Also of a token that nobody has proved yet. */
export function hintsOf(accessToken: string): TokenHints {
  const claims = decodeClaims(accessToken);
  const scopes = field(claims, "scopes");
  const apiDomain = field(claims, "api_domain");
  const baseDomain = field(claims, "base_domain");
  const exp = field(claims, "exp");
  return {
    userId: id.safeParse(field(claims, "sub")).data ?? null,
    scopes: Array.isArray(scopes)
      ? scopes.filter((one) => typeof one === "string").slice(0, 20)
      : [],
    apiDomain: typeof apiDomain === "string" ? apiDomain : null,
    baseDomain: typeof baseDomain === "string" ? baseDomain : null,
    expiresAt: typeof exp === "number" && exp > 0 && exp < 1e11 ? Math.round(exp * 1000) : null,
  };
}

function decodeClaims(token: string): unknown {
  const part = token.split(".")[1] ?? "";
  try {
    return JSON.parse(atob(part.replaceAll("-", "+").replaceAll("_", "/")));
  } catch {
    return null;
  }
}
