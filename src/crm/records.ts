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

/** One payment, invoice or customer transaction of the host. */
export interface PaymentRecord {
  readonly entity: "payment";
  /** Unique within the portal (adapters prefix where the host has several counters). */
  readonly id: string;
  readonly kind: PaymentKind;
  readonly dealId: string | null;
  /** Who the host says has paid; null = the deal's client. */
  readonly client: ClientRef | null;
  /** Integer minor units; negative = refund. */
  readonly amountMinor: number | null;
  /** ISO 4217; null only together with a null amount. */
  readonly currency: string | null;
  /** null = not paid. */
  readonly paidAt: Instant | null;
  readonly updatedAt: Instant;
}

export type PaymentKind = "invoice" | "transaction" | "payment";

/** What is not yet a deal: a classic lead, an incoming request. */
export interface LeadRecord {
  readonly entity: "lead";
  /** Unique within the portal (adapters prefix where the host has several counters). */
  readonly id: string;
  readonly pipelineId: string;
  readonly stageId: string;
  /** `won` = became a deal or a client, `lost` = junk or declined. */
  readonly outcome: Outcome;
  readonly companyId: string | null;
  /** Main contact first. */
  readonly contactIds: readonly string[];
  readonly responsibleId: string | null;
  readonly createdAt: Instant;
  readonly updatedAt: Instant;
  /** When it was accepted or declined; null while open. */
  readonly closedAt: Instant | null;
  readonly sourceId: string | null;
  readonly utm: Utm | null;
}

/** All product rows of one deal; they replace the ones that are known. */
export interface DealProductsRecord {
  readonly entity: "dealProducts";
  readonly dealId: string;
  readonly rows: readonly DealProduct[];
}

export interface DealProduct {
  /** null = a row that was typed in and is in no catalogue. */
  readonly productId: string | null;
  readonly quantity: number;
  /** Of one piece, integer minor units of the deal's currency. */
  readonly priceMinor: number;
}

/** All payments of one deal; they replace the ones that are known of it. */
export interface DealPaymentsRecord {
  readonly entity: "dealPayments";
  readonly dealId: string;
  readonly payments: readonly PaymentRecord[];
}

/** What an id of a dictionary is called; never the name of a person, company or deal. */
export interface LabelRecord {
  readonly entity: "label";
  readonly dictionary: LabelDictionary;
  /** Unique within the dictionary. */
  readonly id: string;
  readonly name: string;
  /** A product's group, a group's group. */
  readonly parentId: string | null;
}

export type LabelDictionary = "source" | "lossReason" | "product" | "productGroup";

/** What a currency costs today, as the host says. */
export interface RateRecord {
  readonly entity: "rate";
  /** ISO 4217. */
  readonly currency: string;
  /** Price of one unit in the portal's currency; positive. */
  readonly perUnit: number;
}

export type MirrorRecord =
  | DealRecord
  | ClientRecord
  | PipelineRecord
  | StageEntryRecord
  | UserRecord
  | ActivityRecord
  | PaymentRecord
  | LeadRecord
  | DealProductsRecord
  | DealPaymentsRecord
  | LabelRecord
  | RateRecord;

/** By which id a record is asked for: product rows by their deal's, rates by their currency. */
export function recordId(record: MirrorRecord): string {
  switch (record.entity) {
    case "dealProducts":
    case "dealPayments":
      return record.dealId;
    case "rate":
      return record.currency;
    default:
      return record.id;
  }
}

/** What can be scanned. Contacts and companies are scanned apart because every host keeps them apart. */
export type ScanEntity =
  | "pipeline"
  | "user"
  | "company"
  | "contact"
  | "deal"
  | "stageEntry"
  | "activity"
  | "payment"
  | "lead"
  /** Mode `byId` takes ids of deals; a deal without rows may be told as empty or as missing. */
  | "dealProducts"
  /** Mode `byId` only, by ids of deals: payments that a host gives deal by deal. */
  | "dealPayments"
  | "label"
  | "rate";
