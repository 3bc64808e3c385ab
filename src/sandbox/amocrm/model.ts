/** Rows of an account. Times are unix seconds; names follow the REST API. */

export type CardType = "leads" | "contacts" | "companies";
export const CARD_TYPES: readonly CardType[] = ["leads", "contacts", "companies"];

/** Numeric element types of the older parts of the API. */
export const ELEMENT_TYPE = { contacts: 1, leads: 2, companies: 3 } as const;
/** Singular words of the events feed and of hook codes. */
export const SINGULAR = { contacts: "contact", leads: "lead", companies: "company" } as const;

export const WON = 142;
export const LOST = 143;

export interface FieldValue {
  readonly value: string | number | boolean | null;
  readonly enum_id?: number;
  readonly enum_code?: string | null;
}

interface CardBase {
  readonly id: number;
  name: string;
  first_name: string;
  last_name: string;
  responsible_user_id: number;
  group_id: number;
  created_by: number;
  updated_by: number;
  created_at: number;
  updated_at: number;
  is_deleted: boolean;
  /** Vanished for good: merged into another card. */
  isGone: boolean;
  closest_task_at: number | null;
  fields: Map<number, readonly FieldValue[]> | null;
  tags: number[];
}

interface ElementLink {
  readonly id: number;
  readonly catalogId: number;
  readonly quantity: number;
}

export interface Lead extends CardBase {
  readonly type: "leads";
  priceMinor: number;
  pipeline_id: number;
  status_id: number;
  loss_reason_id: number | null;
  source_id: number | null;
  closed_at: number | null;
  company: number | null;
  /** Main contact first. */
  contacts: number[];
  elements: ElementLink[];
}

export interface Client extends CardBase {
  readonly type: "contacts" | "companies";
  /** Of a contact. */
  company: number | null;
}

export type Card = Lead | Client;

export interface Task {
  readonly id: number;
  created_by: number;
  updated_by: number;
  created_at: number;
  updated_at: number;
  responsible_user_id: number;
  group_id: number;
  entity_id: number | null;
  entity_type: CardType | null;
  duration: number;
  is_completed: boolean;
  task_type_id: number;
  text: string;
  result: string | null;
  complete_till: number;
  /** Made by an app through the API. */
  readonly isFromApp: boolean;
}

export interface Note {
  readonly id: number;
  readonly entityType: CardType;
  entity_id: number;
  created_by: number;
  updated_by: number;
  created_at: number;
  updated_at: number;
  responsible_user_id: number;
  group_id: number;
  note_type: string;
  params: Readonly<Record<string, unknown>>;
  /** Made by an app through the API. */
  readonly isFromApp?: boolean;
  readonly startsPipeline?: boolean;
}

export interface EventRow {
  readonly id: number;
  readonly type: string;
  readonly entity_id: number;
  readonly entity_type: string;
  readonly created_by: number;
  created_at: number;
  updated_at: number;
  readonly value_before: readonly EventValue[];
  readonly value_after: readonly EventValue[];
}

export type EventValue = Readonly<
  Record<string, Readonly<Record<string, string | number | null | { type: string; id: number }>>>
>;

export interface Tag {
  readonly id: number;
  readonly name: string;
  readonly color: string | null;
}

export interface EnumItem {
  readonly id: number;
  readonly value: string;
  readonly sort: number;
  readonly code: string | null;
}

export interface Field {
  readonly id: number;
  readonly entityType: CardType;
  name: string;
  type: string;
  code: string | null;
  sort: number;
  is_api_only: boolean;
  enums: readonly EnumItem[] | null;
  group_id: string | null;
  readonly is_predefined: boolean;
}

export interface FieldGroup {
  readonly id: string;
  readonly entityType: CardType;
  readonly name: string;
  readonly sort: number;
}

export interface Status {
  readonly id: number;
  readonly name: string;
  readonly sort: number;
  readonly is_editable: boolean;
  readonly color: string;
  readonly type: 0 | 1;
}

export interface Pipeline {
  readonly id: number;
  readonly name: string;
  readonly sort: number;
  readonly is_main: boolean;
  readonly statuses: readonly Status[];
}

export interface User {
  readonly id: number;
  readonly name: string;
  readonly email: string;
  readonly isAdmin: boolean;
  isActive: boolean;
  groupId: number;
  /** A all, G own group, M own, D none, L linked. */
  view: "A" | "G" | "M" | "D" | "L";
  /** Rights of single stages; they go before those of all leads. */
  statusRights: readonly StatusRight[];
}

export interface StatusRight {
  readonly pipelineId: number;
  readonly statusId: number;
  readonly view: User["view"];
}

export interface Webhook {
  readonly id: number;
  readonly destination: string;
  readonly created_at: number;
  updated_at: number;
  readonly created_by: number;
  sort: number;
  disabled: boolean;
  settings: readonly string[];
  /** Moments of invalid answers within the last two hours, milliseconds. */
  failures: number[];
}

export interface NamedRow {
  readonly id: number;
  readonly name: string;
}

export interface CatalogElement {
  readonly id: number;
  readonly name: string;
  readonly sku: string;
  readonly price: string;
  readonly group: string;
  readonly groupId: number;
}
