import { AppError, type ErrorCode } from "../../src/crm/error.ts";
import type { ClientMark, Host, HostLink, TaskDraft } from "../../src/crm/host.ts";
import type { Clock, Instant } from "../../src/crm/ports.ts";
import { clientKey } from "../../src/crm/records.ts";

/** What happens to the next write. */
export type WriteFault =
  | { readonly kind: "refuse"; readonly code: ErrorCode; readonly retryAfterMs?: number }
  /** We hear a failure; the CRM carries the write out so much later. */
  | { readonly kind: "zombie"; readonly code: ErrorCode; readonly afterMs: number }
  /** Our process dies at this point; `isSent` = after the CRM has carried the write out. */
  | { readonly kind: "die"; readonly isSent: boolean };

export interface CreatedTask {
  readonly id: string;
  readonly at: Instant;
  readonly draft: TaskDraft;
}

/** A CRM that takes marks and tasks, as far as the outbox can see it. */
export interface WriteHost {
  readonly host: Host;
  readonly link: HostLink;
  readonly tags: Map<string, readonly string[]>;
  readonly faults: WriteFault[];
  readonly calls: string[];
  /** Faults of the search. */
  readonly searchFaults: ErrorCode[];
  /** Everything that has landed by now. */
  tasks(): readonly CreatedTask[];
  /** Resolves when a fault has killed the process. */
  readonly died: Promise<"died">;
}

export const FENCE_MS = 120_000;

export function makeWriteHost(clock: Clock): WriteHost {
  const tags = new Map<string, readonly string[]>();
  const faults: WriteFault[] = [];
  const searchFaults: ErrorCode[] = [];
  const calls: string[] = [];
  const pending: { at: Instant; draft: TaskDraft }[] = [];
  const landed: CreatedTask[] = [];
  let die: (value: "died") => void = () => {};
  const died = new Promise<"died">((resolve) => {
    die = resolve;
  });
  const land = () => {
    for (const one of pending.filter(({ at }) => at <= clock.now())) {
      pending.splice(pending.indexOf(one), 1);
      landed.push({ id: String(900 + landed.length), at: one.at, draft: one.draft });
    }
  };
  const write = async <T>(carryOut: (at: Instant) => T): Promise<T> => {
    const fault = faults.shift();
    if (fault?.kind === "refuse") {
      const { code, retryAfterMs } = fault;
      throw new AppError(code, retryAfterMs === undefined ? {} : { retryAfterMs });
    }
    if (fault?.kind === "zombie") {
      carryOut(clock.now() + fault.afterMs);
      throw new AppError(fault.code);
    }
    if (fault?.kind === "die") {
      if (fault.isSent) carryOut(clock.now());
      die("died");
      return new Promise<T>(() => {});
    }
    return carryOut(clock.now());
  };

  const host = {
    products: ["bitrix24"],
    capabilities: { mark: "tag", task: "native" },
    limits: { writeFenceMs: FENCE_MS },
    clientUrl: (address: { endpoint: string }, client: { kind: string; id: string }) =>
      `${address.endpoint}${client.kind}/${client.id}`,
    mark: (
      _link: HostLink,
      client: { kind: "company" | "contact"; id: string },
      mark: ClientMark,
    ) => {
      calls.push("mark");
      const before = tags.get(clientKey(client)) ?? [];
      return write(() => {
        tags.set(clientKey(client), mark.tags);
        return { changed: true, before, memo: { field: "1" } };
      });
    },
    tasks: {
      create: (_link: HostLink, draft: TaskDraft) => {
        calls.push("create");
        return write((at) => {
          pending.push({ at, draft });
          land();
          return { taskId: landed.at(-1)?.id ?? "" };
        });
      },
      find: async (_link: HostLink, draft: TaskDraft, since: Instant) => {
        calls.push("find");
        const code = searchFaults.shift();
        if (code) throw new AppError(code);
        land();
        const found = landed.find(
          (one) => one.draft.actionKey === draft.actionKey && one.at >= since,
        );
        return found ? { taskId: found.id } : null;
      },
    },
  } as unknown as Host;

  return {
    host,
    link: {} as HostLink,
    tags,
    faults,
    calls,
    searchFaults,
    died,
    tasks() {
      land();
      return landed;
    },
  };
}
