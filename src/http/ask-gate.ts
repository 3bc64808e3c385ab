import type { Clock } from "../crm/ports.ts";

const INTERVAL_MS = 1_000;
const BURST = 50;

/**
 * How often a stranger may make us ask a portal who they are. A host counts our calls by address, so a flood of made-up
 * tokens would otherwise spend the allowance of the portal's own reading. One bucket a portal; proven callers are cached
 * and do not come here.
 */
export function makeAskGate(clock: Pick<Clock, "monotonic">): (key: string) => boolean {
  const fullAt = new Map<string, number>();
  return (key) => {
    const now = clock.monotonic();
    const at = Math.max(now, fullAt.get(key) ?? now);
    if (at - now > (BURST - 1) * INTERVAL_MS) return false;
    fullAt.set(key, at + INTERVAL_MS);
    return true;
  };
}
