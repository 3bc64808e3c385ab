import type { ApiUse } from "../crm/api-use.ts";
import { AppError } from "../crm/error.ts";
import type { Host } from "../crm/host.ts";
import type { Clock } from "../crm/ports.ts";
import { readApiUse } from "./api-use.ts";
import type { Limiter } from "./limiter.ts";
import { clearPause, NEVER_ENDING, OPERATOR_PAUSE, pausedUntil, setPause } from "./pauses.ts";
import type { Portal } from "./portal-api.ts";
import { readPortal } from "./portal-row.ts";
import { planAgain } from "./scans.ts";
import type { Sql, SqlReader } from "./sql.ts";
import { makeZone } from "./zone.ts";

export interface OperationParts {
  readonly sql: Sql;
  readonly host: Host;
  readonly clock: Clock;
  readonly limiter: Limiter;
}

/** What operators and administrators do to a portal as a whole. */
export function makeOperation({
  sql,
  host,
  clock,
  limiter,
}: OperationParts): Pick<
  Portal,
  "setPaused" | "resync" | "apiUse" | "setApiRate" | "lostConnection"
> {
  const apiUse = () => readUse(sql, clock, limiter);
  return {
    async lostConnection() {
      const portal = readPortal(sql);
      if (portal?.state !== "reconnect") return null;
      return { url: host.connectPath?.(portal) ?? null };
    },
    async setPaused(isPaused) {
      if (isPaused) setPause(sql, OPERATOR_PAUSE, NEVER_ENDING, "operator");
      else clearPause(sql, OPERATOR_PAUSE);
    },
    async resync() {
      sql.transaction(() => planAgain(sql, clock.now()));
    },
    apiUse: async () => apiUse(),
    async setApiRate(requestsPerSecond) {
      const { requestsPerSecond: usual, hostRequestsPerSecond: most } = host.limits;
      const highest = most === undefined ? usual : most - 1;
      if (requestsPerSecond !== null && !(requestsPerSecond >= 1 && requestsPerSecond <= highest)) {
        throw new AppError("input.invalid", { details: { field: "requestsPerSecond", highest } });
      }
      sql.run("update portal set api_rate = ?", requestsPerSecond);
      limiter.setRate(requestsPerSecond);
      return apiUse();
    },
  };
}

/** Throws AppError `portal.unknown`. */
export function readUse(sql: SqlReader, clock: Pick<Clock, "now">, limiter: Limiter): ApiUse {
  const portal = readPortal(sql);
  if (!portal) throw new AppError("portal.unknown");
  const zone = makeZone(portal.time_zone);
  return readApiUse(sql, { zone, rate: limiter.rate(), now: clock.now() });
}

export function isPausedByOperator(sql: SqlReader): boolean {
  return pausedUntil(sql, OPERATOR_PAUSE, 0) !== null;
}
