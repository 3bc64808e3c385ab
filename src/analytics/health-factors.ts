import type { ClientChurn } from "./churn-score.ts";
import { LAYER_FEATURES } from "./layer-features.ts";
import { type PurchaseState, pBuyWithin, posteriorOf } from "./purchase-model.ts";
import type { HealthFactor, HealthReference, PurchaseModel, Snapshot } from "./types.ts";

/** What features of the layer speak about, so that a person reads one factor and not five that say the same. */
const GROUP_OF_FEATURE: Readonly<Record<(typeof LAYER_FEATURES)[number], FactorCode>> = {
  recency: "silence",
  recencyOverGap: "silence",
  regularSilence: "silence",
  recencyOverLongestGap: "silence",
  ownGap: "rhythm",
  gapTrend: "rhythm",
  purchases: "history",
  purchasesInH: "history",
  purchasesIn2H: "history",
  purchasesIn4H: "history",
  sameSeasonLastYear: "season",
  meanSum: "money",
  lastSum: "money",
  lastThreeSums: "money",
  sumInH: "money",
};

/** Factors of the model, in the order in which equal ones are shown. */
export const MODEL_FACTORS = [
  "silence",
  "rhythm",
  "history",
  "regularity",
  "season",
  "money",
] as const;
type FactorCode = (typeof MODEL_FACTORS)[number];

/** A typical repeat buyer, silent for as long as gives this chance to buy within `days`, under the plain model. */
export function referenceFor(
  model: PurchaseModel,
  typical: { readonly purchases: number; readonly gapDays: number },
  days: number,
  pBuy: number,
): HealthReference {
  let low = 0;
  let high = 36_525;
  for (let step = 0; step < 50; step += 1) {
    const middle = (low + high) / 2;
    const state = stateFrom({ ...typical, silentDays: middle });
    if (pBuyWithin(posteriorOf(model, state), days) > pBuy) low = middle;
    else high = middle;
  }
  return { ...typical, silentDays: (low + high) / 2 };
}

/**
 * The model's own additive contributions in log-odds of a purchase, against the reference client, as whole points that add up
 * to `points`. The plain purchase model is split into silence, rhythm and history by Shapley values; what the classes of
 * regularity say beyond it is a factor of its own; the layer's features join the factor that they speak about.
 */
export function modelFactors(
  churn: ClientChurn,
  snapshot: Snapshot,
  points: number,
  usualGapDays: number | null,
): HealthFactor[] {
  const { model, health } = snapshot;
  if (model === null || health === null) return [];
  const { reference } = health;
  const { state } = churn;
  const own: HealthReference = {
    purchases: state.frequency + 1,
    gapDays: state.frequency > 0 ? state.recencyDays / state.frequency : reference.gapDays,
    silentDays: state.ageDays - state.recencyDays,
  };
  const parts = contributionsOf(churn, snapshot, model, own, reference);
  const shares = toWholePoints(
    MODEL_FACTORS.map((code) => parts[code]),
    points,
  );
  const shownGapDays = Math.round(usualGapDays ?? own.gapDays);
  const params: Readonly<Record<FactorCode, HealthFactor["params"]>> = {
    silence: { silentDays: Math.round(own.silentDays), usualDays: shownGapDays },
    rhythm: { gapDays: shownGapDays, usualDays: Math.round(reference.gapDays) },
    history: {
      purchaseDays: own.purchases,
      usualPurchaseDays: Math.round(reference.purchases),
    },
    regularity: {},
    season: {},
    money: {},
  };
  return MODEL_FACTORS.flatMap((code, at) => {
    const share = shares[at] ?? 0;
    const isAlwaysShown = code === "silence" || code === "rhythm" || code === "history";
    return share === 0 && !isAlwaysShown ? [] : [{ code, points: share, params: params[code] }];
  });
}

function contributionsOf(
  churn: ClientChurn,
  snapshot: Snapshot,
  model: PurchaseModel,
  own: HealthReference,
  reference: HealthReference,
): Record<FactorCode, number> {
  const parts = { silence: 0, rhythm: 0, history: 0, regularity: 0, season: 0, money: 0 };
  const method = snapshot.churn?.method ?? "core";
  if (method === "baseRate") return parts;
  if (method === "hiatus") return { ...parts, silence: 1 };
  const days = snapshot.level.horizon * snapshot.horizonDays;
  const logOdds = (mask: number) =>
    buyLogOdds(
      model,
      stateFrom({
        silentDays: mask & 1 ? own.silentDays : reference.silentDays,
        gapDays: mask & 2 ? own.gapDays : reference.gapDays,
        purchases: mask & 4 ? own.purchases : reference.purchases,
      }),
      days,
    );
  const values = Array.from({ length: 8 }, (_, mask) => logOdds(mask));
  const [silence = 0, rhythm = 0, history = 0] = shapley(values);
  const slope = snapshot.churn?.method === "layer" ? snapshot.churn.layer.slope : 1;
  parts.silence = slope * silence;
  parts.rhythm = slope * rhythm;
  parts.history = slope * history;
  if (snapshot.regularity !== null) {
    parts.regularity = slope * (-logit(churn.pCore) - (values[7] ?? 0));
  }
  churn.contributions?.forEach((logOddsOfNone, at) => {
    const feature = LAYER_FEATURES[at];
    if (feature !== undefined) parts[GROUP_OF_FEATURE[feature]] -= logOddsOfNone;
  });
  return parts;
}

function logit(p: number): number {
  return Math.log(p / (1 - p));
}

/** Log-odds that a client buys within `days`, held inside what a score of whole points can show. */
function buyLogOdds(model: PurchaseModel, state: PurchaseState, days: number): number {
  const p = Math.min(1 - 1e-6, Math.max(1e-6, pBuyWithin(posteriorOf(model, state), days)));
  return logit(p);
}

function stateFrom(client: HealthReference): PurchaseState {
  const frequency = Math.max(0, client.purchases - 1);
  const recencyDays = frequency * client.gapDays;
  return { frequency, recencyDays, ageDays: recencyDays + client.silentDays };
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
export function toWholePoints(contributions: readonly number[], points: number): number[] {
  const total = contributions.reduce((sum, x) => sum + x, 0);
  const size = contributions.reduce((sum, x) => sum + Math.abs(x), 0);
  // One log-odds unit is at most 25 points; a slope outside of that range would only blow up rounding noise.
  const slope = Math.abs(total) > 1e-9 ? Math.min(25, Math.max(0, points / total)) : 0;
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
