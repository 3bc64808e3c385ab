import { chanceLevel } from "./chance-level.ts";
import type { ChurnModel } from "./churn-types.ts";
import { type Belief, makeCore, pBuy } from "./core.ts";
import { usualSumOf } from "./history.ts";
import { logitOf, makeExplainer, sigmoid } from "./layer.ts";
import { LAYER_FEATURES, layerFeatures } from "./layer-features.ts";
import { logGapsOf } from "./log-gaps.ts";
import { type PurchaseState, stateOf } from "./purchase-model.ts";
import { withContact } from "./signals.ts";
import { ruleSays } from "./silence-rule.ts";
import type { ClientHistory, Day, PurchaseModel, Snapshot } from "./types.ts";

/** What is said about one client's coming horizon, and from what. */
export interface ClientChurn {
  readonly state: PurchaseState;
  /** Sum of the logarithms of the client's gaps. */
  readonly logGaps: number;
  readonly belief: Belief;
  /** P(no purchase within the horizon): the core's, and what is shown. */
  readonly pCore: number;
  readonly pChurn: number;
  /** P(still a client); at least the chance to buy. */
  readonly pAlive: number;
  /** Log-odds of no purchase as shown: the core's part, and what every feature adds (null without a layer). */
  readonly coreLogOdds: number;
  readonly contributions: Float64Array | null;
}

export interface ChurnScorer {
  of(history: ClientHistory, asOf: Day): ClientChurn;
  /** P(no purchase) on `day` had the client, of whom `said` is said, made one more usual order that day. */
  afterOrder(history: ClientHistory, said: ClientChurn, day: Day): number;
  /** P(no purchase) on `asOf` had the client, of whom `said` is said on that day, been spoken to that day. */
  afterContact(history: ClientHistory, said: ClientChurn, asOf: Day): number;
}

/** Nobody is certain: a score of 0 or 100 must stay explainable in log-odds. */
const P_MIN = 1e-9;

/** Scores clients who have bought, under one snapshot; what its tables need is made once. */
export function makeChurnScorer(
  snapshot: Pick<Snapshot, "regularity" | "level" | "horizonDays" | "gapDays">,
  model: PurchaseModel,
  churn: ChurnModel,
): ChurnScorer {
  const core = makeCore(model, snapshot.regularity);
  const { horizonDays } = snapshot;
  const rhythm = { gapDays: snapshot.gapDays ?? horizonDays };
  const explain = churn.method === "layer" ? makeExplainer(churn.layer, LAYER_FEATURES) : null;
  const coreDays = chanceLevel(snapshot.level.horizon) * horizonDays;
  // What is read of a client and thrown away.
  const values = new Float64Array(LAYER_FEATURES.length);
  const parts = new Float64Array(LAYER_FEATURES.length);
  const usualSum = makeUsualSum();
  const of = (history: ClientHistory, asOf: Day): ClientChurn => {
    const state = stateOf(history.days, asOf);
    const logGaps = logGapsOf(history.days);
    const belief = core.believe(state, logGaps);
    const pCore = clampP(1 - pBuy(belief, coreDays));
    let contributions: Float64Array | null = null;
    let pChurn: number;
    let coreLogOdds: number;
    if (explain === null) {
      pChurn = withoutLayer(churn, pCore, state.ageDays - state.recencyDays);
      coreLogOdds = logitOf(pChurn);
    } else {
      contributions = new Float64Array(LAYER_FEATURES.length);
      layerFeatures(history, asOf, horizonDays, rhythm, values);
      const said = explain(logitOf(pCore), values, contributions);
      pChurn = clampP(sigmoid(said.logit));
      coreLogOdds = said.core;
    }
    const pAlive = Math.max(belief.pAlive, 1 - pChurn);
    return { state, logGaps, belief, pCore, pChurn, pAlive, coreLogOdds, contributions };
  };
  return {
    of,
    afterOrder(history, { state, logGaps }, day) {
      const { days } = history;
      const ageDays = day - (days[0] as number);
      const after = { frequency: state.frequency + 1, recencyDays: ageDays, ageDays };
      const gap = day - (days[days.length - 1] as number);
      const pCore = clampP(1 - core.chance(after, logGaps + Math.log(gap), coreDays));
      if (explain === null) return withoutLayer(churn, pCore, 0);
      const order = { amountMinor: usualSum(history) };
      layerFeatures(history, day, horizonDays, rhythm, values, order);
      return clampP(sigmoid(explain(logitOf(pCore), values, parts).logit));
    },
    afterContact(history, { pCore, pChurn }, asOf) {
      const { signals } = history;
      if (explain === null || signals === undefined) return pChurn;
      const after = { ...history, signals: withContact(signals, asOf) };
      layerFeatures(after, asOf, horizonDays, rhythm, values);
      return clampP(sigmoid(explain(logitOf(pCore), values, parts).logit));
    },
  };
}

/** The sum of a client's usual order, NaN where no sum is known; kept for the client asked for last. */
function makeUsualSum(): (history: ClientHistory) => number {
  let last: ClientHistory | null = null;
  let sum = Number.NaN;
  return (history) => {
    if (history !== last) {
      const usual = usualSumOf(history);
      sum = usual === null ? Number.NaN : Math.round(usual);
      last = history;
    }
    return sum;
  };
}

function withoutLayer(churn: ChurnModel, pCore: number, silentDays: number): number {
  switch (churn.method) {
    case "hiatus":
      return clampP(ruleSays(churn.rule, silentDays));
    case "baseRate":
      return clampP(churn.rate);
    case "core":
    case "layer":
      return pCore;
  }
}

function clampP(p: number): number {
  return Math.min(1 - P_MIN, Math.max(P_MIN, p));
}
