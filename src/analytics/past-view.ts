import { baseTimings, buyersOf, type ClientBase, historyAt } from "./base.ts";
import type { GapTimings } from "./buckets.ts";
import { chanceLevel } from "./chance-level.ts";
import { type Belief, type Believer, makeBeliever, pBuy } from "./core.ts";
import { type LayerRows, logitOf } from "./layer.ts";
import { LAYER_FEATURES, layerFeatures } from "./layer-features.ts";
import { fitPurchaseModel } from "./purchase-fit.ts";
import type { PurchaseState } from "./purchase-model.ts";
import { fitRegularity } from "./regularity.ts";
import { meanGapDays } from "./rhythm.ts";
import type { Day, PurchaseModel, RegularityModel } from "./types.ts";

/** The purchase model as it was fitted on one past day. */
export interface PastCore {
  readonly day: Day;
  /** Clients of the log who had bought by then: their number in the log. */
  readonly client: Int32Array;
  readonly timings: GapTimings;
  readonly model: PurchaseModel;
  readonly regularity: RegularityModel | null;
  readonly believe: Believer;
  readonly repeatBuyers: number;
}

/** The base as it was known at the end of one day, with what the core said then; every array is by client. */
export interface PastView extends PastCore, LayerRows {
  /** How much more is bought in the window that follows than the core alone says: the level of the same season last year. */
  readonly level: number;
  /** The core's P(no purchase within the horizon) at that level. */
  readonly pCore: Float64Array;
  readonly recencyDays: Float64Array;
  /** Days since the last purchase over the own mean gap; the base's mean gap for those who bought once. */
  readonly gapsSilent: Float64Array;
  /** Mean gap of the base in days. */
  readonly gapDays: number;
}

/** Regularity is learned from an even sample: a view is one of many. */
const REGULARITY_CLIENTS = 2_000;

export interface CoreOptions {
  /** Leaves regularity out: sums over the base hardly need it, and it is most of the cost. */
  readonly isPlain?: boolean;
  /** Clients that regularity is learned from, evenly spread; default 2 000. */
  readonly regularityClients?: number | undefined;
}

/** The core of a base as it was on its day. Total: nobody had bought gives empty arrays. */
export function coreOf(base: ClientBase, options: CoreOptions = {}): PastCore {
  const { isPlain = false, regularityClients = REGULARITY_CLIENTS } = options;
  const day = base.asOf;
  const client = buyersOf(base);
  const timings = baseTimings(base, client, day);
  const { model } = fitPurchaseModel(timings, {
    kind: "mbgnbd",
    k: 1,
    hasPrior: true,
    unit: "day",
    isRough: true,
  });
  const regularity = isPlain ? null : fitRegularity(timings, model, regularityClients);
  return {
    day,
    client,
    timings,
    model,
    regularity,
    believe: makeBeliever(model, regularity),
    repeatBuyers: timings.frequency.reduce((sum, x) => sum + (x > 0 ? 1 : 0), 0),
  };
}

/** The whole view of a base on its day, with the core and the level of that day. */
export function viewOf(
  base: ClientBase,
  core: PastCore,
  horizonDays: number,
  level: number,
): PastView {
  const { day, client, timings } = core;
  const gapDays = meanGapDays(timings) ?? horizonDays;
  const rhythm = { gapDays };
  const width = LAYER_FEATURES.length;
  const values = new Float64Array(client.length * width);
  const pCore = new Float64Array(client.length);
  const recencyDays = new Float64Array(client.length);
  const gapsSilent = new Float64Array(client.length);
  client.forEach((number, at) => {
    const state = stateAt(core, at);
    pCore[at] = 1 - pBuy(beliefAt(core, at), chanceLevel(level) * horizonDays);
    const silent = state.ageDays - state.recencyDays;
    recencyDays[at] = silent;
    const own = state.frequency > 0 ? state.recencyDays / state.frequency : gapDays;
    gapsSilent[at] = silent / own;
    const row = values.subarray(at * width, (at + 1) * width);
    layerFeatures(historyAt(base, number), day, horizonDays, rhythm, row);
  });
  return {
    ...core,
    level,
    pCore,
    recencyDays,
    gapsSilent,
    gapDays,
    features: LAYER_FEATURES,
    values,
    coreLogit: pCore.map(logitOf),
  };
}

/** The purchase model's view of one client. */
export function stateAt({ timings }: PastCore, at: number): PurchaseState {
  return {
    frequency: timings.frequency[at] ?? 0,
    recencyDays: timings.recency[at] ?? 0,
    ageDays: timings.age[at] ?? 0,
  };
}

/** What the core believed about one client. */
export function beliefAt(core: PastCore, at: number): Belief {
  return core.believe(stateAt(core, at), core.timings.logGaps[at] ?? 0);
}

/** Purchase days of every client of the view between its day and the one of `later`, as known then. */
export function purchasesUntil(later: ClientBase, core: PastCore): Int32Array {
  return core.client.map((client) => {
    let count = 0;
    for (
      let row = (later.offset[client + 1] ?? 0) - 1;
      row >= (later.offset[client] ?? 0);
      row -= 1
    ) {
      if ((later.days[row] as number) <= core.day) break;
      count += 1;
    }
    return count;
  });
}
