import { chanceLevel } from "./chance-level.ts";
import type { ChurnModel } from "./churn-types.ts";
import { type Belief, makeBeliever, pBuy } from "./core.ts";
import { logitOf, makeExplainer } from "./layer.ts";
import { LAYER_FEATURES, layerFeatures } from "./layer-features.ts";
import { logGapsOf } from "./log-gaps.ts";
import { type PurchaseState, stateOf } from "./purchase-model.ts";
import { medianOf } from "./quantile.ts";
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
}

/** Nobody is certain: a score of 0 or 100 must stay explainable in log-odds. */
const P_MIN = 1e-9;

/** Scores clients who have bought, under one snapshot; what its tables need is made once. */
export function makeChurnScorer(
  snapshot: Pick<Snapshot, "regularity" | "level" | "horizonDays" | "gapDays">,
  model: PurchaseModel,
  churn: ChurnModel,
): ChurnScorer {
  const believe = makeBeliever(model, snapshot.regularity);
  const { horizonDays } = snapshot;
  const gapDays = snapshot.gapDays ?? horizonDays;
  const explain = churn.method === "layer" ? makeExplainer(churn.layer, LAYER_FEATURES) : null;
  const coreDays = chanceLevel(snapshot.level.horizon) * horizonDays;
  const coreOf = (state: PurchaseState, logGaps: number) => {
    const belief = believe(state, logGaps);
    return { belief, pCore: clampP(1 - pBuy(belief, coreDays)) };
  };
  const of = (history: ClientHistory, asOf: Day): ClientChurn => {
    const state = stateOf(history.days, asOf);
    const logGaps = logGapsOf(history.days);
    const { belief, pCore } = coreOf(state, logGaps);
    let contributions: Float64Array | null = null;
    let pChurn: number;
    let coreLogOdds: number;
    if (explain === null) {
      pChurn = withoutLayer(churn, pCore, state.ageDays - state.recencyDays);
      coreLogOdds = logitOf(pChurn);
    } else {
      contributions = new Float64Array(LAYER_FEATURES.length);
      const values = layerFeatures(history, asOf, horizonDays, { gapDays });
      const { logit, core } = explain(logitOf(pCore), values, contributions);
      pChurn = clampP(1 / (1 + Math.exp(-logit)));
      coreLogOdds = core;
    }
    const pAlive = Math.max(belief.pAlive, 1 - pChurn);
    return { state, logGaps, belief, pCore, pChurn, pAlive, coreLogOdds, contributions };
  };
  return {
    of,
    afterOrder(history, { state, logGaps }, day) {
      if (explain !== null) return of(withOrder(history, day), day).pChurn;
      const { days } = history;
      const ageDays = day - (days[0] as number);
      const after = { frequency: state.frequency + 1, recencyDays: ageDays, ageDays };
      const gap = day - (days[days.length - 1] as number);
      return withoutLayer(churn, coreOf(after, logGaps + Math.log(gap)).pCore, 0);
    },
  };
}

/** The same client after one more usual order. */
function withOrder(history: ClientHistory, day: Day): ClientHistory {
  const { days, dayAmountMinor } = history;
  const amounts = new Float64Array(days.length + 1).fill(Number.NaN);
  amounts.set(dayAmountMinor);
  const usual = medianOf(dayAmountMinor.filter((minor) => minor > 0));
  if (usual !== null) amounts[days.length] = Math.round(usual);
  const after = new Int32Array(days.length + 1);
  after.set(days);
  after[days.length] = day;
  return { ...history, days: after, dayAmountMinor: amounts, purchases: history.purchases + 1 };
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
