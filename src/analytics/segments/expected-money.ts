import { makeChurnScorer } from "../churn-score.ts";
import { ltvCounts } from "../forecast.ts";
import { spendOf } from "../gamma-gamma.ts";
import { repeatSpend } from "../history.ts";
import type { ClientHistory, Day, Snapshot } from "../types.ts";

/**
 * Expected money of a client over the snapshot's LTV horizon, the same that its forecast says, without the rest of the
 * forecast. null = the snapshot has no forecast or no money.
 */
export function makeExpectedMoney(
  snapshot: Snapshot,
): ((history: ClientHistory, asOf: Day) => number) | null {
  const { model, churn, spend } = snapshot;
  if (model === null || churn === null || spend === null) return null;
  const churnOf = makeChurnScorer(snapshot, model, churn);
  return (history, asOf) => {
    if (history.days.length === 0) return 0;
    const known = repeatSpend(history, spend.capMinor);
    const { mean } = spendOf(spend, known.purchases, known.meanMinor);
    return Math.round(ltvCounts(churnOf.of(history, asOf), snapshot).mean * mean);
  };
}
