import type { RuleCondition, RuleNode } from "../src/crm/segment-rule.ts";
import type { RuleFact, RuleTest } from "../src/pages/texts/island-rules.ts";

/** A rule as a person edits it: groups under one join, the lines of a group under the other one. */
export interface RuleShape {
  readonly join: "all" | "any";
  readonly groups: readonly (readonly RuleLine[])[];
}

export interface RuleLine {
  readonly fact: RuleFact;
  readonly isNot: boolean;
  readonly test: RuleTest;
  /** Of `from`, `to`, `over`, `under`: a number, or an ISO day. */
  readonly value: number | string | null;
  /** Of `in`. */
  readonly list: readonly string[];
  readonly within: number | null;
}

export function toNode({ join, groups }: RuleShape): RuleNode {
  const inner = join === "all" ? "any" : "all";
  const parts = groups.map((lines) => joined(inner, lines.map(lineNode)));
  return joined(join, parts);
}

function joined(join: "all" | "any", parts: readonly RuleNode[]): RuleNode {
  const [only] = parts;
  if (only && parts.length === 1) return only;
  return join === "all" ? { all: parts } : { any: parts };
}

function lineNode({ fact, isNot, test, value, list, within }: RuleLine): RuleNode {
  const asked =
    test === "known"
      ? { known: true }
      : test === "unknown"
        ? { known: false }
        : test === "in"
          ? { in: [...list] }
          : { [test]: value };
  const days = within === null ? {} : { withinDays: within };
  const condition = { fact, ...days, ...asked } as RuleCondition;
  return isNot ? { not: condition } : condition;
}

/** null = nested in a way that the editor does not show. */
export function fromNode(node: RuleNode): RuleShape | null {
  const join = "any" in node ? "any" : "all";
  const parts = "all" in node ? node.all : "any" in node ? node.any : [node];
  const groups: RuleLine[][] = [];
  for (const part of parts) {
    const found = groupsOf(part, join);
    if (found === null) return null;
    groups.push(...found);
  }
  return { join, groups };
}

/** A condition with several tests means all of them: groups of their own under `all`, lines of one under `any`. */
function groupsOf(part: RuleNode, join: "all" | "any"): RuleLine[][] | null {
  const lower = "all" in part ? part.all : "any" in part ? part.any : null;
  if (lower === null) {
    const lines = linesOf(part);
    if (lines === null) return null;
    return join === "all" ? lines.map((line) => [line]) : [lines];
  }
  if (join in part && lower.length > 1) return null;
  const group: RuleLine[] = [];
  for (const one of lower) {
    const lines = linesOf(one);
    if (lines === null || (join === "all" && lines.length > 1 && lower.length > 1)) return null;
    group.push(...lines);
  }
  return [group];
}

const TESTS = ["from", "to", "over", "under", "in", "known"] as const;

function linesOf(node: RuleNode): RuleLine[] | null {
  if ("all" in node || "any" in node) return null;
  if ("not" in node) {
    const inner = linesOf(node.not);
    const [line] = inner ?? [];
    return line && inner?.length === 1 && !line.isNot ? [{ ...line, isNot: true }] : null;
  }
  const tests: Partial<Record<(typeof TESTS)[number], unknown>> = node;
  const within = "withinDays" in node ? node.withinDays : null;
  return TESTS.flatMap((test): RuleLine[] => {
    const asked = tests[test];
    if (asked === undefined) return [];
    const line = { fact: node.fact, isNot: false, within, value: null, list: [] };
    if (test === "known") return [{ ...line, test: asked === true ? "known" : "unknown" }];
    if (test === "in") return [{ ...line, test, list: asked as readonly string[] }];
    return [{ ...line, test, value: asked as number | string }];
  });
}
