import type { Timings } from "./buckets.ts";
import { buildHistories, timingsOf } from "./history.ts";
import { type LayerRows, logitOf } from "./layer.ts";
import { LAYER_FEATURES, layerFeatures } from "./layer-features.ts";
import { fitPurchaseModel } from "./purchase-fit.ts";
import {
  type Posterior,
  type PurchaseState,
  pBuyWithin,
  posteriorOf,
  stateOf,
} from "./purchase-model.ts";
import type { Day, PurchaseLog, PurchaseModel } from "./types.ts";

/** The base as it was known at the end of one day, with what the core said then; every array is by client. */
export interface BaseView extends LayerRows {
  readonly day: Day;
  /** Clients of the log who had bought by then: their number in the log. */
  readonly client: Int32Array;
  readonly timings: Timings;
  readonly model: PurchaseModel;
  readonly repeatBuyers: number;
  /** The core's P(no purchase within the horizon). */
  readonly pCore: Float64Array;
  readonly recencyDays: Float64Array;
  /** Days since the last purchase over the own mean gap; the base's mean gap for those who bought once. */
  readonly gapsSilent: Float64Array;
}

/** The purchase model's view of one client. */
export function stateAt({ timings }: BaseView, at: number): PurchaseState {
  return {
    frequency: timings.frequency[at] ?? 0,
    recencyDays: timings.recency[at] ?? 0,
    ageDays: timings.age[at] ?? 0,
  };
}

/** What the core believed about one client of a view. */
export function posteriorAt(view: BaseView, at: number): Posterior {
  return posteriorOf(view.model, stateAt(view, at));
}

/** The base at the end of `day`; nothing later is looked at. Total: nobody had bought gives empty arrays. */
export function viewAt(log: PurchaseLog, day: Day, horizonDays: number): BaseView {
  const all = buildHistories(log, day);
  const client = Int32Array.from(all.flatMap(({ days }, at) => (days.length > 0 ? [at] : [])));
  const histories = all.filter(({ days }) => days.length > 0);
  const timings = timingsOf(histories, day);
  const { model } = fitPurchaseModel(timings, {
    kind: "mbgnbd",
    k: 1,
    hasPrior: true,
    unit: "day",
  });
  const repeats = timings.frequency.reduce((sum, x) => sum + x, 0);
  const repeatDays = timings.recency.reduce((sum, days) => sum + days, 0);
  const gapDays = repeats > 0 ? Math.max(1, repeatDays / repeats) : horizonDays;
  const width = LAYER_FEATURES.length;
  const values = new Float64Array(histories.length * width);
  const pCore = new Float64Array(histories.length);
  const recencyDays = new Float64Array(histories.length);
  const gapsSilent = new Float64Array(histories.length);
  histories.forEach((history, at) => {
    const state = stateOf(history.days, day);
    pCore[at] = 1 - pBuyWithin(posteriorOf(model, state), horizonDays);
    const silent = state.ageDays - state.recencyDays;
    recencyDays[at] = silent;
    const own = state.frequency > 0 ? state.recencyDays / state.frequency : gapDays;
    gapsSilent[at] = silent / own;
    values.set(layerFeatures(history, day, horizonDays, { gapDays }), at * width);
  });
  return {
    day,
    client,
    timings,
    model,
    repeatBuyers: timings.frequency.reduce((sum, x) => sum + (x > 0 ? 1 : 0), 0),
    pCore,
    recencyDays,
    gapsSilent,
    features: LAYER_FEATURES,
    values,
    coreLogit: pCore.map(logitOf),
  };
}

/** Purchase days of every client of the view in the horizon after it, as known at its end. */
export function purchasesAfter(log: PurchaseLog, view: BaseView, horizonDays: number): Int32Array {
  const later = buildHistories(log, view.day + horizonDays);
  return view.client.map((client) =>
    (later[client]?.days ?? new Int32Array(0)).reduce(
      (count, day) => count + (day > view.day ? 1 : 0),
      0,
    ),
  );
}

/** 1 for every client of the view without a purchase in the horizon after it. */
export function labelsOf(log: PurchaseLog, view: BaseView, horizonDays: number): Uint8Array {
  return Uint8Array.from(purchasesAfter(log, view, horizonDays), (count) => (count > 0 ? 0 : 1));
}
