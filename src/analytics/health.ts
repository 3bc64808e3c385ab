import { gapsOf } from "./history.ts";
import { type PurchaseState, pBuyWithin, posteriorOf, stateOf } from "./purchase-model.ts";
import { medianOf } from "./quantile.ts";
import type {
  ClientHistory,
  Day,
  HealthBand,
  HealthFactor,
  HealthReference,
  Insight,
  PurchaseModel,
  SideFacts,
  Snapshot,
} from "./types.ts";

type Health = NonNullable<Insight["health"]>;

/** Formula `health-1`: limits of the bands, chosen so that "good" means clearly more likely to buy than not. */
export const BAND_FROM: Readonly<Record<HealthBand, number>> = { good: 70, watch: 45, risk: 0 };

/** Facts that the model does not see may move the score by this many points in all. */
const SIDE_LIMIT = 15;
const OPEN_DEAL_POINTS = 8;
const RECENT_CONTACT_POINTS = 4;
const RECENT_CONTACT_DAYS = 14;
const NO_CONTACT_POINTS = -7;

/** Latest first: the later date that still helps is the more realistic one. */
const ORDER_WITHIN_DAYS = [60, 30, 14, 7] as const;
const WORTH_SAYING_POINTS = 5;

/** 0..100: the chance of a purchase within the horizon, in percent, not rounded. */
export function modelScore(
  model: PurchaseModel,
  state: PurchaseState,
  horizonDays: number,
): number {
  return 100 * pBuyWithin(posteriorOf(model, state), horizonDays);
}

/**
 * The score with its reasons. base + the points of all factors = score, exactly. The model's part is split into silence,
 * rhythm and history by Shapley values of the log-odds against the snapshot's reference client, scaled to points and
 * rounded by largest remainder; side facts come on top, bounded. Unknown side facts are listed with 0 points.
 */
export function healthOf(
  history: ClientHistory,
  side: SideFacts,
  asOf: Day,
  snapshot: Snapshot,
): Health | null {
  const { model, health, horizonDays } = snapshot;
  if (model === null || health === null || history.days.length === 0) return null;
  const state = stateOf(history.days, asOf);
  const fromModel = modelScore(model, state, horizonDays);
  const rounded = clamp(Math.round(fromModel), 0, 100);
  const reference = health.reference ?? {
    purchases: 2,
    gapDays: snapshot.usualGapDays ?? horizonDays,
    silentDays: horizonDays,
  };
  const sideFactors = sideFactorsOf(side, rounded, usualSilence(history, snapshot));
  const sidePoints = sideFactors.reduce((sum, factor) => sum + factor.points, 0);
  const score = rounded + sidePoints;
  return {
    score,
    base: health.base,
    band: bandOf(score, health.bandFrom),
    factors: [
      ...modelFactors(model, state, reference, {
        horizonDays,
        points: rounded - health.base,
        usualGapDays: medianOf(gapsOf(history.days)),
      }),
      ...sideFactors,
    ],
    wouldChange: wouldChange(model, state, snapshot, score, sidePoints),
  };
}

function bandOf(score: number, from: Readonly<Record<HealthBand, number>>): HealthBand {
  if (score >= from.good) return "good";
  return score >= from.watch ? "watch" : "risk";
}

/**
 * The client that a score is compared with: a typical repeat buyer, silent for as long as gives exactly the base's mean.
 */
export function referenceFor(
  model: PurchaseModel,
  typical: { readonly purchases: number; readonly gapDays: number },
  horizonDays: number,
  meanScore: number,
): HealthReference {
  const scoreAt = (silentDays: number) =>
    modelScore(model, stateFrom({ ...typical, silentDays }), horizonDays);
  let low = 0;
  let high = 36_525;
  for (let step = 0; step < 50; step += 1) {
    const middle = (low + high) / 2;
    if (scoreAt(middle) > meanScore) low = middle;
    else high = middle;
  }
  return { ...typical, silentDays: (low + high) / 2 };
}

