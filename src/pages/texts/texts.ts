import type { PlannedChange } from "../../crm/overview.ts";
import type {
  Band,
  CardState,
  ChangeCode,
  ChangedFactor,
  EntityCode,
  FactorCode,
  KpiCode,
  LifecycleState,
  MessageCode,
  NoteCode,
  PlaybookCode,
  QualityCode,
  ReasonCode,
  RfmSegmentCode,
  SnoozeReason,
  TierReasonCode,
  WarningCode,
} from "./codes.ts";
import type { DetailsTexts } from "./details-texts.ts";
import type { KpiText, KpiWords } from "./kpi-texts.ts";
import type { ModelTexts } from "./model-texts.ts";
import type { Sentence } from "./params.ts";
import type { SegmentationTexts } from "./segmentation-texts.ts";

/** One dictionary. A key missing in a language is a compile error. `{x}` in a text is filled by `fill`. */
export interface Texts {
  readonly page: PageTexts;
  readonly card: CardTexts;
  readonly overview: OverviewTexts;
  readonly segmentation: SegmentationTexts;
  readonly messages: Readonly<Record<MessageCode, MessageText>>;
  readonly installer: InstallerTexts;
  readonly connect: ConnectTexts;
}

export interface PageTexts {
  readonly product: string;
  readonly theme: string;
  readonly loading: string;
  readonly noScript: string;
}

export interface MessageText {
  readonly title: string;
  readonly text: string;
}

export interface StateText {
  /** Verdict word where the state replaces the verdict. */
  readonly title: string;
  readonly text: string;
}

export interface CardTexts {
  readonly title: string;
  readonly bands: Readonly<Record<Band, string>>;
  /** The band as part of a sentence. */
  readonly bandsLower: Readonly<Record<Band, string>>;
  readonly outOf100: string;
  readonly delta: {
    readonly up: string;
    readonly down: string;
    readonly same: string;
    readonly period: string;
  };
  readonly states: Readonly<Record<CardState, StateText>>;
  readonly segments: Readonly<Record<RfmSegmentCode, string>>;
  readonly lifecycle: Readonly<Record<LifecycleState, string>>;
  readonly reasons: Readonly<Record<ReasonCode, Sentence>>;
  readonly reasonFallback: string;
  readonly factors: Readonly<Record<FactorCode, FactorText>>;
  readonly factorFallback: string;
  readonly changes: Readonly<Record<ChangeCode, Sentence>>;
  readonly changeFallback: string;
  readonly notes: Readonly<Record<NoteCode, Sentence>>;
  readonly noteFallback: string;
  readonly snoozeReasons: Readonly<Record<SnoozeReason, string>>;
  readonly actions: Readonly<Record<PlaybookCode | "task" | "note", string>>;
  readonly actionBy: string;
  readonly actionNone: string;
  readonly openTask: string;
  readonly was: string;
  readonly unknownSegment: string;
  readonly rfm: RfmTexts;
  readonly abc: Readonly<Record<"A" | "B" | "C", string>>;
  readonly xyz: Readonly<Record<"X" | "Y" | "Z", string>>;
  readonly labels: Readonly<Record<CardLabel, string>>;
  readonly basis: Readonly<Record<"revenue" | "margin", string>>;
  readonly average: string;
  readonly unknownMoney: string;
  readonly chance: string;
  readonly chanceHint: string;
  readonly nextPurchase: string;
  readonly ltv: string;
  readonly spark: string;
  readonly month: string;
  readonly amount: string;
  readonly purchases: string;
  readonly why: string;
  readonly baseScore: string;
  readonly total: string;
  readonly noEffect: string;
  /** The largest factor of a change: `{delta}`, `{factor}`, `{points}`, `{cause}`. */
  readonly changed: string;
  readonly changedBy: Readonly<Record<"time" | "behaviour", string>>;
  readonly changedFactors: Readonly<Record<ChangedFactor, string>>;
  /** `{good}`, `{watch}`, `{days}`. */
  readonly bandLimits: string;
  readonly wouldChange: string;
  readonly toScore: string;
  readonly contact: Readonly<Record<"in" | "out" | "any", string>>;
  readonly contactKinds: Readonly<
    Record<"call" | "email" | "message" | "meeting" | "task", string>
  >;
  readonly contactFallback: string;
  readonly holdoutNote: string;
  readonly dataAge: string;
  readonly dataNow: string;
  readonly tiers: Readonly<Record<"0" | "1" | "2" | "3", string>>;
  readonly tierLabel: string;
  readonly formula: string;
  readonly progress: string;
  readonly progressUnknownTotal: string;
  readonly timeLeft: string;
  readonly companyId: string;
  readonly contactId: string;
  readonly feedback: string;
  readonly feedbackDone: string;
}

