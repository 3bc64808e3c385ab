import { provenOrigin } from "../../crm/address.ts";
import { AppError, errorCode } from "../../crm/error.ts";
import type { AppRegistration, HostConfig } from "../../crm/host.ts";

/** Where accounts live, and which of our two registrations speaks with them. */

export const PRODUCTS = ["amocrm", "kommo"] as const;
export type Product = (typeof PRODUCTS)[number];

export interface Place {
  readonly product: Product;
  /** `https://name.amocrm.ru`, no slash. */
  readonly origin: string;
  readonly registration: AppRegistration;
}

/**
 * The account that an address from outside names (`referer`, `iss`, `Origin`). The secret goes only to what this
 * returns: exactly one label under a zone of a registered product. A development host belongs to no product, so there
 * the client id of the request chooses. Throws AppError `host.forbidden_address`, `config.invalid`.
 */
export function placeOf(text: string, clientId: string | null, config: HostConfig): Place {
  const origin = originOf(text, config);
  const product = productOf(origin, clientId, config);
  const registration = config.registrations.find((one) => one.product === product);
  if (!registration) throw new AppError("config.invalid", { details: { product } });
  // A call that names another registration of ours than its address is a mistake or a forgery.
  if (clientId !== null && clientId !== registration.clientId) {
    throw new AppError("host.forbidden_address");
  }
  return { product, origin, registration };
}

/**
 * The same for keys that are not in the configuration: those of an integration that an account made for us. An address in
 * the zone of the other product is refused. Throws AppError `host.forbidden_address`.
 */
export function placeFor(text: string, registration: AppRegistration, config: HostConfig): Place {
  const origin = originOf(text, config);
  const product = PRODUCTS.find((one) => one === registration.product);
  const zones = zonesOf(origin, config);
  if (!product || (zones.length > 0 && !zones.includes(product))) {
    throw new AppError("host.forbidden_address");
  }
  return { product, origin, registration };
}

/** Proven origin of a bare host name or an address. Throws AppError `host.forbidden_address`. */
function originOf(text: string, config: HostConfig): string {
  const rules = { devHosts: config.devHosts, zones: allZones(config) };
  const bare = text.replace(/^https?:\/\//i, "");
  try {
    // Passes for development hosts only. They speak plain http, also where the host writes `https://` before every name.
    return provenOrigin(`http://${bare}`, rules);
  } catch {
    return provenOrigin(bare === text ? `https://${text}` : text, rules);
  }
}

function allZones(config: HostConfig): readonly string[] {
  return PRODUCTS.flatMap((product) => config.zones[product] ?? []);
}

/** Products that have this address in one of their zones; none for a development host that is no zone. */
function zonesOf(origin: string, config: HostConfig): readonly Product[] {
  const { host } = new URL(origin);
  const zone = host.slice(host.indexOf(".") + 1);
  // A development host may be a zone itself.
  return PRODUCTS.filter((product) =>
    config.zones[product]?.some((one) => one === zone || one === host),
  );
}

function productOf(origin: string, clientId: string | null, config: HostConfig): Product {
  const byZone = zonesOf(origin, config);
  const named = productOfClient(clientId, config);
  if (named !== undefined && byZone.includes(named)) return named;
  return byZone[0] ?? named ?? firstProduct(config);
}

function productOfClient(clientId: string | null, config: HostConfig): Product | undefined {
  const registration = config.registrations.find((one) => one.clientId === clientId);
  return PRODUCTS.find((product) => product === registration?.product);
}

/** The product that a link without a choice means. Throws AppError `config.invalid` when neither is registered. */
export function firstProduct(config: HostConfig): Product {
  const found = PRODUCTS.find((product) =>
    config.registrations.some((one) => one.product === product),
  );
  if (!found) throw new AppError("config.invalid", { details: { product: PRODUCTS.join(",") } });
  return found;
}

/** Registration by client id; null for one that is not ours. */
export function productByClientId(clientId: unknown, config: HostConfig): Product | null {
  return typeof clientId === "string" ? (productOfClient(clientId, config) ?? null) : null;
}

/**
 * The consent screen is `www` under the product's first zone. In development it is `www` under the development host
 * that is this zone, else carries the product's name, else is the first one; a host without names (an address) is taken as it is.
 */
export function consentOrigin(product: Product, config: HostConfig): string {
  const zone = config.zones[product]?.[0] ?? "";
  const dev = devHost(product, zone, config.devHosts);
  if (dev === undefined) return `https://www.${zone}`;
  const canHavePrefix = !/^[\d.]+:\d+$|^\[/.test(dev) && !dev.startsWith("www.");
  return `http://${canHavePrefix ? "www." : ""}${dev}`;
}

function devHost(product: Product, zone: string, hosts: readonly string[]): string | undefined {
  return (
    hosts.find((one) => one === zone) ?? hosts.find((one) => one.includes(product)) ?? hosts[0]
  );
}

/** Where the host sends codes back; also part of every token call. */
export function redirectUri(config: HostConfig): string {
  return `${config.publicUrl}/amocrm/oauth`;
}

/** The proven origin, or null instead of an error. */
export function originOrNull(text: string | undefined, config: HostConfig): string | null {
  if (text === undefined) return null;
  try {
    return originOf(text, config);
  } catch (error) {
    if (errorCode(error) === "host.forbidden_address") return null;
    throw error;
  }
}
