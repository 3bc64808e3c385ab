import { type Params, requestParams } from "./form.ts";
import { hex, nowOf, type Portal, type Token, type World } from "./model.ts";
import { json } from "./reply.ts";
import { endpoints, issueToken, tokenAnswer } from "./tokens.ts";

const CODE_LIFE_MS = 30_000;

function refuse(status: number, error: string, description: string): Response {
  return json({ error, error_description: description }, status);
}

const invalidGrant = (): Response =>
  refuse(400, "invalid_grant", "The provided authorization grant is invalid, expired, revoked");
const invalidClient = (): Response => refuse(401, "invalid_client", "Client authentication failed");

/** The portal that an OAuth request is about, when its code or token is known. */
export function portalOfGrant(world: World, params: Params): Portal | null {
  const refresh = world.refreshTokens.get(String(params.refresh_token ?? ""));
  const access = world.accessTokens.get(String(params.auth ?? ""));
  const code = world.codes.get(String(params.code ?? ""));
  return (refresh ?? access ?? code)?.install.portal ?? null;
}

function exchangeCode(world: World, params: Params): Response {
  const text = String(params.code ?? "");
  const code = world.codes.get(text);
  // Single use even when it fails afterwards.
  world.codes.delete(text);
  const isGood = code !== undefined && code.expiresAt >= world.clock.now();
  if (!isGood || code.install.app.clientId !== params.client_id || code.install.isRemoved) {
    return invalidGrant();
  }
  return json(tokenAnswer(issueToken(world, code.install, code.userId)));
}

function rotate(world: World, params: Params): Response {
  const old = world.refreshTokens.get(String(params.refresh_token ?? ""));
  if (old === undefined || old.install.app.clientId !== params.client_id) return invalidGrant();
  const { install } = old;
  if (install.portal.block === "deleted") return refuse(404, "not_found", "Portal not found");
  if (install.portal.block === "plan") {
    return refuse(400, "PAYMENT_REQUIRED", "Payment required");
  }
  if (install.isRemoved || old.isRevoked || old.refreshExpiresAt <= nowOf(world)) {
    const isAboutApp = install.isRemoved && world.settings.removedAnswer === "invalid_client";
    return isAboutApp ? invalidClient() : invalidGrant();
  }
  const grace = world.settings.refreshGraceMs;
  if (grace === 0) world.refreshTokens.delete(old.refresh);
  else old.refreshExpiresAt = Math.min(old.refreshExpiresAt, world.clock.now() + grace);
  return json(tokenAnswer(issueToken(world, install, old.userId)));
}

/** `/oauth/token/`: codes of 30 s and one use; refresh tokens of one use. */
export function tokenEndpoint(world: World, params: Params): Response {
  const app = world.apps.get(String(params.client_id ?? ""));
  if (app === undefined || app.clientSecret !== params.client_secret) return invalidClient();
  if (params.grant_type === "authorization_code") return exchangeCode(world, params);
  if (params.grant_type === "refresh_token") return rotate(world, params);
  return refuse(400, "invalid_request", "Unknown grant type");
}

/** `app.info` of the OAuth server: another shape than the portal's method of the same name. */
export function serverAppInfo(token: Token): Record<string, unknown> {
  const { install } = token;
  const urls = endpoints(install);
  return {
    client_id: install.app.clientId,
    scope: install.app.scopes.join(","),
    expires: Math.floor(token.expiresAt / 1000),
    user_id: token.userId,
    install: {
      installed: install.isInstalled,
      version: install.version,
      status: install.app.status,
      scope: install.app.scopes.join(","),
      domain: urls.portalHost,
      uri: install.portal.origin,
      client_endpoint: urls.client,
      member_id: install.portal.memberId,
      payment_expired: install.portal.payment.isExpired ? "Y" : "N",
    },
  };
}

/** Routes of the OAuth origin. What another region's server has issued is unknown here. */
export async function oauthFetch(
  world: World,
  request: Request,
  path: string,
  host: string,
): Promise<Response> {
  const given = (await requestParams(request)) ?? {};
  const owner = portalOfGrant(world, given);
  const isForeign = owner !== null && new URL(owner.oauthOrigin).host !== host;
  const params = isForeign ? { ...given, refresh_token: "?", code: "?", auth: "?" } : given;
  if (path === "/oauth/token") return tokenEndpoint(world, params);
  if (!path.startsWith("/rest/")) return refuse(404, "not_found", "Not found");
  if (path.toLowerCase().replace(/\.json$/, "") !== "/rest/app.info") {
    return refuse(404, "ERROR_METHOD_NOT_FOUND", "Method not found!");
  }
  const auth = params.auth;
  if (typeof auth !== "string" || auth === "") {
    return refuse(401, "NO_AUTH_FOUND", "Wrong authorization data");
  }
  const token = world.accessTokens.get(auth);
  if (token === undefined || token.isRevoked || token.install.isRemoved) {
    return refuse(401, "invalid_token", "Unable to get application by token");
  }
  if (token.expiresAt <= nowOf(world)) {
    return refuse(401, "expired_token", "The access token provided has expired");
  }
  return json({ result: serverAppInfo(token) });
}

/**
 * `/oauth/authorize/` of a portal. There is no `redirect_uri`: the address comes from the application's card, and a
 * failure is a page for the person, never a redirect. The person is chosen by `user`, else the first administrator.
 */
export function authorizeEndpoint(world: World, portal: Portal, url: URL): Response {
  const install = portal.installs.get(url.searchParams.get("client_id") ?? "");
  if (install === undefined || install.isRemoved) {
    const body = "<!doctype html><title>Error</title><p>Application not installed</p>";
    return new Response(body, { headers: { "content-type": "text/html; charset=utf-8" } });
  }
  const asked = Number(url.searchParams.get("user") ?? 0);
  const user =
    portal.users.find((one) => one.id === asked) ?? portal.users.find((one) => one.isAdmin);
  const code = hex(world, 16);
  const expiresAt = world.clock.now() + CODE_LIFE_MS;
  world.codes.set(code, { install, userId: user?.id ?? 0, expiresAt });
  const target = new URL(install.app.redirectUrl);
  const urls = endpoints(install);
  target.searchParams.set("code", code);
  target.searchParams.set("state", url.searchParams.get("state") ?? "");
  target.searchParams.set("domain", urls.portalHost);
  target.searchParams.set("member_id", portal.memberId);
  target.searchParams.set("scope", install.app.scopes.join(","));
  target.searchParams.set("server_domain", urls.oauthHost);
  return new Response(null, { status: 302, headers: { location: target.href } });
}
