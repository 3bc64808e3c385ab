import { AppError } from "../crm/error.ts";
import type { HostLimits } from "../crm/host.ts";
import type { Clock, Log } from "../crm/ports.ts";

/** What all portals of one host share because the host sees one address behind them. */
export interface Egress {
  /** Waits for the address's own rate. Throws AppError `host.rate_limited` while the host refuses the address. */
  enter(): Promise<void>;
  /** The host refuses everything from here for so long, whoever asks. */
  blocked(ms: number): void;
  /** The host answered somebody: it does not refuse the address any more. */
  answered(): void;
}

/**
 * A CRM that has been asked too often refuses the whole address, so one portal's trouble is everybody's: nobody asks until
 * the block is over, then one request finds out. Waiting requests go in the order of asking.
 */
export function makeEgress(clock: Clock, limits: HostLimits, speed: number, log: Log): Egress {
  const rate = limits.requestsPerSecondOfAddress ?? null;
  const intervalMs = rate === null ? 0 : 1_000 / (rate * speed);
  let nextAt = clock.monotonic();
  let blockedUntil = Number.NEGATIVE_INFINITY;
  /** Sent after a block, not yet answered: the others wait for what it brings. */
  let probedAt: number | null = null;

  return {
    async enter() {
      const now = clock.monotonic();
      if (now < blockedUntil) throw paused(blockedUntil - now);
      if (blockedUntil > Number.NEGATIVE_INFINITY) {
        if (probedAt !== null && now - probedAt < PROBE_MS) throw paused(PROBE_MS);
        probedAt = now;
      }
      if (intervalMs === 0) return;
      const at = Math.max(now, nextAt);
      nextAt = at + intervalMs;
      if (at > now) await clock.sleep(at - now);
    },
    blocked(ms) {
      // Such a host refuses one portal, and the others hear nothing of it.
      if (rate === null) return;
      probedAt = null;
      blockedUntil = Math.max(blockedUntil, clock.monotonic() + ms / speed);
      log.error("egress.blocked", { ms });
    },
    answered() {
      if (blockedUntil === Number.NEGATIVE_INFINITY || clock.monotonic() < blockedUntil) return;
      blockedUntil = Number.NEGATIVE_INFINITY;
      probedAt = null;
      log.info("egress.unblocked");
    },
  };
}

/** How long a probe may take before another portal tries. */
const PROBE_MS = 30_000;

function paused(retryAfterMs: number): AppError {
  return new AppError("host.rate_limited", { retryAfterMs, details: { paused: true } });
}
