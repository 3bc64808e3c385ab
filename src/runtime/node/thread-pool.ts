import { Worker } from "node:worker_threads";

/** Threads of one script. One that has done its work waits for more: its code is loaded and compiled by then. */
export interface ThreadPool {
  take(): Worker;
  /** Back from a run that has ended well. */
  give(thread: Worker): void;
  /** Ends a thread and what it does. */
  end(thread: Worker): Promise<void>;
  /** Ends all threads; nothing is kept from then on. */
  close(): Promise<void>;
}

export interface ThreadPoolOptions {
  readonly script: URL;
  /** Most of a thread's heap. */
  readonly heapMb: number;
  /** A thread without work for so long is ended: its memory is worth more than a quick start. */
  readonly idleMs: number;
}

/** At most one idle thread is kept; it does not keep the process alive. */
export function makeThreadPool({ script, heapMb, idleMs }: ThreadPoolOptions): ThreadPool {
  const busy = new Set<Worker>();
  let idle: { readonly thread: Worker; readonly timer: NodeJS.Timeout } | null = null;
  let isClosed = false;

  const forget = (thread: Worker) => {
    if (idle?.thread !== thread) return;
    clearTimeout(idle.timer);
    idle = null;
  };
  const end = async (thread: Worker) => {
    forget(thread);
    busy.delete(thread);
    await thread.terminate();
  };
  return {
    take() {
      const resourceLimits = { maxOldGenerationSizeMb: heapMb };
      // Options of the process may be about its own script; the thread has another.
      const thread = idle?.thread ?? new Worker(script, { resourceLimits, execArgv: [] });
      forget(thread);
      thread.removeAllListeners();
      thread.ref();
      busy.add(thread);
      return thread;
    },
    give(thread) {
      busy.delete(thread);
      thread.removeAllListeners();
      thread.on("error", () => forget(thread));
      thread.on("exit", () => forget(thread));
      if (isClosed || idle !== null) {
        void thread.terminate();
        return;
      }
      thread.unref();
      idle = { thread, timer: setTimeout(() => void end(thread), idleMs).unref() };
    },
    end,
    async close() {
      isClosed = true;
      await Promise.all([...busy, ...(idle === null ? [] : [idle.thread])].map(end));
    },
  };
}
