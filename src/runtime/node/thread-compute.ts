import { Worker } from "node:worker_threads";
import type { Clock } from "../../crm/ports.ts";
import { makeInlineCompute } from "../../portal/inline-compute.ts";
import type { PortalCompute, RebuildPart, RebuildTask } from "../../portal/rebuild.ts";
import type { Sql } from "../../portal/sql.ts";

/** What a thread starts from. */
export interface ThreadWork {
  readonly file: string;
  readonly task: RebuildTask;
  /** How many parts have been stored: the thread waits on it. */
  readonly taken: Int32Array;
}

export interface ThreadCompute {
  /** The compute of one portal, whose database lies in `file`. */
  of(file: string, sql: Sql): PortalCompute;
  /** Ends running work; it rejects, and is asked for again after the next start. */
  close(): Promise<void>;
}

export interface ThreadOptions {
  /** Smaller bases take less time than starting a thread. */
  readonly inlinePurchases?: number;
  /** The script of the thread. */
  readonly script?: URL;
  /** Most of its heap; columns lie outside. */
  readonly heapMb?: number;
}

const INLINE_PURCHASES = 2_000;
const HEAP_MB = 1_024;

/** Beside this file, in the bundle and in the sources alike. */
const EXTENSION = import.meta.url.endsWith(".ts") ? "ts" : "js";
const SCRIPT = new URL(`compute-thread.${EXTENSION}`, import.meta.url);

/**
 * Rebuilds bases in a thread with a connection of its own, one base at a time in the process: loading, fitting and scoring
 * happen there, the event loop only stores the parts. A thread that dies rejects its run and takes nothing else with it.
 */
export function makeThreadCompute(
  clock: Pick<Clock, "turn">,
  options: ThreadOptions = {},
): ThreadCompute {
  const { inlinePurchases = INLINE_PURCHASES, script = SCRIPT, heapMb = HEAP_MB } = options;
  const running = new Set<Worker>();
  let isClosed = false;
  let last: Promise<void> = Promise.resolve();

  async function* parts(file: string, task: RebuildTask): AsyncGenerator<RebuildPart> {
    const before = last;
    let done: () => void = () => undefined;
    last = new Promise((resolve) => {
      done = resolve;
    });
    await before;
    try {
      if (isClosed) throw new Error("The process is being stopped.");
      yield* threadParts(file, task, { clock, script, heapMb, running });
    } finally {
      done();
    }
  }

  return {
    of(file, sql) {
      const inline = makeInlineCompute(sql, clock);
      return {
        run: (task) => (isSmall(sql, inlinePurchases) ? inline.run(task) : parts(file, task)),
      };
    },
    async close() {
      isClosed = true;
      await Promise.all([...running].map((thread) => thread.terminate()));
    },
  };
}

function isSmall(sql: Sql, purchases: number): boolean {
  return (
    sql.get("select 1 as more from purchase limit 1 offset ?", Math.max(0, purchases)) === undefined
  );
}

interface ThreadParts {
  readonly clock: Pick<Clock, "turn">;
  readonly script: URL;
  readonly heapMb: number;
  readonly running: Set<Worker>;
}

async function* threadParts(
  file: string,
  task: RebuildTask,
  { clock, script, heapMb, running }: ThreadParts,
): AsyncGenerator<RebuildPart> {
  const taken = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT));
  const work: ThreadWork = { file, task, taken };
  const thread = new Worker(script, {
    workerData: work,
    resourceLimits: { maxOldGenerationSizeMb: heapMb },
  });
  running.add(thread);
  const next = inboxOf(thread);
  try {
    for (;;) {
      const part = await next();
      if (part === null) return;
      yield part;
      Atomics.add(taken, 0, 1);
      Atomics.notify(taken, 0);
      // Parts that wait here already must not keep requests waiting.
      await clock.turn();
    }
  } finally {
    running.delete(thread);
    await thread.terminate();
  }
}

/** The messages of a thread one by one. Rejects when it fails or ends before it has said so. */
function inboxOf(thread: Worker): () => Promise<RebuildPart | null> {
  const waiting: (RebuildPart | null)[] = [];
  let failure: Error | null = null;
  let wake: () => void = () => undefined;
  thread.on("message", (part: RebuildPart | null) => {
    waiting.push(part);
    wake();
  });
  thread.on("error", (cause: Error) => {
    failure ??= cause;
    wake();
  });
  thread.on("exit", (code) => {
    failure ??= new Error(`The computing thread ended with ${code}.`);
    wake();
  });
  return async () => {
    while (waiting.length === 0) {
      if (failure) throw failure;
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    }
    return waiting.shift() ?? null;
  };
}