function modelFactors(
  model: PurchaseModel,
  state: PurchaseState,
  reference: HealthReference,
  {
    horizonDays,
    points,
    usualGapDays,
  }: {
    readonly horizonDays: number;
    readonly points: number;
    /** The client's median gap: what every other text calls usual. The model itself works with the mean. */
    readonly usualGapDays: number | null;
  },
): HealthFactor[] {
  const own: HealthReference = {
    purchases: state.frequency + 1,
    gapDays: state.frequency > 0 ? state.recencyDays / state.frequency : reference.gapDays,
    silentDays: state.ageDays - state.recencyDays,
  };
  const logOdds = (mask: number) => {
    const mixed = {
      silentDays: mask & 1 ? own.silentDays : reference.silentDays,
      gapDays: mask & 2 ? own.gapDays : reference.gapDays,
      purchases: mask & 4 ? own.purchases : reference.purchases,
    };
    const p = clamp(modelScore(model, stateFrom(mixed), horizonDays) / 100, 1e-6, 1 - 1e-6);
    return Math.log(p / (1 - p));
  };
  const shares = toWholePoints(
    shapley(Array.from({ length: 8 }, (_, mask) => logOdds(mask))),
    points,
  );
  const shownGapDays = Math.round(usualGapDays ?? own.gapDays);
  const params = [
    { silentDays: Math.round(own.silentDays), usualDays: shownGapDays },
    { gapDays: shownGapDays, usualDays: Math.round(reference.gapDays) },
    { purchaseDays: own.purchases, usualPurchaseDays: Math.round(reference.purchases) },
  ];
  return ["silence", "rhythm", "history"].map((code, at) => ({
    code,
    points: shares[at] ?? 0,
    params: params[at] ?? {},
  }));
}

/** Shapley values of three players from the eight values of their coalitions (bit i = player i). */
function shapley(value: readonly number[]): number[] {
  const gain = (player: number, others: number) =>
    (value[others | (1 << player)] ?? 0) - (value[others] ?? 0);
  return [0, 1, 2].map((player) => {
    const [one = 0, two = 0] = [0, 1, 2].filter((x) => x !== player).map((x) => 1 << x);
    return (
      (2 * gain(player, 0) + gain(player, one) + gain(player, two) + 2 * gain(player, one | two)) /
      6
    );
  });
}

/**
 * Whole points that add up to `points`: contributions times one slope, what is left over is spread by size, then largest
 * remainder.
 */
function toWholePoints(contributions: readonly number[], points: number): number[] {
  const total = contributions.reduce((sum, x) => sum + x, 0);
  const size = contributions.reduce((sum, x) => sum + Math.abs(x), 0);
  // One log-odds unit is at most 25 points; a slope outside of that range would only blow up rounding noise.
  const slope = Math.abs(total) > 1e-9 ? clamp(points / total, 0, 25) : 0;
  const rest = points - slope * total;
  const exact = contributions.map(
    (x) => slope * x + (size > 0 ? (rest * Math.abs(x)) / size : rest / contributions.length),
  );
  const whole = exact.map(Math.floor);
  let missing = points - whole.reduce((sum, x) => sum + x, 0);
  const byRemainder = exact
    .map((x, at) => ({ at, remainder: x - Math.floor(x) }))
    .sort((left, right) => right.remainder - left.remainder || left.at - right.at);
  for (const { at } of byRemainder) {
    if (missing <= 0) break;
    whole[at] = (whole[at] ?? 0) + 1;
    missing -= 1;
  }
  return whole.map((x) => (x === 0 ? 0 : x));
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
  const gaps = gapsOf(history.days);
  const own = gaps.length > 0 ? gaps.reduce((sum, gap) => sum + gap, 0) / gaps.length : null;
  return Math.max(30, 2 * (own ?? snapshot.usualGapDays ?? snapshot.horizonDays));
}

function wouldChange(
  model: PurchaseModel,
  state: PurchaseState,
  snapshot: Snapshot,
  score: number,
  sidePoints: number,
): Health["wouldChange"] {
  const bandFrom = snapshot.health?.bandFrom ?? BAND_FROM;
  const options = ORDER_WITHIN_DAYS.filter((days) => days <= snapshot.horizonDays).map((inDays) => {
    const age = state.ageDays + inDays;
    const after = { frequency: state.frequency + 1, recencyDays: age, ageDays: age };
    const exact = modelScore(model, after, snapshot.horizonDays) + sidePoints;
    const next = clamp(Math.round(exact), 0, 100);
    return { code: "order_by", inDays, score: next, band: bandOf(next, bandFrom) };
  });
  const helps = options.filter((option) => option.score >= score + WORTH_SAYING_POINTS);
  const best = helps.find((option) => option.band !== bandOf(score, bandFrom)) ?? helps[0];
  return best ? [best] : [];
}

function stateFrom(client: HealthReference): PurchaseState {
  const frequency = Math.max(0, client.purchases - 1);
  const recencyDays = frequency * client.gapDays;
  return { frequency, recencyDays, ageDays: recencyDays + client.silentDays };
}

function clamp(x: number, low: number, high: number): number {
  return Math.min(high, Math.max(low, x));
}
