/** Texts of the segments screen and of what the terminal and the report say about segments. `{x}` is filled by `fill`. */
export interface SegmentationTexts {
  readonly title: string;
  readonly lead: string;
  readonly empty: string;
  readonly sections: Readonly<Record<SegmentationSection, string>>;
  readonly columns: Readonly<Record<SegmentationColumn, string>>;
  readonly rfm: {
    readonly methods: Readonly<Record<"quintiles" | "thresholds", string>>;
    readonly methodHint: Readonly<Record<"quintiles" | "thresholds", string>>;
    /** {method}, {clients}, {share}. */
    readonly switching: string;
    readonly switchingNone: string;
    /** {n} = clients needed. */
    readonly fewClients: string;
    readonly inUse: string;
    readonly other: string;
    /** {cap}, {days}, {clients}, {changed}. */
    readonly largeDeals: string;
    readonly axes: Readonly<Record<"recency" | "frequency" | "money", string>>;
    /** Ranges of whole numbers: {from}, {to}. */
    readonly range: Readonly<Record<"between" | "upTo" | "from" | "only", string>>;
  };
  readonly abc: {
    readonly basis: Readonly<Record<"revenue" | "margin", string>>;
    /** {share}. */
    readonly pareto: string;
    readonly paretoMargin: string;
    /** {n}, {money}. */
    readonly negative: string;
    readonly unknown: string;
    readonly curve: string;
    readonly clientsAxis: string;
  };
  readonly xyz: {
    readonly names: Readonly<Record<"X" | "Y" | "Z", string>>;
    readonly unknown: string;
    /** {gaps}, {x}, {y}. */
    readonly hint: string;
  };
  readonly lifecycle: {
    /** {gap}, {active}, {sleeping}, {lost}, {loyal}. */
    readonly hint: string;
    readonly hintNoRhythm: string;
    readonly leads: string;
  };
  readonly template: {
    readonly names: Readonly<Record<TemplateCode, string>>;
    /** {money}, {months}, {n}. */
    readonly rules: Readonly<Record<TemplateCode, string>>;
    readonly noVip: string;
    readonly precedence: string;
  };
  readonly tiers: {
    readonly names: Readonly<Record<TierCode, string>>;
    readonly basis: Readonly<Record<"expected" | "revenue_12m" | "purchases_12m", string>>;
    /** {days}. */
    readonly hint: string;
    readonly value: Readonly<Record<"expected" | "revenue_12m" | "purchases_12m", string>>;
  };
  readonly migration: {
    /** {from}, {to}, {clients}. */
    readonly summary: string;
    readonly gained: string;
    readonly lost: string;
    readonly basis: Readonly<Record<"expected" | "revenue_12m", string>>;
    readonly method: Readonly<Record<"rescored" | "recorded", string>>;
    readonly boundary: string;
    readonly newcomer: string;
    readonly gone: string;
    readonly nobody: string;
    readonly all: string;
    readonly bySegment: string;
    readonly byLifecycle: string;
  };
  readonly churn: {
    /** {days}, {alarms}, {missed}. */
    readonly sentence: string;
    readonly personal: string;
    readonly how: string;
    readonly refused: Readonly<
      Record<"few_repeat_buyers" | "short_history" | "few_silences" | "no_signal", string>
    >;
    readonly falseAlarms: string;
    readonly missed: string;
    readonly daysAxis: string;
    readonly chart: string;
  };
  readonly rules: {
    readonly names: Readonly<Record<RecipeName, string>>;
    readonly hint: string;
    readonly needsGroup: string;
    readonly notCounted: string;
    /** {limit}, {share}, {facts}. */
    readonly warnings: Readonly<Record<"too_few" | "too_broad" | "unknown_facts", string>>;
  };
  readonly terminal: {
    /** {from}, {clients}, {gained}, {lost}. */
    readonly migration: string;
    readonly migrationNoMoney: string;
    /** {code}, {clients}, {share}, {money}. */
    readonly rule: string;
    readonly ruleUnknown: string;
  };
}

export type SegmentationSection =
  | "rfm"
  | "template"
  | "tiers"
  | "abc"
  | "xyz"
  | "migration"
  | "churn"
  | "rules";

export type SegmentationColumn =
  | "score"
  | "from"
  | "to"
  | "segment"
  | "clients"
  | "share"
  | "money"
  | "change"
  | "rule"
  | "days"
  | "class"
  | "moneyShare";

type TemplateCode = "new" | "loyal" | "vip" | "inactive";
type TierCode = "vip" | "standard" | "low_activity";
type RecipeName =
  | "bought_group"
  | "vip_silent"
  | "second_purchase_due"
  | "date_passed"
  | "loyal_slipping"
  | "win_back"
  | "large_first"
  | "returned";
