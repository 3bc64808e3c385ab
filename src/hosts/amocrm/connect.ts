import { constantTimeEqual } from "../../crm/constant-time.ts";
import type { Desk, Door, DoorCall, DoorReply, EmbeddedPage } from "../../crm/door.ts";
import { AppError, errorCode, isRetryable } from "../../crm/error.ts";
import type { Grant, HostConfig } from "../../crm/host.ts";
import { type PortalKey, portalKey } from "../../crm/portal-key.ts";
import { ACCOUNT_PARAMS, localeOf, toAccount } from "./account.ts";
import { getRequest, readJson } from "./api.ts";
import { authorise } from "./authorise.ts";
import { judge } from "./judge.ts";
import {
  consentOrigin,
  firstProduct,
  type Place,
  PRODUCTS,
  type Product,
  placeOf,
} from "./place.ts";
import { apiOrigin, requestTokens, type TokenPair } from "./tokens.ts";

const STATE_KIND = "amocrm_state";
const STATE_BYTES = 32;
const STATE_LIFE_MS = 10 * 60_000;

/** Sends the browser to the consent screen with a one-use state that only this browser can bring back. */
export function connectDoor(config: HostConfig): Door {
  return {
    method: "GET",
    path: "/amocrm/connect",
    maxBodyBytes: 0,
    async handle(call, desk) {
      const product = askedProduct(call, config);
      const registration = desk.registration(product);
      if (!registration) return { kind: "error", code: "config.invalid" };
      const state = secretText(desk);
      const cookie = secretText(desk);
      await desk.remember(STATE_KIND, state, JSON.stringify({ product, cookie }), STATE_LIFE_MS);
      const query = new URLSearchParams({ client_id: registration.clientId, state });
      return {
        kind: "redirect",
        to: `${consentOrigin(product, config)}/oauth?${query.toString()}`,
        cookie: { value: cookie, maxAgeSeconds: STATE_LIFE_MS / 1000 },
      };
    },
  };
}

function askedProduct(call: DoorCall, config: HostConfig): Product {
  const asked = call.url.searchParams.get("product");
  return PRODUCTS.find((product) => product === asked) ?? firstProduct(config);
}

function secretText(desk: Desk): string {
  return Array.from(desk.random.bytes(STATE_BYTES), (byte) =>
    byte.toString(16).padStart(2, "0"),
  ).join("");
}

/**
 * Where the host brings codes: with a browser after the consent screen, or, when the widget was installed in the
 * marketplace, by one call of its server that it never repeats. The second kind proves nobody, so it only ever connects
 * the account that its own code opens and leaves no session behind.
 */
export function oauthDoor(config: HostConfig): Door {
  return {
    method: "GET",
    path: "/amocrm/oauth",
    maxBodyBytes: 0,
    async handle(call, desk) {
      const isServerCall = (call.url.searchParams.get("from_widget") ?? "") !== "";
      return isServerCall
        ? await widgetInstalled(call, desk, config)
        : await browserReturned(call, desk, config);
    },
  };
}

async function browserReturned(call: DoorCall, desk: Desk, config: HostConfig): Promise<DoorReply> {
  const query = call.url.searchParams;
  const state = query.get("state") ?? "";
  const remembered = /^[0-9a-f]{64}$/.test(state) ? await desk.recall(STATE_KIND, state) : null;
  if (remembered === null) return message("open_again", null, "ru");
  const { cookie, product } = JSON.parse(remembered) as { cookie: string; product: Product };
  if (!carriesCookie(call, cookie)) return { kind: "error", code: "auth.refused" };
  const locale = localeOf(`${product}:`);
  if (query.has("error") || !query.has("code")) return message("no_access", null, locale);
  const key = await connect(call, desk, config);
  return message("connected", key, localeOf(key));
}

/** The cookie's name belongs to the room that sets it; its value is 256 bits that nobody else knows. */
function carriesCookie(call: DoorCall, value: string): boolean {
  return (call.headers.cookie ?? "").split(";").reduce((found, pair) => {
    const text = pair.slice(pair.indexOf("=") + 1).trim();
    return constantTimeEqual(text, value) || found;
  }, false);
}

