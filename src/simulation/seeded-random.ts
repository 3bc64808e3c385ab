import { seededRandom } from "../analytics/simulate.ts";
import type { Random } from "../crm/ports.ts";

/** Repeatable chance for sandboxes and simulations; its bytes are no secrets. */
export function makeSeededRandom(seed: number): Random {
  const next = seededRandom(seed);
  return {
    next,
    bytes: (length) => Uint8Array.from({ length }, () => Math.floor(next() * 256)),
  };
}
