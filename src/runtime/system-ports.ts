import type { Clock, Random } from "../crm/ports.ts";

/** The real clock of both runtimes. */
export function makeSystemClock(turn: () => Promise<void>): Clock {
  return {
    now: () => Date.now(),
    monotonic: () => performance.now(),
    sleep: (ms) => new Promise((resolve) => setTimeout(resolve, Math.max(0, ms))),
    turn,
  };
}

export const systemRandom: Random = {
  next: () => Math.random(),
  bytes: (length) => crypto.getRandomValues(new Uint8Array(length)),
};