const CODE_KIND = "amocrm_code";
/** A code lives twenty minutes. */
const CODE_LIFE_MS = 20 * 60_000;
/** Pauses between tries; the host has hung up after three seconds and is not waiting for us. */
const RETRY_MS = [1_000, 3_000];

async function widgetInstalled(call: DoorCall, desk: Desk, config: HostConfig): Promise<DoorReply> {
  const query = call.url.searchParams;
  const { origin } = placeOf(query.get("referer") ?? "", query.get("client_id"), config);
  const code = codeOf(call);
  await desk.remember(CODE_KIND, code, JSON.stringify({ origin }), CODE_LIFE_MS);
  for (const pauseMs of [...RETRY_MS, null]) {
    try {
      await connect(call, desk, config);
      await desk.recall(CODE_KIND, code);
      return { kind: "empty", status: 200 };
    } catch (error) {
      desk.log.warn("host.install_failed", { code: errorCode(error) });
      if (pauseMs === null || !isRetryable(error)) throw error;
      await desk.clock.sleep(pauseMs);
    }
  }
  return { kind: "empty", status: 200 };
}

function codeOf(call: DoorCall): string {
  const code = call.url.searchParams.get("code") ?? "";
  if (!/^[\x21-\x7e]{1,2048}$/.test(code)) throw new AppError("input.invalid");
  return code;
}

/** From a code to an installed portal. The address is proven before the secret leaves. Throws AppError. */
async function connect(call: DoorCall, desk: Desk, config: HostConfig): Promise<PortalKey> {
  const query = call.url.searchParams;
  const place = placeOf(query.get("referer") ?? "", query.get("client_id"), config);
  const { transport, clock } = desk;
  const pair = await requestTokens(
    { grant_type: "authorization_code", code: codeOf(call) },
    place.origin,
    place.registration,
    { config, transport, clock },
  );
  const grant = await proveGrant(place, pair, desk, config);
  await desk.install(grant, { isFinished: true, locale: localeOf(grant.key) });
  return grant.key;
}

/** Who it is says the account itself, read with the new token; the token's own claims are only hints. */
async function proveGrant(
  place: Place,
  pair: TokenPair,
  desk: Desk,
  config: HostConfig,
): Promise<Grant> {
  const endpoint = `${place.origin}/`;
  const build = getRequest("account", ACCOUNT_PARAMS);
  const request = authorise(build(endpoint), { accessToken: pair.accessToken, endpoint });
  const response = await withRetries(desk, async () => {
    const answer = await desk.transport(request);
    const verdict = judge(answer);
    if (verdict.kind === "ok") return answer;
    throw new AppError(verdict.kind === "error" ? verdict.code : "host.bad_answer");
  });
  const account = toAccount(readJson(response));
  return {
    key: portalKey(place.product, account.id),
    endpoint,
    tokenServer: apiOrigin(pair.hints, config),
    accessToken: pair.accessToken,
    refreshToken: pair.refreshToken,
    accessExpiresAt: pair.accessExpiresAt,
    userId: account.userId ?? pair.hints.userId ?? "0",
    scopes: pair.hints.scopes,
  };
}

/** The code is spent by now: giving up at the first hiccup would lose the installation. */
async function withRetries<Result>(desk: Desk, attempt: () => Promise<Result>): Promise<Result> {
  for (const pauseMs of RETRY_MS) {
    try {
      return await attempt();
    } catch (error) {
      if (!isRetryable(error)) throw error;
      await desk.clock.sleep(pauseMs);
    }
  }
  return await attempt();
}

function message(text: string, portal: PortalKey | null, locale: string): DoorReply {
  const page: EmbeddedPage = {
    place: "message",
    portal,
    viewer: null,
    locale,
    frameOrigin: null,
    island: null,
    message: text,
  };
  return { kind: "page", page };
}

/**
 * A button that creates an integration sends its keys here first. We publish one integration and issue no such button,
 * so no state is ever known; the host shows an error to the person unless the answer is exactly 200.
 */
export const secretsDoor: Door = {
  method: "POST",
  path: "/amocrm/secrets",
  maxBodyBytes: 16_384,
  handle: async () => ({ kind: "empty", status: 200 }),
};
