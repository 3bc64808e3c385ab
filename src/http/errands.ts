import type { Desk, ErrandWork } from "../crm/door.ts";
import { AppError, errorCode, isRetryable } from "../crm/error.ts";
import type { Host } from "../crm/host.ts";
import type { Clock, Instant, Log, Vault } from "../crm/ports.ts";
import { sha256Hex } from "./digest.ts";
import type { ErrandStore } from "./ports.ts";

/** So many are under way together: strangers can ask for errands, and the CRM watches our address. */
const LANES = 2;
/** What is promised must fit into its life: above this callers are asked to come again. */
const MOST_ERRANDS = 500;
const FIRST_PAUSE_MS = 1_000;
const LONGEST_PAUSE_MS = 60_000;

export interface ErrandsParts {
  readonly store: ErrandStore;
  readonly hosts: readonly Host[];
  readonly vault: Vault;
  readonly clock: Clock;
  readonly log: Log;
}

/** Promised work: stored sealed before anybody is answered, carried out beside the requests. */
export interface Errands {
  /** Throws AppError `portal.not_ready` when too many are under way. */
  add(kind: string, id: string, data: string, ttlMs: number, desk: Desk): Promise<void>;
  /** Takes up what an earlier process has left. */
  resume(desk: Desk): Promise<void>;
  /** Nothing new is begun and nothing is repeated; what is left stays stored. */
  stop(): void;
}

interface Task {
  readonly kind: string;
  readonly idHash: string;
  readonly expiresAt: Instant;
  readonly attempts: number;
  readonly desk: Desk;
}

function nameOf({ kind, idHash }: Task): string {
  return `${kind} ${idHash}`;
}

/** Runs errands of all hosts, each until it is done, refused for good or too old. */
export function makeErrands({ store, hosts, vault, clock, log }: ErrandsParts): Errands {
  const works = new Map<string, ErrandWork>(
    hosts.flatMap((host) => Object.entries(host.errands ?? {})),
  );
  const underWay = new Set<string>();
  const waiting: Task[] = [];
  let lanes = 0;
  let isStopped = false;

  const attempt = async ({ kind, idHash, desk }: Task): Promise<void> => {
    const work = works.get(kind);
    const place = `errand/${kind}/${idHash}`;
    const sealed = await store.data(kind, idHash);
    if (!work || sealed === null) return;
    const keep = async (data: string) => store.update(kind, idHash, await vault.seal(data, place));
    await work(await vault.open(sealed, place), desk, keep);
  };
  /** true = there is nothing left to do. */
  const isDone = async (task: Task, pauseMs: number): Promise<boolean> => {
    const { kind, idHash, expiresAt } = task;
    try {
      await attempt(task);
    } catch (cause) {
      const isOver = !isRetryable(cause) || clock.now() + pauseMs > expiresAt;
      log.warn("errand.failed", { kind, code: errorCode(cause), isOver });
      if (!isOver) return false;
    }
    await store.remove(kind, idHash);
    return true;
  };
  const carryOut = async (task: Task): Promise<void> => {
    const pauseMs = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** task.attempts);
    const isOver = await isDone(task, pauseMs).finally(() => {
      lanes -= 1;
      pump();
    });
    if (isOver) return void underWay.delete(nameOf(task));
    await clock.sleep(pauseMs);
    waiting.push({ ...task, attempts: task.attempts + 1 });
    pump();
  };
  const pump = (): void => {
    while (lanes < LANES && !isStopped) {
      const task = waiting.shift();
      if (!task) return;
      lanes += 1;
      carryOut(task).catch((cause: unknown) =>
        log.error("errand.lost", { kind: task.kind, code: errorCode(cause) }),
      );
    }
  };
  const begin = (task: Task): void => {
    if (underWay.has(nameOf(task))) return;
    underWay.add(nameOf(task));
    waiting.push(task);
    pump();
  };

  return {
    async add(kind, id, data, ttlMs, desk) {
      if (underWay.size >= MOST_ERRANDS) throw new AppError("portal.not_ready");
      const idHash = await sha256Hex(id);
      const expiresAt = clock.now() + ttlMs;
      const sealed = await vault.seal(data, `errand/${kind}/${idHash}`);
      await store.put({ kind, idHash, data: sealed, expiresAt });
      begin({ kind, idHash, expiresAt, attempts: 0, desk });
    },
    async resume(desk) {
      for (const { kind, idHash, expiresAt } of await store.list()) {
        begin({ kind, idHash, expiresAt, attempts: 0, desk });
      }
    },
    stop() {
      isStopped = true;
    },
  };
}
