import { parentPort, receiveMessageOnPort } from "node:worker_threads";
import type { Snapshot } from "../../analytics/types.ts";
import { countFigures } from "../../portal/base-figures.ts";
import { rebuildParts, type Share } from "../../portal/rebuild.ts";
import { openSqlite } from "./sqlite.ts";
import type { CountWork, SharedWork, ThreadWork } from "./thread-compute.ts";

/** Parts that may wait to be stored: enough to keep both sides busy, few enough to cost nothing. */
const PARTS_AHEAD = 16;

/**
 * The other end of thread-compute.ts: one share of a rebuild on a connection that can only read. `null` ends the parts; then
 * the thread waits for more work.
 */
function work({ file, task, taken, share }: ThreadWork): void {
  const { sql, close } = openSqlite(file, { readonly: true });
  try {
    let sent = 0;
    for (const part of rebuildParts(sql, task, share === null ? null : shareOf(share))) {
      parentPort?.postMessage(part);
      sent += 1;
      for (;;) {
        const stored = Atomics.load(taken, 0);
        if (sent - stored < PARTS_AHEAD) break;
        Atomics.wait(taken, 0, stored);
      }
    }
    parentPort?.postMessage(null);
  } finally {
    close();
  }
}

function shareOf(work: SharedWork): Share {
  const { isFirst, rangePurchases, hasSnapshot, cursor, planSize, plan } = work;
  return {
    isFirst,
    rangePurchases,
    ranges(make) {
      if (isFirst) {
        const bytes = new TextEncoder().encode(JSON.stringify(make()));
        plan.set(bytes);
        Atomics.store(planSize, 0, bytes.length);
        Atomics.notify(planSize, 0);
      } else Atomics.wait(planSize, 0, 0);
      // A decoder takes no shared memory.
      return JSON.parse(new TextDecoder().decode(plan.slice(0, Atomics.load(planSize, 0))));
    },
    take: () => Atomics.add(cursor, 0, 1),
    isFitted: () => Atomics.load(hasSnapshot, 0) !== 0,
    fitted() {
      Atomics.wait(hasSnapshot, 0, 0);
      const message = parentPort === null ? undefined : receiveMessageOnPort(parentPort);
      if (message === undefined) throw new Error("The snapshot did not arrive.");
      return message.message as Snapshot;
    },
  };
}

function count({ file, figures }: CountWork): void {
  const { sql, close } = openSqlite(file, { readonly: true });
  try {
    parentPort?.postMessage(sql.transaction(() => countFigures(sql, figures)));
  } finally {
    close();
  }
}

parentPort?.on("message", (asked: ThreadWork | CountWork) =>
  "figures" in asked ? count(asked) : work(asked),
);
