import { z } from "zod";
import { constantTimeEqual } from "../../crm/constant-time.ts";
import type { Desk, Door, DoorCall, DoorReply, EmbeddedPage } from "../../crm/door.ts";
import { AppError } from "../../crm/error.ts";
import type { AppRegistration, HostConfig } from "../../crm/host.ts";
import type { PortalKey } from "../../crm/portal-key.ts";
import { localeOf } from "./account.ts";
import { INSTALL_ERRAND, type InstallErrand, installByCode } from "./grant.ts";
import {
  consentOrigin,
  firstProduct,
  type Place,
  PRODUCTS,
  type Product,
  placeFor,
  placeOf,
  redirectUri,
} from "./place.ts";

const STATE_KIND = "amocrm_state";
/** Keys of an integration that is made on the way are known to their address by the same state. */
const BUTTON_KIND = "amocrm_button";
const KEYS_KIND = "amocrm_keys";
const STATE_BYTES = 32;
const STATE_LIFE_MS = 10 * 60_000;
const STATE = /^[0-9a-f]{64}$/;

interface Begun {
  readonly product: Product;
  readonly cookie: string;
  /** The person's account makes an integration for us; its keys come by themselves. */
  readonly isCreating: boolean;
}

/**
 * Sends the browser to the consent screen with a one-use state that only this browser can bring back. With `?create=1`, or
 * where we have no keys for the product, it shows the CRM's button that makes an integration in the person's own account.
 */
export function connectDoor(config: HostConfig): Door {
  return {
    method: "GET",
    path: "/amocrm/connect",
    maxBodyBytes: 0,
    async handle(call, desk) {
      const product = askedProduct(call, config);
      const registration = desk.registration(product);
      const isCreating = registration === null || call.url.searchParams.get("create") === "1";
      const state = secretText(desk);
      const begun: Begun = { product, cookie: secretText(desk), isCreating };
      await desk.remember(STATE_KIND, state, JSON.stringify(begun), STATE_LIFE_MS);
      await desk.remember(BUTTON_KIND, state, product, STATE_LIFE_MS);
      const cookie = { value: begun.cookie, maxAgeSeconds: STATE_LIFE_MS / 1000 };
      if (registration === null || isCreating) {
        return createButton({
          product,
          state,
          config,
          cookie,
          languages: call.headers["accept-language"],
        });
      }
      const query = new URLSearchParams({ client_id: registration.clientId, state });
      const to = `${consentOrigin(product, config)}/oauth?${query.toString()}`;
      return { kind: "redirect", to, cookie };
    },
  };
}

function askedProduct(call: DoorCall, config: HostConfig): Product {
  const asked = call.url.searchParams.get("product");
  const found = PRODUCTS.find((product) => product === asked);
  if (found) return found;
  return config.registrations.some(({ product }) => PRODUCTS.some((one) => one === product))
    ? firstProduct(config)
    : PRODUCTS[0];
}

function secretText(desk: Desk): string {
  return Array.from(desk.random.bytes(STATE_BYTES), (byte) =>
    byte.toString(16).padStart(2, "0"),
  ).join("");
}

const CRM_NAMES: Readonly<Record<Product, string>> = { amocrm: "amoCRM", kommo: "Kommo" };

/** Languages of Kommo's button and of the page that it opens. */
const KOMMO_LANGUAGES = ["en", "es", "pt", "id"];

/** What only one of the two buttons knows: a colour, or a theme and a language. */
function looksOf(product: Product, languages = ""): Readonly<Record<string, string>> {
  if (product === "amocrm") return { color: "default" };
  const wanted = languages.split(",").map((one) => one.trim().slice(0, 2).toLowerCase());
  const locale = wanted.find((one) => KOMMO_LANGUAGES.includes(one)) ?? "en";
  return { theme: "light", locale };
}

interface ButtonParts {
  readonly product: Product;
  readonly state: string;
  readonly config: HostConfig;
  readonly cookie: { readonly value: string; readonly maxAgeSeconds: number };
  /** `Accept-Language` of the person's browser. */
  readonly languages: string | undefined;
}

function createButton({ product, state, config, cookie, languages }: ButtonParts): DoorReply {
  return {
    kind: "button",
    crm: CRM_NAMES[product],
    locale: localeOf(`${product}:`),
    button: {
      name: `${product}_oauth`,
      script: `${consentOrigin(product, config)}/auth/button.min.js`,
      data: {
        name: "Client Pulse",
        description: "Client segments, churn and lifetime value in the CRM.",
        redirect_uri: redirectUri(config),
        secrets_uri: `${config.publicUrl}/amocrm/secrets`,
        scopes: "crm,notifications",
        title: "Client Pulse",
        compact: "false",
        ...looksOf(product, languages),
        state,
        mode: "post_message",
      },
    },
    cookie,
  };
}

const keys = z.object({
  client_id: z.string().regex(/^[\w-]{8,64}$/),
  client_secret: z.string().regex(/^[\x21-\x7e]{16,256}$/),
  state: z.string().regex(STATE),
});

