import type { ClientChurn } from "./churn-score.ts";
import { LAYER_FEATURES } from "./layer-features.ts";
import { type PurchaseState, pBuyWithin, posteriorOf } from "./purchase-model.ts";
import { usedSignals } from "./signals.ts";
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
  contactSilence: "contacts",
  contactsInH: "contacts",
  openDeals: "deals",
  refusalsIn2H: "deals",
};

/** Factors of the model, in the order in which equal ones are shown; the last two only where the layer knows of them. */
export const MODEL_FACTORS = [
  "silence",
  "rhythm",
  "history",
  "regularity",
  "season",
  "money",
  "contacts",
  "deals",
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
  const used = usedSignals(snapshot.churn);
  const codes = MODEL_FACTORS.filter(
    (code) => (code !== "contacts" && code !== "deals") || used[code],
  );
  const shares = toWholePoints(
    codes.map((code) => parts[code]),
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
    contacts: {},
    deals: {},
  };
  return codes.flatMap((code, at) => {
    const share = shares[at] ?? 0;
    const isHidden = code === "regularity" || code === "season" || code === "money";
    return share === 0 && isHidden ? [] : [{ code, points: share, params: params[code] }];
  });
}

function contributionsOf(
  churn: ClientChurn,
  snapshot: Snapshot,
  model: PurchaseModel,
  own: HealthReference,
  reference: HealthReference,
): Record<FactorCode, number> {
  const parts = {
    silence: 0,
    rhythm: 0,
    history: 0,
    regularity: 0,
    season: 0,
    money: 0,
    contacts: 0,
    deals: 0,
  };
  const method = snapshot.churn?.method ?? "core";
  if (method === "baseRate") return parts;
  if (method === "hiatus") return { ...parts, silence: 1 };
  const days = snapshot.level.horizon * snapshot.horizonDays;
  const values: number[] = [];
  for (let mask = 0; mask < 8; mask += 1) {
    const silentDays = mask & 1 ? own.silentDays : reference.silentDays;
    const gapDays = mask & 2 ? own.gapDays : reference.gapDays;
    const purchases = mask & 4 ? own.purchases : reference.purchases;
    values.push(buyLogOdds(model, stateFrom({ silentDays, gapDays, purchases }), days));
  }
  const [silence, rhythm, history] = shapley(values);
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
function shapley(value: readonly number[]): readonly [number, number, number] {
  const [none = 0, a = 0, b = 0, ab = 0, c = 0, ac = 0, bc = 0, all = 0] = value;
  return [
    (2 * (a - none) + (ab - b) + (ac - c) + 2 * (all - bc)) / 6,
    (2 * (b - none) + (ab - a) + (bc - c) + 2 * (all - ac)) / 6,
    (2 * (c - none) + (ac - a) + (bc - b) + 2 * (all - ab)) / 6,
  ];
}

/**
 * Whole points that add up to `points`: contributions times one slope, what is left over is spread by size, then largest
 * remainder.
 */
export function toWholePoints(contributions: readonly number[], points: number): number[] {
  let total = 0;
  let size = 0;
  for (const x of contributions) {
    total += x;
    size += Math.abs(x);
  }
  // One log-odds unit is at most 25 points; a slope outside of that range would only blow up rounding noise.
  const slope = Math.abs(total) > 1e-9 ? Math.min(25, Math.max(0, points / total)) : 0;
  const rest = points - slope * total;
  const whole: number[] = [];
  const remainders: number[] = [];
  let missing = points;
  for (const x of contributions) {
    const exact =
      slope * x + (size > 0 ? (rest * Math.abs(x)) / size : rest / contributions.length);
    const floor = Math.floor(exact);
    whole.push(floor === 0 ? 0 : floor);
    remainders.push(exact - floor);
    missing -= floor;
  }
  for (; missing > 0; missing -= 1) {
    const at = largest(remainders);
    if (at < 0) break;
    const point = (whole[at] as number) + 1;
    whole[at] = point === 0 ? 0 : point;
    remainders[at] = Number.NEGATIVE_INFINITY;
  }
  return whole;
}

/** The first of the largest; -1 when none is left. */
function largest(numbers: readonly number[]): number {
  let best = -1;
  let most = Number.NEGATIVE_INFINITY;
  for (let at = 0; at < numbers.length; at += 1) {
    if (!((numbers[at] as number) > most)) continue;
    most = numbers[at] as number;
    best = at;
  }
  return best;
}
