import type { Instant } from "./ports.ts";

/** What a host's data becomes at the adapter's edge. No names, phones, mails, comments: they stop there. */

export type Outcome = "open" | "won" | "lost";
export type ClientKind = "company" | "contact";

export interface ClientRef {
  readonly kind: ClientKind;
  readonly id: string;
}

/** `company:412`. */
export type ClientKey = `${ClientKind}:${string}`;

export function clientKey(ref: ClientRef): ClientKey {
  return `${ref.kind}:${ref.id}`;
}

export interface Utm {
  readonly source: string | null;
  readonly medium: string | null;
  readonly campaign: string | null;
}

export interface DealRecord {
  readonly entity: "deal";
  readonly id: string;
  readonly pipelineId: string;
  readonly stageId: string;
  readonly outcome: Outcome;
  /** Integer minor units; null when the deal has no sum. Negative = refund. */
  readonly amountMinor: number | null;
  /** ISO 4217; null only together with a null amount. */
  readonly currency: string | null;
  readonly companyId: string | null;
  /** Main contact first. */
  readonly contactIds: readonly string[];
  readonly responsibleId: string | null;
  readonly createdAt: Instant;
  readonly updatedAt: Instant;
  /** When the host says the deal reached its present closing stage; null while open. */
  readonly closedAt: Instant | null;
  /** Planned or edited close day, `YYYY-MM-DD`; the last resort for the purchase moment. */
  readonly closeDay: string | null;
  readonly sourceId: string | null;
  readonly utm: Utm | null;
  readonly lossReasonId: string | null;
  /** Recurring template or other row that is never a sale. */
  readonly isTemplate: boolean;
}

export interface ClientRecord {
  readonly entity: "client";
  readonly kind: ClientKind;
  readonly id: string;
  /** A contact's main company. */
  readonly companyId: string | null;
  readonly responsibleId: string | null;
  readonly createdAt: Instant;
  readonly updatedAt: Instant;
  readonly sourceId: string | null;
  /** The portal's own legal entity. */
  readonly isOwn: boolean;
  /** Only labels with our prefix. */
  readonly ourTags: readonly string[];
}

export interface StageRecord {
  readonly id: string;
  readonly name: string;
  readonly sort: number;
  readonly outcome: Outcome;
}

export interface PipelineRecord {
  readonly entity: "pipeline";
  readonly id: string;
  readonly name: string;
  readonly sort: number;
  readonly stages: readonly StageRecord[];
}

/** One step of a deal through the stages. */
export interface StageEntryRecord {
  readonly entity: "stageEntry";
  /** Unique within the portal; sortable when the host's is. */
  readonly id: string;
  readonly dealId: string;
  readonly pipelineId: string;
  readonly stageId: string;
  readonly outcome: Outcome;
  readonly enteredAt: Instant;
}

export interface UserRecord {
  readonly entity: "user";
  readonly id: string;
  readonly isActive: boolean;
  readonly groupId: string | null;
}

export type ActivityKind = "call" | "meeting" | "email" | "chat" | "task" | "other";

export interface ActivityRecord {
  readonly entity: "activity";
  /** Unique within the portal (adapters prefix where the host has several counters). */
  readonly id: string;
  readonly kind: ActivityKind;
  readonly direction: "in" | "out" | null;
  readonly at: Instant;
  readonly isDone: boolean;
  readonly dealId: string | null;
  readonly client: ClientRef | null;
  readonly updatedAt: Instant;
}

export type MirrorRecord =
  | DealRecord
  | ClientRecord
  | PipelineRecord
  | StageEntryRecord
  | UserRecord
  | ActivityRecord;

/** What can be scanned. Contacts and companies are scanned apart because every host keeps them apart. */
export type ScanEntity =
  | "pipeline"
  | "user"
  | "company"
  | "contact"
  | "deal"
  | "stageEntry"
  | "activity";
