import { levelledTo, logLossOf } from "./backtest-metrics.ts";
import { churnOf } from "./churn-model.ts";
import type { ChurnModel } from "./churn-types.ts";
import { applyLayer, type LayerExamples, type LayerPath, makeLayerPath } from "./layer.ts";
import { LAYER_FEATURES } from "./layer-features.ts";
import type { Past } from "./past.ts";
import type { PastView } from "./past-view.ts";
import { learnableSignals, SIGNAL_FEATURES } from "./signals.ts";
import { fitSilenceRule, ruleSays } from "./silence-rule.ts";
import { TIER_2_CLIENTS } from "./tier.ts";
import type { Day } from "./types.ts";

/** Everything that is compared in a backtest. */
export type Method = "chosen" | "core" | "hiatus" | "ownGap" | "baseRate";

const MAX_SNAPSHOTS = 6;
const STEP_DECAY = 0.7;
const MIN_STEP_DAYS = 15;
/**
 * Standard errors by which the layer, which falls back to the core anyway, and a simple rule must beat what they replace. The
 * first was compared with 0 and 1 on the public sets and on simulated bases of ten kinds: half an error loses least.
 */
const ERRORS_FOR_LAYER = 0.5;
const ERRORS_FOR_RULE = 2;
/** With fewer clients in the newest window a rule that won there loses later more than it gains. */
const MIN_RULE_CLIENTS = 200;
const RIDGES = [3000, 1000, 300, 100, 30, 10] as const;

/**
 * What to show on `day`: the method that would have been better than the core in the newest window that had closed by
 * then, each trained on what was known when that window opened, and better by more than chance allows.
 */
export function chooseMethod(past: Past, day: Day): ChurnModel {
  const core: ChurnModel = { method: "core" };
  const known = day - past.horizonDays;
  if (!past.hasHistory(known)) return core;
  const view = past.view(known);
  const clients = view.client.length;
  if (clients === 0) return core;
  const labels = past.labels(known);
  const layers = bestLayer(past, known);
  let best: { make: () => ChurnModel; p: Float64Array } = { make: () => core, p: view.pCore };
  if (
    layers !== null &&
    isBetter(layers.p, best.p, labels, ERRORS_FOR_LAYER) &&
    tellsMore(layers.p, best.p, labels)
  ) {
    best = { make: () => layerFor(past, known, layers), p: layers.p };
  }
  if (clients < MIN_RULE_CLIENTS) return best.make();
  for (const method of ["hiatus", "baseRate"] as const) {
    const p = churnOf(simpleModel(past, known, method), view);
    if (!isBetter(p, best.p, labels, ERRORS_FOR_RULE)) continue;
    best = { make: () => simpleModel(past, day, method), p };
  }
  return best.make();
}

/** Every method's P(no purchase) on `day`, from what was known that day. */
export function predictionsAt(
  past: Past,
  day: Day,
  chosen: ChurnModel,
): Record<Method, Float64Array> {
  const view = past.view(day);
  const known = past.view(day - past.horizonDays);
  const ownGap = fitSilenceRule(known.gapsSilent, past.labels(known.day));
  return {
    chosen: churnOf(chosen, view),
    core: view.pCore,
    hiatus: churnOf(simpleModel(past, day, "hiatus"), view),
    ownGap: view.gapsSilent.map((gaps) => ruleSays(ownGap, gaps)),
    baseRate: churnOf(simpleModel(past, day, "baseRate"), view),
  };
}

/** An opponent, trained on the newest window that had closed by `day`. */
function simpleModel(past: Past, day: Day, method: "hiatus" | "baseRate"): ChurnModel {
  if (method === "baseRate") {
    return { method, rate: baseRateOf(past, day, Number.POSITIVE_INFINITY) };
  }
  const known = past.view(day - past.horizonDays);
  return { method, rule: fitSilenceRule(known.recencyDays, past.labels(known.day)) };
}

/**
 * Share that stayed away, of the clients silent for at most `mostDays`, in the newest window closed by `day`. One imagined
 * client on either side: nobody known gives one half, and no rate is certain.
 */
export function baseRateOf(past: Past, day: Day, mostDays: number): number {
  const known = past.view(day - past.horizonDays);
  let [away, clients] = [1, 2];
  past.labels(known.day).forEach((label, at) => {
    if ((known.recencyDays[at] ?? 0) > mostDays) return;
    away += label;
    clients += 1;
  });
  return away / clients;
}

/** How a layer is fitted. */
interface LayerRecipe {
  /** Place of the ridge on the path. */
  readonly ridge: number;
  readonly hasSignals: boolean;
}

/**
 * The ridge under which a layer from examples known on `day` foretells the window after it best, and what that layer said;
 * with contacts and deals only if it is then better than without them.
 */
function bestLayer(past: Past, day: Day) {
  const view = past.view(day);
  if (view.client.length < TIER_2_CLIENTS) return null;
  const labels = past.labels(day);
  const opened = day - past.horizonDays;
  const kinds = canLearnSignals(past, opened) ? [false, true] : [false];
  let best: (LayerRecipe & { readonly p: Float64Array; readonly loss: number }) | null = null;
  for (const hasSignals of kinds) {
    const layerAt = layersOn(past, opened, hasSignals);
    if (layerAt === null) return null;
    let before = Number.POSITIVE_INFINITY;
    for (let ridge = 0; ridge < RIDGES.length; ridge += 1) {
      const p = applyLayer(layerAt(ridge), view);
      const loss = lossOf(p, labels);
      if (best === null || loss < best.loss) best = { ridge, hasSignals, p, loss };
      // A lighter ridge only fits the past closer from here on.
      if (!(loss < before)) break;
      before = loss;
    }
  }
  return best;
}

