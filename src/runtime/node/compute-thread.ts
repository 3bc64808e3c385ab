import { parentPort, workerData } from "node:worker_threads";
import { rebuildParts } from "../../portal/rebuild.ts";
import { openSqlite } from "./sqlite.ts";
import type { ThreadWork } from "./thread-compute.ts";

/** Parts that may wait to be stored: enough to keep both sides busy, few enough to cost nothing. */
const PARTS_AHEAD = 16;

/** The other end of thread-compute.ts: one rebuild on a connection that can only read. `null` ends the parts. */
function work({ file, task, taken }: ThreadWork): void {
  const { sql, close } = openSqlite(file, { readonly: true });
  try {
    let sent = 0;
    for (const part of rebuildParts(sql, task)) {
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

work(workerData as ThreadWork);
