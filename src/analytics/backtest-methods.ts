import { logLossOf } from "./backtest-metrics.ts";
import { type BaseView, labelsOf, viewAt } from "./backtest-view.ts";
import { applyLayer, fitLayers, type LayerExamples, type LayerModel } from "./layer.ts";
import { LAYER_FEATURES } from "./layer-features.ts";
import { descend, type Solver } from "./layer-newton.ts";
import type { Day, PurchaseLog } from "./types.ts";

/** What may be shown: the core, the core with the layer, or a simple rule where that was better. */
export type ChosenMethod = "core" | "layer" | "hiatus" | "baseRate";
export type Method = "chosen" | "core" | "hiatus" | "ownGap" | "baseRate";

/** The past of one log, seen day by day; views and labels are kept. */
export interface Past {
  readonly horizonDays: number;
  readonly firstDay: Day;
  view(day: Day): BaseView;
  /** What the horizon after `day` brought. */
  labels(day: Day): Uint8Array;
}

export function makePast(log: PurchaseLog, horizonDays: number): Past {
  const views = new Map<Day, BaseView>();
  const labels = new Map<Day, Uint8Array>();
  const view = (day: Day) => remembered(views, day, () => viewAt(log, day, horizonDays));
  return {
    horizonDays,
    firstDay: log.day.reduce((first, day) => Math.min(first, day), Number.POSITIVE_INFINITY),
    view,
    labels: (day) => remembered(labels, day, () => labelsOf(log, view(day), horizonDays)),
  };
}

function remembered<Value>(known: Map<Day, Value>, day: Day, make: () => Value): Value {
  const before = known.get(day);
  if (before !== undefined) return before;
  const value = make();
  known.set(day, value);
  return value;
}

export interface Choice {
  readonly method: ChosenMethod;
  /** The layer refitted on everything known that day; null unless it was chosen. */
  readonly layer: LayerModel | null;
}

const MAX_SNAPSHOTS = 6;
const STEP_DECAY = 0.7;
const MIN_STEP_DAYS = 15;
const MIN_HISTORY_DAYS = 60;
/** Smaller bases are served best by the core alone. */
const MIN_LAYER_CLIENTS = 500;
/** Standard errors by which the layer, which falls back to the core anyway, and a simple rule must beat what they replace. */
const ERRORS_FOR_LAYER = 1;
const ERRORS_FOR_RULE = 2;
/** More rows than this do not change the layer, only its cost. */
const MAX_EXAMPLES = 40_000;
const RIDGES = [3000, 1000, 300, 100, 30, 10] as const;

/**
 * What to show on `day`: the method that would have been better than the core in the newest window that had closed by
 * then, each trained on what was known when that window opened, and better by more than chance allows.
 */
export function chooseMethod(past: Past, day: Day): Choice {
  const known = day - past.horizonDays;
  const view = past.view(known);
  if (known - past.firstDay < historyNeeded(past) || view.client.length === 0) {
    return { method: "core", layer: null };
  }
  const labels = past.labels(known);
  const simple = simplePredictions(past, known);
  const layers = bestLayer(past, known);
  let best = { method: "core" as ChosenMethod, p: view.pCore };
  if (layers !== null && isBetter(layers.p, best.p, labels, ERRORS_FOR_LAYER)) {
    best = { method: "layer", p: layers.p };
  }
  for (const method of ["hiatus", "baseRate"] as const) {
    const p = simple[method];
    if (isBetter(p, best.p, labels, ERRORS_FOR_RULE)) best = { method, p };
  }
  if (best.method !== "layer" || layers === null) return { method: best.method, layer: null };
  const examples = examplesOf(past, known);
  const layer = examples === null ? null : (fitLayers(examples, layers.ridges).at(-1) ?? null);
  return layer === null ? { method: "core", layer } : { method: "layer", layer };
}

/** Every method's P(no purchase) on `day`, from what was known that day. */
export function predictionsAt(past: Past, day: Day, choice: Choice): Record<Method, Float64Array> {
  const view = past.view(day);
  const simple = simplePredictions(past, day);
  const known = { core: view.pCore, ...simple };
  const chosen =
    choice.method === "layer"
      ? choice.layer === null
        ? view.pCore
        : applyLayer(choice.layer, view)
      : known[choice.method];
  return { chosen, ...known };
}

