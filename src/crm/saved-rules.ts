import { z } from "zod";
import { segmentRuleSchema } from "./segment-rule.ts";

/** Segments of a portal's own: rules that an administrator has named and kept. */

/** More than a person can tell apart; also what one row of the database holds with ease. */
export const MAX_SAVED_RULES = 50;

const name = z.string().trim().min(1).max(60);

/** A rule with `code` that is there already is replaced. */
export const savedRuleInput = z.strictObject({ name, rule: z.unknown() });

const savedRule = z.object({ name, rule: segmentRuleSchema });

/** In the order of their making. */
export const savedRules = z.object({ rules: z.array(savedRule) });

/** Why a rule was refused: `path` = where in the rule, dotted. */
export const ruleRefusal = z.object({
  code: z.literal("input.invalid"),
  message: z.string(),
  problems: z.array(z.object({ path: z.string(), problem: z.string() })),
});

/** Clients of a rule, page by page in the order of their keys. */
export const ruleClientsInput = z.strictObject({
  rule: z.unknown(),
  /** `next` of the page before; null = from the beginning. */
  after: z
    .string()
    .regex(/^(company|contact):[\w-]{1,32}$/)
    .nullable(),
});

export const ruleClients = z.object({
  clients: z.array(
    z.object({
      kind: z.enum(["company", "contact"]),
      id: z.string(),
      /** Card in the CRM. */
      url: z.string(),
      segment: z.string(),
      purchases: z.int(),
      totalMinor: z.int(),
      daysSinceLast: z.int(),
    }),
  ),
  /** null = this was the last page. */
  next: z.string().nullable(),
});

export type SavedRule = z.infer<typeof savedRule>;
export type SavedRules = z.infer<typeof savedRules>;
export type RuleRefusal = z.infer<typeof ruleRefusal>;
export type RuleClients = z.infer<typeof ruleClients>;