/**
 * Keys of an integration that our button is making in somebody's account. Nothing but the state ties them to us, so it is
 * taken once; the answer is 200 whatever came, because the host shows anything else to the person as an error.
 */
export const secretsDoor: Door = {
  method: "POST",
  path: "/amocrm/secrets",
  maxBodyBytes: 16_384,
  async handle(call, desk) {
    const sent = keys.safeParse(readBody(call.body)).data;
    const product = sent ? await desk.recall(BUTTON_KIND, sent.state) : null;
    if (!sent || product === null) {
      desk.log.warn("install.keys_dropped", { known: product !== null });
      return { kind: "empty", status: 200 };
    }
    const registration: AppRegistration = {
      product,
      clientId: sent.client_id,
      clientSecret: sent.client_secret,
    };
    const text = await desk.seal(JSON.stringify(registration), `keys ${sent.state}`);
    await desk.remember(KEYS_KIND, sent.state, text, STATE_LIFE_MS);
    return { kind: "empty", status: 200 };
  },
};

/** JSON by the documentation; a form says the same. */
function readBody(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return Object.fromEntries(new URLSearchParams(body));
  }
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
      const query = call.url.searchParams;
      const state = query.get("state") ?? "";
      const remembered = STATE.test(state) ? await desk.recall(STATE_KIND, state) : null;
      if (remembered !== null) {
        return await browserReturned(call, desk, config, JSON.parse(remembered) as Begun);
      }
      const isServerCall = (query.get("from_widget") ?? "") !== "";
      // A state that was spent, has run out or was invented. A bare address is what a cabinet or a person tries.
      if (!isServerCall && query.has("code")) return { kind: "error", code: "auth.required" };
      if (!isServerCall) return message("open_again", null, "ru");
      return await widgetInstalled(call, desk, config);
    },
  };
}

async function browserReturned(
  call: DoorCall,
  desk: Desk,
  config: HostConfig,
  { cookie, product, isCreating }: Begun,
): Promise<DoorReply> {
  const query = call.url.searchParams;
  if (!carriesCookie(call, cookie)) return { kind: "error", code: "auth.refused" };
  const locale = localeOf(`${product}:`);
  if (query.has("error") || !query.has("code")) return message("no_access", null, locale);
  const referer = query.get("referer") ?? "";
  const clientId = query.get("client_id");
  const state = query.get("state") ?? "";
  const own = await createdKeys(state, clientId, isCreating ? KEYS_TRIES : 1, desk);
  if (own === null && isCreating) throw new AppError("auth.refused");
  const place = own ? placeFor(referer, own, config) : placeOf(referer, clientId, config);
  const key = await installByCode(place, codeOf(call), desk, config);
  return message("connected", key, localeOf(key));
}

/** Keys that came for this state; null = none. The keys were answered before the browser was sent here, but the two roads are not the same length. */
const KEYS_TRIES = 6;
const KEYS_PAUSE_MS = 500;

async function createdKeys(
  state: string,
  clientId: string | null,
  tries: number,
  desk: Desk,
): Promise<AppRegistration | null> {
  for (let attempt = 1; attempt <= tries; attempt += 1) {
    const sealed = await desk.recall(KEYS_KIND, state);
    if (sealed !== null) {
      const text = await desk.unseal(sealed, `keys ${state}`);
      const registration = JSON.parse(text) as AppRegistration;
      if (clientId === null || clientId === registration.clientId) return registration;
      throw new AppError("auth.refused");
    }
    if (attempt < tries) await desk.clock.sleep(KEYS_PAUSE_MS);
  }
  return null;
}

/** The cookie's name belongs to the room that sets it; its value is 256 bits that nobody else knows. */
function carriesCookie(call: DoorCall, value: string): boolean {
  return (call.headers.cookie ?? "").split(";").reduce((found, pair) => {
    const text = pair.slice(pair.indexOf("=") + 1).trim();
    return constantTimeEqual(text, value) || found;
  }, false);
}

/** A code lives twenty minutes. */
const CODE_LIFE_MS = 20 * 60_000;

/** The host hangs up after three seconds and never calls again: the code is kept first, everything else comes later. */
async function widgetInstalled(call: DoorCall, desk: Desk, config: HostConfig): Promise<DoorReply> {
  const query = call.url.searchParams;
  const clientId = query.get("client_id");
  const place: Place = placeOf(query.get("referer") ?? "", clientId, config);
  const code = codeOf(call);
  const data: InstallErrand = { referer: place.origin, clientId, code };
  await desk.later(INSTALL_ERRAND, code, JSON.stringify(data), CODE_LIFE_MS);
  return { kind: "empty", status: 200 };
}

function codeOf(call: DoorCall): string {
  const code = call.url.searchParams.get("code") ?? "";
  if (!/^[\x21-\x7e]{1,2048}$/.test(code)) throw new AppError("input.invalid");
  return code;
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
