import { abcClass } from "./abc.ts";
import { buildBase, buyersOf, historyAt } from "./base.ts";
import { makeChurnScorer } from "./churn-score.ts";
import { forecastOf } from "./forecast.ts";
import { healthOf } from "./health.ts";
import { usualGapOf } from "./history.ts";
import { lifecycleOf } from "./lifecycle.ts";
import { type RfmFacts, scoreRfm, segmentOf } from "./rfm.ts";
import type { ClientHistory, Day, Insight, PurchaseLog, SideFacts, Snapshot } from "./types.ts";
import { xyzClass } from "./xyz.ts";

/** Everything we say about one client; a pure function of its facts, asOf and the snapshot. */
export function scoreClient(
  history: ClientHistory,
  side: SideFacts,
  asOf: Day,
  snapshot: Snapshot,
): Insight {
  return makeScorer(snapshot)(history, side, asOf);
}

const UNKNOWN_SIDE: SideFacts = { hasOpenDeal: null, silentDays: null };

/** Insights of all clients of the log who have bought up to `asOf`, in the log's order. */
export function scoreBase(
  log: PurchaseLog,
  sides: ReadonlyMap<string, SideFacts>,
  asOf: Day,
  snapshot: Snapshot,
): Insight[] {
  const score = makeScorer(snapshot);
  const base = buildBase(log, asOf);
  return Array.from(buyersOf(base), (client) => {
    const history = historyAt(base, client);
    return score(history, sides.get(history.id) ?? UNKNOWN_SIDE, asOf);
  });
}

/** `scoreClient` for many clients of one snapshot: integration rules are shared, results are the same. */
export function makeScorer(
  snapshot: Snapshot,
): (history: ClientHistory, side: SideFacts, asOf: Day) => Insight {
  const { model, churn } = snapshot;
  const churnOf = model === null || churn === null ? null : makeChurnScorer(snapshot, model, churn);
  return (history, side, asOf) => {
    const { days } = history;
    const said = churnOf === null || days.length === 0 ? null : churnOf.of(history, asOf);
    const facts = rfmFacts(history, asOf);
    const scores = scoreRfm(facts, snapshot.rfm);
    const lifecycle = lifecycleOf(days, asOf, snapshot.lifecycle);
    return {
      id: history.id,
      tier: snapshot.tier,
      purchases: history.purchases,
      purchaseDays: days.length,
      totalMinor: history.totalMinor,
      averageMinor:
        history.purchasesWithSum > 0
          ? Math.round(history.totalMinor / history.purchasesWithSum)
          : null,
      firstDay: days[0] ?? asOf,
      lastDay: days[days.length - 1] ?? asOf,
      daysSinceLast: facts.daysSinceLast,
      usualDays: usualGapOf(days),
      ...scores,
      segment: segmentOf(scores),
      abc:
        snapshot.abc === null || facts.totalMinor === null
          ? null
          : abcClass(facts.totalMinor, snapshot.abc),
      xyz: xyzClass(days),
      lifecycle,
      forecast: said === null ? null : forecastOf(history, said, snapshot),
      health:
        said === null || churnOf === null
          ? null
          : healthOf({ history, side, asOf, churn: said, scores }, snapshot, churnOf),
      reason: reasonOf(days, lifecycle, facts.daysSinceLast, snapshot),
    };
  };
}

/** Silence this many times the own usual gap is worth saying. */
const LONG_SILENCE = 1.5;

function reasonOf(
  days: Int32Array,
  lifecycle: Insight["lifecycle"],
  silentDays: number,
  snapshot: Snapshot,
): Insight["reason"] {
  const usual = usualGapOf(days);
  if (days.length === 0) return { code: "no_purchase", params: {} };
  if (usual === null) {
    const base = snapshot.usualGapDays;
    const params = base === null ? { silentDays } : { silentDays, usualDays: Math.round(base) };
    return { code: "one_purchase", params };
  }
  const usualDays = Math.round(usual);
  if (lifecycle === "returned") {
    const last = days.length - 1;
    const gapDays = (days[last] as number) - (days[last - 1] as number);
    return { code: "came_back", params: { gapDays, silentDays } };
  }
  const code =
    silentDays > LONG_SILENCE * usual ? "silent_longer_than_usual" : "buys_in_usual_rhythm";
  return { code, params: { usualDays, silentDays } };
}

function rfmFacts(history: ClientHistory, asOf: Day): RfmFacts {
  const last = history.days[history.days.length - 1] ?? asOf;
  return {
    daysSinceLast: Math.max(0, asOf - last),
    purchaseDays: history.days.length,
    totalMinor: knownTotal(history),
  };
}

function knownTotal(history: ClientHistory): number | null {
  return history.purchasesWithSum > 0 ? history.totalMinor : null;
}
