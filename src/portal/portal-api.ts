import type { ApiUse } from "../crm/api-use.ts";
import type { CardDocument, CardLook } from "../crm/card.ts";
import type { Hint, InstallOptions, SetUpOptions, UninstallOptions } from "../crm/door.ts";
import type { AppRegistration, CardEntity, Grant, Host, ViewerProof } from "../crm/host.ts";
import type { AutomationQuestion } from "../crm/host-writes.ts";
import type { DryRunDocument, OverviewDocument, SyncProgress } from "../crm/overview.ts";
import type { GoalInput, KpiGoals } from "../crm/overview-kpis.ts";
import type { PortalCheck } from "../crm/portal-check.ts";
import type { PortalKey } from "../crm/portal-key.ts";
import type { Clock, Instant, Log, Random, Transport, Vault } from "../crm/ports.ts";
import type { RuleClients, SavedRule, SavedRules } from "../crm/saved-rules.ts";
import type { RfmThresholds, SegmentRule } from "../crm/segment-rule.ts";
import type { RfmComparison, SegmentPreview, SegmentsDocument } from "../crm/segmentation.ts";
import type {
  SettingsDocument,
  SettingsDraft,
  SettingsInput,
  SettingsPreview,
} from "../crm/settings.ts";
import type { SpendInput, SpendTable } from "../crm/spend.ts";
import type { RunList, UndoDocument, WritingChoice, WritingDocument } from "../crm/writing.ts";
import type { FiguresCompute } from "./base-figures.ts";
import type { Egress } from "./egress.ts";
import type { Lock } from "./lock.ts";
import type { PortalCompute } from "./rebuild.ts";
import type { SpendSaved } from "./spend.ts";
import type { Sql } from "./sql.ts";

/** States of a portal; what each may do is in portal-state.ts. */
const PORTAL_STATES = [
  "installing",
  "active",
  "degraded",
  "throttled",
  "reconnect",
  "needs_admin",
  "payment_required",
  "suspended",
  "purged",
] as const;

export type PortalState = (typeof PORTAL_STATES)[number];

export interface PortalSummary {
  readonly key: PortalKey;
  readonly endpoint: string;
  readonly state: PortalState;
  readonly stateReason: string | null;
  readonly locale: string;
  readonly timeZone: string;
  readonly currency: string;
  readonly isFinished: boolean;
  /** An operator has stopped the portal. */
  readonly isPaused: boolean;
  /** What we need is registered at the host. */
  readonly isPrepared: boolean;
  readonly installerId: string;
  readonly warnings: readonly string[];
}

/**
 * The actor: everything that touches one portal's database. The shape of a Durable Object: plain async methods, plain
 * cloneable data in and out, one alarm (`tick` says when it wants to run next, the runtime sets a timer). Whatever changes
 * something (install, receive, approve, repair, ...) only notes it: the runtime wakes `tick` afterwards.
 */
