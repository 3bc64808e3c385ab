import { z } from "zod";
import type { Desk, ErrandWork } from "../../crm/door.ts";
import { AppError, isRetryable } from "../../crm/error.ts";
import type { Grant, HostAddress, HostConfig } from "../../crm/host.ts";
import { type PortalKey, parsePortalKey, portalKey } from "../../crm/portal-key.ts";
import type { Clock, HttpResponse, Transport } from "../../crm/ports.ts";
import { ACCOUNT_PARAMS, type Account, localeOf, toAccount } from "./account.ts";
import { field, getRequest, readJson } from "./api.ts";
import { authorise } from "./authorise.ts";
import { judge } from "./judge.ts";
import { consentOrigin, type Place, PRODUCTS, placeFor, placeOf } from "./place.ts";
import { apiOrigin, hintsOf, requestTokens, type TokenPair } from "./tokens.ts";

/** Pauses between tries of what must not fail at the first hiccup: the code is spent by then. */
const RETRY_MS = [1_000, 3_000];

/** From a code to an installed portal. The place was proven before: the secret leaves for it. Throws AppError. */
export async function installByCode(
  place: Place,
  code: string,
  desk: Desk,
  config: HostConfig,
): Promise<PortalKey> {
  return await installPair(place, await exchange(place, code, desk, config), desk, config);
}

async function exchange(place: Place, code: string, desk: Desk, config: HostConfig) {
  const { transport, clock } = desk;
  const request = { grant_type: "authorization_code", code } as const;
  const { origin, registration } = place;
  return await requestTokens(request, origin, registration, { config, transport, clock });
}

async function installPair(
  place: Place,
  pair: TokenPair,
  desk: Desk,
  config: HostConfig,
): Promise<PortalKey> {
  const account = await withRetries(desk, () => proveAccount(place, pair.accessToken, desk));
  const isOwn = !config.registrations.includes(place.registration);
  const grant: Grant = {
    key: portalKey(place.product, account.id),
    endpoint: `${place.origin}/`,
    tokenServer: apiOrigin(pair.hints, config),
    accessToken: pair.accessToken,
    refreshToken: pair.refreshToken,
    accessExpiresAt: pair.accessExpiresAt,
    userId: account.userId ?? pair.hints.userId ?? "0",
    scopes: pair.hints.scopes,
    ...(isOwn ? { registration: place.registration } : {}),
  };
  await desk.install(grant, { isFinished: true, locale: localeOf(grant.key) });
  return grant.key;
}

interface Outside {
  readonly transport: Transport;
  readonly clock: Clock;
}

/** Who it is says the account itself, read with the new token; the token's own claims are only hints. */
async function proveAccount(
  { origin }: Pick<Place, "origin">,
  accessToken: string,
  { transport }: Pick<Outside, "transport">,
): Promise<Account> {
  const endpoint = `${origin}/`;
  const build = getRequest("account", ACCOUNT_PARAMS);
  const answer = await transport(authorise(build(endpoint), { accessToken, endpoint }));
  return toAccount(readJson(accepted(answer)));
}

function accepted(answer: HttpResponse): HttpResponse {
  const verdict = judge(answer);
  if (verdict.kind === "ok") return answer;
  if (verdict.kind === "tokenExpired") throw new AppError("host.token_revoked");
  throw new AppError(verdict.kind === "error" ? verdict.code : "host.bad_answer");
}

async function withRetries<Result>(
  { clock }: Pick<Outside, "clock">,
  attempt: () => Promise<Result>,
): Promise<Result> {
  for (const pauseMs of RETRY_MS) {
    try {
      return await attempt();
    } catch (error) {
      if (!isRetryable(error)) throw error;
      await clock.sleep(pauseMs);
    }
  }
  return await attempt();
}

// ---- installation from the marketplace, carried out after the answer

export const INSTALL_ERRAND = "amocrm_install";

const hints = z.object({
  userId: z.string().nullable(),
  scopes: z.array(z.string()).readonly(),
  apiDomain: z.string().nullable(),
  baseDomain: z.string().nullable(),
  expiresAt: z.number().nullable(),
});

