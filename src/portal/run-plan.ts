import type { Host } from "../crm/host.ts";
import type { PlannedChange } from "../crm/overview.ts";
import type { Instant } from "../crm/ports.ts";
import { evaluate } from "../playbooks/evaluate.ts";
import type { Plan, PlanContext, Rule } from "../playbooks/rule.ts";
import { dueInstant } from "./outbox-checks.ts";
import type { PortalRow } from "./portal-row.ts";
import { loadRunFacts, type RunFacts } from "./run-facts.ts";
import type { SqlReader } from "./sql.ts";
import type { Zone } from "./zone.ts";

type Change = Extract<Plan, { kind: "change" }>;

/** A client that the playbook would change. */
export interface Candidate {
  readonly one: RunFacts;
  readonly plan: Change;
}

export interface PlanEnvironment {
  readonly sql: SqlReader;
  readonly host: Host;
  readonly portal: PortalRow;
  readonly zone: Zone;
  readonly now: Instant;
  readonly context: PlanContext;
}

/** Reasons and how often. */
export type Skipped = Map<string, number>;

/** Candidates among these clients, in their order. What has an action already is no candidate: sent once is enough. */
export function candidatesOf(
  environment: PlanEnvironment,
  rule: Rule,
  keys: readonly string[],
  skipped: Skipped,
): Candidate[] {
  const { sql, portal, context } = environment;
  const facts = loadRunFacts(sql, rule, keys, environment);
  const taken = takenKeys(
    sql,
    facts.flatMap((one) => {
      const key = actionKey(portal.key, rule, one);
      return [key, markKey(key)];
    }),
  );
  const candidates: Candidate[] = [];
  for (const one of facts) {
    const key = actionKey(portal.key, rule, one);
    if (taken.has(key) || taken.has(markKey(key))) {
      note(skipped, "already_done");
      continue;
    }
    const plan = evaluate(rule, one.facts, context);
    if (plan.kind === "skip") {
      note(skipped, plan.reason);
      continue;
    }
    if (plan.taskSkipped !== null) note(skipped, plan.taskSkipped);
    if (plan.tags !== null || plan.task !== null) candidates.push({ one, plan });
  }
  return candidates;
}

function note(skipped: Skipped, reason: string): void {
  skipped.set(reason, (skipped.get(reason) ?? 0) + 1);
}

/** portal | playbook | version | client | occurrence. */
function actionKey(portalKey: string, rule: Rule, one: RunFacts): string {
  return [portalKey, rule.code, rule.version, one.key, one.occurrence].join("|");
}

/** The mark of the same occurrence is an action of its own. */
function markKey(key: string): string {
  return `${key}|mark`;
}

function takenKeys(sql: SqlReader, keys: readonly string[]): Set<string> {
  const rows = sql.all<{ key: string }>(
    "select key from action where key in (select value from json_each(?))",
    JSON.stringify(keys),
  );
  return new Set(rows.map((row) => row.key));
}

/** The exact changes of one client: first the mark, then the task. */
export function changesOf(
  { host, portal, zone }: PlanEnvironment,
  rule: Rule,
  { one, plan }: Candidate,
): PlannedChange[] {
  const key = actionKey(portal.key, rule, one);
  const { client, ourTags, insight } = one.facts;
  const after = [...(plan.tags ?? ourTags)];
  const common = {
    client: { ...client, url: host.clientUrl(portal, client) },
    responsibleId: plan.task?.responsibleId ?? one.facts.responsibleId,
    before: [...ourTags],
    expectedMinor: insight.averageMinor === null ? null : one.stakeMinor,
    dealId: one.dealId,
  };
  const none = { taskTitle: null, taskText: null, due: null };
  const mark: PlannedChange[] =
    plan.tags === null
      ? []
      : [{ ...common, ...none, actionKey: markKey(key), kind: "mark", after }];
  const { task } = plan;
  if (task === null) return mark;
  return [
    ...mark,
    {
      ...common,
      actionKey: key,
      kind: "task",
      after,
      taskTitle: task.title,
      taskText: task.text,
      due: new Date(dueInstant(zone, task.dueDay)).toISOString(),
    },
  ];
}
