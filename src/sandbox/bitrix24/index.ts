import type { Sandbox, SandboxOptions } from "../contract.ts";
import { underFaults } from "./faults.ts";
import { requestParams } from "./form.ts";
import { type Bitrix24Portal, portalHandle } from "./handle.ts";
import { pageFetch } from "./host-page.ts";
import type { AppCard, Cost, Portal, World } from "./model.ts";
import { authorizeEndpoint, oauthFetch, portalOfGrant } from "./oauth.ts";
import { makePortal, type PortalInput } from "./portal.ts";
import { html } from "./reply.ts";
import { restFetch } from "./rest.ts";

export type { Bitrix24Portal, Place } from "./handle.ts";
export type { PortalInput } from "./portal.ts";

export interface Bitrix24SandboxOptions extends SandboxOptions {
  /** No trailing slash. Default `http://oauth.bitrix24.localhost`. May share its host with the portals. */
  readonly oauthOrigin?: string;
  /** The OAuth server of the other region, for portals with `oauthServer: "second"`. */
  readonly secondOauthOrigin?: string;
  /** No trailing slash; several names may share a host. Default `http://<name>.bitrix24.localhost`. */
  readonly portalOrigin?: (name: string) => string;
  /** Seconds of `operating` a call is said to take. Default list 0.3, write 0.4, cheap 0. */
  readonly costs?: Partial<Readonly<Record<Cost, number>>>;
  /** Default 480. */
  readonly operatingLimitSeconds?: number;
  /** How long a used refresh token stays good; default 0. */
  readonly refreshGraceMs?: number;
  /** Answers take as long as they say, and a request of more than 60 s is cut. Default: they come at once. */
  readonly hasSlowAnswers?: boolean;
  /** Default `invalid_grant`. */
  readonly removedAnswer?: "invalid_grant" | "invalid_client";
}

export interface AppInput {
  readonly clientId: string;
  readonly clientSecret: string;
  readonly appUrl: string;
  readonly installUrl: string;
  readonly eventUrl?: string;
  /** Where `/oauth/authorize/` returns to; default `appUrl`. */
  readonly redirectUrl?: string;
  readonly scopes: readonly string[];
  /** Default L (local). */
  readonly status?: AppCard["status"];
  readonly code?: string;
}

export interface Bitrix24Control {
  createPortal(input: PortalInput): Bitrix24Portal;
  registerApp(input: AppInput): void;
  /** REST methods that were called and do not exist here, in order. */
  unimplemented(): readonly string[];
}

interface Place {
  readonly host: string;
  readonly path: string;
}

/** Repeated slashes count once, the last one not at all. */
function cleanPath(path: string): string {
  const clean = path.replace(/\/{2,}/g, "/");
  return clean.length > 1 ? clean.replace(/\/$/, "") : clean;
}

function isOauth(world: World, host: string): boolean {
  const { oauthOrigin, secondOauthOrigin } = world.settings;
  return [oauthOrigin, secondOauthOrigin ?? oauthOrigin].some((one) => new URL(one).host === host);
}

function isKnownHost(world: World, host: string): boolean {
  if (isOauth(world, host)) return true;
  return world.portals.some((one) => new URL(one.origin).host === host || one.oldHosts.has(host));
}

function placeOf(world: World, request: Request): Place {
  const url = new URL(request.url);
  const header = request.headers.get("host");
  const host = isKnownHost(world, url.host) || header === null ? url.host : header;
  return { host, path: cleanPath(url.pathname) };
}

/** Several portals on one host are told apart by the token, or by `portal=<name>` on pages. */
async function portalAt(world: World, host: string, request: Request): Promise<Portal | null> {
  const here = world.portals.filter((one) => new URL(one.origin).host === host);
  if (here.length <= 1) return here[0] ?? null;
  const name = new URL(request.url).searchParams.get("portal");
  const named = here.find((one) => one.name === name);
  if (named !== undefined) return named;
  const params = (await requestParams(request.clone())) ?? {};
  const portal = portalOfGrant(world, params);
  return portal !== null && here.includes(portal) ? portal : (here[0] ?? null);
}

function moved(world: World, request: Request, host: string): Response | null {
  const portal = world.portals.find((one) => one.oldHosts.has(host));
  if (portal === undefined) return null;
  const url = new URL(request.url);
  const location = `${portal.origin}${url.pathname}${url.search}`;
  return new Response(null, { status: 302, headers: { location } });
}

async function serveOauth(
  world: World,
  request: Request,
  path: string,
  host: string,
): Promise<Response> {
  const params = (await requestParams(request.clone())) ?? {};
  const portal = portalOfGrant(world, params);
  const run = (): Promise<Response> => oauthFetch(world, request, path, host);
  if (portal === null) return run();
  return underFaults(world, portal, `${request.method} ${path}`, run);
}

async function serve(world: World, request: Request): Promise<Response> {
  const { host, path } = placeOf(world, request);
  const isOauthHost = isOauth(world, host);
  if (isOauthHost && path === "/oauth/token") return serveOauth(world, request, path, host);
  const portal = await portalAt(world, host, request);
  if (portal !== null) {
    if (path === "/oauth/authorize") return authorizeEndpoint(world, portal, new URL(request.url));
    if (path === "/rest" || path.startsWith("/rest/")) {
      return restFetch(world, portal, request, path);
    }
    return pageFetch(world, portal, request, path);
  }
  if (isOauthHost) return serveOauth(world, request, path, host);
  return moved(world, request, host) ?? html("<p>No such portal</p>", 404);
}

/** A Bitrix24 of one's own: an OAuth server and any number of portals behind one `fetch`. */
export function makeBitrix24Sandbox(options: Bitrix24SandboxOptions): Sandbox<Bitrix24Control> {
  const world: World = {
    clock: options.clock,
    random: options.random,
    deliver: options.deliver,
    settings: {
      speed: options.speed ?? 1,
      oauthOrigin: options.oauthOrigin ?? "http://oauth.bitrix24.localhost",
      secondOauthOrigin: options.secondOauthOrigin ?? null,
      portalOrigin: options.portalOrigin ?? ((name) => `http://${name}.bitrix24.localhost`),
      costs: { list: 0.3, write: 0.4, cheap: 0, ...options.costs },
      operatingLimitSeconds: options.operatingLimitSeconds ?? 480,
      refreshGraceMs: options.refreshGraceMs ?? 0,
      hasSlowAnswers: options.hasSlowAnswers ?? false,
      removedAnswer: options.removedAnswer ?? "invalid_grant",
    },
    apps: new Map(),
    portals: [],
    accessTokens: new Map(),
    refreshTokens: new Map(),
    eventTokens: new Map(),
    codes: new Map(),
    frames: new Map(),
    unimplemented: [],
  };
  return {
    fetch: (request) => serve(world, request),
    control: {
      createPortal: (input) => {
        const portal = makePortal(world, input);
        world.portals.push(portal);
        return portalHandle(world, portal);
      },
      registerApp: (input) => {
        world.apps.set(input.clientId, {
          ...input,
          eventUrl: input.eventUrl ?? null,
          redirectUrl: input.redirectUrl ?? input.appUrl,
          status: input.status ?? "L",
          code: input.code ?? "client.pulse",
        });
      },
      unimplemented: () => world.unimplemented,
    },
  };
}
