import type { HostLimits } from "../../crm/host.ts";

/** Requests in flight at once: five a second are only reached if a page of a second does not hold up the next one. */
export const CONCURRENCY = 5;

/**
 * The host allows 7 requests a second per integration and 50 per account, shared with the customer's other
 * integrations; going over it again and again ends in a block of our address for every portal. Two at once and five a
 * second never make more than seven in any second.
 */
export const LIMITS: HostLimits = {
  requestsPerSecond: 5,
  hostRequestsPerSecond: 7,
  contendedRequestsPerSecond: 3,
  // The host names no figure for addresses; this is what a whole account may have.
  requestsPerSecondOfAddress: 50,
  burst: 2,
  concurrency: CONCURRENCY,
  // 250 are allowed, 50 advised.
  marksAtOnce: 50,
  // The host does not say how long a call may run on after a time-out: twice the minute that proxies allow.
  writeFenceMs: 120_000,
  // A refresh token lives three months unused.
  tokenKeepAliveMs: 7 * 86_400_000,
};
