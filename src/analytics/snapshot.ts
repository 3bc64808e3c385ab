import { abcClass, abcLimits } from "./abc.ts";
import {
  baseGaps,
  baseSpending,
  baseTimings,
  buildBase,
  buyersOf,
  type ClientBase,
  evenSample,
  historyAt,
} from "./base.ts";
import type { Timings } from "./buckets.ts";
import { dayText } from "./calendar.ts";
import { makeExpectation } from "./count-law.ts";
import { forecastOf } from "./forecast.ts";
import { fitSpendModel, largeOrderMinor } from "./gamma-gamma.ts";
import { BAND_FROM, healthOf, modelScore, referenceFor } from "./health.ts";
import { gapsOf } from "./history.ts";
import { lifecycleOf, proposeHorizon, proposeLifecycle } from "./lifecycle.ts";
import { fitPurchaseModel } from "./purchase-fit.ts";
import { medianOf, medianOfWhole } from "./quantile.ts";
import { fitRegularity, REGULARITY_CLIENTS } from "./regularity.ts";
import { type RfmFacts, rfmLimits, scoreRfm, segmentOf } from "./rfm.ts";
import type {
  ClientHistory,
  Day,
  Insight,
  PurchaseLog,
  PurchaseModel,
  SideFacts,
  Snapshot,
  SpendModel,
  Tier,
} from "./types.ts";
import { xyzClass } from "./xyz.ts";

export interface SnapshotOptions {
  /** Default: the day as `YYYY-MM-DD`. */
  readonly id?: string;
  /** Default: proposed from the base's rhythm. */
  readonly horizonDays?: number;
  /** Weak prior on the model's parameters; default true. */
  readonly prior?: boolean;
}

const MIN_CLIENTS = 50;
const MIN_REPEAT_BUYERS = 20;
const MIN_SHARE_RETURNING = 0.02;
const TIER_2_CLIENTS = 500;
const TIER_3_CLIENTS = 2_000;
const LTV_HORIZON_DAYS = 365;

/** Fits everything that scoring one client needs. Total: any base, also an empty one, gives a snapshot (tier 0). */
export function makeSnapshot(log: PurchaseLog, asOf: Day, options: SnapshotOptions = {}): Snapshot {
  return snapshotOf(buildBase(log, asOf), asOf, options);
}

/** The same from a base that ends on `asOf` at the latest. */
export function snapshotOf(base: ClientBase, asOf: Day, options: SnapshotOptions = {}): Snapshot {
  const buyers = buyersOf(base);
  const timings = baseTimings(base, buyers, asOf);
  const purchaseDays = timings.frequency.map((repeats) => repeats + 1);
  const repeatBuyers = purchaseDays.reduce((sum, days) => sum + (days > 1 ? 1 : 0), 0);
  const gap = medianOfWhole(baseGaps(base, buyers));
  const wanted = options.horizonDays ?? 0;
  const horizonDays = wanted >= 1 ? Math.round(wanted) : proposeHorizon(gap);
  const { tier, tierReason } = tierOf(buyers.length, repeatBuyers);
  const hasPrior = options.prior ?? true;
  const model =
    tier === 0
      ? null
      : fitPurchaseModel(timings, { kind: "mbgnbd", k: 1, hasPrior, unit: "day" }).model;
  const firstDay = buyers.reduce(
    (first, client) => Math.min(first, base.days[base.offset[client] as number] as number),
    asOf,
  );
  const totalMinor = knownTotals(base, buyers);
  return {
    id: options.id ?? dayText(asOf),
    asOf,
    formula: "health-1",
    tier,
    tierReason,
    clients: buyers.length,
    repeatBuyers,
    horizonDays,
    regularity:
      model !== null && tier >= 2
        ? fitRegularity(evenSample(base, buyers, REGULARITY_CLIENTS), asOf, model)
        : null,
    // A base cannot promise more future than it has past.
    ltvHorizonDays: Math.max(30, Math.min(LTV_HORIZON_DAYS, asOf - firstDay)),
    model,
    spend: tier === 0 ? null : spendModelOf(base, hasPrior),
    rfm: rfmLimits({ daysSinceLast: silenceOf(timings), purchaseDays, totalMinor }, gap),
    abc: abcLimits(totalMinor),
    lifecycle: proposeLifecycle(purchaseDays, horizonDays),
    health: model === null ? null : healthOfBase(timings, model, horizonDays, gap ?? horizonDays),
    usualGapDays: gap,
  };
}

