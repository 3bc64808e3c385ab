import type { Desk, InstallOptions } from "../../crm/door.ts";
import { AppError, errorCode, isRetryable } from "../../crm/error.ts";
import type { Grant, HostConfig } from "../../crm/host.ts";
import type { PortalKey } from "../../crm/portal-key.ts";
import { exchange, type GrantRequest, knownServer } from "./oauth.ts";
import { askProfile } from "./viewer.ts";

/** What somebody claims who wants to install; nothing of it is believed before the exchange. */
export interface InstallClaim {
  readonly memberKey: PortalKey | null;
  readonly request: GrantRequest | null;
  /** The token server that the request names; absent on old portals. */
  readonly serverEndpoint: string | null;
  readonly applicationToken: string | null;
}

/**
 * Proves an installation: the claimed token is exchanged at a configured token server, the answer has to be for the
 * claimed portal, and its owner an administrator there. Throws AppError `auth.refused`, `auth.not_admin`,
 * `host.payment_required`, or a retryable `host.*`.
 */
export async function proveInstall(
  desk: Desk,
  config: HostConfig,
  claim: InstallClaim,
): Promise<Grant> {
  const { memberKey, request } = claim;
  const servers = serversFor(claim.serverEndpoint, config);
  if (memberKey === null || request === null || servers.length === 0) throw refused(desk, "claim");
  const grant = await exchangeAtOneOf(servers, request, desk, config);
  if (grant.key !== memberKey) throw refused(desk, "member_id");
  const profile = await askProfile(desk, grant);
  if (!profile.isAdmin) throw new AppError("auth.not_admin");
  if (grant.userId !== "" && grant.userId !== profile.userId) throw refused(desk, "user");
  return { ...grant, userId: profile.userId };
}

/** The host's own secret for events, when the request carried it. */
export function hookSecret(claim: InstallClaim): Pick<InstallOptions, "hookSecret"> {
  const token = claim.applicationToken;
  return token !== null && /^[\w-]{16,128}$/.test(token) ? { hookSecret: token } : {};
}

/** A named server must be one of ours; only when none is named all of ours are asked. */
function serversFor(named: string | null, config: HostConfig): readonly string[] {
  if (named === null || named === "") return config.oauthServers;
  const server = knownServer(named, config);
  return server === null ? [] : [server];
}

async function exchangeAtOneOf(
  servers: readonly string[],
  request: GrantRequest,
  desk: Desk,
  config: HostConfig,
): Promise<Grant> {
  const { transport, clock } = desk;
  for (const server of servers) {
    try {
      return await exchange(request, server, { config, transport, clock });
    } catch (thrown) {
      const code = errorCode(thrown);
      if (isRetryable(thrown) || code === "host.payment_required" || code === "config.invalid") {
        throw thrown;
      }
    }
  }
  throw refused(desk, "exchange");
}

function refused(desk: Desk, reason: string): AppError {
  desk.log.warn("install.refused", { host: "bitrix24", reason });
  return new AppError("auth.refused", { details: { reason } });
}
