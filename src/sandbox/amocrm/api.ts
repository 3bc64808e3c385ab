import type { Account } from "./account.ts";
import { html, json, problem, Refusal } from "./answer.ts";
import { BOT_ROUTES } from "./bot-routes.ts";
import type { Call } from "./call.ts";
import { CARD_ROUTES } from "./card-routes.ts";
import { CATALOG_ROUTES } from "./catalog-routes.ts";
import { CUSTOMER_MODE_ROUTES } from "./customer-mode-routes.ts";
import { CUSTOMER_ROUTES } from "./customer-routes.ts";
import { DICTIONARY_ROUTES } from "./dictionary-routes.ts";
import { EVENT_ROUTES } from "./event-routes.ts";
import { FIELD_ROUTES } from "./field-routes.ts";
import type { HookSender } from "./hooks.ts";
import { LINK_ROUTES } from "./link-routes.ts";
import { loosenedResponse } from "./loose.ts";
import type { User } from "./model.ts";
import { NOTE_ROUTES } from "./note-routes.ts";
import { parsePairs } from "./query.ts";
import { Router } from "./router.ts";
import { TASK_ROUTES } from "./task-routes.ts";
import { TRANSACTION_ROUTES } from "./transaction-routes.ts";
import { UNSORTED_ROUTES } from "./unsorted-routes.ts";
import { WEBHOOK_ROUTES } from "./webhook-routes.ts";
import type { World } from "./world.ts";

const ROUTER = new Router([
  ...CARD_ROUTES,
  ...LINK_ROUTES,
  ...TASK_ROUTES,
  ...NOTE_ROUTES,
  ...EVENT_ROUTES,
  ...CATALOG_ROUTES,
  ...CUSTOMER_ROUTES,
  ...CUSTOMER_MODE_ROUTES,
  ...TRANSACTION_ROUTES,
  ...UNSORTED_ROUTES,
  ...BOT_ROUTES,
  ...DICTIONARY_ROUTES,
  ...FIELD_ROUTES,
  ...WEBHOOK_ROUTES,
]);

interface Caller {
  readonly user: User;
  readonly clientId: string | null;
}

/** REST of one account: who calls, how often, what. */
export async function serveApi(
  world: World,
  account: Account,
  hooks: HookSender,
  request: Request,
  url: URL,
  text: string,
): Promise<Response> {
  const caller = callerOf(world, account, request);
  if (caller === null) return problem(401, "Unauthorized");
  if (caller.clientId !== null) {
    const address = request.headers.get("x-forwarded-for") ?? "app";
    const refusal = world.limiter.check(`${caller.clientId}@${account.id}`, address);
    if (refusal !== null) return refusal;
  }
  if (account.isUnpaid) return problem(402, "Account is unpaid");
  const match = ROUTER.find(request.method, url.pathname);
  if (match === "method") return problem(405, "Method not allowed");
  if (match === "path") {
    world.unimplemented.add(`${request.method} ${url.pathname}`);
    return problem(404, "Resource not found");
  }
  const call: Call = {
    account,
    settings: world.settings,
    hooks,
    user: caller.user,
    clientId: caller.clientId,
    method: request.method,
    origin: world.settings.accountOrigin(account.subdomain),
    path: url.pathname,
    params: url.searchParams,
    query: parsePairs(url.searchParams),
    body: bodyOf(text),
  };
  try {
    const response = await match.route.handle(call, match.values);
    return world.settings.looseTypes ? await loosenedResponse(response) : response;
  } catch (error) {
    if (error instanceof Refusal) return error.response;
    throw error;
  } finally {
    hooks.commit();
  }
}

function bodyOf(text: string): unknown {
  if (text === "") return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** A bearer token, or the session cookie of a person in the CRM page. */
function callerOf(world: World, account: Account, request: Request): Caller | null {
  const header = request.headers.get("authorization");
  if (header !== null) {
    const access = world.grants.access(header.replace(/^Bearer /i, ""));
    if (access === null || access.account !== account) return null;
    const owner = account.user(access.userId);
    if (owner === undefined || !owner.isActive) return null;
    const other = Number(request.headers.get("x-context-user-id") ?? 0);
    const user = owner.isAdmin ? (account.user(other) ?? owner) : owner;
    return { user, clientId: access.clientId };
  }
  const user = sessionUser(account, request);
  return user === undefined ? null : { user, clientId: null };
}

export function sessionUser(account: Account, request: Request): User | undefined {
  const cookies = request.headers.get("cookie") ?? "";
  const found = new RegExp(`(?:^|; *)sandbox_user_${account.id}=(\\d+)`).exec(cookies);
  return found === null ? undefined : account.user(Number(found[1]));
}

/** `/oauth2/*` of an account host. */
export async function serveOauth(
  world: World,
  account: Account,
  request: Request,
  url: URL,
  text: string,
): Promise<Response> {
  if (url.pathname === "/oauth2/account/current/subdomain") return currentSubdomain(world, request);
  if (url.pathname !== "/oauth2/access_token") return problem(404, "Resource not found");
  if (request.method !== "POST") return problem(405, "Method not allowed");
  return world.grants.exchange(account, tokenInput(request, text));
}

function tokenInput(request: Request, text: string): Map<string, string> {
  const type = request.headers.get("content-type") ?? "";
  if (type.includes("x-www-form-urlencoded")) return new Map(new URLSearchParams(text));
  const body = bodyOf(text);
  const entries = typeof body === "object" && body !== null ? Object.entries(body) : [];
  return new Map(entries.map(([key, value]) => [key, String(value)]));
}

/** Where an account lives now; served by the shared API host. */
export function currentSubdomain(world: World, request: Request): Response {
  return whereIs(
    world,
    world.grants.accountOfRefresh(request.headers.get("x-refresh-token") ?? ""),
  );
}

/** The older way, served by the consent screen's host: the account of a bearer token. */
export function subdomainOfBearer(world: World, request: Request): Response {
  const bearer = (request.headers.get("authorization") ?? "").replace(/^Bearer /i, "");
  return whereIs(world, world.grants.access(bearer)?.account ?? null);
}

function whereIs(world: World, account: Account | null): Response {
  if (account === null) return problem(401, "Unauthorized");
  const domain = new URL(world.settings.accountOrigin(account.subdomain)).host;
  return json({
    id: account.id,
    subdomain: account.subdomain,
    domain,
    top_level_domain: domain.split(".").at(-1) ?? "",
  });
}

export function unknownHost(): Response {
  return html("<html><head><title>404 Not Found</title></head></html>", 404);
}
