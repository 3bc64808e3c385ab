import { AppError } from "./error.ts";

export interface AddressRules {
  /**
   * `host:port`, development and tests only: reachable over plain http, itself and with one label in front. Counts as
   * a zone.
   */
  readonly devHosts: readonly string[];
  /** When given, the host must be exactly one label and one of these zones (`amocrm.ru`). */
  readonly zones?: readonly string[];
  /** Servers that companies run themselves may listen elsewhere than on 443, but not where other services do. */
  readonly allowsPort?: boolean;
}

const LABEL = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/;
const SUBMITTED = /^(https?):\/\/([a-z0-9.-]+)(?::(\d{1,5}))?\/?$/;
/** Names that never lead to the public Internet (RFC 6761, 6762, 8375 and what clouds use for themselves). */
const PRIVATE_SUFFIXES = ["localhost", "local", "internal", "intranet", "lan", "home", "arpa"];

/**
 * The origin (`https://portal.bitrix24.ru`, no slash) of an address that may receive a token. Only the whole text is
 * judged, after parsing: whatever a URL parser would repair, drop or translate is refused, and so are addresses
 * written as numbers, ports (unless allowed), user-info and paths. Throws AppError `host.forbidden_address`.
 */
export function provenOrigin(
  text: string,
  { devHosts, zones, allowsPort = false }: AddressRules,
): string {
  const lower = text.toLowerCase();
  const match = SUBMITTED.exec(lower);
  if (!match) throw forbidden();
  const [, scheme, host = "", port] = match;
  const origin = `${scheme}://${host}${port === undefined ? "" : `:${port}`}`;
  if (parsedOrigin(lower) !== origin) throw forbidden();
  if (isDevHost(`${host}:${port ?? (scheme === "http" ? "80" : "443")}`, devHosts)) return origin;
  if (port !== undefined && !(allowsPort && isServerPort(port))) throw forbidden();
  if (scheme !== "https" || !isPublicName(host)) throw forbidden();
  if (zones && !isOneLabelUnder(host, zones)) throw forbidden();
  return origin;
}

/** Ports below 1024 belong to named services, of which only https speaks to us. */
export function isServerPort(port: string): boolean {
  return Number(port) >= 1_024 && Number(port) <= 65_535;
}

function parsedOrigin(text: string): string | null {
  try {
    return new URL(text).origin;
  } catch {
    return null;
  }
}

function isDevHost(hostAndPort: string, devHosts: readonly string[]): boolean {
  const at = hostAndPort.indexOf(".");
  const parent = at < 0 ? null : hostAndPort.slice(at + 1);
  return devHosts.some((one) => {
    const known = one.toLowerCase();
    return known === hostAndPort || known === parent;
  });
}

function isPublicName(host: string): boolean {
  const labels = host.split(".");
  const last = labels.at(-1) ?? "";
  // A top-level domain is never a number, so this also refuses every spelling of an IPv4 address.
  if (labels.length < 2 || /^\d|^0x/.test(last) || PRIVATE_SUFFIXES.includes(last)) return false;
  return host.length <= 253 && labels.every((label) => LABEL.test(label));
}

function isOneLabelUnder(host: string, zones: readonly string[]): boolean {
  const at = host.indexOf(".");
  const label = host.slice(0, at);
  // Punycode looks like a name of the zone to nobody who reads it.
  return !label.startsWith("xn--") && zones.includes(host.slice(at + 1));
}

function forbidden(): AppError {
  return new AppError("host.forbidden_address");
}
