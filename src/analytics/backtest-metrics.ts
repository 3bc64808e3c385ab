import type { CalibrationBin } from "./churn-types.ts";
import { seededRandom } from "./simulate.ts";

/** How good probabilities of "no purchase" were for one group of clients. null = not defined for this group. */
export interface ChurnMetrics {
  /** P(a client who stayed away had the higher probability than one who bought); null when all did the same. */
  readonly auc: number | null;
  /** 95 % bootstrap interval over clients. */
  readonly aucLow: number | null;
  readonly aucHigh: number | null;
  readonly brier: number | null;
  readonly logLoss: number | null;
  /** Expected calibration error over ten bins of equally many clients. */
  readonly ece: number | null;
  /** Share of the `k` most doubtful clients who did stay away. */
  readonly precisionAtK: number | null;
  readonly k: number;
  readonly n: number;
  /** Share of the clients who did stay away. */
  readonly baseRate: number | null;
  /** Share of clients on the wrong side of one half. */
  readonly errorRate: number | null;
}

/** The clients a team can call: the riskiest tenth. */
const TOP_SHARE = 0.1;
const BINS = 10;
const INTERVAL = [0.025, 0.975] as const;
/** No probability counts as certain: one client who surprises us must not decide a log-loss alone. */
const P_MIN = 1e-6;

/**
 * Figures of several methods over the same clients; `labels` are 1 where the client made no purchase. The bootstrap
 * draws the same clients for all methods, so their intervals can be compared. Total: no clients give nulls.
 */
export function churnMetrics<Method extends string>(
  predictions: Readonly<Record<Method, Float64Array>>,
  labels: Uint8Array,
  options: {
    readonly draws: number;
    readonly seed: number;
    readonly calls?: number;
    /** Methods whose interval is asked; default: all. */
    readonly intervals?: readonly Method[];
  },
): Record<Method, ChurnMetrics> {
  const methods = Object.keys(predictions) as Method[];
  const orders = methods.map((method) => descending(predictions[method]));
  const aucs = methods.map((method, at) =>
    makeAuc(predictions[method], labels, orders[at] as Int32Array),
  );
  const samples: number[][] = methods.map(() => []);
  const random = seededRandom(options.seed);
  const weight = new Int32Array(labels.length);
  for (let draw = 0; draw < options.draws && labels.length > 0; draw += 1) {
    weight.fill(0);
    for (let at = 0; at < labels.length; at += 1) {
      const drawn = Math.floor(random() * labels.length);
      weight[drawn] = (weight[drawn] as number) + 1;
    }
    aucs.forEach((aucOf, at) => {
      if (options.intervals?.includes(methods[at] as Method) === false) return;
      const auc = aucOf(weight);
      if (auc !== null) samples[at]?.push(auc);
    });
  }
  const one = new Int32Array(labels.length).fill(1);
  const entries = methods.map((method, at) => {
    const p = predictions[method];
    const order = orders[at] as Int32Array;
    const auc = (aucs[at] as AucOf)(one);
    const drawn = (samples[at] ?? []).sort((left, right) => left - right);
    const bound = (share: number) =>
      auc === null ? null : (drawn[Math.round(share * (drawn.length - 1))] ?? null);
    const [aucLow, aucHigh] = [bound(INTERVAL[0]), bound(INTERVAL[1])];
    return [
      method,
      { auc, aucLow, aucHigh, ...pointFigures(p, labels, order, options.calls) },
    ] as const;
  });
  return Object.fromEntries(entries) as Record<Method, ChurnMetrics>;
}

function pointFigures(
  p: Float64Array,
  labels: Uint8Array,
  order: Int32Array,
  calls: number | undefined,
) {
  const n = labels.length;
  const k = Math.min(n, calls ?? Math.ceil(TOP_SHARE * n));
  if (n === 0) {
    const none = { brier: null, logLoss: null, ece: null, precisionAtK: null };
    return { ...none, k, n, baseRate: null, errorRate: null };
  }
  let [brier, loss, away, wrong, top] = [0, 0, 0, 0, 0];
  for (let at = 0; at < n; at += 1) {
    const chance = p[at] as number;
    const label = labels[at] as number;
    brier += (chance - label) ** 2;
    loss += logLossOf(chance, label);
    away += label;
    wrong += chance >= 0.5 === (label === 1) ? 0 : 1;
  }
  for (let at = 0; at < k; at += 1) top += labels[order[at] as number] as number;
  const ece = binsOf(p, labels, order).reduce(
    (sum, bin) => sum + (bin.n / n) * Math.abs(bin.predicted - bin.observed),
    0,
  );
  return {
    brier: brier / n,
    logLoss: loss / n,
    ece,
    precisionAtK: k === 0 ? null : top / k,
    k,
    n,
    baseRate: away / n,
    errorRate: wrong / n,
  };
}

