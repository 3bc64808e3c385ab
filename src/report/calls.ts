import type { Insight } from "../analytics/types.ts";
import { CATALOGUE } from "../playbooks/catalogue.ts";
import { matches, stateOfInsight } from "../playbooks/evaluate.ts";
import { usualMoneyMinor, valueAtStakeMinor } from "../playbooks/value.ts";

/** What to do with a client of the call list. */
export type CallStep = "head_calls" | "owner_calls" | "second_purchase" | "remind";

/** Why a client is worth a call, or nulls: the same rule and the same order of importance as the playbook in the CRM. */
export interface CallFacts {
  /** The playbook that would act on the client. */
  readonly playbook: string | null;
  readonly step: CallStep | null;
  /** What the client's own rhythm brings within the horizon; null = no sum is known. */
  readonly usualMinor: number | null;
  /** What of it a call may still save; null without a forecast or a sum. */
  readonly stakeMinor: number | null;
}

export function callFacts(insight: Insight, horizonDays: number): CallFacts {
  const rule = CATALOGUE.find((one) => matches(one, stateOfInsight(insight)));
  const hasMoney = insight.averageMinor !== null && insight.averageMinor > 0;
  return {
    playbook: rule?.code ?? null,
    step: rule === undefined ? null : stepOf(insight),
    usualMinor: hasMoney ? usualMoneyMinor(insight, horizonDays) : null,
    stakeMinor: hasMoney && insight.forecast !== null ? valueAtStakeMinor(insight) : null,
  };
}

function stepOf({ abc, segment, purchaseDays }: Insight): CallStep {
  if (segment === "cannot_lose") return "head_calls";
  if (purchaseDays < 2) return "second_purchase";
  if (abc === "C") return "remind";
  return abc === "A" && segment === "at_risk" ? "head_calls" : "owner_calls";
}