const errandData = z.object({
  referer: z.string(),
  clientId: z.string().nullable(),
  code: z.string(),
  /** What the code was worth: it can be spent once only. */
  pair: z
    .object({
      accessToken: z.string(),
      refreshToken: z.string(),
      accessExpiresAt: z.number(),
      hints,
    })
    .optional(),
});

export type InstallErrand = z.infer<typeof errandData>;

/** One step after another, each kept: a restart between them loses neither the code nor what it was worth. */
export function installErrand(config: HostConfig): ErrandWork {
  return async (data, desk, keep) => {
    const known = errandData.parse(JSON.parse(data));
    const place = placeOf(known.referer, known.clientId, config);
    const pair = known.pair ?? (await exchange(place, known.code, desk, config));
    if (!known.pair) {
      await keep(JSON.stringify({ ...known, code: "", pair } satisfies InstallErrand));
    }
    await installPair(place, pair, desk, config);
  };
}

// ---- a token made by hand

const TOKEN = /^[\x21-\x7e]{16,8192}$/;
/** The longest life that the CRM offers. */
const FIVE_YEARS_MS = 5 * 366 * 86_400_000;

/** See `Host.adoptToken`. The keys of the integration stay in the CRM: such a token is never refreshed. */
export async function adoptToken(
  config: HostConfig,
  { token, address }: { readonly token: string; readonly address: string | null },
  outside: Outside,
): Promise<Grant> {
  if (!TOKEN.test(token)) throw new AppError("input.invalid", { details: { field: "token" } });
  const claims = hintsOf(token);
  const place = zonePlace(address ?? (await askAddress(config, token, claims, outside)), config);
  const account = await withRetries(outside, () => proveAccount(place, token, outside));
  return {
    key: portalKey(place.product, account.id),
    endpoint: `${place.origin}/`,
    tokenServer: apiOrigin(claims, config),
    accessToken: token,
    refreshToken: "",
    accessExpiresAt: claims.expiresAt ?? outside.clock.now() + FIVE_YEARS_MS,
    userId: account.userId ?? claims.userId ?? "0",
    scopes: claims.scopes,
    isStatic: true,
  };
}

/** No keys are needed: whichever product has the address in its zones. */
function zonePlace(address: string, config: HostConfig): Pick<Place, "product" | "origin"> {
  for (const product of PRODUCTS) {
    try {
      return placeFor(address, { product, clientId: "", clientSecret: "" }, config);
    } catch (error) {
      if (product === PRODUCTS.at(-1)) throw error;
    }
  }
  throw new AppError("host.forbidden_address");
}

/** See `HostTokens.locate`. */
export async function locate(
  config: HostConfig,
  { key, accessToken }: HostAddress & { readonly accessToken: string },
  transport: Transport,
): Promise<string | null> {
  const { product } = parsePortalKey(key);
  const known = PRODUCTS.find((one) => one === product) ?? PRODUCTS[0];
  try {
    const domain = await askProduct(config, accessToken, known, { transport });
    return `${zonePlace(domain, config).origin}/`;
  } catch (error) {
    if (isRetryable(error)) throw error;
    return null;
  }
}

async function askAddress(
  config: HostConfig,
  token: string,
  { baseDomain }: ReturnType<typeof hintsOf>,
  outside: Pick<Outside, "transport">,
): Promise<string> {
  const product = PRODUCTS.find(
    (one) => baseDomain !== null && config.zones[one]?.includes(baseDomain),
  );
  return await askProduct(config, token, product ?? PRODUCTS[0], outside);
}

/** The product's own server knows whose token it is, also where the token itself does not say. */
async function askProduct(
  config: HostConfig,
  token: string,
  product: (typeof PRODUCTS)[number],
  { transport }: Pick<Outside, "transport">,
): Promise<string> {
  const endpoint = `${consentOrigin(product, config)}/`;
  const request = { method: "GET", url: `${endpoint}oauth2/account/subdomain` } as const;
  const answer = await transport(authorise(request, { accessToken: token, endpoint }));
  const domain = field(readJson(accepted(answer)), "domain");
  if (typeof domain !== "string") {
    throw new AppError("host.bad_answer", { details: { field: "domain" } });
  }
  return domain;
}
