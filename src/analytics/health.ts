import { BAND_FROM } from "./bands.ts";
import type { ChurnScorer, ClientChurn } from "./churn-score.ts";
import { modelFactors } from "./health-factors.ts";
import { usualGapOf } from "./history.ts";
import type { RfmScores } from "./rfm.ts";
import type {
  ClientHistory,
  Day,
  HealthBand,
  HealthFactor,
  HealthSubScores,
  Insight,
  SideFacts,
  Snapshot,
} from "./types.ts";

type Health = NonNullable<Insight["health"]>;

/** Facts that the model does not see may move the score by this many points in all. */
const SIDE_LIMIT = 15;
const OPEN_DEAL_POINTS = 8;
const RECENT_CONTACT_POINTS = 4;
const RECENT_CONTACT_DAYS = 14;
const NO_CONTACT_POINTS = -7;

/** Latest first: the later date that still helps is the more realistic one. */
const ORDER_WITHIN_DAYS = [60, 30, 14, 7] as const;
/** A call can be made this week. */
const CONTACT_WITHIN_DAYS = 7;
const WORTH_SAYING_POINTS = 5;

/** Everything that one client's health is made from. */
export interface HealthFacts {
  readonly history: ClientHistory;
  readonly side: SideFacts;
  readonly asOf: Day;
  readonly churn: ClientChurn;
  readonly scores: RfmScores;
}

/**
 * The score with its reasons. base + the points of all factors = score, exactly: the model's own contributions first
 * (health-factors.ts), then facts that the model does not see, bounded. Unknown facts are listed with 0 points.
 */
export function healthOf(
  facts: HealthFacts,
  snapshot: Snapshot,
  score: ChurnScorer,
): Health | null {
  const { health } = snapshot;
  if (health === null) return null;
  const { history, side, churn } = facts;
  const limitDays = usualSilence(history, snapshot);
  const rounded = Math.round(100 * (1 - churn.pChurn));
  const sideFactors = sideFactorsOf(side, rounded, limitDays);
  const total = rounded + sumOf(sideFactors);
  const band = bandOf(total, health.bandFrom);
  return {
    score: total,
    base: health.base,
    band,
    factors: [
      ...modelFactors(churn, snapshot, rounded - health.base, usualGapOf(history.days)),
      ...sideFactors,
    ],
    wouldChange:
      band === "good" ? [] : wouldChange(facts, snapshot, score, { total, band, limitDays }),
    subScores: subScoresOf(facts.scores, history),
  };
}

/** `healthOf(...).score` without its reasons. */
export function healthScoreOf(
  { history, side, churn }: Pick<HealthFacts, "history" | "side" | "churn">,
  snapshot: Snapshot,
): number {
  const rounded = Math.round(100 * (1 - churn.pChurn));
  return rounded + sumOf(sideFactorsOf(side, rounded, usualSilence(history, snapshot)));
}

function bandOf(score: number, from: Readonly<Record<HealthBand, number>> = BAND_FROM): HealthBand {
  if (score >= from.good) return "good";
  return score >= from.watch ? "watch" : "risk";
}

function sumOf(factors: readonly HealthFactor[]): number {
  return factors.reduce((sum, factor) => sum + factor.points, 0);
}

/** Quintiles as 0, 25, 50, 75, 100. Breadth and recommendation need facts that a purchase log does not have. */
function subScoresOf(scores: RfmScores, history: ClientHistory): HealthSubScores {
  return {
    activity: Math.round(((scores.rScore + scores.fScore - 2) / 8) * 100),
    breadth: null,
    recommendation: null,
    profit: history.purchasesWithSum > 0 ? (scores.mScore - 1) * 25 : null,
  };
}

function sideFactorsOf(side: SideFacts, score: number, limitDays: number): HealthFactor[] {
  let left = SIDE_LIMIT;
  let at = score;
  const factor = (code: string, wanted: number, params: HealthFactor["params"]): HealthFactor => {
    const points = clamp(clamp(wanted, -left, left), -at, 100 - at);
    left -= Math.abs(points);
    at += points;
    return { code, points: points === 0 ? 0 : points, params };
  };
  const openDeal =
    side.hasOpenDeal === null
      ? factor("open_deal_unknown", 0, {})
      : factor(
          side.hasOpenDeal ? "open_deal" : "no_open_deal",
          side.hasOpenDeal ? OPEN_DEAL_POINTS : 0,
          {},
        );
  const { silentDays } = side;
  if (silentDays === null) return [openDeal, factor("contact_unknown", 0, {})];
  const params = { silentDays, usualDays: Math.round(limitDays) };
  if (silentDays <= RECENT_CONTACT_DAYS) {
    return [openDeal, factor("recent_contact", RECENT_CONTACT_POINTS, params)];
  }
  const points = silentDays > limitDays ? NO_CONTACT_POINTS : 0;
  return [openDeal, factor("contact_silence", points, params)];
}

/** Contact silence counts against a client beyond two usual gaps, and never before a month. */
function usualSilence(history: ClientHistory, snapshot: Snapshot): number {
  const { days } = history;
  const gaps = days.length - 1;
  const own = gaps > 0 ? ((days[gaps] as number) - (days[0] as number)) / gaps : null;
  return Math.max(30, 2 * (own ?? snapshot.usualGapDays ?? snapshot.horizonDays));
}

/**
 * The smallest realistic action that moves the client to a better band, else the one that is still worth saying. Tried in
 * order of effort: a contact, an order by a late date, by earlier ones; each is scored as if it had happened.
 */
function wouldChange(
  facts: HealthFacts,
  snapshot: Snapshot,
  score: ChurnScorer,
  now: { readonly total: number; readonly band: HealthBand; readonly limitDays: number },
): Health["wouldChange"] {
  const bandFrom = snapshot.health?.bandFrom ?? BAND_FROM;
  let worthSaying: Health["wouldChange"][number] | null = null;
  for (const option of options(facts, snapshot, score, now.limitDays)) {
    if (option.score < now.total + WORTH_SAYING_POINTS) continue;
    const found = { ...option, band: bandOf(option.score, bandFrom) };
    if (found.band !== now.band) return [found];
    worthSaying ??= found;
  }
  return worthSaying === null ? [] : [worthSaying];
}

function* options(
  { history, side, asOf, churn }: HealthFacts,
  snapshot: Snapshot,
  score: ChurnScorer,
  limitDays: number,
) {
  const withSide = (pChurn: number, after: SideFacts) => {
    const rounded = Math.round(100 * (1 - pChurn));
    return rounded + sumOf(sideFactorsOf(after, rounded, limitDays));
  };
  if (side.silentDays !== null && side.silentDays > RECENT_CONTACT_DAYS) {
    const after = withSide(churn.pChurn, { ...side, silentDays: 0 });
    yield { code: "contact", inDays: CONTACT_WITHIN_DAYS, score: after };
  }
  for (const inDays of ORDER_WITHIN_DAYS) {
    if (inDays > snapshot.horizonDays) continue;
    const after = score.afterOrder(history, churn, asOf + inDays);
    yield { code: "order_by", inDays, score: withSide(after, side) };
  }
}

function clamp(x: number, low: number, high: number): number {
  return Math.min(high, Math.max(low, x));
}