export type CardLabel =
  | "segment"
  | "worth"
  | "forecast"
  | "history"
  | "lastPurchase"
  | "lastContact"
  | "lifecycle";

export interface FactorText {
  readonly name: string;
  /** The same with the client's numbers, where all of them are known. */
  readonly detail: Sentence | null;
}

export interface RfmTexts {
  readonly recency: Scale;
  readonly frequency: Scale;
  readonly money: Scale;
}

/** Words for the scores 1 to 5; a bare digit is never shown without its word. */
export type Scale = readonly [string, string, string, string, string];

export interface OverviewTexts {
  readonly title: string;
  readonly asOf: string;
  readonly tierReasons: Readonly<Record<TierReasonCode, string>>;
  readonly kpis: Readonly<Record<KpiCode, KpiText>>;
  readonly kpiWords: KpiWords;
  readonly details: DetailsTexts;
  readonly model: ModelTexts;
  readonly kpiFallback: string;
  readonly definitionFallback: string;
  readonly notDefined: string;
  readonly formula: string;
  readonly population: string;
  readonly excluded: string;
  readonly times: string;
  readonly sections: Readonly<Record<OverviewSection, string>>;
  readonly columns: Readonly<Record<OverviewColumn, string>>;
  readonly pareto: string;
  readonly empty: Readonly<Record<OverviewSection, string>>;
  readonly attentionHint: string;
  readonly company: string;
  readonly contact: string;
  readonly quality: Readonly<
    Record<QualityCode, { readonly name: string; readonly effect: string }>
  >;
  readonly qualityFallback: string;
  readonly warnings: Readonly<Record<WarningCode, string>>;
  readonly warningFallback: string;
  readonly portalStates: Readonly<Record<PortalNotice, string>>;
  readonly partialMonth: string;
  readonly newClients: string;
  readonly showTable: string;
  readonly usually: string;
  readonly playbooks: Readonly<Record<PlaybookCode, PlaybookText>>;
  readonly playbookPromise: string;
  readonly dryRun: string;
  readonly adminOnly: string;
}

/** Portal states that the reader has to know about; a lost connection is said above every page. */
export type PortalNotice =
  | "degraded"
  | "throttled"
  | "needs_admin"
  | "payment_required"
  | "suspended";

export type OverviewSection =
  | "sync"
  | "kpis"
  | "months"
  | "segments"
  | "lifecycle"
  | "attention"
  | "playbook"
  | "quality";

export type OverviewColumn =
  | "segment"
  | "clients"
  | "share"
  | "revenue"
  | "month"
  | "purchases"
  | "newClients"
  | "client"
  | "score"
  | "silent"
  | "total"
  | "contactWorth"
  | "problem"
  | "count"
  | "effect";

export interface PlaybookText {
  readonly name: string;
  readonly who: string;
  readonly what: string;
}

export interface InstallerTexts {
  readonly title: string;
  readonly lead: string;
  readonly steps: readonly { readonly name: string; readonly text: string }[];
  readonly finishing: string;
  readonly lost: string;
  readonly finish: string;
  readonly promise: string;
}

export interface ConnectTexts {
  readonly title: string;
  readonly lead: string;
  readonly points: readonly string[];
  readonly button: string;
  readonly note: string;
}

/** Texts that the islands need in the browser; kept apart so that only these are bundled. */
export interface IslandTexts {
  readonly entities: Readonly<Record<EntityCode, string>>;
  readonly entityFallback: string;
  readonly rate: string;
  readonly left: string;
  readonly of: string;
  readonly phase: Readonly<Record<"waiting" | "running" | "done", string>>;
  readonly dryRunBusy: string;
  readonly dryRunEmpty: string;
  readonly dryRunSummary: string;
  readonly dryRunMade: string;
  readonly kinds: Readonly<Record<PlannedChange["kind"], string>>;
  readonly columns: Readonly<Record<"what" | "client" | "change" | "due" | "worth", string>>;
  readonly nothing: string;
  readonly more: string;
  readonly perPerson: string;
  readonly person: string;
  readonly today: string;
  readonly waiting: string;
  readonly holdout: string;
  readonly approve: string;
  readonly approving: string;
  readonly approved: string;
  readonly expired: string;
  readonly failed: string;
  readonly forbidden: string;
  readonly sessionLost: string;
  readonly company: string;
  readonly contact: string;
}
