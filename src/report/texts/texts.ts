import type { RfmSegmentCode } from "../../analytics/types.ts";
import type { CallStep } from "../calls.ts";

/** Texts of the HTML report, and of the three sentences it shares with the terminal. `{x}` is filled by `fill`. */
export interface ReportTexts {
  readonly title: string;
  /** `{from}`, `{to}` */
  readonly period: string;
  readonly asOf: string;
  readonly contents: string;
  readonly story: StoryTexts;
  readonly sections: Readonly<Record<ReportSection, SectionTexts>>;
  readonly columns: Readonly<Record<ReportColumn, string>>;
  readonly money: MoneyTexts;
  readonly people: PeopleTexts;
  readonly leaving: LeavingTexts;
  readonly loyalty: LoyaltyTexts;
  readonly forecast: ForecastTexts;
  readonly sources: SourceTexts;
  readonly accuracy: AccuracyTexts;
  readonly figures: FigureTexts;
  readonly quality: QualityTexts;
  readonly method: readonly Term[];
  readonly glossary: readonly Term[];
  readonly showTable: string;
  readonly unknown: string;
  /** `{version}` */
  readonly footer: string;
}

export type ReportSection =
  | "money"
  | "people"
  | "leaving"
  | "loyalty"
  | "forecast"
  | "sources"
  | "accuracy"
  | "figures"
  | "quality"
  | "method";

export interface SectionTexts {
  readonly title: string;
  /** One sentence under the title: what the section answers. */
  readonly lead: string;
}

export type ReportColumn =
  | "figure"
  | "current"
  | "previous"
  | "change"
  | "month"
  | "revenue"
  | "purchases"
  | "buyers"
  | "newClients"
  | "averageOrder"
  | "segment"
  | "clients"
  | "money"
  | "play"
  | "class"
  | "client"
  | "why"
  | "bought"
  | "stake"
  | "usual"
  | "step"
  | "window"
  | "cohort"
  | "value"
  | "formula"
  | "population"
  | "excluded"
  | "count"
  | "problem"
  | "lines"
  | "sum"
  | "effect"
  | "gap"
  | "said"
  | "seen"
  | "next"
  | "range"
  | "likely"
  | "source"
  | "again"
  | "perClient"
  | "spent"
  | "cacMarketing"
  | "cacFull";

export interface Term {
  readonly name: string;
  readonly text: string;
}

export interface StoryTexts {
  readonly labels: Readonly<Record<"state" | "leaving" | "monday", string>>;
  readonly growing: string;
  readonly shrinking: string;
  readonly steady: string;
  readonly firstLook: string;
  /** `{days}` of the newest period. */
  readonly lastDays: string;
  readonly wholeHistory: string;
  /** `{period}`, `{money}`, `{change}` */
  readonly earned: string;
  /** The same where no row has a sum: `{purchases}`. */
  readonly bought: string;
  /** `{share}`, `{days}` */
  readonly more: string;
  readonly less: string;
  readonly same: string;
  readonly noPrevious: string;
  /** `{buyers}`, `{newClients}` */
  readonly buyers: string;
  /** `{share}` of clients bought again. */
  readonly again: string;
  /** `{clients}` */
  readonly silent: string;
  readonly nobodySilent: string;
  readonly nobodySilentText: string;
  /** `{money}`, `{days}` */
  readonly usual: string;
  /** `{money}` */
  readonly stake: string;
  /** `{share}` of all clients; where no sums are known. */
  readonly shareOfBase: string;
  readonly noChances: string;
  /** `{calls}` */
  readonly callTitle: string;
  /** `{share}` of the money at stake. */
  readonly callFirst: string;
  readonly callAll: string;
  /** `{clients}` with one purchase. */
  readonly second: string;
  readonly nothingTitle: string;
  readonly nothing: string;
}

export interface MoneyTexts {
  readonly chart: string;
  readonly chartPurchases: string;
  /** `{from}`, `{to}` */
  readonly range: string;
  readonly whole: string;
  /** `{now}`, `{before}` */
  readonly against: string;
  readonly partial: string;
  readonly noSums: string;
  readonly noPrevious: string;
  readonly season: string;
  /** `{month}`, `{value}` of the best month. */
  readonly best: string;
}

