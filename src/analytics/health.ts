import { BAND_FROM } from "./bands.ts";
import type { ChurnScorer, ClientChurn } from "./churn-score.ts";
import { modelFactors } from "./health-factors.ts";
import { usualGapOf } from "./history.ts";
import type { RfmScores } from "./rfm.ts";
import { signalFacts, type UsedSignals, usedSignals } from "./signals.ts";
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
 * (health-factors.ts), then facts that the model does not see, bounded. Unknown facts are listed with 0 points. What the layer
 * has learned of contacts and deals is among its own contributions and moves nothing a second time.
 */
export function healthOf(
  facts: HealthFacts,
  snapshot: Snapshot,
  score: ChurnScorer,
): Health | null {
  const { health } = snapshot;
  if (health === null) return null;
  const { history, side, churn } = facts;
  const rules = sideRules(history, snapshot);
  const rounded = Math.round(100 * (1 - churn.pChurn));
  const sideFactors: HealthFactor[] = [];
  const total = rounded + sidePoints(side, rounded, rules, sideFactors);
  const band = bandOf(total, health.bandFrom);
  return {
    score: total,
    base: health.base,
    band,
    factors: [
      ...withSignalParams(
        modelFactors(churn, snapshot, rounded - health.base, usualGapOf(history.days)),
        facts,
        snapshot.horizonDays,
      ),
      ...sideFactors,
    ],
    wouldChange: band === "good" ? [] : wouldChange(facts, snapshot, score, { total, band, rules }),
    subScores: subScoresOf(facts.scores, history),
  };
}

/** The client's own contacts and deals beside the points they gave; where none are known, nothing is said. */
function withSignalParams(
  factors: readonly HealthFactor[],
  { history, asOf }: HealthFacts,
  horizonDays: number,
): HealthFactor[] {
  const last = factors[factors.length - 1]?.code;
  // They come last, if at all.
  if (last !== "contacts" && last !== "deals") return [...factors];
  const facts = history.signals && signalFacts(history.signals, asOf, horizonDays);
  const shown: HealthFactor[] = [];
  for (const factor of factors) {
    const { code, points } = factor;
    if (code !== "contacts" && code !== "deals") shown.push(factor);
    else if (facts === undefined) {
      if (points !== 0) shown.push(factor);
    } else if (code === "deals") {
      const { openDeals, refusals } = facts;
      shown.push({ code, points, params: { openDeals, refusals } });
    } else {
      const { silentDays, contacts } = facts;
      shown.push({
        code,
        points,
        params: silentDays === null ? { contacts } : { contacts, silentDays },
      });
    }
  }
  return shown;
}

function bandOf(score: number, from: Readonly<Record<HealthBand, number>> = BAND_FROM): HealthBand {
  if (score >= from.good) return "good";
  return score >= from.watch ? "watch" : "risk";
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

/** How the facts beside the model count for one client. */
interface SideRules {
  /** Silence beyond this counts against the client. */
  readonly limitDays: number;
  /** What the layer has said of this client already. */
  readonly said: UsedSignals;
}

const NOTHING_SAID: UsedSignals = { contacts: false, deals: false };

function sideRules(history: ClientHistory, snapshot: Snapshot): SideRules {
  return {
    limitDays: usualSilence(history, snapshot),
    said: history.signals === undefined ? NOTHING_SAID : usedSignals(snapshot.churn),
  };
}

/** Points of the facts beside the model; their factors are added to `factors` where these are asked for. */
function sidePoints(
  side: SideFacts,
  score: number,
  { limitDays, said }: SideRules,
  factors: HealthFactor[] | null,
): number {
  let sum = 0;
  if (side.hasOpenDeal === null)
    factors?.push({ code: "open_deal_unknown", points: 0, params: {} });
  else if (!said.deals) {
    sum = bounded(side.hasOpenDeal ? OPEN_DEAL_POINTS : 0, SIDE_LIMIT, score);
    factors?.push({
      code: side.hasOpenDeal ? "open_deal" : "no_open_deal",
      points: sum,
      params: {},
    });
  }
  const { silentDays } = side;
  if (silentDays === null) {
    factors?.push({ code: "contact_unknown", points: 0, params: {} });
    return sum;
  }
  if (said.contacts) return sum;
  const isRecent = silentDays <= RECENT_CONTACT_DAYS;
  const wanted = isRecent ? RECENT_CONTACT_POINTS : silentDays > limitDays ? NO_CONTACT_POINTS : 0;
  const points = bounded(wanted, SIDE_LIMIT - Math.abs(sum), score + sum);
  factors?.push({
    code: isRecent ? "recent_contact" : "contact_silence",
    points,
    params: { silentDays, usualDays: Math.round(limitDays) },
  });
  return sum + points;
}

/** At most `left` either way, and the score stays within 0..100. */
function bounded(wanted: number, left: number, score: number): number {
  const points = clamp(clamp(wanted, -left, left), -score, 100 - score);
  return points === 0 ? 0 : points;
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
  now: { readonly total: number; readonly band: HealthBand; readonly rules: SideRules },
): Health["wouldChange"] {
  const { side } = facts;
  const bandFrom = snapshot.health?.bandFrom ?? BAND_FROM;
  let worthSaying: Change | null = null;
  const canCall = side.silentDays !== null && side.silentDays > RECENT_CONTACT_DAYS;
  for (let at = canCall ? CALL : 0; at < ORDER_WITHIN_DAYS.length; at += 1) {
    const inDays = at === CALL ? CONTACT_WITHIN_DAYS : (ORDER_WITHIN_DAYS[at] as number);
    if (at !== CALL && inDays > snapshot.horizonDays) continue;
    const total = scoreAfter(at, facts, score, now);
    if (!(total >= now.total + WORTH_SAYING_POINTS)) continue;
    const code = at === CALL ? "contact" : "order_by";
    const found: Change = { code, inDays, score: total, band: bandOf(total, bandFrom) };
    if (found.band !== now.band) return [found];
    worthSaying ??= found;
  }
  return worthSaying === null ? [] : [worthSaying];
}

/**
 * Clients who are talked to stay, but a call alone does not make one of them: it promises no more than where no layer speaks.
 */
const MOST_OF_A_CALL = RECENT_CONTACT_POINTS - NO_CONTACT_POINTS;
/** Before the orders by a date. */
const CALL = -1;

/** The score after one of the actions. */
function scoreAfter(
  action: number,
  { history, side, asOf, churn }: HealthFacts,
  score: ChurnScorer,
  now: { readonly total: number; readonly rules: SideRules },
): number {
  if (action !== CALL) {
    const day = asOf + (ORDER_WITHIN_DAYS[action] as number);
    const rounded = Math.round(100 * (1 - score.afterOrder(history, churn, day)));
    return rounded + sidePoints(side, rounded, now.rules, null);
  }
  const isLearned = now.rules.said.contacts;
  const pChurn = isLearned ? score.afterContact(history, churn, asOf) : churn.pChurn;
  const rounded = Math.round(100 * (1 - pChurn));
  const called = { hasOpenDeal: side.hasOpenDeal, silentDays: 0 };
  const after = rounded + sidePoints(called, rounded, now.rules, null);
  return Math.min(after, now.total + MOST_OF_A_CALL);
}

type Change = Health["wouldChange"][number];

function clamp(x: number, low: number, high: number): number {
  return Math.min(high, Math.max(low, x));
}
