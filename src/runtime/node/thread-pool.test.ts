import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type { Worker } from "node:worker_threads";
import { afterEach, describe, expect, it } from "vitest";
import { makeThreadPool, type ThreadPool } from "./thread-pool.ts";

const endings: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of endings.splice(0).reverse()) await end();
});

/** Threads that answer every message with their number, and leave when they are told to. */
function aPool(): ThreadPool {
  const folder = mkdtempSync(join(tmpdir(), "pulse-pool-"));
  endings.push(() => rmSync(folder, { recursive: true }));
  const file = join(folder, "thread.mjs");
  writeFileSync(
    file,
    `import { parentPort, threadId } from "node:worker_threads";
     parentPort.on("message", (text) => text === "leave" ? process.exit(3) : parentPort.postMessage(threadId));`,
  );
  const pool = makeThreadPool({ script: pathToFileURL(file), heapMb: 32, idleMs: 60_000 });
  endings.push(() => pool.close());
  return pool;
}

async function numberOf(thread: Worker): Promise<number> {
  thread.postMessage("who");
  const [number] = await once(thread, "message");
  return number;
}

describe("the pool of threads", () => {
  it("hands out the thread that is done, and a second one while it is busy", async () => {
    const pool = aPool();
    const first = pool.take();
    const number = await numberOf(first);
    pool.give(first);
    const again = pool.take();
    expect(await numberOf(again)).toBe(number);
    expect(await numberOf(pool.take())).not.toBe(number);
  });

  it("forgets a thread that dies while it waits, and one that was ended", async () => {
    const pool = aPool();
    const first = pool.take();
    const number = await numberOf(first);
    pool.give(first);
    first.postMessage("leave");
    await once(first, "exit");
    const second = pool.take();
    const other = await numberOf(second);
    expect(other).not.toBe(number);
    await pool.end(second);
    expect(await numberOf(pool.take())).not.toBe(other);
  });

  it("ends all with itself, the busy one and the one that waits", async () => {
    const pool = aPool();
    const [busy, idle] = [pool.take(), pool.take()];
    await numberOf(idle);
    pool.give(idle);
    const ended = Promise.all([once(busy, "exit"), once(idle, "exit")]);
    await pool.close();
    await ended;
  });
});
