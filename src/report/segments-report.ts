import { isRecipeCode, recipesOf } from "../analytics/segments/recipes.ts";
import { makeRuleCounter } from "../analytics/segments/rule-evaluate.ts";
import type { RuleFacts } from "../analytics/segments/rule-facts.ts";
import { type ClientSegments, segmentationOf } from "../analytics/segments/segmentation.ts";
import type {
  ClientHistory,
  Day,
  Insight,
  LabelColumn,
  PurchaseLog,
  Snapshot,
} from "../analytics/types.ts";
import type { RfmThresholds, SegmentRule } from "../crm/segment-rule.ts";
import type { SegmentationDocument } from "../crm/segmentation.ts";

/** A rule of one's own, or one that is ready to use by its code. */
export type RuleQuestion =
  | { readonly kind: "rule"; readonly rule: SegmentRule }
  | { readonly kind: "recipe"; readonly code: string; readonly group: string | null };

export interface SegmentsQuestion {
  readonly rule: RuleQuestion | null;
  /** RFM limits to compare with; null = the other method. */
  readonly thresholds: RfmThresholds | null;
}

export const NO_QUESTION: SegmentsQuestion = { rule: null, thresholds: null };

/** A scored base; `histories` and `insights` are in the same order, everybody has bought. */
export interface ScoredBase {
  readonly log: PurchaseLog;
  readonly histories: readonly ClientHistory[];
  readonly insights: readonly Insight[];
  readonly asOf: Day;
  readonly snapshot: Snapshot;
}

export interface SegmentsReport {
  readonly document: SegmentationDocument;
  readonly clients: ClientSegments;
  /** Who the rule takes, in the order of the base; null = no rule. */
  readonly inCustom: readonly boolean[] | null;
}

/** What segmentation adds to the row of a client. */
export interface SegmentColumns {
  /** Segment of the ready template: new, loyal, vip, inactive. */
  readonly template: string;
  /** vip, standard, low_activity. */
  readonly valueTier: string;
  /** Codes of the rules that take the client. */
  readonly custom: readonly string[];
}

export function segmentColumnsAt(report: SegmentsReport, at: number): SegmentColumns {
  const { custom } = report.document;
  return {
    template: report.clients.template[at] ?? "new",
    valueTier: report.clients.valueTier[at] ?? "standard",
    custom: custom !== null && report.inCustom?.[at] === true ? [custom.code] : [],
  };
}

/** The block `segmentation` of `pulse analyze --json`, and what it adds to every client. */
export function segmentsReport(base: ScoredBase, question: SegmentsQuestion): SegmentsReport {
  const { log, histories, asOf, snapshot } = base;
  const clients = base.insights.map((insight, at) => ({
    id: insight.id,
    history: histories[at] as ClientHistory,
    segment: insight.segment,
    lifecycle: insight.lifecycle,
    xyz: insight.xyz,
    expectedMinor: insight.forecast?.ltv?.minor ?? null,
  }));
  const { thresholds } = question;
  const group = commonGroup(log);
  const found = segmentationOf({
    log,
    clients,
    asOf,
    snapshot,
    thresholds: thresholds && { method: "thresholds", ...thresholds },
    leads: null,
    recorded: null,
  });
  const facts = ruleFactsOf(base, found.clients);
  const rule = ruleAsked(question.rule, snapshot);
  const counter = rule && makeRuleCounter(rule.when);
  const inCustom = counter && facts.map((one) => counter.add(one));
  return {
    document: {
      ...found.document,
      custom: rule && counter && { code: rule.code, rule, count: counter.result() },
      recipes: recipesOf(snapshot, group).map((recipe) => ({
        ...recipe,
        needs: group === null ? recipe.needs : null,
        count: countOf(recipe.rule, facts),
      })),
    },
    clients: found.clients,
    inCustom,
  };
}

/** The product group bought most often: what the recipe about a group shows. */
function commonGroup(log: PurchaseLog): string | null {
  const { group } = log.details ?? {};
  if (!group) return null;
  const counts = new Int32Array(group.names.length);
  for (const code of group.code) if (code >= 0) counts[code] = (counts[code] ?? 0) + 1;
  const most = counts.reduce((best, n, code) => (n > (counts[best] ?? 0) ? code : best), 0);
  return (counts[most] ?? 0) > 0 ? (group.names[most] ?? null) : null;
}

function countOf(rule: SegmentRule, facts: readonly RuleFacts[]) {
  const counter = makeRuleCounter(rule.when);
  for (const one of facts) counter.add(one);
  return counter.result();
}

function ruleAsked(question: RuleQuestion | null, snapshot: Snapshot): SegmentRule | null {
  if (question === null) return null;
  if (question.kind === "rule") return question.rule;
  if (!isRecipeCode(question.code)) return null;
  const recipes = recipesOf(snapshot, question.group);
  return recipes.find(({ code }) => code === question.code)?.rule ?? null;
}

/** What a file knows of each client. Files carry no tags; source and product group only where they have such a column. */
function ruleFactsOf(base: ScoredBase, segments: ClientSegments): RuleFacts[] {
  const { log, asOf } = base;
  const { source, group } = log.details ?? {};
  const groups = group && rowsByClient(log, group);
  const sources = source && rowsByClient(log, source);
  return base.insights.map((insight, at) => ({
    insight: { ...insight, abc: segments.abc[at] ?? null },
    history: base.histories[at] ?? null,
    asOf,
    template: segments.template[at] ?? null,
    valueTier: segments.valueTier[at] ?? null,
    source: sources?.get(insight.id)?.[0]?.group ?? null,
    tags: null,
    groups: groups ? (groups.get(insight.id) ?? []) : null,
  }));
}

/** Known labels of the purchases of each client with their days, in order of days; refunds are no purchases. */
function rowsByClient(
  log: PurchaseLog,
  { names, code }: LabelColumn,
): ReadonlyMap<string, readonly { readonly day: Day; readonly group: string }[]> {
  const rows = new Map<string, { day: Day; group: string }[]>();
  for (let row = 0; row < log.day.length; row += 1) {
    const group = names[code[row] ?? -1];
    if (group === undefined || (log.amountMinor[row] as number) < 0) continue;
    const id = log.clients[log.client[row] as number] as string;
    const own = rows.get(id);
    const one = { day: log.day[row] as number, group };
    if (own) own.push(one);
    else rows.set(id, [one]);
  }
  return rows;
}