/** Summed over the clients. */
function lossOf(p: Float64Array, labels: Uint8Array): number {
  let loss = 0;
  for (let row = 0; row < p.length; row += 1) {
    loss += logLossOf(p[row] as number, labels[row] as number);
  }
  return loss;
}

/** Older views know no more than the newest. */
function canLearnSignals(past: Past, newest: Day): boolean {
  return past.hasHistory(newest) && learnable(past, past.view(newest)).some(Boolean);
}

function learnable(past: Past, view: PastView): readonly boolean[] {
  return learnableSignals(past.log.signals, view.day, view.client.length, past.horizonDays);
}

/** The layer refitted on everything that was known when the newest window had closed. */
function layerFor(past: Past, known: Day, { ridge, hasSignals }: LayerRecipe): ChurnModel {
  const layer = layersOn(past, known, hasSignals)?.(ridge);
  return layer === undefined ? { method: "core" } : { method: "layer", layer };
}

/**
 * The path of layers from examples known on `day`; null without any. What a window is judged by is what the next one is
 * foretold with, so a path is kept.
 */
function layersOn(past: Past, day: Day, hasSignals: boolean): LayerPath | null {
  const key = `${day} ${hasSignals}`;
  const known = past.layers.get(key);
  if (known !== undefined) return known;
  const examples = examplesOf(past, day, hasSignals);
  if (examples === null) return null;
  const layers = makeLayerPath(examples, RIDGES);
  past.layers.set(key, layers);
  return layers;
}

/** Days between the snapshots that a layer learns from. */
function snapshotStep(horizonDays: number): number {
  return Math.max(MIN_STEP_DAYS, Math.floor(horizonDays / 3));
}

/**
 * Clients of up to six snapshots, from `newest` back in thirds of the horizon; older ones weigh less. What cannot be learned
 * of contacts and deals is unknown there.
 */
function examplesOf(past: Past, newest: Day, hasSignals: boolean): LayerExamples | null {
  const step = snapshotStep(past.horizonDays);
  const rows: { readonly view: PastView; readonly labels: Uint8Array; readonly weight: number }[] =
    [];
  for (let at = 0; at < MAX_SNAPSHOTS; at += 1) {
    const day = newest - at * step;
    if (!past.hasHistory(day)) break;
    rows.push({ view: past.view(day), labels: past.labels(day), weight: STEP_DECAY ** at });
  }
  const total = rows.reduce((sum, { labels }) => sum + labels.length, 0);
  if (total === 0) return null;
  const every = Math.ceil(total / past.mostExamples);
  const width = LAYER_FEATURES.length;
  const size = rows.reduce((sum, { labels }) => sum + Math.ceil(labels.length / every), 0);
  const values = new Float64Array(size * width);
  const coreLogit = new Float64Array(size);
  const labels = new Uint8Array(size);
  const weight = new Float64Array(size);
  let to = 0;
  for (const row of rows) {
    const hidden = hiddenColumns(past, row.view, hasSignals);
    for (let from = 0; from < row.labels.length; from += every) {
      values.set(row.view.values.subarray(from * width, (from + 1) * width), to * width);
      for (const column of hidden) values[to * width + column] = Number.NaN;
      coreLogit[to] = row.view.coreLogit[from] as number;
      labels[to] = row.labels[from] as number;
      weight[to] = row.weight;
      to += 1;
    }
  }
  return { features: LAYER_FEATURES, values, coreLogit, labels, weight };
}

function hiddenColumns(past: Past, view: PastView, hasSignals: boolean): readonly number[] {
  const isKnown = learnable(past, view);
  return SIGNAL_FEATURES.flatMap((feature, at) =>
    hasSignals && isKnown[at] ? [] : [LAYER_FEATURES.indexOf(feature)],
  );
}

/** Better once the level of both is put right in hindsight: a season met by chance does not come again next time. */
function tellsMore(p: Float64Array, rival: Float64Array, labels: Uint8Array): boolean {
  const away = labels.reduce((sum, label) => sum + label, 0);
  if (away === 0 || away === labels.length) return false;
  const rate = away / labels.length;
  return isBetter(levelledTo(p, rate), levelledTo(rival, rate), labels, ERRORS_FOR_LAYER);
}

/** The log-loss is lower by more than so many standard errors of the difference over clients. */
function isBetter(
  p: Float64Array,
  rival: Float64Array,
  labels: Uint8Array,
  errors: number,
): boolean {
  const n = labels.length;
  const gains = p.map(
    (chance, at) =>
      logLossOf(rival[at] as number, labels[at] as number) -
      logLossOf(chance, labels[at] as number),
  );
  const mean = gains.reduce((sum, gain) => sum + gain, 0) / n;
  const variance = gains.reduce((sum, gain) => sum + (gain - mean) ** 2, 0) / n;
  return mean > errors * Math.sqrt(variance / n);
}
