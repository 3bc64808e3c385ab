import type { Site } from "../../../src/runtime/node/sandbox-sites.ts";

/** One request of the app as the CRM saw it. */
export interface TappedCall {
  readonly method: string;
  /** Path with its query. */
  readonly path: string;
  readonly body: string;
  /** Which life of the app sent it, from 1. */
  readonly life: number;
  /** Monotonic milliseconds of the arrival. */
  readonly at: number;
}

/**
 * Where in a call the app dies. `lost`: its request never arrives. `arrived`: it is dead, the request is carried out.
 * `carried`: it dies before the answer leaves. `answered`: some milliseconds after the answer has left.
 */
export type Moment = "lost" | "arrived" | "carried" | "answered";

export interface Trap {
  readonly matches: (call: TappedCall) => boolean;
  /** Springs at this matching call, from 1. */
  readonly at: number;
  readonly moment: Moment;
  /** For `answered`. */
  readonly delayMs: number;
}

/** Sits on the line between the app and a CRM; writes down what passes and kills the app at chosen moments. */
export interface Tap {
  readonly calls: readonly TappedCall[];
  onCall(
    product: Site["product"],
    request: Request,
    serve: () => Promise<Response>,
  ): Promise<Response>;
  /** Resolves when the app is dead. One trap at a time. */
  set(trap: Trap): Promise<void>;
  /** False when the trap has sprung already: its promise resolves soon. */
  disarm(): boolean;
}

export interface TapParts {
  readonly product: Site["product"];
  readonly life: () => number;
  readonly kill: () => Promise<void>;
}

export function makeTap({ product: own, life, kill }: TapParts): Tap {
  const calls: TappedCall[] = [];
  let armed:
    | (Trap & { seen: number; sprung: () => void; failed: (cause: unknown) => void })
    | null = null;

  const springs = (call: TappedCall) => {
    if (armed === null || !armed.matches(call)) return null;
    armed.seen += 1;
    if (armed.seen < armed.at) return null;
    const trap = armed;
    armed = null;
    return { ...trap, kill: () => kill().then(trap.sprung, trap.failed) };
  };

  return {
    calls,
    async onCall(product, request, serve) {
      if (product !== own) return serve();
      const url = new URL(request.url);
      const call: TappedCall = {
        method: request.method,
        path: url.pathname + url.search,
        body: request.method === "GET" ? "" : await request.clone().text(),
        life: life(),
        at: performance.now(),
      };
      calls.push(call);
      const trap = springs(call);
      if (trap?.moment === "lost" || trap?.moment === "arrived") await trap.kill();
      if (trap?.moment === "lost") throw new Error("the line is dead");
      try {
        return await serve();
      } finally {
        // Also when the CRM cuts the line at this very call.
        if (trap?.moment === "carried") await trap.kill();
        if (trap?.moment === "answered") setTimeout(() => void trap.kill(), trap.delayMs);
      }
    },
    set(trap) {
      return new Promise((sprung, failed) => {
        armed = { ...trap, seen: 0, sprung, failed };
      });
    },
    disarm() {
      const wasArmed = armed !== null;
      armed = null;
      return wasArmed;
    },
  };
}
