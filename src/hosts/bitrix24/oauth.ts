import { z } from "zod";
import { provenOrigin } from "../../crm/address.ts";
import { AppError, type ErrorCode, errorCode } from "../../crm/error.ts";
import type { Grant, HostConfig, HostTokens } from "../../crm/host.ts";
import { type PortalKey, parsePortalKey, portalKey } from "../../crm/portal-key.ts";
import type { Clock, HttpResponse, Transport } from "../../crm/ports.ts";
import { isFields, parseJson, toFields, toId, toText } from "./values.ts";

export const PRODUCT = "bitrix24";

const REST_PATH = "/rest/";

const tokenAnswer = z.object({
  access_token: z.string().min(1).max(2048),
  refresh_token: z.string().min(1).max(2048),
  expires_in: z.coerce.number().positive().default(3600),
  client_endpoint: z.string(),
  server_endpoint: z.string().optional(),
  member_id: z.string(),
  user_id: z.union([z.string(), z.number()]).optional(),
  scope: z.string().default(""),
});

const FINAL: Readonly<Record<string, ErrorCode>> = {
  invalid_grant: "host.token_revoked",
  bad_verification_code: "host.token_revoked",
  // Ours are wrong, or the portal has removed the app: `exchangeProven` finds out which.
  invalid_client: "config.invalid",
  wrong_client: "config.invalid",
  payment_required: "host.payment_required",
  not_found: "host.portal_deleted",
  portal_deleted: "host.portal_deleted",
};

/** 32 hexadecimal digits; the portal's name for ever, unlike its address. */
export function memberKey(memberId: unknown): PortalKey | null {
  return typeof memberId === "string" && /^[a-f0-9]{32}$/.test(memberId)
    ? portalKey(PRODUCT, memberId)
    : null;
}

/** `https://portal/rest/`. Throws AppError `host.forbidden_address`. */
export function portalEndpoint(text: string, config: HostConfig): string {
  if (!text.endsWith(REST_PATH)) throw new AppError("host.forbidden_address");
  return `${portalOrigin(text.slice(0, -REST_PATH.length), config)}${REST_PATH}`;
}

/** The origin of a portal. Self-hosted ones live on domains and ports of their own. Throws AppError `host.forbidden_address`. */
export function portalOrigin(text: string, config: HostConfig): string {
  return provenOrigin(text, { devHosts: config.devHosts, allowsPort: true });
}

export function originOf(endpoint: string): string {
  return endpoint.slice(0, -REST_PATH.length);
}

/** The configured token server that this text names, or null. Only the configuration's own spelling is ever used. */
export function knownServer(text: string | null, config: HostConfig): string | null {
  if (text === null) return null;
  const plain = text.replace(/\/rest\/?$/, "").replace(/\/$/, "");
  return config.oauthServers.find((server) => server.replace(/\/$/, "") === plain) ?? null;
}

export type GrantRequest =
  | { readonly grant_type: "refresh_token"; readonly refresh_token: string }
  | { readonly grant_type: "authorization_code"; readonly code: string };

/**
 * Exchanges a refresh token or a code at a configured token server; the secret goes nowhere else. Everything in the
 * grant is from the answer. Throws AppError `host.token_revoked`, `host.payment_required`, `host.portal_deleted`,
 * `host.refused`, `host.forbidden_address`, `config.invalid` or a retryable `host.*`.
 */
export async function exchange(
  request: GrantRequest,
  server: string,
  { config, transport, clock }: { config: HostConfig; transport: Transport; clock: Clock },
): Promise<Grant> {
  const registration = config.registrations.find(({ product }) => product === PRODUCT);
  if (!registration) throw new AppError("config.invalid", { details: { product: PRODUCT } });
  const response = await transport({
    method: "POST",
    url: `${server.replace(/\/$/, "")}/oauth/token/`,
    headers: { "content-type": "application/x-www-form-urlencoded", accept: "application/json" },
    body: new URLSearchParams({
      client_id: registration.clientId,
      client_secret: registration.clientSecret,
      ...request,
    }).toString(),
  });
  const answer = readTokenAnswer(response);
  const key = memberKey(answer.member_id);
  if (key === null) throw new AppError("host.bad_answer", { details: { field: "member_id" } });
  return {
    key,
    endpoint: portalEndpoint(answer.client_endpoint, config),
    tokenServer: knownServer(answer.server_endpoint ?? null, config) ?? server,
    accessToken: answer.access_token,
    refreshToken: answer.refresh_token,
    accessExpiresAt: clock.now() + answer.expires_in * 1000,
    userId: toId(answer.user_id) ?? "",
    // Documented with spaces, sent with commas.
    scopes: answer.scope.split(/[\s,]+/).filter((scope) => scope !== ""),
  };
}

