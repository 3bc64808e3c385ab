import { constantTimeEqual } from "../crm/constant-time.ts";
import type { Hint } from "../crm/door.ts";
import type { Capabilities } from "../crm/host.ts";
import type { AutomationQuestion } from "../crm/host-writes.ts";
import type { Clock, Instant, Log } from "../crm/ports.ts";
import type { ScanEntity } from "../crm/records.ts";
import { markDirty, type VanishingEntity } from "./dirty.ts";
import type { PortalPolicy } from "./portal-api.ts";
import { addToCounter, nextSeq, type PortalRow, readPortal } from "./portal-row.ts";
import { storeQuestions } from "./questions.ts";
import { hastenScan } from "./scans.ts";
import type { Sql } from "./sql.ts";

/** Above this a storm is read as one change of everything: one pass by update time instead of thousands of ids. */
const HINTS_PER_MINUTE = 5_000;
const MINUTE_MS = 60_000;
/**
 * Node takes one new connection a turn of its event loop, so a commit in every turn of a storm would let callers wait for
 * as many commits as there are connections before them. Commits take at most a fifth of the time; a single hook waits for
 * none.
 */
const REST_PER_COMMIT = 4;
/** Far below any host's limit, and far above a commit. */
const LONGEST_REST_MS = 100;

interface IntakeDelivery {
  readonly secretHash: string | null;
  readonly hints: readonly Hint[];
  readonly isUnreadable: boolean;
  readonly hasQueued?: boolean;
  readonly questions?: readonly AutomationQuestion[];
}

export interface Intake {
  /** Resolves after the commit; deliveries that arrive close together share it. */
  receive(delivery: IntakeDelivery): Promise<"stored" | "refused">;
  secretMatches(secretHash: string): boolean;
}

interface Waiting {
  readonly delivery: IntakeDelivery;
  readonly resolve: (result: "stored") => void;
  readonly reject: (cause: unknown) => void;
}

export interface IntakeParts {
  readonly sql: Sql;
  readonly host: { readonly capabilities: Pick<Capabilities, "reads"> };
  readonly clock: Clock;
  readonly policy: PortalPolicy;
  readonly log: Log;
}

export function makeIntake({ sql, host, clock, policy, log }: IntakeParts): Intake {
  let waiting: Waiting[] = [];
  let restUntil = Number.NEGATIVE_INFINITY;
  let minute = { startedAt: Number.NEGATIVE_INFINITY, hints: 0, isStorm: false };

  const countHints = (hints: number): boolean => {
    const mono = clock.monotonic();
    if (mono - minute.startedAt >= MINUTE_MS) {
      minute = { startedAt: mono, hints: 0, isStorm: false };
    }
    minute.hints += hints;
    if (minute.hints > HINTS_PER_MINUTE && !minute.isStorm) {
      minute.isStorm = true;
      log.warn("hooks.storm", { portal: readPortal(sql)?.key ?? null, hints: minute.hints });
    }
    return minute.isStorm;
  };

  const store = (batch: readonly Waiting[]): void => {
    const now = clock.now();
    const dueAt = now + policy.debounceMs;
    const { reads } = host.capabilities;
    const hints = batch
      .flatMap(({ delivery }) => delivery.hints)
      .filter(({ entity }) => reads.includes(entity));
    const isStorm = countHints(hints.length);
    sql.transaction(() => {
      addToCounter(sql, "hooks.accepted", batch.length);
      for (const { delivery } of batch) {
        // What is asked about a record that has just changed is answered when it has been read again.
        const askedAt = delivery.hints.length > 0 ? dueAt : now;
        storeQuestions(sql, delivery.questions ?? [], askedAt);
      }
      if (batch.some(({ delivery }) => delivery.isUnreadable)) hastenScan(sql, "poll", null, dueAt);
      if (batch.some(({ delivery }) => delivery.hasQueued === true)) {
        hastenScan(sql, "queue", null, dueAt);
      }
      if (isStorm) storeStorm(sql, hints, now, dueAt);
      else storeHints(sql, hints, now, dueAt);
    });
  };

  const flush = (): void => {
    const batch = waiting;
    waiting = [];
    // A removed portal's hooks come on until the host drops them. A refusal would only make it try again.
    if (readPortal(sql)?.state === "suspended") {
      for (const one of batch) one.resolve("stored");
      return;
    }
    const startedAt = clock.monotonic();
    try {
      store(batch);
      const endedAt = clock.monotonic();
      const rest = Math.min(LONGEST_REST_MS, REST_PER_COMMIT * (endedAt - startedAt));
      restUntil = endedAt + rest;
      for (const one of batch) one.resolve("stored");
    } catch (cause) {
      for (const one of batch) one.reject(cause);
    }
  };

  /** Others may come meanwhile. */
  const gather = (): Promise<void> => {
    const rest = restUntil - clock.monotonic();
    return rest > 0 ? clock.sleep(rest) : clock.turn();
  };

  const accepts = (secretHash: string | null): boolean => {
    const portal = sql.get<Pick<PortalRow, "state" | "hook_secret_hash">>(
      "select state, hook_secret_hash from portal",
    );
    if (!portal || portal.state === "purged") return false;
    return secretHash === null || constantTimeEqual(portal.hook_secret_hash, secretHash);
  };

  return {
    secretMatches: accepts,
    receive(delivery) {
      if (!accepts(delivery.secretHash)) return Promise.resolve("refused");
      return new Promise((resolve, reject) => {
        waiting.push({ delivery, resolve, reject });
        if (waiting.length === 1) gather().then(flush, reject);
      });
    },
  };
}

/** Records to be read again by id, or by the next pass over their kind. Belongs into a transaction. */
export function storeHints(sql: Sql, hints: readonly Hint[], now: Instant, dueAt: Instant): void {
  if (hints.length === 0) return;
  const seq = nextSeq(sql);
  for (const { entity, id, isDeletion } of hints) {
    if (id !== "" && isReadById(entity))
      markDirty(sql, { entity, id, at: now, dueAt, isDeletion, seq });
    else hastenScan(sql, "poll", entity, dueAt);
  }
}

/** Updates are found by the poll; what was deleted only by its id. */
function storeStorm(sql: Sql, hints: readonly Hint[], now: Instant, dueAt: Instant): void {
  const deletions = hints.filter((hint) => hint.isDeletion);
  const updated = new Set(hints.filter((hint) => !hint.isDeletion).map((hint) => hint.entity));
  for (const entity of updated) hastenScan(sql, "poll", entity, dueAt);
  storeHints(sql, deletions, now, dueAt);
}

/** Dictionaries are small and history has no ids that a person would hint at: they are read by their own passes. */
function isReadById(entity: ScanEntity): entity is VanishingEntity {
  switch (entity) {
    case "company":
    case "contact":
    case "deal":
    case "activity":
    case "payment":
    case "lead":
    case "dealProducts":
    case "dealPayments":
      return true;
    case "pipeline":
    case "user":
    case "stageEntry":
    case "label":
    case "rate":
      return false;
  }
}
