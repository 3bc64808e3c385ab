import type { ClientHistory, Insight } from "../analytics/types.ts";
import type { Clock } from "../crm/ports.ts";

/** Slices also end here, so that a clock that stands still cannot make one slice of everything. */
const SLICE_CLIENTS = 5_000;

/** Scores many clients in slices, in their order. */
export function slicer(
  clock: Clock,
  histories: readonly ClientHistory[],
  score: (history: ClientHistory) => Insight,
): (budgetMs: number) => Insight[] | null {
  const insights: Insight[] = [];
  return (budgetMs) => {
    const startedAt = clock.monotonic();
    for (let done = 0; insights.length < histories.length; done += 1) {
      if (done === SLICE_CLIENTS) return null;
      if (done % 50 === 49 && clock.monotonic() - startedAt > budgetMs) return null;
      insights.push(score(histories[insights.length] as ClientHistory));
    }
    return insights;
  };
}
