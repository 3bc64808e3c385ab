import { abcLimits } from "./abc.ts";
import { BAND_FROM, bandsOf } from "./bands.ts";
import {
  baseGaps,
  baseSpending,
  baseTimings,
  buildBase,
  buyersOf,
  type ClientBase,
  evenSample,
} from "./base.ts";
import type { Timings } from "./buckets.ts";
import { dayText } from "./calendar.ts";
import { chooseMethod } from "./choose.ts";
import { makeChurnScorer } from "./churn-score.ts";
import type { ChurnModel, ModelQuality } from "./churn-types.ts";
import { fitSpendModel, largeOrderMinor } from "./gamma-gamma.ts";
import { referenceFor } from "./health-factors.ts";
import { proposeHorizon, proposeLifecycle } from "./lifecycle.ts";
import { makePast, type Past } from "./past.ts";
import { fitPurchaseModel } from "./purchase-fit.ts";
import { medianOfWhole } from "./quantile.ts";
import { fitRegularity } from "./regularity.ts";
import { rfmLimits } from "./rfm.ts";
import { meanGapDays } from "./rhythm.ts";
import { sampleLog } from "./sample.ts";
import { tierOf } from "./tier.ts";
import type { Day, PurchaseLog, Snapshot, SpendModel } from "./types.ts";

export interface SnapshotOptions {
  /** Default: the day as `YYYY-MM-DD`. */
  readonly id?: string;
  /** Default: proposed from the base's rhythm. */
  readonly horizonDays?: number;
  /** Weak prior on the model's parameters; default true. */
  readonly prior?: boolean;
  /** The newest test on the base's own past: ties the bands to what came true, and without a signal nobody is ranked. */
  readonly quality?: ModelQuality | null;
  /** The past of the log or of a sample of it, where somebody has looked at it already; else it is made here. */
  readonly past?: Past;
}

const LTV_HORIZON_DAYS = 365;
/** The past teaches the layer and the level; an even sample of so many clients tells the same. */
const PAST_CLIENTS = 12_000;
/** A test of fewer clients may miss a signal that is there. */
const CLIENTS_TO_REFUTE = 200;
/** Mean score and its reference come from at most so many clients, evenly spread. */
const HEALTH_CLIENTS = 2_000;

/** Fits everything that scoring one client needs. Total: any base, also an empty one, gives a snapshot (tier 0). */
export function makeSnapshot(log: PurchaseLog, asOf: Day, options: SnapshotOptions = {}): Snapshot {
  return snapshotOf(log, buildBase(log, asOf), asOf, options);
}

/** The same from a base that was built from the log up to `asOf`. */
export function snapshotOf(
  log: PurchaseLog,
  base: ClientBase,
  asOf: Day,
  options: SnapshotOptions = {},
): Snapshot {
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
      : fitPurchaseModel(timings, {
          kind: "mbgnbd",
          k: 1,
          hasPrior,
          unit: "day",
          isRough: true,
        }).model;
  const firstDay = buyers.reduce(
    (first, client) => Math.min(first, base.days[base.offset[client] as number] as number),
    asOf,
  );
  const totalMinor = knownTotals(base, buyers);
  // A base cannot promise more future than it has past.
  const ltvHorizonDays = Math.max(30, Math.min(LTV_HORIZON_DAYS, asOf - firstDay));
  const quality = options.quality ?? null;
  const withoutHealth: Omit<Snapshot, "health"> = {
    id: options.id ?? dayText(asOf),
    asOf,
    formula: "health-1",
    tier,
    tierReason,
    clients: buyers.length,
    repeatBuyers,
    horizonDays,
    ltvHorizonDays,
    model,
    regularity: model === null ? null : fitRegularity(timings, model),
    ...(model === null
      ? { churn: null, level: { horizon: 1, ltv: 1 } }
      : learnFromPast(pastOf(log, horizonDays, options.past), asOf, {
          horizonDays,
          ltvHorizonDays,
          quality,
        })),
    gapDays: meanGapDays(timings),
    quality,
    spend: tier === 0 ? null : spendModelOf(base, hasPrior),
    rfm: rfmLimits({ daysSinceLast: silenceOf(timings), purchaseDays, totalMinor }, gap),
    abc: abcLimits(totalMinor),
    lifecycle: proposeLifecycle(purchaseDays, horizonDays),
    usualGapDays: gap,
  };
  return { ...withoutHealth, health: healthOfBase(base, buyers, timings, withoutHealth) };
}

function pastOf(log: PurchaseLog, horizonDays: number, known: Past | undefined): Past {
  return known?.horizonDays === horizonDays
    ? known
    : makePast(sampleLog(log, PAST_CLIENTS), horizonDays);
}

/**
 * What the base's own past says of the method and of the level. Where a test of many clients found nothing to foretell, one
 * rate speaks for everybody; a small base that could not prove a signal keeps the core, which is the best guess there is.
 */
function learnFromPast(
  past: Past,
  asOf: Day,
  known: {
    readonly horizonDays: number;
    readonly ltvHorizonDays: number;
    readonly quality: ModelQuality | null;
  },
): Pick<Snapshot, "churn" | "level"> {
  const { quality } = known;
  const isProvenUseless = quality?.signal === "none" && quality.clients >= CLIENTS_TO_REFUTE;
  const churn: ChurnModel =
    isProvenUseless && quality.baseRate !== null
      ? { method: "baseRate", rate: quality.baseRate }
      : chooseMethod(past, asOf);
  return {
    churn,
    level: {
      horizon: past.level(asOf, known.horizonDays),
      ltv: past.level(asOf, known.ltvHorizonDays),
    },
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
  const model = fitSpendModel(baseSpending(base), hasPrior, true)?.model ?? null;
  const capMinor = largeOrderMinor(base.dayAmountMinor);
  return model === null || capMinor === null ? model : { ...model, capMinor };
}

/** The base's mean score and a client that has it: a repeat buyer of the usual kind, silent for long enough. */
function healthOfBase(
  base: ClientBase,
  buyers: Int32Array,
  { frequency }: Timings,
  snapshot: Omit<Snapshot, "health">,
): Snapshot["health"] {
  const { model, churn, asOf, horizonDays, level } = snapshot;
  if (model === null || churn === null) return null;
  const score = makeChurnScorer(snapshot, model, churn);
  const sample = evenSample(base, buyers, HEALTH_CLIENTS);
  let [shown, core] = [0, 0];
  for (const history of sample) {
    const said = score.of(history, asOf);
    shown += 1 - said.pChurn;
    core += 1 - said.pCore;
  }
  const purchases = (medianOfWhole(frequency.filter((repeats) => repeats > 0)) ?? 1) + 1;
  const gapDays = Math.max(1, snapshot.usualGapDays ?? horizonDays);
  const { calibration } = snapshot.quality ?? {};
  return {
    base: Math.round((100 * shown) / sample.length),
    bandFrom: calibration === undefined ? BAND_FROM : bandsOf(calibration),
    reference: referenceFor(
      model,
      { purchases, gapDays },
      level.horizon * horizonDays,
      core / sample.length,
    ),
  };
}
