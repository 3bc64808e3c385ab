import { AppError } from "../crm/error.ts";
import type { HostLimits, HostRates } from "../crm/host.ts";
import type { Clock } from "../crm/ports.ts";
import { closedUntil, HOST_PAUSE, setPause } from "./pauses.ts";
import type { Sql } from "./sql.ts";

/** A pause up to this long is slept through; a longer one is left to the schedule. */
const LONGEST_WAIT_MS = 2_000;
const FIRST_PAUSE_MS = 1_000;
const LONGEST_PAUSE_MS = 60_000;
const LEAST_SHARE = 0.1;
/** Share of the full rate won back by each good answer. */
const RECOVERY = 0.01;
/** Others in the account stay for a while: until then we do not climb above what leaves them room. */
const CONTENDED_MS = 60_000;

/** Requests a second. */
export interface LimiterRate {
  /** What the host allows an app. */
  readonly host: number;
  /** What we allow ourselves. */
  readonly allowed: number;
  /** What we take now, after the host's complaints. */
  readonly now: number;
}

export interface Limiter {
  /**
   * Waits for a free place and for the rate, in the order of asking; the result gives the place back.
   * Throws AppError `host.rate_limited` with `retryAfterMs` while the portal is paused.
   */
  enter(): Promise<() => void>;
  /** The host said no: half the rate and a pause that doubles while it keeps saying so. */
  slowDown(retryAfterMs: number | null): void;
  /** The host answered well. */
  speedUp(): void;
  /** Requests a second from now on, within what the host allows; null = the host's usual. */
  setRate(requestsPerSecond: number | null): void;
  rate(): LimiterRate;
  /** One request at a time, to find out whether the host is back. */
  setProbing(isProbing: boolean): void;
}

/**
 * A token bucket as the generic cell rate algorithm (GCRA): the n-th request of a burst is planned exactly when the bucket
 * would have a token for it. A new limiter has one token, so that restarts cannot add up to more than the rate.
 */
export function makeLimiter(
  sql: Sql,
  clock: Clock,
  limits: HostLimits,
  speed: number,
  rates: () => HostRates = () => limits,
): Limiter {
  const place = makePlaces(limits.concurrency);
  const hostRate = () => limits.hostRequestsPerSecond ?? rates().requestsPerSecond;
  let wanted: number | null = null;
  const allowed = () => {
    const most = limits.hostRequestsPerSecond === undefined ? hostRate() : hostRate() - 1;
    return Math.min(most, wanted ?? rates().requestsPerSecond);
  };
  const fullRate = () => (allowed() * speed) / 1_000;
  /** A burst and a second at the full rate must fit into one second of the host. */
  const credit = () => {
    const { burst } = rates();
    const room = limits.hostRequestsPerSecond === undefined ? burst : hostRate() - allowed();
    return Math.max(0, Math.min(burst, room) - 1);
  };
  const contended = () => Math.min(1, (limits.contendedRequestsPerSecond ?? 0) / allowed());
  let share = 1;
  let strikes = 0;
  let contendedUntil = Number.NEGATIVE_INFINITY;
  /** When the bucket would be full again, on the monotonic clock. */
  let fullAt = clock.monotonic() + credit() / fullRate();

  const assertNotPaused = async (): Promise<void> => {
    const until = closedUntil(sql, clock.now());
    if (until === null) return;
    const waitMs = until - clock.now();
    if (waitMs > LONGEST_WAIT_MS) {
      throw new AppError("host.rate_limited", { retryAfterMs: waitMs, details: { paused: true } });
    }
    await clock.sleep(waitMs);
  };
  /** One after another, and judged by the clock at the moment of going: a process that stood still sends no clump. */
  let queue: Promise<void> = Promise.resolve();
  const takeToken = async (): Promise<void> => {
    for (;;) {
      const interval = 1 / (fullRate() * share);
      const now = clock.monotonic();
      const startAt = fullAt - credit() * interval;
      if (startAt <= now) {
        fullAt = Math.max(now, fullAt) + interval;
        return;
      }
      await clock.sleep(startAt - now);
    }
  };
  const waitForToken = (): Promise<void> => {
    const mine = queue.then(takeToken);
    queue = mine.catch(() => undefined);
    return mine;
  };

  return {
    async enter() {
      const leave = await place.take();
      try {
        await assertNotPaused();
        await waitForToken();
        // Others may have been refused while this one slept.
        await assertNotPaused();
        return leave;
      } catch (cause) {
        leave();
        throw cause;
      }
    },
    slowDown(retryAfterMs) {
      const ownMs = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** strikes) / speed;
      strikes = Math.min(strikes + 1, 10);
      // We were within the host's figure, so others were asking too: they are left room before anything is halved.
      share =
        share > contended() && contended() > 0 ? contended() : Math.max(LEAST_SHARE, share / 2);
      contendedUntil = clock.monotonic() + CONTENDED_MS / speed;
      setPause(sql, HOST_PAUSE, clock.now() + Math.max(retryAfterMs ?? 0, ownMs), "rate");
    },
    speedUp() {
      strikes = 0;
      const isContended = contended() > 0 && clock.monotonic() < contendedUntil;
      share = Math.max(share, Math.min(isContended ? contended() : 1, share + RECOVERY));
    },
    setRate(requestsPerSecond) {
      wanted = requestsPerSecond;
    },
    rate: () => ({
      host: hostRate(),
      allowed: allowed(),
      now: Math.round(allowed() * share * 10) / 10,
    }),
    setProbing(isProbing) {
      place.setSize(isProbing ? 1 : limits.concurrency);
    },
  };
}

function makePlaces(size: number) {
  const waiting: (() => void)[] = [];
  let capacity = Math.max(1, size);
  let taken = 0;
  const admit = () => {
    while (taken < capacity) {
      const next = waiting.shift();
      if (!next) return;
      taken += 1;
      next();
    }
  };
  const leaveOnce = () => {
    let hasLeft = false;
    return () => {
      if (hasLeft) return;
      hasLeft = true;
      taken -= 1;
      admit();
    };
  };
  return {
    take: () =>
      new Promise<() => void>((resolve) => {
        waiting.push(() => resolve(leaveOnce()));
        admit();
      }),
    setSize(next: number) {
      capacity = Math.max(1, next);
      admit();
    },
  };
}
