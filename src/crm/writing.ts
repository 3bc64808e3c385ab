import { z } from "zod";

/** What a portal's administrator wants playbooks to write besides the mark and the task. Everything is off at first. */
export const writingChoice = z.object({
  /** A call in the card, or a task whose result somebody controls, where the host tells them apart. */
  task: z.enum(["call", "task"]),
  note: z.boolean(),
  fields: z.boolean(),
  flag: z.boolean(),
  notice: z.boolean(),
  automation: z.boolean(),
  /** Which of the host's automations is started, where one has to be chosen. */
  automationTarget: z
    .string()
    .regex(/^[\w.-]{1,64}$/)
    .nullable(),
});

export type WritingChoice = z.infer<typeof writingChoice>;

export const writingDocument = z.object({
  choice: writingChoice,
  /** Kinds of writes that this portal has; choosing another one does nothing. */
  offered: z.array(z.string()),
  /** Does a started automation have to be chosen? */
  needsTarget: z.boolean(),
});

export type WritingDocument = z.infer<typeof writingDocument>;

export const undoDocument = z.object({
  runId: z.string(),
  /** Writes of the run that are being taken back now. */
  planned: z.int(),
  /** What cannot be taken back: started automations, sent messages. */
  lasting: z.int(),
});

export type UndoDocument = z.infer<typeof undoDocument>;

const kindCounts = z.array(z.object({ kind: z.string(), count: z.int() }));

/** Approved runs, the newest first: the preview of an undo, and what it has done. */
export const runList = z.object({
  runs: z.array(
    z.object({
      runId: z.string(),
      playbook: z.string(),
      approvedAt: z.iso.datetime(),
      /** Id of the CRM's user. */
      approvedBy: z.string().nullable(),
      written: kindCounts,
      /** Approved and not sent yet: an undo calls these off. */
      waiting: z.int(),
      failed: z.int(),
      /** What an undo would take back, as far as nobody has changed it since. */
      undoable: kindCounts,
      /** What stays whatever is done. */
      lasting: kindCounts,
      undo: z.object({
        planned: z.int(),
        waiting: z.int(),
        removed: z.int(),
        /** Somebody has changed it since, so it is theirs. */
        kept: z.int(),
        /** It was not there any more. */
        gone: z.int(),
        failed: z.int(),
      }),
    }),
  ),
});

export type RunList = z.infer<typeof runList>;