/** -log of the probability given to what happened. */
export function logLossOf(p: number, label: number): number {
  const said = label === 1 ? p : 1 - p;
  return -Math.log(Math.min(1 - P_MIN, Math.max(P_MIN, said)));
}

/**
 * Share of the log-loss of the one best rate that the probabilities take away once their level is put right in hindsight:
 * what they know about who, not about how many. 0 = nothing, 1 = everything; null where all did the same.
 */
export function resolutionOf(p: Float64Array, labels: Uint8Array): number | null {
  const n = labels.length;
  const away = labels.reduce((sum, label) => sum + label, 0);
  if (away === 0 || away === n) return null;
  const rate = away / n;
  const entropy = -rate * Math.log(rate) - (1 - rate) * Math.log(1 - rate);
  let loss = 0;
  const levelled = levelledTo(p, rate);
  for (let row = 0; row < n; row += 1) {
    loss += logLossOf(levelled[row] as number, labels[row] as number);
  }
  return 1 - loss / n / entropy;
}

/** The chances with the same number added to all their logits, so that their mean is `rate` (within 0 and 1). */
export function levelledTo(p: Float64Array, rate: number): Float64Array {
  // exp of minus the logit.
  const odds = p.map((chance) => {
    const inside = Math.min(1 - P_MIN, Math.max(P_MIN, chance));
    return (1 - inside) / inside;
  });
  const least = Math.exp(-levelShift(odds, rate));
  return odds.map((one) => 1 / (1 + one * least));
}

/** Logits added to all at which the mean of the chances is `rate`: Newton's steps, halved intervals where they leave it. */
function levelShift(odds: Float64Array, rate: number): number {
  let [low, high, shift] = [-40, 40, 0];
  for (let step = 0; step < 60 && high - low > 1e-9; step += 1) {
    const factor = Math.exp(-shift);
    let [sum, slope] = [0, 0];
    for (let row = 0; row < odds.length; row += 1) {
      const chance = 1 / (1 + (odds[row] as number) * factor);
      sum += chance;
      slope += chance * (1 - chance);
    }
    const off = rate * odds.length - sum;
    if (off > 0) low = shift;
    else high = shift;
    const next = shift + off / slope;
    if (Math.abs(next - shift) < 1e-10) return next;
    shift = next > low && next < high ? next : (low + high) / 2;
  }
  return shift;
}

/** What was said against what came true, in ten bins of equally many clients, lowest first; fewer for few clients. */
export function calibrationTable(p: Float64Array, labels: Uint8Array): CalibrationBin[] {
  return binsOf(p, labels, descending(p)).reverse();
}

function binsOf(p: Float64Array, labels: Uint8Array, order: Int32Array): CalibrationBin[] {
  const bins: CalibrationBin[] = [];
  const size = order.length;
  for (let bin = 0; bin < BINS; bin += 1) {
    const from = Math.floor((bin * size) / BINS);
    const to = Math.floor(((bin + 1) * size) / BINS);
    if (to === from) continue;
    let [predicted, observed] = [0, 0];
    for (let at = from; at < to; at += 1) {
      predicted += p[order[at] as number] as number;
      observed += labels[order[at] as number] as number;
    }
    const n = to - from;
    bins.push({ n, predicted: predicted / n, observed: observed / n });
  }
  return bins;
}

function numbersUpTo(size: number): Int32Array {
  const numbers = new Int32Array(size);
  for (let at = 0; at < size; at += 1) numbers[at] = at;
  return numbers;
}

/** Rows by falling probability; equal ones keep their order. */
function descending(p: Float64Array): Int32Array {
  return numbersUpTo(p.length).sort(
    (left, right) => (p[right] as number) - (p[left] as number) || left - right,
  );
}

/** The AUC of clients counted so many times each; null where all did the same. */
type AucOf = (weight: Int32Array) => number | null;

/** Mann & Whitney over weighted clients; ties count one half. `order` = rows by falling probability. */
function makeAuc(p: Float64Array, labels: Uint8Array, order: Int32Array): AucOf {
  const isAway = new Uint8Array(order.length);
  // Where a run of equal probabilities ends.
  const ends = new Uint8Array(order.length);
  for (let at = 0; at < order.length; at += 1) {
    const row = order[at] as number;
    isAway[at] = labels[row] as number;
    ends[at] = at + 1 < order.length && p[order[at + 1] as number] === p[row] ? 0 : 1;
  }
  return (weight) => {
    let [away, bought, pairs, tiedAway, tiedBought] = [0, 0, 0, 0, 0];
    for (let at = 0; at < order.length; at += 1) {
      const count = weight[order[at] as number] as number;
      if (isAway[at] === 1) tiedAway += count;
      else tiedBought += count;
      if (ends[at] === 0) continue;
      pairs += tiedBought * (away + tiedAway / 2);
      away += tiedAway;
      bought += tiedBought;
      tiedAway = 0;
      tiedBought = 0;
    }
    return away === 0 || bought === 0 ? null : pairs / (away * bought);
  };
}
