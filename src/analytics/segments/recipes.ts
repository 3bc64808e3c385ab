import type { SegmentRule } from "../../crm/segment-rule.ts";
import type { Snapshot } from "../types.ts";

/** A rule ready to use; `needs` = what has to be filled in before it says anything. */
export interface Recipe {
  readonly code: RecipeCode;
  readonly needs: "group" | null;
  readonly rule: SegmentRule;
}

export const RECIPE_CODES = [
  "bought_group",
  "vip_silent",
  "second_purchase_due",
  "date_passed",
  "loyal_slipping",
  "win_back",
  "large_first",
  "returned",
] as const;

export type RecipeCode = (typeof RECIPE_CODES)[number];

export function isRecipeCode(text: string): text is RecipeCode {
  return (RECIPE_CODES as readonly string[]).includes(text);
}

export const GROUP_DAYS = 14;
const VIP_SILENT_DAYS = 60;
const SECOND_DUE_FROM_GAPS = 0.5;
const SECOND_DUE_TO_GAPS = 2;
/** Rhythm of a base that has none yet. */
const GAP_WITHOUT_RHYTHM_DAYS = 45;

/**
 * Rules ready to use, in the numbers of this base. `group` = the product group of "bought group X in the last 14 days";
 * without one that recipe takes everybody who bought in them, where groups are known.
 */
export function recipesOf(
  snapshot: Pick<Snapshot, "usualGapDays" | "lifecycle">,
  group: string | null = null,
): readonly Recipe[] {
  const gap = Math.max(1, snapshot.usualGapDays ?? GAP_WITHOUT_RHYTHM_DAYS);
  const days = (gaps: number) => Math.max(1, Math.round(gaps * gap));
  const rules: Readonly<Record<RecipeCode, SegmentRule["when"]>> = {
    bought_group:
      group === null
        ? {
            all: [
              { fact: "purchaseDaysWithin", withinDays: GROUP_DAYS, from: 1 },
              { fact: "boughtGroup", withinDays: GROUP_DAYS, known: true },
            ],
          }
        : { fact: "boughtGroup", withinDays: GROUP_DAYS, in: [group] },
    vip_silent: {
      all: [
        {
          any: [
            { fact: "valueTier", in: ["vip"] },
            { fact: "template", in: ["vip"] },
          ],
        },
        { fact: "daysSinceLast", over: VIP_SILENT_DAYS },
      ],
    },
    second_purchase_due: {
      all: [
        { fact: "purchaseDays", to: 1 },
        {
          fact: "daysSinceLast",
          from: days(SECOND_DUE_FROM_GAPS),
          to: days(SECOND_DUE_TO_GAPS),
        },
      ],
    },
    date_passed: {
      all: [
        { fact: "silenceInGaps", over: 1.5, to: 4 },
        { fact: "purchaseDays", from: 4 },
      ],
    },
    loyal_slipping: {
      all: [
        { fact: "purchaseDays", from: snapshot.lifecycle.loyalPurchases },
        { fact: "lifecycle", in: ["at_risk"] },
      ],
    },
    win_back: {
      all: [
        { fact: "lifecycle", in: ["sleeping", "lost"] },
        { fact: "abc", in: ["A", "B"] },
      ],
    },
    large_first: {
      all: [
        { fact: "purchaseDays", to: 1 },
        { fact: "mScore", from: 4 },
        { not: { fact: "lifecycle", in: ["lost"] } },
      ],
    },
    returned: { fact: "lifecycle", in: ["returned"] },
  };
  return RECIPE_CODES.map((code) => ({
    code,
    needs: code === "bought_group" ? "group" : null,
    rule: { code, when: rules[code] },
  }));
}