/** Net money of each of these clients; NaN = no sum is known. */
function knownTotals(base: ClientBase, buyers: Int32Array): Float64Array {
  return Float64Array.from(buyers, (client) =>
    (base.purchasesWithSum[client] as number) > 0
      ? (base.totalMinor[client] as number)
      : Number.NaN,
  );
}

function silenceOf({ age, recency }: Timings): Int32Array {
  return age.map((days, at) => days - (recency[at] as number));
}

function spendModelOf(base: ClientBase, hasPrior: boolean): SpendModel | null {
  const model = fitSpendModel(baseSpending(base), hasPrior)?.model ?? null;
  const capMinor = largeOrderMinor(base.dayAmountMinor);
  return model === null || capMinor === null ? model : { ...model, capMinor };
}

/** The tier of a base by its size, and why there are no probabilities in tier 0. */
export function tierOf(
  clients: number,
  repeatBuyers: number,
): { tier: Tier; tierReason: Snapshot["tierReason"] } {
  if (clients < MIN_CLIENTS) return { tier: 0, tierReason: "few_clients" };
  if (repeatBuyers < MIN_SHARE_RETURNING * clients)
    return { tier: 0, tierReason: "nobody_returns" };
  if (repeatBuyers < MIN_REPEAT_BUYERS) return { tier: 0, tierReason: "few_repeat_buyers" };
  if (clients < TIER_2_CLIENTS) return { tier: 1, tierReason: null };
  return { tier: clients < TIER_3_CLIENTS ? 2 : 3, tierReason: null };
}

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
  const expectation = makeExpectation();
  return (history, side, asOf) => {
    const { days } = history;
    const isClient = days.length > 0;
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
      usualDays: medianOf(gapsOf(days)),
      ...scores,
      segment: segmentOf(scores),
      abc:
        snapshot.abc === null || facts.totalMinor === null
          ? null
          : abcClass(facts.totalMinor, snapshot.abc),
      xyz: xyzClass(days),
      lifecycle,
      forecast:
        snapshot.model === null || !isClient
          ? null
          : forecastOf(history, asOf, snapshot, snapshot.model, expectation),
      health: healthOf(history, side, asOf, snapshot),
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
  const gaps = gapsOf(days);
  const usual = medianOf(gaps);
  if (days.length === 0) return { code: "no_purchase", params: {} };
  if (usual === null) {
    const base = snapshot.usualGapDays;
    const params = base === null ? { silentDays } : { silentDays, usualDays: Math.round(base) };
    return { code: "one_purchase", params };
  }
  const usualDays = Math.round(usual);
  if (lifecycle === "returned") {
    return { code: "came_back", params: { gapDays: gaps[gaps.length - 1] ?? 0, silentDays } };
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

function healthOfBase(
  { frequency, recency, age }: Timings,
  model: PurchaseModel,
  horizonDays: number,
  gapDays: number,
): Snapshot["health"] {
  let sum = 0;
  for (let at = 0; at < age.length; at += 1) {
    const state = {
      frequency: frequency[at] as number,
      recencyDays: recency[at] as number,
      ageDays: age[at] as number,
    };
    sum += modelScore(model, state, horizonDays);
  }
  const mean = sum / age.length;
  const purchases = (medianOfWhole(frequency.filter((repeats) => repeats > 0)) ?? 1) + 1;
  return {
    base: Math.round(mean),
    bandFrom: BAND_FROM,
    reference: referenceFor(model, { purchases, gapDays: Math.max(1, gapDays) }, horizonDays, mean),
  };
}
