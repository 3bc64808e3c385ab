import type { Snapshot, Tier } from "./types.ts";

/** A smaller base gives facts, and no probabilities. */
export const MIN_CLIENTS = 50;
export const MIN_REPEAT_BUYERS = 20;
const MIN_SHARE_RETURNING = 0.02;
/** From here on a base can show how regular its clients are, and has enough past to learn a layer from. */
export const TIER_2_CLIENTS = 500;
/** From here on the layer also learns from contacts and deals. */
export const TIER_3_CLIENTS = 2_000;

/** The tier of a base by its size, and why there are no probabilities in tier 0. */
export function tierOf(
  clients: number,
  repeatBuyers: number,
): { tier: Tier; tierReason: Snapshot["tierReason"] } {
  if (clients < MIN_CLIENTS) return { tier: 0, tierReason: "few_clients" };
  if (repeatBuyers < MIN_SHARE_RETURNING * clients)
    return { tier: 0, tierReason: "nobody_returns" };
  if (repeatBuyers < MIN_REPEAT_BUYERS) return { tier: 0, tierReason: "few_repeat_buyers" };
  if (clients < TIER_2_CLIENTS) return { tier: 1, tierReason: null };
  return { tier: clients < TIER_3_CLIENTS ? 2 : 3, tierReason: null };
}
