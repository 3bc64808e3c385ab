/** The two limits of a portal: requests per second, and execution seconds per application and method. */

export interface BucketPlan {
  /** Requests drained per second. */
  readonly drain: number;
  /** Requests that fit at once. */
  readonly size: number;
}

export interface Bucket {
  /** Counts one request; false when the bucket is full. */
  take(now: number): boolean;
}

export function leakyBucket(plan: BucketPlan, speed: number): Bucket {
  let level = 0;
  let updatedAt = 0;
  return {
    take(now) {
      const leaked = ((now - updatedAt) / 1000) * plan.drain * speed;
      level = Math.max(0, level - Math.max(0, leaked));
      updatedAt = now;
      if (level + 1 > plan.size) return false;
      level += 1;
      return true;
    },
  };
}

export interface Operating {
  /** Seconds used inside the window. */
  used(key: string, now: number): number;
  add(key: string, seconds: number, now: number): void;
  /** Unix seconds at which the oldest basket leaves the window. */
  resetAt(key: string, now: number): number;
  isBlocked(key: string, now: number): boolean;
}

const BASKETS = 10;

/** Ten one-minute baskets per key; `speed` shortens the minute. */
export function operatingMeter(limitSeconds: number, speed: number): Operating {
  const minute = 60_000 / speed;
  const baskets = new Map<string, Map<number, number>>();

  const live = (key: string, now: number): Map<number, number> => {
    const found = baskets.get(key) ?? new Map<number, number>();
    baskets.set(key, found);
    const oldest = Math.floor(now / minute) - BASKETS;
    for (const slot of found.keys()) if (slot <= oldest) found.delete(slot);
    return found;
  };
  const used = (key: string, now: number): number => {
    let sum = 0;
    for (const seconds of live(key, now).values()) sum += seconds;
    return Math.round(sum * 1e6) / 1e6;
  };

  return {
    used,
    add(key, seconds, now) {
      const slot = Math.floor(now / minute);
      const mine = live(key, now);
      mine.set(slot, (mine.get(slot) ?? 0) + seconds);
    },
    resetAt(key, now) {
      const slots = [...live(key, now).keys()];
      const oldest = slots.length === 0 ? Math.floor(now / minute) : Math.min(...slots);
      return Math.ceil(((oldest + BASKETS) * minute) / 1000);
    },
    isBlocked: (key, now) => used(key, now) >= limitSeconds,
  };
}
