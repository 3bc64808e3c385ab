/** Words of the sections below the figures: cohorts, the way of a client and of a deal, sources, leads. */
export interface DetailsTexts {
  readonly cohorts: {
    readonly title: string;
    readonly hint: string;
    readonly empty: string;
    readonly measure: string;
    readonly measures: Readonly<Record<"clients" | "orders" | "revenue", string>>;
    readonly measureHints: Readonly<Record<"clients" | "orders" | "revenue", string>>;
    readonly cohort: string;
    readonly size: string;
    /** Head of the first column and of the others: `{n}` months or quarters later. */
    readonly start: string;
    readonly later: string;
    readonly step: Readonly<Record<"month" | "quarter", string>>;
    readonly quarter: string;
    readonly leftCensored: string;
    readonly leftCensoredMark: string;
    readonly partial: string;
  };
  readonly funnel: {
    readonly title: string;
    readonly empty: string;
    readonly steps: Readonly<Record<"1" | "2" | "3", string>>;
    /** `{share}` of those who made the step before, `{days}` after it. */
    readonly step: string;
    readonly stepWithoutDays: string;
  };
  readonly populations: {
    readonly title: string;
    readonly hint: string;
    readonly names: Readonly<Record<"recurring" | "one_off", string>>;
    readonly repeat: string;
    readonly gap: string;
    readonly order: string;
  };
  readonly stages: {
    readonly title: string;
    readonly empty: string;
    readonly hint: string;
    readonly stage: string;
    readonly reached: string;
    readonly lost: string;
    readonly open: string;
    readonly moved: string;
    readonly won: string;
    readonly unknownStage: string;
  };
  readonly losses: {
    readonly title: string;
    readonly empty: string;
    readonly none: string;
    /** A reason known by its number alone. */
    readonly numbered: string;
    readonly deals: string;
    readonly money: string;
    readonly reason: string;
  };
  readonly products: Readonly<
    Record<"title" | "group" | "clients" | "share" | "repeat" | "revenue" | "numbered", string>
  >;
  readonly sources: {
    readonly title: string;
    readonly empty: string;
    readonly clientsTitle: string;
    readonly leadsTitle: string;
    readonly source: string;
    readonly unknown: string;
    readonly numbered: string;
    readonly referral: string;
    readonly clients: string;
    readonly repeat: string;
    readonly perClient: string;
    readonly ltv: string;
    readonly deals: string;
    readonly winRate: string;
    readonly perDeal: string;
  };
  readonly leads: {
    readonly title: string;
    readonly hint: string;
    readonly hintWithoutMoney: string;
    readonly tooFew: string;
    readonly nobody: string;
    readonly lead: string;
    readonly score: string;
    readonly reasons: string;
    readonly features: Readonly<Record<string, string>>;
    readonly kinds: Readonly<Record<"company" | "contact", string>>;
    readonly reason: string;
    readonly average: string;
  };
  readonly readiness: {
    readonly title: string;
    readonly empty: string;
    readonly text: string;
    readonly assumption: string;
  };
  readonly goals: {
    readonly title: string;
    readonly empty: string;
    readonly states: Readonly<
      Record<"reached" | "ahead" | "on_track" | "behind" | "missed" | "unknown", string>
    >;
    /** `{from}` when it was set, `{now}` today, `{to}` wanted by `{day}`. */
    readonly way: string;
    readonly unknown: string;
    /** `{pace}` a month still leads there. */
    readonly pace: string;
    readonly figure: string;
    readonly change: string;
    readonly due: string;
    readonly set: string;
    readonly remove: string;
    readonly open: string;
  };
  readonly spend: {
    readonly title: string;
    readonly empty: string;
    /** `{rows}` in the table, `{total}` of `{months}`. */
    readonly summary: string;
    readonly costs: string;
    readonly spent: string;
    readonly newClients: string;
    readonly perClient: string;
    readonly margin: string;
    readonly marginHint: string;
    readonly saveMargin: string;
    readonly start: string;
    readonly edit: string;
    readonly hint: string;
    readonly columns: Readonly<Record<"month" | "channel" | "kind" | "amount", string>>;
    /** The field of a row. */
    readonly amount: string;
    readonly kinds: Readonly<Record<"marketing" | "sales", string>>;
    readonly add: string;
    readonly save: string;
    readonly remove: string;
    readonly paste: string;
    readonly pasteHint: string;
    readonly example: string;
    readonly take: string;
  };
  /** What a finding does: `{kpi}` from `{from}` to `{to}`. */
  readonly effect: string;
}
