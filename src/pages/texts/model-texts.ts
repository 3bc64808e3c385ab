import type { ModelQualityDocument } from "../../crm/model-quality.ts";
import type { TierReasonCode } from "./codes.ts";

type State = ModelQualityDocument["state"];
type Method = NonNullable<ModelQualityDocument["inUse"]>;

/** Figures that the panel explains, in the order in which they are read. */
export const MODEL_FIGURES = ["precisionAtK", "auc", "ece", "brier", "logLoss"] as const;
export type ModelFigure = (typeof MODEL_FIGURES)[number];

/** Words of the panel on how far the forecasts can be believed. */
export interface ModelTexts {
  readonly title: string;
  /** `{date}`, `{windows}`. */
  readonly lead: string;
  readonly states: Readonly<Record<State, { readonly title: string; readonly text: string }>>;
  /** Title where the forecast is usable and no better than the rule. */
  readonly even: string;
  readonly missing: Readonly<Record<TierReasonCode, string>>;
  readonly until: string;
  readonly untilUnknown: string;
  readonly reasons: Readonly<Record<"ranking_is_chance" | "no_better_than_base_rate", string>>;
  readonly story: {
    readonly title: string;
    readonly list: string;
    readonly hits: string;
    /** Where nobody was named wrongly. */
    readonly right: string;
    readonly wrong: string;
    readonly forecast: string;
    readonly rule: string;
    readonly chance: string;
    readonly bar: string;
    readonly team: string;
    readonly tenth: string;
    readonly sample: string;
  };
  readonly versus: Readonly<Record<"better" | "even" | "ruleInUse", string>>;
  readonly inUse: string;
  readonly methods: Readonly<Record<Method, string>>;
  readonly facts: {
    readonly warning: string;
    readonly warningText: string;
    readonly warningSome: string;
    readonly warningNone: string;
    readonly totals: string;
    readonly totalsText: string;
    readonly ranges: string;
    readonly rangesText: string;
  };
  readonly drift: Readonly<Record<"title" | "more" | "fewer" | "both", string>>;
  readonly calibration: {
    readonly title: string;
    readonly hint: string;
    readonly said: string;
    readonly seen: string;
    readonly clients: string;
  };
  readonly bands: Readonly<Record<"title" | "good" | "watch" | "risk", string>>;
  readonly figures: {
    readonly title: string;
    readonly caption: string;
    readonly figure: string;
    readonly forecast: string;
    readonly rule: string;
    readonly oneRate: string;
    readonly interval: string;
    readonly names: Readonly<Record<ModelFigure, { readonly name: string; readonly help: string }>>;
  };
  readonly windows: {
    readonly title: string;
    readonly cutoff: string;
    readonly clients: string;
    readonly method: string;
    readonly stayedAway: string;
    /** `{who}`: ours against the rule's. */
    readonly pair: string;
    readonly figures: Readonly<Record<"precisionAtK" | "auc" | "logLoss", string>>;
    readonly populations: Readonly<Record<"active" | "all", string>>;
    readonly short: Readonly<Record<Method, string>>;
  };
}
