import { z } from "zod";

/** Deepest nesting, and conditions and groups together, of one rule: what a person can still read. */
export const MAX_RULE_DEPTH = 6;
export const MAX_RULE_PARTS = 60;

/** Facts that a rule may ask for, and how each is compared. */
export const NUMBER_FACTS = [
  "daysSinceLast",
  "daysSinceFirst",
  "purchases",
  "purchaseDays",
  "totalMinor",
  "averageMinor",
  "lastAmountMinor",
  "usualDays",
  "silenceInGaps",
  "rScore",
  "fScore",
  "mScore",
  "pAlive",
  "pChurn",
  "expectedPurchases",
  "expectedMinor",
  "health",
  "nextPurchaseInDays",
] as const;
export const LABEL_FACTS = [
  "rfm",
  "segment",
  "abc",
  "xyz",
  "lifecycle",
  "template",
  "valueTier",
  "band",
  "source",
] as const;
export const DAY_FACTS = ["firstDay", "lastDay"] as const;
/** Facts of the last `withinDays` days, the day of the figures included. */
export const WINDOW_FACTS = ["purchaseDaysWithin", "moneyMinorWithin"] as const;

const label = z.string().min(1).max(120);
const labels = z.array(label).min(1).max(50);
const withinDays = z.int().min(1).max(36_500);
const range = {
  from: z.number().optional(),
  to: z.number().optional(),
  over: z.number().optional(),
  under: z.number().optional(),
};
/** `known` asks whether the fact is known at all; that answer is never unknown. */
const known = z.boolean().optional();

const hasTest = (value: object): boolean => Object.keys(value).some((key) => TESTS.includes(key));
const TESTS: readonly string[] = ["from", "to", "over", "under", "in", "known"];
const needsTest = { message: "a condition needs from, to, over, under, in or known" };

const numberTest = z
  .strictObject({ fact: z.enum(NUMBER_FACTS), ...range, known })
  .refine(hasTest, needsTest);
const labelTest = z
  .strictObject({ fact: z.enum(LABEL_FACTS), in: labels.optional(), known })
  .refine(hasTest, needsTest);
const dayTest = z
  .strictObject({
    fact: z.enum(DAY_FACTS),
    from: z.iso.date().optional(),
    to: z.iso.date().optional(),
    known,
  })
  .refine(hasTest, needsTest);
const windowTest = z
  .strictObject({ fact: z.enum(WINDOW_FACTS), withinDays, ...range, known })
  .refine(hasTest, needsTest);
/** One of the tags is on the client; one of the product groups was bought within the days. */
const tagTest = z
  .strictObject({ fact: z.literal("tag"), in: labels.optional(), known })
  .refine(hasTest, needsTest);
const groupTest = z
  .strictObject({
    fact: z.literal("boughtGroup"),
    in: labels.optional(),
    withinDays,
    known,
  })
  .refine(hasTest, needsTest);

const condition = z.discriminatedUnion("fact", [
  numberTest,
  labelTest,
  dayTest,
  windowTest,
  tagTest,
  groupTest,
]);

export type RuleCondition = z.infer<typeof condition>;
export type RuleNode =
  | RuleCondition
  | { readonly all: readonly RuleNode[] }
  | { readonly any: readonly RuleNode[] }
  | { readonly not: RuleNode };

const parts = z.lazy(() => z.array(node).min(1).max(50).readonly());
const node: z.ZodType<RuleNode> = z.lazy(() =>
  z.union([
    condition,
    z.strictObject({ all: parts }),
    z.strictObject({ any: parts }),
    z.strictObject({ not: node }),
  ]),
);

const ruleShape = z.strictObject({
  code: z.string().regex(/^[a-z0-9_]{1,64}$/),
  when: node,
});

/** A segment of one's own: a code and a tree of AND (`all`), OR (`any`) and NOT (`not`) over facts of a client. */
export type SegmentRule = z.infer<typeof ruleShape>;

export type RuleReading =
  | { readonly ok: true; readonly rule: SegmentRule }
  /** `path` = where in the rule, dotted; empty = the rule itself. */
  | { readonly ok: false; readonly path: string; readonly problem: string };

/** A rule from outside. Too deep or too large ones are refused before anything recurses into them. */
export function readSegmentRule(input: unknown): RuleReading {
  const size = sizeOf(input);
  if (size.depth > MAX_RULE_DEPTH) {
    return { ok: false, path: "when", problem: `nested deeper than ${MAX_RULE_DEPTH}` };
  }
  if (size.parts > MAX_RULE_PARTS) {
    return { ok: false, path: "when", problem: `more than ${MAX_RULE_PARTS} parts` };
  }
  const parsed = ruleShape.safeParse(input);
  if (parsed.success) return { ok: true, rule: parsed.data };
  const found = firstProblem(parsed.error.issues, []);
  return { ok: false, path: found.path.join("."), problem: found.message };
}

/** The schema for the API's description. */
export const segmentRuleSchema = ruleShape;

interface Problem {
  readonly path: readonly PropertyKey[];
  readonly message: string;
}

/** Of a union that fits nowhere, the branch that came furthest tells the most. */
function firstProblem(issues: readonly z.core.$ZodIssue[], above: readonly PropertyKey[]): Problem {
  const [issue] = issues;
  if (!issue) return { path: above, message: "cannot be read" };
  const path = [...above, ...issue.path];
  if (issue.code !== "invalid_union" || issue.errors.length === 0) {
    return { path, message: issue.message };
  }
  const branches = issue.errors.map((errors) => firstProblem(errors, path));
  return branches.reduce((best, one) => (one.path.length > best.path.length ? one : best));
}

/** Nesting and number of objects that are nodes, without recursion: a hostile rule must not cost a stack. */
function sizeOf(input: unknown): { depth: number; parts: number } {
  let depth = 0;
  let parts = 0;
  const open: { value: unknown; depth: number }[] = [{ value: input, depth: 0 }];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    if (typeof next.value !== "object" || next.value === null) continue;
    const isList = Array.isArray(next.value);
    if (!isList) parts += 1;
    const below = isList ? next.depth : next.depth + 1;
    depth = Math.max(depth, below - 1);
    if (depth > MAX_RULE_DEPTH || parts > MAX_RULE_PARTS + 1) break;
    for (const value of Object.values(next.value)) open.push({ value, depth: below });
  }
  return { depth, parts: Math.max(0, parts - 1) };
}

/** The same four limits that a person may set for RFM instead of quintiles; each axis rises. */
const rising = z
  .tuple([z.int(), z.int(), z.int(), z.int()])
  .refine(([a, b, c, d]) => a < b && b < c && c < d, { message: "the four limits must rise" });

export const rfmThresholds = z.strictObject({
  /** Up to so many days since the last purchase: scores 5, 4, 3, 2; more: 1. */
  recencyDays: rising.refine(([first]) => first >= 0, { message: "days are not negative" }),
  /** From so many purchase days: scores 2, 3, 4, 5. */
  frequency: rising.refine(([first]) => first >= 2, { message: "everybody has bought once" }),
  /** From so much money in minor units: scores 2, 3, 4, 5; null = the money score repeats the frequency score. */
  monetaryMinor: rising.nullable(),
});

export type RfmThresholds = z.infer<typeof rfmThresholds>;
