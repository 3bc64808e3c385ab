import type { Host, HostLink } from "../crm/host.ts";
import type { Clock, Log, Random } from "../crm/ports.ts";
import type { Lock } from "./lock.ts";
import type { PortalPolicy } from "./portal-api.ts";
import type { Sql } from "./sql.ts";

export interface OutboxPorts {
  readonly sql: Sql;
  readonly host: Host;
  readonly link: HostLink;
  /** Not the lock of the token: a send may need a new one while this is held. */
  readonly lock: Lock;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly policy: Pick<PortalPolicy, "fenceMs" | "tasksPerPersonPerDay">;
  readonly isStopping?: () => boolean;
}

/** Sends of one action before it is given up and shown to a person. */
export const MAX_ROUNDS = 5;
/** What came of one action: `stop` = the road is closed, nothing else should be tried in this step. */
export type Handled = "next" | "stop";

/** What sending needs besides the row. */
export interface OutboxContext extends OutboxPorts {
  readonly fenceMs: number;
  /**
   * Monotonic instants at which attempts of this process ended: a wall clock that jumps must not shorten the fence.
   */
  readonly endedAt: Map<string, number>;
}