export interface Portal {
  /** null before the first install. */
  summary(): Promise<PortalSummary | null>;
  install(grant: Grant, options: InstallOptions): Promise<void>;
  confirmInstalled(): Promise<void>;
  uninstall(options: UninstallOptions): Promise<void>;
  /** Looks again at who the portal is and what is registered there; takes a new secret of events. */
  setUpAgain(options: SetUpOptions): Promise<void>;
  /** `secretHash` = lower-case hex SHA-256 of what the host sent, null = the door needs no secret. Resolves after the commit. */
  receive(delivery: {
    readonly secretHash: string | null;
    readonly hints: readonly Hint[];
    readonly isUnreadable: boolean;
    readonly hasQueued?: boolean;
    readonly questions?: readonly AutomationQuestion[];
  }): Promise<"stored" | "refused">;
  secretMatches(secretHash: string): Promise<boolean>;
  /** Does what is due. Resolves with the instant of the next wish, or null. Never rejects. */
  tick(): Promise<Instant | null>;
  progress(): Promise<SyncProgress>;
  /** Wishes a whole repair cycle now: changes since the last poll, search of what vanished, records that could not be read. */
  repair(): Promise<void>;
  /** Keys that only this portal has; null when it uses the configured ones. */
  registration(): Promise<AppRegistration | null>;
  /** Resolves when no token is on its way: a process that ends before that may lose the connection. */
  quiesce(): Promise<void>;
  /** Asks the host now who and where the portal is; never rejects. */
  lookAgain(): Promise<void>;
  /** Looks at what the portal needs from its CRM without changing anything there; never rejects, empty before the install. */
  verify(): Promise<readonly PortalCheck[]>;
  /** Where a person renews the connection (`url` null = opening the app is enough); null while it works. */
  lostConnection(): Promise<{ readonly url: string | null } | null>;
  /** An operator's wish: no calls to the CRM and no writing until it is taken back. */
  setPaused(isPaused: boolean): Promise<void>;
  /** Reads everything again from the beginning; what is known stays until it is overwritten. */
  resync(): Promise<void>;
  /** What we ask of the CRM, for its administrator. */
  apiUse(): Promise<ApiUse>;
  /** Requests a second that the administrator gives us; null = the usual. Throws AppError `input.invalid`. */
  setApiRate(requestsPerSecond: number | null): Promise<ApiUse>;
  canViewerRead(viewer: ViewerProof, entity: CardEntity, id: string): Promise<boolean>;
  card(
    entity: CardEntity,
    id: string,
    viewer: { readonly canRead: boolean; readonly isAdmin: boolean; readonly isUnpaid?: boolean },
    look?: CardLook,
  ): Promise<CardDocument>;
  overview(): Promise<OverviewDocument>;
  segments(): Promise<SegmentsDocument>;
  /** Counts a rule over the stored insights without saving anything. */
  previewSegment(rule: SegmentRule): Promise<SegmentPreview>;
  /** A page of the clients of a rule, in the order of their keys; `after` = key of the page's forerunner. */
  ruleClients(rule: SegmentRule, after: string | null): Promise<RuleClients>;
  savedRules(): Promise<SavedRules>;
  /** Adds a rule or replaces the one of its code. Throws AppError `input.invalid` (too many). */
  saveRule(saved: SavedRule): Promise<SavedRules>;
  removeRule(code: string): Promise<SavedRules>;
  /** What other RFM limits would change; null before the first snapshot. */
  compareRfm(thresholds: RfmThresholds): Promise<RfmComparison | null>;
  /** Sets or replaces the goal on a figure; throws AppError `input.invalid` for a figure without a value or a past day. */
  setGoal(goal: GoalInput, userId: string): Promise<KpiGoals>;
  removeGoal(code: string): Promise<KpiGoals>;
  spend(): Promise<SpendTable>;
  /** Replaces the spend table: all rows or, where one cannot be used, none; throws AppError `settings.conflict`. */
  saveSpend(input: SpendInput): Promise<SpendSaved>;
  /** Average margin in percent, null = unknown. */
  setMargin(percent: number | null): Promise<SpendTable>;
  settings(): Promise<SettingsDocument>;
  /** Throws AppError `settings.conflict` when they have changed since the version that was edited, `input.invalid`. */
  saveSettings(input: SettingsInput, userId: string): Promise<SettingsDocument>;
  /** Clients, purchases and money now and under other settings; saves nothing. */
  previewSettings(draft: SettingsDraft): Promise<SettingsPreview>;
  dryRun(playbook: string, userId: string): Promise<DryRunDocument>;
  run(runId: string): Promise<DryRunDocument | null>;
  approve(runId: string, userId: string): Promise<DryRunDocument>;
  /** Approved runs with what an undo would take back and what one has done. */
  runs(): Promise<RunList>;
  /** Takes back what a run has written, as far as nobody has changed it since. Throws AppError `input.invalid` (id). */
  undo(runId: string): Promise<UndoDocument>;
  /** What playbooks may write on this portal, and what was chosen of it. */
  writing(): Promise<WritingDocument>;
  setWriting(choice: WritingChoice): Promise<WritingDocument>;
  /** Clients, purchases, money and segments, for the demo's summary. */
  totals(): Promise<PortalTotals>;
  /** Are the figures up to date with everything that has been read? */
  isSettled(): Promise<boolean>;
}

export interface PortalTotals {
  readonly clients: number;
  readonly purchases: number;
  readonly revenueMinor: number;
  readonly segments: Readonly<Record<string, number>>;
}

/** Numbers that a test or the simulation may change. */
export interface PortalPolicy {
  /** How much faster than life the limiter and the poll clock run (SYNC_SPEED). */
  readonly speed: number;
  readonly pollEveryMs: number;
  /** How far a poll looks back behind its watermark. */
  readonly pollOverlapMs: number;
  readonly idScanEveryMs: number;
  readonly debounceMs: number;
  /** null = the host's own `writeFenceMs`. */
  readonly fenceMs: number | null;
  /** Activities older than this are not read in the first sync. */
  readonly activityHistoryMs: number;
  readonly tasksPerPersonPerDay: number;
  readonly firstBatchLimit: number;
  readonly holdoutShare: number;
}

export interface PortalPorts {
  readonly sql: Sql;
  readonly host: Host;
  readonly clock: Clock;
  readonly random: Random;
  readonly transport: Transport;
  readonly vault: Vault;
  readonly compute: PortalCompute;
  /** Counts the figures of a large base beside the event loop; absent = in line. */
  readonly figures?: FiguresCompute;
  readonly log: Log;
  readonly policy: PortalPolicy;
  /** Where hosts call us; no trailing slash. */
  readonly publicUrl: string;
  /** The process is being stopped: what runs may end, nothing new is begun. Absent = never. */
  readonly isStopping?: () => boolean;
  /** What all portals of a host on this address share; absent = each is alone. */
  readonly egress?: Egress;
  /** Another lock than the real one, for a simulation that wants to see what happens without. */
  readonly makeLock?: () => Lock;
}

export const DEFAULT_POLICY: PortalPolicy = {
  speed: 1,
  pollEveryMs: 10 * 60_000,
  pollOverlapMs: 10 * 60_000,
  idScanEveryMs: 24 * 3_600_000,
  debounceMs: 3_000,
  fenceMs: null,
  activityHistoryMs: 730 * 86_400_000,
  tasksPerPersonPerDay: 5,
  firstBatchLimit: 50,
  holdoutShare: 0.2,
};
