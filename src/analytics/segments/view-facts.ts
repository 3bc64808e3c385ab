import { gapsOf } from "../history.ts";
import { medianOf } from "../quantile.ts";
import { scoreRfm } from "../rfm.ts";
import type { Day, Snapshot } from "../types.ts";
import { type ClientView, rfmFactsOf } from "./client-view.ts";
import type { RuleFacts } from "./rule-facts.ts";

/** What a rule may know of a client from purchases alone: no forecast, no health, no tags, no groups. */
export function factsOfView(
  client: ClientView,
  asOf: Day,
  snapshot: Snapshot,
  segments: Pick<RuleFacts, "template" | "valueTier"> & { readonly abc: "A" | "B" | "C" | null },
): RuleFacts {
  const { history } = client;
  const { days, purchases, totalMinor, purchasesWithSum } = history;
  const facts = rfmFactsOf(history, asOf);
  return {
    insight: {
      id: client.id,
      tier: snapshot.tier,
      purchases,
      purchaseDays: days.length,
      totalMinor,
      averageMinor: purchasesWithSum > 0 ? Math.round(totalMinor / purchasesWithSum) : null,
      firstDay: days[0] ?? asOf,
      lastDay: days[days.length - 1] ?? asOf,
      daysSinceLast: facts.daysSinceLast,
      usualDays: medianOf(gapsOf(days)),
      ...scoreRfm(facts, snapshot.rfm),
      segment: client.segment,
      abc: segments.abc,
      xyz: client.xyz,
      lifecycle: client.lifecycle,
      forecast: null,
      health: null,
      reason: { code: "", params: {} },
    },
    history,
    asOf,
    template: segments.template,
    valueTier: segments.valueTier,
    source: null,
    tags: null,
    groups: null,
  };
}
