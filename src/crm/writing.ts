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
