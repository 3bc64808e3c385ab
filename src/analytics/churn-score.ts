import { chanceLevel } from "./chance-level.ts";
import type { ChurnModel } from "./churn-types.ts";
import { type Belief, makeBeliever, pBuy } from "./core.ts";
import { logitOf, makeExplainer } from "./layer.ts";
import { LAYER_FEATURES, layerFeatures } from "./layer-features.ts";
import { logGapsOf } from "./log-gaps.ts";
import { type PurchaseState, stateOf } from "./purchase-model.ts";
import { ruleSays } from "./silence-rule.ts";
import type { ClientHistory, Day, PurchaseModel, Snapshot } from "./types.ts";

/** What is said about one client's coming horizon, and from what. */
export interface ClientChurn {
  readonly state: PurchaseState;
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

export type ChurnScorer = (history: ClientHistory, asOf: Day) => ClientChurn;

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
  return (history, asOf) => {
    const state = stateOf(history.days, asOf);
    const belief = believe(state, logGapsOf(history.days));
    const pCore = clampP(1 - pBuy(belief, chanceLevel(snapshot.level.horizon) * horizonDays));
    const shown = (pChurn: number, coreLogOdds: number, contributions: Float64Array | null) => ({
      state,
      belief,
      pCore,
      pChurn,
      pAlive: Math.max(belief.pAlive, 1 - pChurn),
      coreLogOdds,
      contributions,
    });
    if (explain !== null) {
      const contributions = new Float64Array(LAYER_FEATURES.length);
      const values = layerFeatures(history, asOf, horizonDays, { gapDays });
      const { logit, core } = explain(logitOf(pCore), values, contributions);
      return shown(clampP(1 / (1 + Math.exp(-logit))), core, contributions);
    }
    const silentDays = state.ageDays - state.recencyDays;
    const pChurn = withoutLayer(churn, pCore, silentDays);
    return shown(pChurn, logitOf(pChurn), null);
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
