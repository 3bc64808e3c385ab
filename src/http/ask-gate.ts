import type { Clock } from "../crm/ports.ts";

const INTERVAL_MS = 1_000;
const BURST = 50;
const KEPT = 10_000;

/** How often a stranger may make us ask a portal who they are. */
export interface AskGate {
  /** false = this caller has sent too many tokens that proved nothing. */
  mayAsk(key: string, caller: string): boolean;
  /** The token was good: asking for it costs nothing. */
  wasProven(key: string, caller: string): void;
}

/**
 * A host counts our calls by address, so a flood of made-up tokens would otherwise spend the allowance of the portal's own
 * reading. One bucket a portal and caller's network address: a flood locks out the one who sends it, not the office.
 */
export function makeAskGate(clock: Pick<Clock, "monotonic">): AskGate {
  const fullAt = new Map<string, number>();
  const place = (key: string, caller: string) => `${key}\n${caller}`;
  return {
    mayAsk(key, caller) {
      const bucket = place(key, caller);
      const now = clock.monotonic();
      const at = Math.max(now, fullAt.get(bucket) ?? now);
      if (at - now > (BURST - 1) * INTERVAL_MS) return false;
      if (fullAt.size >= KEPT) forget(fullAt, now);
      fullAt.set(bucket, at + INTERVAL_MS);
      return true;
    },
    wasProven(key, caller) {
      const bucket = place(key, caller);
      const at = fullAt.get(bucket);
      if (at !== undefined) fullAt.set(bucket, at - INTERVAL_MS);
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
