import { errorCode } from "../crm/error.ts";
import type { Clock, Instant, Log } from "../crm/ports.ts";

/** A part of a portal's work that knows when it wants to run next; null = nothing planned. */
export interface TickStep {
  readonly name: string;
  step(): Promise<Instant | null>;
}

/** A step that throws has a mistake in it: slow enough not to burn, fast enough to heal. */
const AFTER_MISTAKE_MS = 60_000;

/**
 * Runs the steps in order and answers with the earliest wish. Never rejects and never overlaps: a call during a run makes
 * it go round once more, because what caused the call may be new work.
 */
export function makeTick(
  steps: readonly TickStep[],
  clock: Clock,
  log: Log,
  isStopping: () => boolean = () => false,
): () => Promise<Instant | null> {
  let running: Promise<Instant | null> | null = null;
  let isCalledAgain = false;

  const once = async (): Promise<Instant | null> => {
    const wishes: Instant[] = [];
    for (const { name, step } of steps) {
      if (isStopping()) break;
      try {
        const wish = await step();
        if (wish !== null) wishes.push(wish);
      } catch (cause) {
        log.error("tick.step_failed", { step: name, code: errorCode(cause), reason: kind(cause) });
        wishes.push(clock.now() + AFTER_MISTAKE_MS);
      }
    }
    return wishes.length === 0 ? null : Math.round(Math.min(...wishes));
  };
  const untilQuiet = async (): Promise<Instant | null> => {
    let wish: Instant | null = null;
    do {
      isCalledAgain = false;
      wish = await once();
    } while (isCalledAgain && !isStopping());
    return wish;
  };

  return () => {
    if (running !== null) {
      isCalledAgain = true;
      return running;
    }
    running = untilQuiet().finally(() => {
      running = null;
    });
    return running;
  };
}

/** The class of a mistake; its message may hold data. */
function kind(cause: unknown): string {
  return cause instanceof Error ? cause.name : typeof cause;
}
