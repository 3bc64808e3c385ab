import type { Clock, Compute } from "../crm/ports.ts";

const SLICE_MS = 15;

/** Runs heavy jobs in short slices and lets requests through between them. */
export function makeInlineCompute(clock: Clock): Compute {
  return {
    async run(job) {
      for (;;) {
        const result = job.slice(SLICE_MS);
        if (result !== null) return result;
        await clock.turn();
      }
    },
  };
}
