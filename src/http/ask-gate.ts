import type { Clock } from "../crm/ports.ts";

interface Allowance {
  readonly burst: number;
  /** One more after each of these. */
  readonly intervalMs: number;
}

/** What a portal may be asked for one caller. */
const ASKS: Allowance = { burst: 50, intervalMs: 1_000 };
/** Claims to have installed, which go to a token server that all portals share. */
const CLAIMS_OF_CALLER: Allowance = { burst: 60, intervalMs: 2_000 };
const CLAIMS_OF_CALLER_FOR_ONE: Allowance = { burst: 12, intervalMs: 10_000 };
const CLAIMS_FOR_ONE: Allowance = { burst: 30, intervalMs: 5_000 };
const KEPT = 10_000;

/** How often a stranger may make us ask a portal who they are. */
export interface AskGate {
  /** false = this caller has sent too many tokens that proved nothing. */
  mayAsk(key: string, caller: string): boolean;
  /** The token was good: asking for it costs nothing. */
  wasProven(key: string, caller: string): void;
  /** false = the token server is not asked: too many claims of this caller, or for this account, proved nothing. */
  mayExchange(claimed: string, caller: string): boolean;
  /** The claim was true: asking costs nothing. */
  hasExchanged(claimed: string, caller: string): void;
}

/**
 * A host counts our calls by address, so a flood of made-up tokens would otherwise spend the allowance of the portal's own
 * reading, and one of made-up installations would make us hammer a token server. Buckets by portal and by the caller's
 * network address: a flood locks out the one who sends it, not the office. What is asked about an account for everybody
 * together is bounded too, but only for callers who have failed before: whoever comes for the first time is heard.
 */
export function makeAskGate(clock: Pick<Clock, "monotonic">): AskGate {
  const asks = makeBuckets(clock, ASKS);
  const ofCaller = makeBuckets(clock, CLAIMS_OF_CALLER);
  const ofBoth = makeBuckets(clock, CLAIMS_OF_CALLER_FOR_ONE);
  const forOne = makeBuckets(clock, CLAIMS_FOR_ONE);
  const both = (key: string, caller: string) => `${key}\n${networkOf(caller)}`;
  return {
    mayAsk: (key, caller) => asks.take(both(key, caller)),
    wasProven: (key, caller) => asks.giveBack(both(key, caller)),
    mayExchange(claimed, caller) {
      const network = networkOf(caller);
      const pair = both(claimed, caller);
      if (!ofCaller.hasRoom(network) || !ofBoth.hasRoom(pair)) return false;
      if (!forOne.hasRoom(claimed) && !ofCaller.isFull(network)) return false;
      ofCaller.take(network);
      ofBoth.take(pair);
      forOne.take(claimed);
      return true;
    },
    hasExchanged(claimed, caller) {
      ofCaller.giveBack(networkOf(caller));
      ofBoth.giveBack(both(claimed, caller));
      forOne.giveBack(claimed);
    },
  };
}

/** A subscriber of IPv6 has a whole network of addresses. */
function networkOf(caller: string): string {
  if (!caller.includes(":") || caller.includes(".")) return caller;
  const [head = "", tail] = caller.split("::");
  const groups = head === "" ? [] : head.split(":");
  const rest = tail === undefined || tail === "" ? [] : tail.split(":");
  const zeros = tail === undefined ? 0 : Math.max(0, 8 - groups.length - rest.length);
  const full = [...groups, ...Array.from({ length: zeros }, () => "0"), ...rest];
  return full.slice(0, 4).join(":");
}

/** Buckets by name; each is remembered as the moment at which it will be full again. */
function makeBuckets(clock: Pick<Clock, "monotonic">, { burst, intervalMs }: Allowance) {
  const fullAt = new Map<string, number>();
  const hasRoom = (name: string): boolean => {
    const now = clock.monotonic();
    return Math.max(now, fullAt.get(name) ?? now) - now <= (burst - 1) * intervalMs;
  };
  return {
    hasRoom,
    /** Nothing has been taken lately. */
    isFull: (name: string): boolean => (fullAt.get(name) ?? 0) <= clock.monotonic(),
    /** Takes when there is room, or says that there is none. */
    take(name: string): boolean {
      if (!hasRoom(name)) return false;
      const now = clock.monotonic();
      if (fullAt.size >= KEPT) forget(fullAt, now);
      fullAt.set(name, Math.max(now, fullAt.get(name) ?? now) + intervalMs);
      return true;
    },
    giveBack(name: string): void {
      const at = fullAt.get(name);
      if (at !== undefined) fullAt.set(name, at - intervalMs);
    },
  };
}

/** Buckets that are full again; else the oldest half. */
function forget(fullAt: Map<string, number>, now: number): void {
  for (const [bucket, at] of fullAt) if (at <= now) fullAt.delete(bucket);
  for (const bucket of fullAt.keys()) {
    if (fullAt.size <= KEPT / 2) return;
    fullAt.delete(bucket);
  }
}
