import type { Random } from "../crm/ports.ts";

const FIRST_MS = 1_000;
const LONGEST_MS = 15 * 60_000;

/**
 * Waiting time before try number `attempts + 1`: full jitter over a range that doubles from one second to fifteen
 * minutes. Never below a quarter of the range, so that a crowd of failures cannot hammer.
 */
export function backoffMs(attempts: number, random: Random): number {
  const range = Math.min(LONGEST_MS, FIRST_MS * 2 ** Math.min(attempts, 20));
  return Math.round(range * (0.25 + 0.75 * random.next()));
}