/** Asked while a person waits for a page. */
const APP_INFO_WAIT_MS = 10_000;

/** A refresh token of the right form that was never issued. */
const NO_TOKEN = "0".repeat(70);

/**
 * The same. `invalid_client` is both the answer to a wrong secret of ours and to a portal that has removed the app: a token
 * that cannot exist tells them apart, for with good credentials only the token is refused.
 */
export async function exchangeProven(
  request: GrantRequest,
  server: string,
  parts: { config: HostConfig; transport: Transport; clock: Clock },
): Promise<Grant> {
  try {
    return await exchange(request, server, parts);
  } catch (thrown) {
    const isAboutClient = thrown instanceof AppError && thrown.details.hostError !== undefined;
    if (errorCode(thrown) !== "config.invalid" || !isAboutClient) throw thrown;
    await exchange({ grant_type: "refresh_token", refresh_token: NO_TOKEN }, server, parts);
    throw thrown;
  }
}

function readTokenAnswer(response: HttpResponse): z.infer<typeof tokenAnswer> {
  const body = parseJson(response.text);
  if (isFields(body) && "error" in body) throw tokenError(response.status, body);
  if (response.status >= 500) throw new AppError("host.unavailable");
  const parsed = tokenAnswer.safeParse(body);
  if (response.status >= 300 || !parsed.success) {
    throw new AppError("host.bad_answer", { details: { status: response.status } });
  }
  return parsed.data;
}

/** The status of several refusals is not documented: the body decides. */
function tokenError(status: number, body: Readonly<Record<string, unknown>>): AppError {
  const error = toText(body.error)?.toLowerCase() ?? "";
  const description = toText(body.error_description)?.toLowerCase() ?? "";
  const hostError = /^[a-z_]{1,40}$/.test(error) ? error : "other";
  const details = { hostError, status };
  if (description.includes("subscription has been ended")) {
    return new AppError("host.payment_required", { details });
  }
  const code = FINAL[error];
  if (code) return new AppError(code, { details });
  return new AppError(status >= 500 || status === 429 ? "host.unavailable" : "host.refused", {
    details,
  });
}

export function makeTokens(config: HostConfig): HostTokens {
  return {
    async refresh(stored, transport, clock) {
      const server = knownServer(stored.tokenServer, config);
      if (server === null) throw new AppError("host.forbidden_address");
      const grant = await exchangeProven(
        { grant_type: "refresh_token", refresh_token: stored.refreshToken },
        server,
        { config, transport, clock },
      );
      if (grant.key !== parsePortalKey(stored.key).key) {
        throw new AppError("host.bad_answer", { details: { field: "member_id" } });
      }
      return grant;
    },
  };
}

/** Whose token it is, as the token server says. */
interface AppInfo {
  readonly key: PortalKey;
  readonly clientEndpoint: string;
  /** null where the server does not say. */
  readonly userId: string | null;
}

/** What the token server knows about a token: the fallback where a portal's address has changed. */
export async function appInfo(
  server: string,
  accessToken: string,
  transport: Transport,
): Promise<AppInfo | null> {
  const response = await transport({
    method: "POST",
    url: `${server.replace(/\/$/, "")}/rest/app.info`,
    headers: { "content-type": "application/json", accept: "application/json" },
    body: JSON.stringify({ auth: accessToken }),
    timeoutMs: APP_INFO_WAIT_MS,
  });
  const result = toFields(toFields(parseJson(response.text)).result);
  const install = toFields(result.install);
  const key = memberKey(install.member_id);
  const clientEndpoint = toText(install.client_endpoint);
  return key && clientEndpoint ? { key, clientEndpoint, userId: toId(result.user_id) } : null;
}
