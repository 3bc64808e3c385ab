import { z } from "zod";
import type { Day, Insight } from "../analytics/types.ts";
import type { ClientRef } from "../crm/records.ts";

/** A playbook as data: who (`when`) and what (`actions`). A change of meaning needs a new `version`. */

const state = z.object({
  lifecycle: z.array(z.string()).min(1).optional(),
  segment: z.array(z.string()).min(1).optional(),
  band: z.array(z.string()).min(1).optional(),
});

const action = z.discriminatedUnion("kind", [
  /** Keeps exactly one tag of the group on the client: the code of the present value. */
  z.object({ kind: z.literal("tag"), group: z.literal("segment") }),
  z.object({
    kind: z.literal("task"),
    /** Code in the table of texts. */
    text: z.string(),
    dueBusinessDays: z.int().min(0),
  }),
]);

export const rule = z.object({
  code: z.string().regex(/^[a-z0-9_]{1,40}$/),
  version: z.int().min(1),
  /** One of them is enough; inside one, every named dimension has to hold. */
  when: z.array(state).min(1),
  /** After a task of ours the client is left alone for so many days. */
  cooldownDays: z.int().min(0),
  actions: z.array(action).min(1),
});

export type Rule = z.infer<typeof rule>;

/** What a condition looks at. */
export interface ClientState {
  readonly lifecycle: string;
  readonly segment: string;
  readonly band: string | null;
}

/** Everything about one client that decides what is done. */
export interface ClientFacts {
  readonly client: ClientRef;
  readonly insight: Insight;
  readonly ourTags: readonly string[];
  readonly responsibleId: string | null;
  readonly isResponsibleActive: boolean;
  readonly hasOpenTask: boolean;
  readonly isSnoozed: boolean;
  /** Day of the last task of ours, whichever playbook made it. */
  readonly lastTaskDay: Day | null;
}

export interface PlanContext {
  readonly locale: "ru" | "en";
  /** ISO 4217. */
  readonly currency: string;
  readonly today: Day;
  /** Gets the tasks of clients without an active responsible person; null = they are skipped. */
  readonly fallbackOwnerId: string | null;
}

export type SkipReason = "condition" | "snoozed" | "open_task" | "cooldown" | "no_responsible";

export interface PlannedTask {
  readonly responsibleId: string;
  readonly title: string;
  readonly text: string;
  readonly dueDay: Day;
}

export type Plan =
  | { readonly kind: "skip"; readonly reason: SkipReason }
  | {
      readonly kind: "change";
      /** The full set of our tags after the change; null = as they are. */
      readonly tags: readonly string[] | null;
      readonly task: PlannedTask | null;
      /** Why a task that the rule wants is not planned. */
      readonly taskSkipped: SkipReason | null;
    };
