import type { Clock } from "../crm/ports.ts";
import { type PortalCompute, rebuildParts } from "./rebuild.ts";
import type { Sql } from "./sql.ts";

/** Computes on the portal's own thread and connection, and lets requests through between parts. */
export function makeInlineCompute(sql: Sql, clock: Pick<Clock, "turn">): PortalCompute {
  return {
    async *run(task) {
      for (const part of rebuildParts(sql, task)) {
        yield part;
        await clock.turn();
      }
    },
  };
}