export interface PeopleTexts {
  readonly lifecycle: string;
  readonly segments: string;
  readonly segmentsHint: string;
  readonly plays: Readonly<Record<RfmSegmentCode, string>>;
  readonly pareto: string;
  /** `{share}` */
  readonly paretoLine: string;
  readonly paretoChart: string;
  readonly axisClients: string;
  readonly axisMoney: string;
  readonly classes: Readonly<Record<"A" | "B" | "C", string>>;
  readonly populations: string;
  readonly populationsHint: string;
  readonly populationNames: Readonly<Record<"recurring" | "one_off", string>>;
}

export interface LeavingTexts {
  /** `{shown}`, `{all}` */
  readonly shown: string;
  /** `{clients}` */
  readonly rest: string;
  /** `{days}` */
  readonly stakeHint: string;
  readonly usualHint: string;
  readonly noSumsHint: string;
  readonly noChances: string;
  readonly empty: string;
  readonly steps: Readonly<Record<CallStep, string>>;
  /** `{purchases}`, `{money}`, `{last}` */
  readonly bought: string;
  readonly boughtNoSum: string;
  /** `{days}`, `{share}` */
  readonly chance: string;
  /** `{share}` assumed to be saved, `{most}` and `{median}` a call is worth. */
  readonly worth: string;
  /** `{clients}` for whom a call of the known cost pays. */
  readonly pays: string;
  readonly expected: string;
  readonly expectedHint: string;
  /** `{from}`, `{to}` */
  readonly window: string;
}

export interface LoyaltyTexts {
  readonly funnel: string;
  /** First, second and third purchase. */
  readonly steps: Readonly<Record<1 | 2 | 3, string>>;
  /** `{share}` */
  readonly ofPrevious: string;
  /** `{days}` */
  readonly after: string;
  readonly cohorts: string;
  readonly cohortsHint: Readonly<Record<"month" | "quarter", string>>;
  /** `{n}` since the first purchase. */
  readonly offset: Readonly<Record<"month" | "quarter", string>>;
  /** `{quarter}`, `{year}` */
  readonly quarter: string;
  /** `{days}` */
  readonly perClient: string;
  readonly censored: string;
  readonly tooYoung: string;
}

export interface ForecastTexts {
  /** `{days}` */
  readonly next: string;
  readonly hint: string;
  /** `{level}` of the usual number of purchases. */
  readonly season: string;
  readonly noChances: string;
  /** `{why}` */
  readonly noMoney: string;
}

export interface SourceTexts {
  readonly unknown: string;
  readonly referral: string;
  readonly costs: string;
}

export interface AccuracyTexts {
  readonly usableTitle: string;
  readonly noneTitle: string;
  readonly refusedTitle: string;
  /** `{windows}`, `{days}`, `{share}` */
  readonly usable: string;
  /** `{share}` */
  readonly rule: string;
  readonly better: string;
  readonly worse: string;
  /** The rule was better on this base, so the probabilities are the rule's. */
  readonly byRule: string;
  readonly even: string;
  /** `{k}`, `{hits}` */
  readonly top: string;
  readonly none: string;
  readonly noneDo: string;
  readonly refused: string;
  readonly refusedDo: string;
  readonly reasons: Readonly<Record<AccuracyReason, string>>;
  readonly calibration: string;
  readonly calibrationHint: string;
  readonly axisSaid: string;
  readonly axisSeen: string;
  /** `{clients}`, `{earlier}`, `{days}` */
  readonly warning: string;
  /** `{share}` */
  readonly ranges: string;
}

export type AccuracyReason =
  | "few_clients"
  | "few_repeat_buyers"
  | "nobody_returns"
  | "short_history"
  | "ranking_is_chance"
  | "no_better_than_base_rate";

export interface FigureTexts {
  readonly undefined: string;
}

export interface QualityTexts {
  readonly allGood: string;
  readonly reading: string;
  /** `{name}` of a column. */
  readonly column: string;
  readonly byName: string;
  readonly byContent: string;
  readonly noColumn: string;
  readonly noHeader: string;
  /** `{name}` of a figure, `{from}` now, `{to}` with the rows put right. */
  readonly effect: string;
  readonly more: string;
}
