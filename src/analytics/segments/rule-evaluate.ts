import type { RuleCondition, RuleNode } from "../../crm/segment-rule.ts";
import type { RuleCount, RuleWarning } from "../../crm/segmentation.ts";
import {
  dayFact,
  groupsWithin,
  labelFact,
  numberFact,
  type RuleFacts,
  windowFact,
} from "./rule-facts.ts";

/** true, false, or null: the facts do not suffice to say. */
export type Truth = boolean | null;

/**
 * Does a rule hold for a client? Kleene's three-valued logic: an unknown fact is neither true nor false. `all` is false when one part
 * is false and `any` true when one part is true, whatever is unknown beside; `not` unknown is unknown. A client is in the
 * segment only when the answer is true.
 */
export function evaluateRule(node: RuleNode, facts: RuleFacts): Truth {
  if ("all" in node) return joined(node.all, facts, false);
  if ("any" in node) return joined(node.any, facts, true);
  if ("not" in node) {
    const inner = evaluateRule(node.not, facts);
    return inner === null ? null : !inner;
  }
  return evaluateCondition(node, facts);
}

/** `deciding` = the answer of one part that settles the whole. */
function joined(nodes: readonly RuleNode[], facts: RuleFacts, deciding: boolean): Truth {
  let answer: Truth = !deciding;
  for (const node of nodes) {
    const part = evaluateRule(node, facts);
    if (part === deciding) return deciding;
    if (part === null) answer = null;
  }
  return answer;
}

function evaluateCondition(condition: RuleCondition, facts: RuleFacts): Truth {
  switch (condition.fact) {
    case "firstDay":
    case "lastDay":
      return withKnown(condition, dayFact(condition.fact, facts), inRange);
    case "purchaseDaysWithin":
    case "moneyMinorWithin":
      return withKnown(condition, windowFact(condition.fact, condition.withinDays, facts), inRange);
    case "tag":
      return withKnown(condition, facts.tags, (tags) => isAnyIn(condition.in, tags));
    case "boughtGroup":
      return withKnown(condition, groupsWithin(condition.withinDays, facts), (groups) =>
        isAnyIn(condition.in, groups),
      );
    case "rfm":
    case "segment":
    case "abc":
    case "xyz":
    case "lifecycle":
    case "template":
    case "valueTier":
    case "band":
    case "source":
      return withKnown(condition, labelFact(condition.fact, facts), (label) =>
        isAnyIn(condition.in, [label]),
      );
    default:
      return withKnown(condition, numberFact(condition.fact, facts), inRange);
  }
}

/** Whether the fact is known is itself always known; any other question about an unknown fact is unknown. */
function withKnown<Value, Condition extends { readonly known?: boolean | undefined }>(
  condition: Condition,
  value: Value | null,
  test: (value: Value, condition: Condition) => boolean,
): Truth {
  const isKnown = value !== null;
  if (condition.known !== undefined && condition.known !== isKnown) return false;
  if (value === null) return condition.known === false && !hasOtherTest(condition) ? true : null;
  return test(value, condition);
}

function hasOtherTest(condition: object): boolean {
  return ["from", "to", "over", "under", "in"].some((key) => key in condition);
}

interface Range<Value> {
  readonly from?: Value | undefined;
  readonly to?: Value | undefined;
  readonly over?: Value | undefined;
  readonly under?: Value | undefined;
}

function inRange<Value extends number | string>(value: Value, range: Range<Value>): boolean {
  return (
    (range.from === undefined || value >= range.from) &&
    (range.to === undefined || value <= range.to) &&
    (range.over === undefined || value > range.over) &&
    (range.under === undefined || value < range.under)
  );
}

function isAnyIn(wanted: readonly string[] | undefined, found: readonly string[]): boolean {
  return wanted === undefined || wanted.some((label) => found.includes(label));
}

/** Facts that a rule asks for, each once, in order. */
export function factsOf(node: RuleNode): string[] {
  const found = new Set<string>();
  const visit = (part: RuleNode): void => {
    if ("all" in part) part.all.forEach(visit);
    else if ("any" in part) part.any.forEach(visit);
    else if ("not" in part) visit(part.not);
    else found.add(part.fact);
  };
  visit(node);
  return [...found];
}

/**
 * Fewer clients than this and a holdout of a fifth leaves under four to compare with: no effect could ever be seen, and one
 * client is a twentieth of every figure.
 */
export const MIN_SEGMENT_CLIENTS = 20;
/** More of the base than this is no selection. */
export const MAX_SEGMENT_SHARE = 0.6;
/** A fact that is unknown for more of the base than this is not a fact of this base. */
const MAX_UNKNOWN_SHARE = 0.5;

export interface RuleCounter {
  /** Counts one client; true = in the segment. */
  add(facts: RuleFacts): boolean;
  result(): RuleCount;
}

/** Counts a rule over a base that comes client by client, with the warnings to give before anybody saves it. */
export function makeRuleCounter(rule: RuleNode): RuleCounter {
  const facts = factsOf(rule);
  const unknownOf = new Map(facts.map((fact) => [fact, 0]));
  let base = 0;
  let matched = 0;
  let unknown = 0;
  let moneyMinor = 0;
  return {
    add(client) {
      base += 1;
      for (const fact of facts) {
        if (!isFactKnown(fact, client)) unknownOf.set(fact, (unknownOf.get(fact) ?? 0) + 1);
      }
      const answer = evaluateRule(rule, client);
      if (answer === null) unknown += 1;
      if (answer !== true) return false;
      matched += 1;
      moneyMinor += client.insight.totalMinor;
      return true;
    },
    result() {
      const share = matched / Math.max(1, base);
      const isUnknown = [...unknownOf].filter(([, n]) => n > MAX_UNKNOWN_SHARE * base);
      return {
        base,
        matched,
        notMatched: base - matched - unknown,
        unknown,
        share,
        moneyMinor,
        warnings: warningsOf(matched, share, base, isUnknown),
      };
    },
  };
}

function isFactKnown(fact: string, client: RuleFacts): boolean {
  const probe = { fact, known: true, withinDays: 1 } as RuleCondition;
  return evaluateCondition(probe, client) === true;
}

function warningsOf(
  matched: number,
  share: number,
  base: number,
  unknown: readonly (readonly [string, number])[],
): RuleWarning[] {
  const warnings: RuleWarning[] = [];
  if (matched < MIN_SEGMENT_CLIENTS) {
    warnings.push({ code: "too_few", limit: MIN_SEGMENT_CLIENTS, value: matched, facts: [] });
  }
  if (share > MAX_SEGMENT_SHARE) {
    warnings.push({ code: "too_broad", limit: MAX_SEGMENT_SHARE, value: share, facts: [] });
  }
  const [first] = unknown;
  if (first !== undefined) {
    const most = Math.max(...unknown.map(([, n]) => n)) / base;
    const facts = unknown.map(([fact]) => fact);
    warnings.push({ code: "unknown_facts", limit: MAX_UNKNOWN_SHARE, value: most, facts });
  }
  return warnings;
}
