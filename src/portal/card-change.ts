import { changeSince, type HealthChange } from "../analytics/health-change.ts";
import { makeScorer } from "../analytics/scoring.ts";
import type { Snapshot } from "../analytics/types.ts";
import type { InsightRow } from "./card-facts.ts";
import type { CardRoom } from "./card-parts.ts";
import { loadHistories, loadSides } from "./insight-facts.ts";
import { withOwnSignals } from "./signal-facts.ts";

const MONTH_DAYS = 30;

/** Why a client's score is not what it was thirty days ago; null where there was none. */
export type MonthChange = (
  room: CardRoom,
  key: string,
  row: InsightRow,
  snapshot: Snapshot,
) => HealthChange | null;

/** Scores of one client on two days under the snapshot of its insight; what a scorer prepares is kept for the next card. */
export function makeMonthChange(): MonthChange {
  let scorer: { readonly id: string; readonly score: ReturnType<typeof makeScorer> } | null = null;
  return ({ sql, zone }, key, { insight, asOf }, snapshot) => {
    if (scorer?.id !== snapshot.id) scorer = { id: snapshot.id, score: makeScorer(snapshot) };
    const day = asOf - MONTH_DAYS;
    const at = zone.startOf(day + 1) - 1;
    const known = { zone, at, asOf: day };
    const [history] = withOwnSignals(sql, loadHistories(sql, [key], day), snapshot, known);
    if (!history) return null;
    const side = loadSides(sql, [key], zone, at).of(key);
    return changeSince(scorer.score, { history, side, day }, { health: insight.health, day: asOf });
  };
}
