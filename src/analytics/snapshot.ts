import { abcClass, abcLimits } from "./abc.ts";
import { dayText } from "./calendar.ts";
import { makeExpectation } from "./count-law.ts";
import { forecastOf } from "./forecast.ts";
import { fitSpendModel } from "./gamma-gamma.ts";
import { BAND_FROM, healthOf, modelScore, referenceFor } from "./health.ts";
import { buildHistories, gapsOf, spendingOf, timingsOf } from "./history.ts";
import { lifecycleOf, proposeHorizon, proposeLifecycle, usualGapDays } from "./lifecycle.ts";
import { fitPurchaseModel } from "./purchase-fit.ts";
import { stateOf } from "./purchase-model.ts";
import { medianOf } from "./quantile.ts";
import { fitRegularity } from "./regularity.ts";
import { type RfmFacts, rfmBoundaries, scoreRfm, segmentOf } from "./rfm.ts";
import type {
  ClientHistory,
  Day,
  Insight,
  PurchaseLog,
  PurchaseModel,
  SideFacts,
  Snapshot,
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
  return snapshotOf(buildHistories(log, asOf), asOf, options);
}

/** The same from histories that end on `asOf` at the latest. */
export function snapshotOf(
  histories: readonly ClientHistory[],
  asOf: Day,
  options: SnapshotOptions = {},
): Snapshot {
  const base = histories.filter((history) => history.days.length > 0);
  const repeatBuyers = base.filter((history) => history.days.length > 1);
  const gap = usualGapDays(repeatBuyers);
  const wanted = options.horizonDays ?? 0;
  const horizonDays = wanted >= 1 ? Math.round(wanted) : proposeHorizon(gap);
  const { tier, tierReason } = tierOf(base.length, repeatBuyers.length);
  const hasPrior = options.prior ?? true;
  const model =
    tier === 0
      ? null
      : fitPurchaseModel(timingsOf(base, asOf), { kind: "mbgnbd", k: 1, hasPrior, unit: "day" })
          .model;
  const firstDay = base.reduce((first, { days }) => Math.min(first, days[0] ?? asOf), asOf);
  const totals = base.flatMap((history) => knownTotal(history) ?? []);
  return {
    id: options.id ?? dayText(asOf),
    asOf,
    formula: "health-1",
    tier,
    tierReason,
    clients: base.length,
    repeatBuyers: repeatBuyers.length,
    horizonDays,
    regularity: model !== null && tier >= 2 ? fitRegularity(base, asOf, model) : null,
    // A base cannot promise more future than it has past.
    ltvHorizonDays: Math.max(30, Math.min(LTV_HORIZON_DAYS, asOf - firstDay)),
    model,
    spend: tier === 0 ? null : (fitSpendModel(spendingOf(base), hasPrior)?.model ?? null),
    rfm: rfmBoundaries(
      base.map((history) => rfmFacts(history, asOf)),
      gap,
    ),
    abc: abcLimits(totals),
    lifecycle: proposeLifecycle(base, horizonDays),
    health:
      model === null ? null : healthOfBase(base, asOf, model, horizonDays, gap ?? horizonDays),
    usualGapDays: gap,
  };
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
  return buildHistories(log, asOf)
    .filter((history) => history.days.length > 0)
    .map((history) => score(history, sides.get(history.id) ?? UNKNOWN_SIDE, asOf));
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
  base: readonly ClientHistory[],
  asOf: Day,
  model: PurchaseModel,
  horizonDays: number,
  gapDays: number,
): Snapshot["health"] {
  let sum = 0;
  for (const { days } of base) sum += modelScore(model, stateOf(days, asOf), horizonDays);
  const mean = sum / base.length;
  const repeated = base.filter(({ days }) => days.length > 1);
  const purchases = medianOf(repeated.map(({ days }) => days.length)) ?? 2;
  return {
    base: Math.round(mean),
    bandFrom: BAND_FROM,
    reference: referenceFor(model, { purchases, gapDays: Math.max(1, gapDays) }, horizonDays, mean),
  };
}
