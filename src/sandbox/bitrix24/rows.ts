import type { FieldType } from "./fields.ts";
import type { Params } from "./form.ts";

/** What is stored about the CRM's own objects. Every moment is unix milliseconds. */

/** A CRM record: universal names, UF_* names as they are; times in ms, days as text, links as numbers. */
export type Item = { readonly id: number } & Record<string, unknown>;

export interface Multifield {
  readonly id: number;
  readonly typeId: "PHONE" | "EMAIL";
  readonly valueType: string;
  readonly value: string;
}

export interface HistoryRow {
  readonly id: number;
  readonly entityTypeId: number;
  readonly typeId: 1 | 2 | 3 | 5;
  readonly ownerId: number;
  readonly at: number;
  readonly categoryId: number;
  readonly semantics: "P" | "S" | "F";
  readonly stageId: string;
}

export interface Stage {
  readonly id: number;
  /** Dictionary: `DEAL_STAGE`, `DEAL_STAGE_9`, `SOURCE`, ... */
  readonly entityId: string;
  readonly statusId: string;
  readonly name: string;
  readonly sort: number;
  readonly isSystem: boolean;
  readonly categoryId: number | null;
  /** Null = not a stage. Apology is a loss as well. */
  readonly kind: "process" | "success" | "failure" | "apology" | null;
}

export interface Activity {
  readonly id: number;
  readonly ownerTypeId: number;
  ownerId: number;
  readonly typeId: number;
  readonly providerId: string;
  readonly providerTypeId: string;
  subject: string;
  readonly description: string;
  readonly createdAt: number;
  updatedAt: number;
  readonly startAt: number;
  readonly deadlineAt: number | null;
  isDone: boolean;
  readonly responsibleId: number;
  readonly authorId: number;
  /** 1 in, 2 out, 0 none. */
  readonly direction: number;
  /** Of activities that an application has laid out. */
  readonly originatorId?: string | null;
  readonly originId?: string | null;
  readonly badgeCode?: string;
  readonly clientId?: string;
  readonly layout?: Params;
}

export interface EnumOption {
  readonly id: number;
  readonly value: string;
  readonly xmlId: string;
  readonly sort: number;
  readonly isDefault: boolean;
}

export interface UserField {
  readonly id: number;
  readonly entityTypeId: number;
  readonly fieldName: string;
  readonly userTypeId: string;
  readonly type: FieldType;
  readonly isMultiple: boolean;
  isMandatory: boolean;
  readonly xmlId: string | null;
  sort: number;
  showFilter: string;
  isShownInList: boolean;
  isEditable: boolean;
  settings: Params;
  readonly labels: Record<string, Record<string, string>>;
  options: EnumOption[];
}

export interface Task {
  readonly id: number;
  title: string;
  readonly description: string;
  readonly responsibleId: number;
  readonly createdBy: number;
  readonly createdAt: number;
  readonly deadlineAt: number | null;
  readonly priority: string;
  readonly crm: readonly string[];
  readonly xmlId: string | null;
  status: number;
  changedAt?: number;
  closedAt?: number;
}

export interface ProductRow {
  readonly id: number;
  readonly ownerId: number;
  readonly ownerType: string;
  /** 0 = typed in by hand. */
  readonly productId: number;
  readonly productName: string;
  /** Of one piece, discount taken off. */
  readonly price: number;
  readonly discount: number;
  readonly quantity: number;
}

export interface Payment {
  readonly id: number;
  readonly ownerTypeId: number;
  readonly ownerId: number;
  readonly sum: number;
  readonly currency: string;
  paidAt: number | null;
}

export interface TimelineNote {
  readonly id: number;
  readonly entityTypeId: number;
  readonly entityId: number;
  readonly title: string;
  readonly text: string;
  readonly at: number;
  readonly authorId: number;
  /** Of log messages; comments of people have none. */
  readonly iconCode: string;
  /** The application that wrote it. */
  readonly clientId: string;
}

export interface Category {
  readonly id: number;
  readonly name: string;
  readonly sort: number;
}
