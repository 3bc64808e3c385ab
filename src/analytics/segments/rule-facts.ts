import type { RuleCondition } from "../../crm/segment-rule.ts";
import { dayText } from "../calendar.ts";
import type { ClientHistory, Day, Insight } from "../types.ts";
import { netMoneyBetween } from "./client-view.ts";

/** What a rule may look at, one client. null = not known; every fact that follows from it is then unknown. */
export interface RuleFacts {
  readonly insight: Insight;
  readonly history: ClientHistory | null;
  readonly asOf: Day;
  readonly template: string | null;
  readonly valueTier: string | null;
  readonly source: string | null;
  readonly tags: readonly string[] | null;
  /** Purchases with their product group, in any order. */
  readonly groups: readonly { readonly day: Day; readonly group: string }[] | null;
}

type NumberFact = Extract<RuleCondition, { readonly fact: keyof typeof NUMBERS }>["fact"];

/** Numbers of a client; null = unknown. Money of a client without a single known sum is unknown, not zero. */
const NUMBERS = {
  daysSinceLast: ({ insight, asOf }) => Math.max(0, asOf - insight.lastDay),
  daysSinceFirst: ({ insight, asOf }) => Math.max(0, asOf - insight.firstDay),
  purchases: ({ insight }) => insight.purchases,
  purchaseDays: ({ insight }) => insight.purchaseDays,
  totalMinor: ({ insight }) => (insight.averageMinor === null ? null : insight.totalMinor),
  averageMinor: ({ insight }) => insight.averageMinor,
  lastAmountMinor: ({ history }) => {
    const minor = history?.dayAmountMinor[history.dayAmountMinor.length - 1];
    return minor === undefined || Number.isNaN(minor) ? null : minor;
  },
  usualDays: ({ insight }) => insight.usualDays,
  silenceInGaps: ({ insight, asOf }) =>
    insight.usualDays === null || insight.usualDays <= 0
      ? null
      : Math.max(0, asOf - insight.lastDay) / insight.usualDays,
  rScore: ({ insight }) => insight.rScore,
  fScore: ({ insight }) => insight.fScore,
  mScore: ({ insight }) => insight.mScore,
  pAlive: ({ insight }) => insight.forecast?.pAlive ?? null,
  pChurn: ({ insight }) => insight.forecast?.pChurn ?? null,
  expectedPurchases: ({ insight }) => insight.forecast?.expectedPurchases ?? null,
  expectedMinor: ({ insight }) => insight.forecast?.ltv?.minor ?? null,
  health: ({ insight }) => insight.health?.score ?? null,
  nextPurchaseInDays: ({ insight }) => insight.forecast?.nextPurchase?.p50 ?? null,
} as const satisfies Readonly<Record<string, (facts: RuleFacts) => number | null>>;

export function numberFact(fact: NumberFact, facts: RuleFacts): number | null {
  return NUMBERS[fact](facts);
}

type LabelFact = keyof typeof LABELS;

const LABELS = {
  rfm: ({ insight }) => `${insight.rScore}${insight.fScore}${insight.mScore}`,
  segment: ({ insight }) => insight.segment,
  abc: ({ insight }) => insight.abc,
  xyz: ({ insight }) => insight.xyz,
  lifecycle: ({ insight }) => insight.lifecycle,
  template: ({ template }) => template,
  valueTier: ({ valueTier }) => valueTier,
  band: ({ insight }) => insight.health?.band ?? null,
  source: ({ source }) => source,
} as const satisfies Readonly<Record<string, (facts: RuleFacts) => string | null>>;

export function labelFact(fact: LabelFact, facts: RuleFacts): string | null {
  return LABELS[fact](facts);
}

/** Day of a client as `YYYY-MM-DD`: texts of that form compare as days do. */
export function dayFact(fact: "firstDay" | "lastDay", { insight }: RuleFacts): string {
  return dayText(insight[fact]);
}

/** A number over the last `withinDays` days, the day of the figures included. Money counts refunds booked in them. */
export function windowFact(
  fact: "purchaseDaysWithin" | "moneyMinorWithin",
  withinDays: number,
  { history, asOf }: RuleFacts,
): number | null {
  if (history === null) return null;
  const from = asOf - withinDays;
  if (fact === "purchaseDaysWithin") return history.days.filter((day) => day > from).length;
  return history.purchasesWithSum > 0 ? netMoneyBetween(history, from, asOf) : null;
}

/** Product groups bought in the last `withinDays` days; null = the source does not tell groups. */
export function groupsWithin(withinDays: number, facts: RuleFacts): readonly string[] | null {
  const from = facts.asOf - withinDays;
  return facts.groups === null
    ? null
    : facts.groups.flatMap(({ day, group }) => (day > from && day <= facts.asOf ? [group] : []));
}
