import { availableParallelism } from "node:os";
import type { Worker } from "node:worker_threads";
import type { Clock } from "../../crm/ports.ts";
import type { CountedFigures, FiguresCompute, FiguresTask } from "../../portal/base-figures.ts";
import { makeInlineCompute } from "../../portal/inline-compute.ts";
import type { PortalCompute, RebuildPart, RebuildTask } from "../../portal/rebuild.ts";
import type { Sql } from "../../portal/sql.ts";
import { makeThreadPool, type ThreadPool } from "./thread-pool.ts";

/** What a thread is given to do. */
export interface ThreadWork {
  readonly file: string;
  readonly task: RebuildTask;
  /** null = the thread is alone. */
  readonly share: SharedWork | null;
  /** How many of its parts have been stored: the thread waits on it. */
  readonly taken: Int32Array;
}

/** Figures of one portal to be counted. */
export interface CountWork {
  readonly file: string;
  readonly figures: FiguresTask;
}

/** What the threads of one rebuild have in common. */
export interface SharedWork {
  readonly isFirst: boolean;
  readonly rangePurchases: number;
  /** 1 once the snapshot of the first has been posted to the others. */
  readonly hasSnapshot: Int32Array;
  /** Ranges that are taken. */
  readonly cursor: Int32Array;
  /** Bytes of `plan` that are written; 0 = not yet. */
  readonly planSize: Int32Array;
  /** Ends of the ranges as JSON. */
  readonly plan: Uint8Array;
}

export interface ThreadCompute {
  /** Counts the figures of one portal in a thread of its own, so that no rebuild is waited for. */
  figuresOf(file: string, sql: Sql): FiguresCompute;
  /** The compute of one portal, whose database lies in `file`. */
  of(file: string, sql: Sql): PortalCompute;
  /** Ends running work; it rejects, and is asked for again after the next start. */
  close(): Promise<void>;
}

export interface ThreadOptions {
  /** Smaller bases take less time than starting a thread. */
  readonly inlinePurchases?: number;
  /** Larger bases are shared by two threads, where the machine has two processors. */
  readonly sharedPurchases?: number;
  /** Purchases of a range of clients, of which a thread takes one after another. */
  readonly rangePurchases?: number;
  /** The script of the thread. */
  readonly script?: URL;
  /** Most of its heap; columns lie outside. */
  readonly heapMb?: number;
}

const INLINE_PURCHASES = 2_000;
const SHARED_PURCHASES = 200_000;
const HEAP_MB = 1_024;
/** Portals of one night follow each other within minutes. */
const IDLE_MS = 600_000;
/** A few dozen ranges of a million clients: no thread waits long for the other at the end. */
const RANGE_PURCHASES = 50_000;
/** Room for thousands of ranges. */
const PLAN_BYTES = 1 << 20;

/** Beside this file, in the bundle and in the sources alike. */
const EXTENSION = import.meta.url.endsWith(".ts") ? "ts" : "js";
const SCRIPT = new URL(`compute-thread.${EXTENSION}`, import.meta.url);

/**
 * Rebuilds bases in a thread with a connection of its own, one base at a time in the process: loading, fitting and scoring
 * happen there, the event loop only stores the parts. A thread that dies rejects its run and takes nothing else with it; one
 * that is done is kept for a while.
 */
export function makeThreadCompute(
  clock: Pick<Clock, "turn">,
  options: ThreadOptions = {},
): ThreadCompute {
  const { inlinePurchases = INLINE_PURCHASES, script = SCRIPT, heapMb = HEAP_MB } = options;
  const { rangePurchases = RANGE_PURCHASES } = options;
  const sharedPurchases =
    options.sharedPurchases ??
    (availableParallelism() > 1 ? SHARED_PURCHASES : Number.MAX_SAFE_INTEGER);
  const pool = makeThreadPool({ script, heapMb, idleMs: IDLE_MS });
  const counters = makeThreadPool({ script, heapMb, idleMs: IDLE_MS });
  let lastCount: Promise<unknown> = Promise.resolve();
  /** One after the other: two large bases at once would need twice the memory. */
  const counts = (count: () => Promise<CountedFigures>): Promise<CountedFigures> => {
    const next = lastCount.then(() => {
      if (isClosed) throw new Error("The process is being stopped.");
      return count();
    });
    lastCount = next.catch(() => undefined);
    return next;
  };
  let isClosed = false;
  let last: Promise<void> = Promise.resolve();

  async function* parts(
    file: string,
    task: RebuildTask,
    shares: number,
  ): AsyncGenerator<RebuildPart> {
    const before = last;
    let done: () => void = () => undefined;
    last = new Promise((resolve) => {
      done = resolve;
    });
    await before;
    try {
      if (isClosed) throw new Error("The process is being stopped.");
      yield* threadParts(file, task, { clock, pool, shares, rangePurchases });
    } finally {
      done();
    }
  }

  return {
    of(file, sql) {
      const inline = makeInlineCompute(sql, clock);
      return {
        run: (task) =>
          isSmall(sql, inlinePurchases)
            ? inline.run(task)
            : parts(file, task, isSmall(sql, sharedPurchases) ? 1 : 2),
      };
    },
    figuresOf(file, sql) {
      return {
        count: (figures) =>
          isSmall(sql, inlinePurchases)
            ? null
            : counts(() => countInThread(counters, file, figures)),
      };
    },
    async close() {
      isClosed = true;
      await Promise.all([pool.close(), counters.close()]);
    },
  };
}

