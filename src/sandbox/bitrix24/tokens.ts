import { hex, type Install, nowOf, type Token, type World } from "./model.ts";

export const ACCESS_SECONDS = 3600;
const REFRESH_MS = 180 * 24 * 3_600_000;

/** A fresh pair for a user of the application on its portal. */
export function issueToken(world: World, install: Install, userId: number): Token {
  const now = nowOf(world);
  const token: Token = {
    access: hex(world, 35),
    refresh: hex(world, 35),
    install,
    userId,
    expiresAt: now + ACCESS_SECONDS * 1000,
    refreshExpiresAt: now + REFRESH_MS,
    isRevoked: false,
  };
  world.accessTokens.set(token.access, token);
  world.refreshTokens.set(token.refresh, token);
  return token;
}

/**
 * A token for an event. A real queue issues one per event; one that is still good for half its life is used again, so
 * that ten thousand events do not leave ten thousand tokens behind.
 */
export function eventToken(world: World, install: Install, userId: number): Token {
  const now = nowOf(world);
  const key = `${install.portal.memberId}:${install.app.clientId}:${userId}`;
  const known = world.eventTokens.get(key);
  const isGood = known !== undefined && !known.isRevoked;
  if (isGood && known.expiresAt > now + (ACCESS_SECONDS * 1000) / 2) return known;
  const token = issueToken(world, install, userId);
  world.eventTokens.set(key, token);
  return token;
}

export function revokeTokens(world: World, install: Install): void {
  for (const token of [...world.accessTokens.values(), ...world.refreshTokens.values()]) {
    if (token.install === install) token.isRevoked = true;
  }
}

/** Access tokens die now; with `all` the refresh tokens too. */
export function expirePortalTokens(world: World, memberId: string, what: "access" | "all"): void {
  const now = nowOf(world);
  for (const token of [...world.accessTokens.values(), ...world.refreshTokens.values()]) {
    if (token.install.portal.memberId !== memberId) continue;
    token.expiresAt = Math.min(token.expiresAt, now);
    if (what === "all") token.refreshExpiresAt = Math.min(token.refreshExpiresAt, now);
  }
}

export function endpoints(install: Install) {
  const { oauthOrigin, origin } = install.portal;
  return {
    server: `${oauthOrigin}/rest/`,
    client: `${origin}/rest/`,
    oauthHost: new URL(oauthOrigin).host,
    portalHost: new URL(install.portal.origin).host,
  };
}

/** Body of `/oauth/token/` answers. `domain` is the OAuth host here, not the portal. */
export function tokenAnswer(token: Token): Record<string, unknown> {
  const { install } = token;
  const urls = endpoints(install);
  return {
    access_token: token.access,
    expires: Math.floor(token.expiresAt / 1000),
    expires_in: ACCESS_SECONDS,
    scope: install.app.scopes.join(","),
    domain: urls.oauthHost,
    server_endpoint: urls.server,
    status: install.app.status,
    client_endpoint: urls.client,
    member_id: install.portal.memberId,
    user_id: token.userId,
    refresh_token: token.refresh,
  };
}
