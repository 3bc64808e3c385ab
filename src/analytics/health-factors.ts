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
  contributionsOf(churn, snapshot, model, own, reference);
  const used = usedSignals(snapshot.churn);
  const size = MODEL_FACTORS.length - (used.deals ? 0 : 1) - (used.contacts ? 0 : 1);
  // Contacts before deals, each only where it is used.
  if (!used.contacts && used.deals) parts[CONTACTS] = parts[DEALS] as number;
  const shares = toWholePoints(parts.subarray(0, size), points);
  const shownGapDays = Math.round(usualGapDays ?? own.gapDays);
  const factors: HealthFactor[] = [
    {
      code: "silence",
      points: shares[0] as number,
      params: { silentDays: Math.round(own.silentDays), usualDays: shownGapDays },
    },
    {
      code: "rhythm",
      points: shares[1] as number,
      params: { gapDays: shownGapDays, usualDays: Math.round(reference.gapDays) },
    },
    {
      code: "history",
      points: shares[2] as number,
      params: { purchaseDays: own.purchases, usualPurchaseDays: Math.round(reference.purchases) },
    },
  ];
  for (let at = 3; at < size; at += 1) {
    const code: FactorCode =
      at === CONTACTS && !used.contacts ? "deals" : (MODEL_FACTORS[at] as FactorCode);
    const share = shares[at] as number;
    if (share === 0 && at < CONTACTS) continue;
    factors.push({ code, points: share, params: NO_PARAMS });
  }
  return factors;
}

const NO_PARAMS: HealthFactor["params"] = {};
const CONTACTS = MODEL_FACTORS.indexOf("contacts");
const DEALS = MODEL_FACTORS.indexOf("deals");
const FACTOR_OF_FEATURE = LAYER_FEATURES.map((feature) =>
  MODEL_FACTORS.indexOf(GROUP_OF_FEATURE[feature]),
);
/** What each of MODEL_FACTORS adds for the client at hand, and the chances of the eight coalitions. */
const parts = new Float64Array(MODEL_FACTORS.length);
const coalitions = new Float64Array(8);

/** Fills `parts`. */
function contributionsOf(
  churn: ClientChurn,
  snapshot: Snapshot,
  model: PurchaseModel,
  own: HealthReference,
  reference: HealthReference,
): void {
  parts.fill(0);
  const method = snapshot.churn?.method ?? "core";
  if (method === "baseRate") return;
  if (method === "hiatus") {
    parts[0] = 1;
    return;
  }
  const days = snapshot.level.horizon * snapshot.horizonDays;
  for (let mask = 0; mask < 8; mask += 1) {
    // A client without a gap of its own has the reference's.
    if (mask & 2 && own.gapDays === reference.gapDays) {
      coalitions[mask] = coalitions[mask - 2] as number;
      continue;
    }
    const silentDays = mask & 1 ? own.silentDays : reference.silentDays;
    const gapDays = mask & 2 ? own.gapDays : reference.gapDays;
    const purchases = mask & 4 ? own.purchases : reference.purchases;
    coalitions[mask] = buyLogOdds(model, stateFrom({ silentDays, gapDays, purchases }), days);
  }
  const [silence, rhythm, history] = shapley(coalitions);
  const slope = snapshot.churn?.method === "layer" ? snapshot.churn.layer.slope : 1;
  parts[0] = slope * silence;
  parts[1] = slope * rhythm;
  parts[2] = slope * history;
  if (snapshot.regularity !== null) {
    parts[3] = slope * (-logit(churn.pCore) - (coalitions[7] as number));
  }
  const { contributions } = churn;
  if (contributions === null) return;
  for (let at = 0; at < contributions.length; at += 1) {
    const factor = FACTOR_OF_FEATURE[at] as number;
    parts[factor] = (parts[factor] as number) - (contributions[at] as number);
  }
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
function shapley(value: Float64Array): readonly [number, number, number] {
  const [none, a, b, ab] = [
    value[0] as number,
    value[1] as number,
    value[2] as number,
    value[3] as number,
  ];
  const [c, ac, bc, all] = [
    value[4] as number,
    value[5] as number,
    value[6] as number,
    value[7] as number,
  ];
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
export function toWholePoints(contributions: ArrayLike<number>, points: number): number[] {
  const count = contributions.length;
  let total = 0;
  let size = 0;
  for (let at = 0; at < count; at += 1) {
    const x = contributions[at] as number;
    total += x;
    size += Math.abs(x);
  }
  // One log-odds unit is at most 25 points; a slope outside of that range would only blow up rounding noise.
  const slope = Math.abs(total) > 1e-9 ? Math.min(25, Math.max(0, points / total)) : 0;
  const rest = points - slope * total;
  const whole: number[] = [];
  const remainders: number[] = [];
  let missing = points;
  for (let at = 0; at < count; at += 1) {
    const x = contributions[at] as number;
    const exact = slope * x + (size > 0 ? (rest * Math.abs(x)) / size : rest / count);
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