function isSmall(sql: Sql, purchases: number): boolean {
  return (
    sql.get("select 1 as more from purchase limit 1 offset ?", Math.max(0, purchases)) === undefined
  );
}

async function countInThread(
  pool: ThreadPool,
  file: string,
  figures: FiguresTask,
): Promise<CountedFigures> {
  const thread = pool.take();
  let found: CountedFigures | null = null;
  try {
    found = await new Promise<CountedFigures>((resolve, reject) => {
      thread.on("message", resolve);
      thread.on("error", reject);
      thread.on("exit", (code) => reject(new Error(`The counting thread ended with ${code}.`)));
      thread.postMessage({ file, figures } satisfies CountWork);
    });
    return found;
  } finally {
    if (found === null) await pool.end(thread);
    else pool.give(thread);
  }
}

interface ThreadParts {
  readonly clock: Pick<Clock, "turn">;
  readonly pool: ThreadPool;
  readonly shares: number;
  readonly rangePurchases: number;
}

const counter = () => new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT));

function raise(count: Int32Array): void {
  Atomics.add(count, 0, 1);
  Atomics.notify(count, 0);
}

async function* threadParts(
  file: string,
  task: RebuildTask,
  { clock, pool, shares, rangePurchases }: ThreadParts,
): AsyncGenerator<RebuildPart> {
  const hasSnapshot = counter();
  const plan = new Uint8Array(new SharedArrayBuffer(shares === 1 ? 0 : PLAN_BYTES));
  const common = { hasSnapshot, cursor: counter(), planSize: counter(), plan };
  const threads = Array.from({ length: shares }, (_, at) => {
    const taken = counter();
    const share = shares === 1 ? null : { isFirst: at === 0, rangePurchases, ...common };
    const work: ThreadWork = { file, task, share, taken };
    const thread = pool.take();
    thread.postMessage(work);
    return { thread, taken };
  });
  const next = inboxOf(threads.map(({ thread }) => thread));
  let open = shares;
  try {
    while (open > 0) {
      const { from, part } = await next();
      if (part === null) {
        open -= 1;
        continue;
      }
      yield part;
      if (part.kind === "snapshot") {
        for (const { thread } of threads.slice(1)) thread.postMessage(part.snapshot);
        raise(hasSnapshot);
      }
      raise((threads[from] as { taken: Int32Array }).taken);
      // Parts that wait here already must not keep requests waiting.
      await clock.turn();
    }
  } finally {
    // Threads of a large base hold memory that a small one has no use for.
    const isKept = open === 0 && shares === 1;
    await Promise.all(threads.map(({ thread }) => (isKept ? pool.give(thread) : pool.end(thread))));
  }
}

interface Message {
  /** Number of the thread. */
  readonly from: number;
  readonly part: RebuildPart | null;
}

/** The messages of all threads one by one. Rejects when one fails or ends before it has said so. */
function inboxOf(threads: readonly Worker[]): () => Promise<Message> {
  const waiting: Message[] = [];
  const ended = new Set<number>();
  let failure: Error | null = null;
  let wake: () => void = () => undefined;
  threads.forEach((thread, from) => {
    thread.on("message", (part: RebuildPart | null) => {
      if (part === null) ended.add(from);
      waiting.push({ from, part });
      wake();
    });
    thread.on("error", (cause: Error) => {
      failure ??= cause;
      wake();
    });
    thread.on("exit", (code) => {
      if (ended.has(from)) return;
      failure ??= new Error(`The computing thread ended with ${code}.`);
      wake();
    });
  });
  return async () => {
    for (;;) {
      const message = waiting.shift();
      if (message) return message;
      if (failure) throw failure;
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    }
  };
}
