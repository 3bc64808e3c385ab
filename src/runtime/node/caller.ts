import type { IncomingMessage } from "node:http";
import type { CallerOf } from "../../http/doors.ts";

/**
 * The socket's address; behind a proxy that we are told to trust, the address that the proxy itself added last. Anything
 * further left in the header was written by the caller.
 */
export function makeCallerOf(trustProxy: boolean): CallerOf {
  return (request, platform) => {
    const socketAddress = incomingOf(platform)?.socket.remoteAddress ?? "";
    if (!trustProxy) return socketAddress;
    const hops = (request.headers.get("x-forwarded-for") ?? "").split(",");
    return hops.at(-1)?.trim() || socketAddress;
  };
}

function incomingOf(platform: unknown): IncomingMessage | null {
  if (typeof platform !== "object" || platform === null || !("incoming" in platform)) return null;
  return platform.incoming as IncomingMessage;
}
