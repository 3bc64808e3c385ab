import type { Desk, InstallOptions } from "../../crm/door.ts";
import { AppError, errorCode, isRetryable } from "../../crm/error.ts";
import type { Grant, HostConfig } from "../../crm/host.ts";
import type { PortalKey } from "../../crm/portal-key.ts";
import { exchangeProven, type GrantRequest, knownServer } from "./oauth.ts";
import { askProfile, hasRussianLicence } from "./viewer.ts";

/** What somebody claims who wants to install; nothing of it is believed before the exchange. */
export interface InstallClaim {
  readonly memberKey: PortalKey | null;
  readonly request: GrantRequest | null;
  /** The token server that the request names; absent on old portals. */
  readonly serverEndpoint: string | null;
  readonly applicationToken: string | null;
  /** Network address of whoever claims, for counting what proves nothing. */
  readonly caller: string;
}

const ASK_AGAIN_MS = 5_000;

/**
 * Proves an installation: the claimed token is exchanged at a configured token server, the answer has to be for the
 * claimed portal, and its owner an administrator there, or the one who installed it before (`installerId`). Throws
 * AppError `auth.refused`, `auth.not_admin`, `host.payment_required`, `config.invalid`, or a retryable `host.*`.
 */
export async function proveInstall(
  desk: Desk,
  config: HostConfig,
  claim: InstallClaim,
  installerId: string | null = null,
): Promise<Grant> {
  const { memberKey, request, caller } = claim;
  const servers = serversFor(claim.serverEndpoint, config);
  if (memberKey === null || request === null || servers.length === 0) throw refused(desk, "claim");
  if (desk.mayExchange?.(memberKey, caller) === false) {
    throw new AppError("host.rate_limited", { retryAfterMs: ASK_AGAIN_MS });
  }
  const grant = await exchangeAtOneOf(servers, request, desk, config);
  if (grant.key !== memberKey) throw refused(desk, "member_id");
  const profile = await askProfile(desk, grant);
  if (grant.userId !== "" && grant.userId !== profile.userId) throw refused(desk, "user");
  if (!profile.isAdmin && profile.userId !== installerId) throw new AppError("auth.not_admin");
  desk.hasExchanged?.(memberKey, caller);
  const isRussian = await hasRussianLicence(desk, grant);
  return { ...grant, userId: profile.userId, ...(isRussian ? { isRussian } : {}) };
}

/** The host's own secret for events, when the request carried it. */
export function hookSecret(claim: InstallClaim): Pick<InstallOptions, "hookSecret"> {
  const token = claim.applicationToken;
  return token !== null && /^[\w-]{16,128}$/.test(token) ? { hookSecret: token } : {};
}

/** A named server must be one of ours; only when none is named all of ours are asked. */
export function serversFor(named: string | null, config: HostConfig): readonly string[] {
  if (named === null || named === "") return config.oauthServers;
  const server = knownServer(named, config);
  return server === null ? [] : [server];
}

/** An application may be registered in one region only: the other server does not know our credentials then. */
async function exchangeAtOneOf(
  servers: readonly string[],
  request: GrantRequest,
  desk: Desk,
  config: HostConfig,
): Promise<Grant> {
  const { transport, clock } = desk;
  let clientRefusal: unknown = null;
  let passing: unknown = null;
  let refusals = 0;
  for (const server of servers) {
    try {
      return await exchangeProven(request, server, { config, transport, clock });
    } catch (thrown) {
      const code = errorCode(thrown);
      if (code === "config.invalid") clientRefusal = thrown;
      else if (code === "host.payment_required") throw thrown;
      else if (isRetryable(thrown)) passing = thrown;
      else refusals += 1;
    }
  }
  // A server that is down may be the one that knows the token.
  if (passing !== null) throw passing;
  if (refusals > 0 || clientRefusal === null) throw refused(desk, "exchange");
  desk.log.error("config.client_refused", { host: "bitrix24" });
  throw clientRefusal;
}

function refused(desk: Desk, reason: string): AppError {
  desk.log.warn("install.refused", { host: "bitrix24", reason });
  return new AppError("auth.refused", { details: { reason } });
}
