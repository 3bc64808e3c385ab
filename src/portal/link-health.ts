import type { ErrorCode } from "../crm/error.ts";
import type { Clock, Log, Random } from "../crm/ports.ts";
import { backoffMs } from "./backoff.ts";
import type { Egress } from "./egress.ts";
import type { Limiter } from "./limiter.ts";
import { clearPause, HOST_PAUSE, setPause } from "./pauses.ts";
import { isExpired } from "./payment.ts";
import { enterTrouble, healthyState, readPortal, setState } from "./portal-row.ts";
import { STATE_RULES } from "./portal-state.ts";
import type { Sql } from "./sql.ts";

/** After so many failures in a row the portal counts as degraded, and then calls are made one at a time. */
const DEGRADED_AFTER = 3;
const CIRCUIT_AFTER = 5;
/** A block is lifted by people; a licence is paid by people. */
const PROBE_EVERY_MS = 3_600_000;
/** Where the host does not say how long it refuses our address. */
const ADDRESS_BLOCK_MS = 10 * 60_000;

/** Steps of the back-off that a refused fresh token starts at: a minute or so. */
const REFUSED_TOKEN_HEAD_START = 6;
/** Our own credentials are refused: the operator has to act, and asking more often helps nobody. */
const CONFIG_PROBE_MS = 600_000;

interface Failure {
  readonly code: ErrorCode;
  readonly retryAfterMs: number | null;
  /** The host closed one method only. */
  readonly isMethodLimit: boolean;
}

/** What answers say about the portal as a whole. */
export interface LinkHealth {
  good(): void;
  bad(failure: Failure): void;
}

export interface HealthParts {
  readonly sql: Sql;
  readonly clock: Clock;
  readonly random: Random;
  readonly limiter: Limiter;
  readonly log: Log;
  readonly egress?: Egress;
  /** How much faster than life our own waits run; default 1. */
  readonly speed?: number;
}

export function makeLinkHealth(parts: HealthParts): LinkHealth {
  const { sql, clock, random, limiter, log, egress, speed = 1 } = parts;
  let failures = 0;
  /** The circuit was opened: until an answer is good, one request at a time. */
  let isOpen = false;

  const enter = (state: Parameters<typeof enterTrouble>[1], reason: string) => {
    if (!enterTrouble(sql, state, reason, clock.now())) return;
    log.warn("portal.state", { portal: readPortal(sql)?.key ?? null, state, reason });
  };
  const stop = (ms: number, reason: string) => {
    isOpen = true;
    limiter.setProbing(true);
    setPause(sql, HOST_PAUSE, clock.now() + ms, reason);
  };
  const countFailure = (retryAfterMs: number | null) => {
    failures += 1;
    const state = readPortal(sql)?.state;
    if (failures >= DEGRADED_AFTER && state === "active") enter("degraded", "host_errors");
    if (failures >= CIRCUIT_AFTER) {
      stop(Math.max(retryAfterMs ?? 0, backoffMs(failures - CIRCUIT_AFTER, random)), "errors");
    }
  };

  return {
    good() {
      if (failures >= CIRCUIT_AFTER) clearPause(sql, HOST_PAUSE);
      failures = 0;
      limiter.speedUp();
      // Also in states that no answer ends (a first sync goes on as `installing`).
      if (isOpen) limiter.setProbing(false);
      isOpen = false;
      const portal = readPortal(sql);
      if (!portal || !STATE_RULES[portal.state].healsByAnswer || isExpired(portal)) return;
      const { state } = portal;
      clearPause(sql, HOST_PAUSE);
      setState(sql, healthyState(sql), null, clock.now());
      log.info("portal.recovered", { portal: readPortal(sql)?.key ?? null, before: state });
    },
    bad({ code, retryAfterMs, isMethodLimit }) {
      switch (code) {
        case "host.rate_limited":
          if (!isMethodLimit) limiter.slowDown(retryAfterMs);
          return;
        case "host.blocked":
          egress?.blocked(retryAfterMs ?? ADDRESS_BLOCK_MS);
          stop(Math.max(retryAfterMs ?? 0, PROBE_EVERY_MS) / speed, "blocked");
          return enter("throttled", "blocked");
        case "host.payment_required":
          stop(PROBE_EVERY_MS / speed, "payment");
          return enter("payment_required", "host");
        case "host.portal_deleted":
          return enter("suspended", "portal_deleted");
        case "host.token_revoked":
          return enter("reconnect", "token_revoked");
        case "host.token_expired":
          // A fresh token is refused like the old one; to renew it again and again is held against an app.
          failures += 1;
          return stop(backoffMs(failures + REFUSED_TOKEN_HEAD_START, random), "token");
        case "config.invalid":
          return stop(CONFIG_PROBE_MS, "config");
        case "host.unreachable":
        case "host.timeout":
        case "host.unavailable":
          return countFailure(retryAfterMs);
        default:
          // The host answered: it is there.
          failures = 0;
      }
    },
  };
}