/** The opponents, trained on the newest window that had closed by `day`. */
function simplePredictions(past: Past, day: Day) {
  const view = past.view(day);
  const known = past.view(day - past.horizonDays);
  const labels = past.labels(day - past.horizonDays);
  const rate = baseRateOf(past, day, Number.POSITIVE_INFINITY);
  return {
    hiatus: oneVariable(known.recencyDays, labels, view.recencyDays),
    ownGap: oneVariable(known.gapsSilent, labels, view.gapsSilent),
    baseRate: new Float64Array(view.client.length).fill(rate),
  };
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

const TINY_RIDGE = 1e-3;

/** Logistic regression on log(1 + x), applied to other clients. Never surer than as many clients can make it. */
function oneVariable(x: Float64Array, labels: Uint8Array, target: Float64Array): Float64Array {
  const n = x.length;
  const logs = x.map(Math.log1p);
  const mean = n === 0 ? 0 : logs.reduce((sum, value) => sum + value, 0) / n;
  const squares = logs.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  const spread = Math.sqrt(squares / Math.max(1, n)) || 1;
  const design = new Float64Array(2 * n);
  for (let row = 0; row < n; row += 1) {
    design[2 * row] = 1;
    design[2 * row + 1] = ((logs[row] as number) - mean) / spread;
  }
  const state: Solver = { beta: Float64Array.of(0, 1), curvature: null };
  if (n > 0) {
    const weight = new Float64Array(n).fill(1);
    descend({ rows: n, columns: 2, x: design }, { labels, weight }, TINY_RIDGE, state);
  }
  const [intercept = 0, slope = 0] = state.beta;
  const least = 1 / (n + 2);
  return target.map((value) => {
    const logit = intercept + (slope * (Math.log1p(value) - mean)) / spread;
    return Math.min(1 - least, Math.max(least, 1 / (1 + Math.exp(-logit))));
  });
}

/**
 * The ridge under which a layer from examples known on `day` foretells the window after it best, the path of ridges down
 * to it, and what that layer said.
 */
function bestLayer(past: Past, day: Day) {
  const view = past.view(day);
  if (view.client.length < MIN_LAYER_CLIENTS) return null;
  const examples = examplesOf(past, day - past.horizonDays);
  if (examples === null) return null;
  const labels = past.labels(day);
  let best: { ridges: readonly number[]; p: Float64Array; loss: number } | null = null;
  for (const [at, layer] of fitLayers(examples, RIDGES).entries()) {
    const p = applyLayer(layer, view);
    const loss = p.reduce((sum, chance, row) => sum + logLossOf(chance, labels[row] ?? 0), 0);
    if (best === null || loss < best.loss) best = { ridges: RIDGES.slice(0, at + 1), p, loss };
  }
  return best;
}

function historyNeeded(past: Past): number {
  return Math.max(past.horizonDays, MIN_HISTORY_DAYS);
}

/** Clients of up to six snapshots, from `newest` back in thirds of the horizon; older ones weigh less. */
function examplesOf(past: Past, newest: Day): LayerExamples | null {
  const step = Math.max(MIN_STEP_DAYS, Math.floor(past.horizonDays / 3));
  const rows: { readonly view: BaseView; readonly labels: Uint8Array; readonly weight: number }[] =
    [];
  for (let at = 0; at < MAX_SNAPSHOTS; at += 1) {
    const day = newest - at * step;
    if (day - past.firstDay < historyNeeded(past)) break;
    rows.push({ view: past.view(day), labels: past.labels(day), weight: STEP_DECAY ** at });
  }
  const total = rows.reduce((sum, { labels }) => sum + labels.length, 0);
  if (total === 0) return null;
  const every = Math.ceil(total / MAX_EXAMPLES);
  const width = LAYER_FEATURES.length;
  const size = rows.reduce((sum, { labels }) => sum + Math.ceil(labels.length / every), 0);
  const values = new Float64Array(size * width);
  const coreLogit = new Float64Array(size);
  const labels = new Uint8Array(size);
  const weight = new Float64Array(size);
  let to = 0;
  for (const row of rows) {
    for (let from = 0; from < row.labels.length; from += every) {
      values.set(row.view.values.subarray(from * width, (from + 1) * width), to * width);
      coreLogit[to] = row.view.coreLogit[from] as number;
      labels[to] = row.labels[from] as number;
      weight[to] = row.weight;
      to += 1;
    }
  }
  return { features: LAYER_FEATURES, values, coreLogit, labels, weight };
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
