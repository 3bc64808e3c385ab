import type { Clock, Instant } from "../crm/ports.ts";

/**
 * Time that stands still until everybody waits for it: the next sleeper in (instant, order of asking) wakes, then all
 * promises settle, and so on. Ordinary async code runs on it unchanged and in the same order every time.
 */
export interface VirtualClock extends Clock {
  /** Runs until the promise settles; fails when everybody waits and nobody ever wakes. */
  run<T>(promise: Promise<T>): Promise<T>;
  /** Moves through every wake-up until then. */
  runTo(instant: Instant): Promise<void>;
  /** Runs until no sleeper is left, at most so many wake-ups. */
  runUntilIdle(maxWakeUps?: number): Promise<number>;
  /** Wall clock only, as an administrator or NTP would: the monotonic clock and sleepers stay. */
  jump(ms: number): void;
  readonly sleepers: number;
}

/** Resolves when every promise that could settle without virtual time has settled. */
export type Settle = () => Promise<void>;

interface Sleeper {
  readonly at: number;
  readonly order: number;
  readonly wake: () => void;
}

const START: Instant = Date.UTC(2026, 9, 1, 9, 0, 0);
/** Real work beside the event loop (WebCrypto) gets this many rounds before it counts as stuck. */
const MAX_IDLE_ROUNDS = 2_000;

export function makeVirtualClock(settle: Settle, start: Instant = START): VirtualClock {
  const heap = makeHeap();
  let elapsed = 0;
  let wallOffset = start;
  let order = 0;

  const sleep = (ms: number): Promise<void> =>
    new Promise((wake) => {
      order += 1;
      heap.push({ at: elapsed + Math.max(0, ms), order, wake });
    });
  const wakeNext = async (): Promise<void> => {
    const next = heap.pop();
    if (!next) return;
    elapsed = Math.max(elapsed, next.at);
    next.wake();
    await settle();
  };

  return {
    now: () => Math.floor(wallOffset + elapsed),
    monotonic: () => elapsed,
    sleep,
    turn: () => sleep(0),
    jump: (ms) => {
      wallOffset += ms;
    },
    get sleepers() {
      return heap.size();
    },
    async run(promise) {
      let isSettled = false;
      const mark = () => {
        isSettled = true;
      };
      promise.then(mark, mark);
      let idleRounds = 0;
      await settle();
      while (!isSettled) {
        if (heap.size() > 0) await wakeNext();
        else {
          idleRounds += 1;
          if (idleRounds > MAX_IDLE_ROUNDS) throw new Error("Everybody waits and nobody wakes.");
          await settle();
        }
      }
      return promise;
    },
    async runTo(instant) {
      const target = instant - wallOffset;
      await settle();
      for (let next = heap.peek(); next && next.at <= target; next = heap.peek()) await wakeNext();
      elapsed = Math.max(elapsed, target);
    },
    async runUntilIdle(maxWakeUps = 100_000) {
      await settle();
      let wakeUps = 0;
      while (heap.size() > 0 && wakeUps < maxWakeUps) {
        await wakeNext();
        wakeUps += 1;
      }
      return wakeUps;
    },
  };
}

function makeHeap() {
  const items: Sleeper[] = [];
  const isBefore = (a: Sleeper, b: Sleeper) => a.at < b.at || (a.at === b.at && a.order < b.order);
  const swap = (i: number, j: number) => {
    const held = items[i] as Sleeper;
    items[i] = items[j] as Sleeper;
    items[j] = held;
  };
  return {
    size: () => items.length,
    peek: () => items[0],
    push(sleeper: Sleeper) {
      let at = items.push(sleeper) - 1;
      while (at > 0) {
        const parent = (at - 1) >> 1;
        if (!isBefore(items[at] as Sleeper, items[parent] as Sleeper)) return;
        swap(at, parent);
        at = parent;
      }
    },
    pop(): Sleeper | undefined {
      const top = items[0];
      const last = items.pop();
      if (!top || !last || items.length === 0) return top;
      items[0] = last;
      for (let at = 0; ; ) {
        let least = at;
        for (const child of [2 * at + 1, 2 * at + 2]) {
          const one = items[child];
          if (one && isBefore(one, items[least] as Sleeper)) least = child;
        }
        if (least === at) return top;
        swap(at, least);
        at = least;
      }
    },
  };
}
