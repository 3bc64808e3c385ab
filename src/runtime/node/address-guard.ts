import { lookup as resolve } from "node:dns";
import { BlockList, isIP, type LookupFunction } from "node:net";
import {
  Agent,
  Request as UndiciRequest,
  Response as UndiciResponse,
  fetch as undiciFetch,
} from "undici";
import { isServerPort } from "../../crm/address.ts";
import { AppError } from "../../crm/error.ts";
import type { FetchFamily } from "../transport.ts";

/** Ranges that no CRM of a stranger may point us at (IANA special-purpose registries). */
const FORBIDDEN_V4 = new BlockList();
/** A list of its own: in a shared one the v4-mapped range would match every IPv4 address. */
const FORBIDDEN_V6 = new BlockList();
for (const [network, prefix] of [
  ["0.0.0.0", 8],
  ["10.0.0.0", 8],
  ["100.64.0.0", 10],
  ["127.0.0.0", 8],
  ["169.254.0.0", 16],
  ["172.16.0.0", 12],
  ["192.0.0.0", 24],
  ["192.0.2.0", 24],
  ["192.88.99.0", 24],
  ["192.168.0.0", 16],
  ["198.18.0.0", 15],
  ["198.51.100.0", 24],
  ["203.0.113.0", 24],
  ["224.0.0.0", 4],
  ["240.0.0.0", 4],
] as const) {
  FORBIDDEN_V4.addSubnet(network, prefix, "ipv4");
}
for (const [network, prefix] of [
  ["::", 128],
  ["::1", 128],
  ["::ffff:0:0", 96],
  ["64:ff9b::", 96],
  ["64:ff9b:1::", 48],
  ["100::", 64],
  ["2001::", 23],
  ["2001:db8::", 32],
  ["2002::", 16],
  ["3fff::", 20],
  ["fc00::", 7],
  ["fe80::", 10],
  ["fec0::", 10],
  ["ff00::", 8],
] as const) {
  FORBIDDEN_V6.addSubnet(network, prefix, "ipv6");
}

export function isPublicAddress(address: string): boolean {
  const family = isIP(address);
  if (family === 4) return !FORBIDDEN_V4.check(address, "ipv4");
  if (family === 6) return !FORBIDDEN_V6.check(address, "ipv6");
  return false;
}

/**
 * Node's fetch behind a connector that checks every resolved address at connect time, so that neither DNS rebinding nor
 * an address literal reaches the inside. `devHosts` (`host:port`) are exempt; the configuration refuses them in production.
 */
export function makeGuardedFetch(devHosts: readonly string[]): FetchFamily {
  const guarded = new Agent({ connect: { lookup: guardedLookup, timeout: 5_000 } });
  const direct = new Agent({ connect: { lookup: developmentLookup, timeout: 5_000 } });
  const guardedFetch = (input: unknown, init?: object) => {
    const url = new URL(input instanceof UndiciRequest ? input.url : String(input));
    const isDev = isDevelopmentHost(url.host.toLowerCase(), devHosts);
    if (!isDev && !isAllowedUrl(url)) throw new AppError("host.forbidden_address");
    const dispatcher = isDev ? direct : guarded;
    return undiciFetch(input as UndiciRequest, { ...init, dispatcher });
  };
  return {
    fetch: guardedFetch as unknown as NonNullable<FetchFamily["fetch"]>,
    Request: UndiciRequest as unknown as NonNullable<FetchFamily["Request"]>,
    Response: UndiciResponse as unknown as NonNullable<FetchFamily["Response"]>,
  };
}

/** A listed `host:port`, or one label in front of it. */
function isDevelopmentHost(host: string, devHosts: readonly string[]): boolean {
  const parent = host.slice(host.indexOf(".") + 1);
  return devHosts.some((entry) => entry.toLowerCase() === host || entry.toLowerCase() === parent);
}

/** `*.localhost` is this machine (RFC 6761), whatever the resolver thinks of it. */
const developmentLookup: LookupFunction = (hostname, options, callback) => {
  if (hostname.endsWith(".localhost")) {
    const here = { address: "127.0.0.1", family: 4 };
    if (options.all) return callback(null, [here], 0);
    return callback(null, here.address, here.family);
  }
  resolve(hostname, options, callback);
};

function isAllowedUrl(url: URL): boolean {
  if (url.protocol !== "https:" || url.username !== "" || url.password !== "") return false;
  if (url.port !== "" && !isServerPort(url.port)) return false;
  const literal = url.hostname.replace(/^\[|\]$/g, "");
  return isIP(literal) === 0 || isPublicAddress(literal);
}

const guardedLookup: LookupFunction = (hostname, options, callback) => {
  resolve(hostname, { ...options, all: true }, (error, addresses) => {
    if (error) return callback(error, "", 0);
    const isSafe =
      addresses.length > 0 && addresses.every((entry) => isPublicAddress(entry.address));
    if (!isSafe) return callback(new AppError("host.forbidden_address"), "", 0);
    if (options.all) return callback(null, addresses, 0);
    const [first] = addresses;
    callback(null, first?.address ?? "", first?.family ?? 0);
  });
};
