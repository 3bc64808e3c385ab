import type { Insight } from "../analytics/types.ts";
import { addBusinessDays } from "./business-days.ts";
import type {
  ClientFacts,
  ClientState,
  Plan,
  PlanContext,
  PlannedTask,
  Rule,
  SkipReason,
} from "./rule.ts";
import { taskText } from "./texts.ts";

/** Is a client in this state inside the rule's condition? */
export function matches(rule: Rule, state: ClientState): boolean {
  const holds = (allowed: readonly string[] | undefined, value: string | null) =>
    allowed === undefined || (value !== null && allowed.includes(value));
  return rule.when.some(
    (one) =>
      holds(one.lifecycle, state.lifecycle) &&
      holds(one.segment, state.segment) &&
      holds(one.band, state.band),
  );
}

export function stateOfInsight(insight: Insight): ClientState {
  return {
    lifecycle: insight.lifecycle,
    segment: insight.segment,
    band: insight.health?.band ?? null,
  };
}

/** What the rule would change on one client; the same facts and context always give the same plan. */
export function evaluate(rule: Rule, facts: ClientFacts, context: PlanContext): Plan {
  if (!matches(rule, stateOfInsight(facts.insight))) return skip("condition");
  if (facts.isSnoozed) return skip("snoozed");
  if (facts.hasOpenTask) return skip("open_task");
  if (facts.lastTaskDay !== null && context.today - facts.lastTaskDay < rule.cooldownDays) {
    return skip("cooldown");
  }
  const tags = rule.actions.some((action) => action.kind === "tag")
    ? tagsAfter(facts.ourTags, facts.insight.segment)
    : null;
  const task = planTask(rule, facts, context);
  const isTask = task !== null && typeof task === "object";
  return {
    kind: "change",
    tags: tags === null || isSameSet(tags, facts.ourTags) ? null : tags,
    task: isTask ? task : null,
    taskSkipped: isTask ? null : task,
  };
}

function skip(reason: SkipReason): Plan {
  return { kind: "skip", reason };
}

const SEGMENT_GROUP = "segment:";

/** Tags of other groups stay. */
function tagsAfter(before: readonly string[], segment: string): string[] {
  const others = before.filter((tag) => !tag.startsWith(SEGMENT_GROUP));
  return [...others, `${SEGMENT_GROUP}${segment}`];
}

function isSameSet(left: readonly string[], right: readonly string[]): boolean {
  return left.length === right.length && left.every((tag) => right.includes(tag));
}

/** null = the rule has no task; a reason = it has one, and this client cannot get it. */
function planTask(
  rule: Rule,
  facts: ClientFacts,
  context: PlanContext,
): PlannedTask | SkipReason | null {
  const action = rule.actions.find((one) => one.kind === "task");
  if (action?.kind !== "task") return null;
  const responsibleId = facts.isResponsibleActive ? facts.responsibleId : null;
  const owner = responsibleId ?? context.fallbackOwnerId;
  if (owner === null) return "no_responsible";
  return {
    responsibleId: owner,
    ...taskText(action.text, facts.insight, context),
    dueDay: addBusinessDays(context.today, action.dueBusinessDays),
  };
}
