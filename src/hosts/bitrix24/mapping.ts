import { AppError } from "../../crm/error.ts";
import { toMinor } from "../../crm/money.ts";
import type {
  ActivityKind,
  ActivityRecord,
  ClientKind,
  ClientRecord,
  ClientRef,
  DealRecord,
  Outcome,
  PipelineRecord,
  StageEntryRecord,
  StageRecord,
  UserRecord,
  Utm,
} from "../../crm/records.ts";
import { codesOf, TAG_FIELD_SPELLINGS, type TagField } from "./tag-field.ts";
import {
  type Fields,
  isFields,
  isYes,
  toDay,
  toFields,
  toId,
  toIds,
  toIndex,
  toInstant,
  toList,
  toNumber,
  toText,
} from "./values.ts";

/** The vendor's numbers for kinds of records. */
export const ENTITY_TYPE = { lead: 1, deal: 2, contact: 3, company: 4, invoice: 31 } as const;

export function toDeal(row: Fields, portalCurrency: string): DealRecord {
  const id = needId(row.id, "deal.id");
  const { createdAt, updatedAt } = times(row, "deal.createdTime");
  const outcome = toOutcome(row.stageSemanticId);
  const amountMinor = toAmount(row.opportunity, toText(row.currencyId) ?? portalCurrency);
  return {
    entity: "deal",
    id,
    pipelineId: toIndex(row.categoryId) ?? "0",
    stageId: toText(row.stageId) ?? "",
    outcome,
    amountMinor,
    currency: amountMinor === null ? null : (toText(row.currencyId) ?? portalCurrency),
    companyId: toId(row.companyId),
    contactIds: contactsOf(row),
    responsibleId: toId(row.assignedById),
    createdAt,
    updatedAt,
    closedAt: outcome === "open" ? null : toInstant(row.movedTime),
    closeDay: toDay(row.closedate),
    sourceId: toText(row.sourceId),
    utm: toUtm(row),
    // There is no dictionary of reasons: portals give every reason a stage of its own.
    lossReasonId: outcome === "lost" ? toText(row.stageId) : null,
    isTemplate: isYes(row.isRecurring),
  };
}

/** Contacts of a record, the main one first. */
export function contactsOf(row: Fields): readonly string[] {
  const main = toId(row.contactId);
  const all = toIds(row.contactIds);
  return main === null ? all : [main, ...all.filter((id) => id !== main)];
}

/** Where a visitor came from; null when nothing is known. */
export function toUtm(row: Fields): Utm | null {
  const source = toText(row.utmSource);
  const medium = toText(row.utmMedium);
  const campaign = toText(row.utmCampaign);
  return source === null && medium === null && campaign === null
    ? null
    : { source, medium, campaign };
}

/** null for "no sum" and for what is not a sum: the rest of the deal is still true. */
export function toAmount(value: unknown, currency: string): number | null {
  if ((typeof value !== "string" && typeof value !== "number") || value === "") return null;
  try {
    return toMinor(value, currency);
  } catch {
    return null;
  }
}

/** P, S or F of a stage. */
export function toOutcome(semantics: unknown): Outcome {
  if (semantics === "S") return "won";
  return semantics === "F" ? "lost" : "open";
}

export function toClient(kind: ClientKind, row: Fields, field: TagField | null): ClientRecord {
  const id = needId(row.id, `${kind}.id`);
  const held = TAG_FIELD_SPELLINGS.map((name) => row[name]).find((value) => value !== undefined);
  return {
    entity: "client",
    kind,
    id,
    companyId: kind === "contact" ? toId(row.companyId) : null,
    responsibleId: toId(row.assignedById),
    ...times(row, `${kind}.createdTime`),
    sourceId: toText(row.sourceId),
    isOwn: kind === "company" && isYes(row.isMyCompany),
    ourTags: field ? codesOf(field, optionIds(held)) : [],
  };
}

/** A multiple list holds numbers; `false`, "" and null mean none. */
export function optionIds(held: unknown): readonly string[] {
  const single = toId(held);
  return single === null ? toIds(held) : [single];
}

export function toStageEntry(row: Fields): StageEntryRecord {
  const enteredAt = toInstant(row.CREATED_TIME);
  if (enteredAt === null) throw badRow("stageEntry.CREATED_TIME");
  return {
    entity: "stageEntry",
    id: needId(row.ID, "stageEntry.ID"),
    dealId: needId(row.OWNER_ID, "stageEntry.OWNER_ID"),
    pipelineId: toIndex(row.CATEGORY_ID) ?? "0",
    stageId: toText(row.STAGE_ID) ?? "",
    outcome: toOutcome(row.STAGE_SEMANTIC_ID),
    enteredAt,
  };
}

const TYPE_KINDS: Readonly<Record<string, ActivityKind>> = {
  1: "meeting",
  2: "call",
  3: "task",
  4: "email",
  5: "meeting",
};

const PROVIDER_KINDS: readonly (readonly [RegExp, ActivityKind])[] = [
  [/^VOXIMPLANT_CALL$|CALL/, "call"],
  [/EMAIL/, "email"],
  [/IMOPENLINES|SMS|CHAT|WHATSAPP/, "chat"],
  [/TODO|TASK/, "task"],
  [/MEETING|CALENDAR/, "meeting"],
];

export function toActivity(row: Fields): ActivityRecord {
  const createdAt = toInstant(row.CREATED);
  const at = toInstant(row.START_TIME) ?? createdAt ?? toInstant(row.LAST_UPDATED);
  if (at === null) throw badRow("activity.START_TIME");
  const owner = toId(row.OWNER_ID);
  const ownerType = toNumber(row.OWNER_TYPE_ID);
  return {
    entity: "activity",
    id: needId(row.ID, "activity.ID"),
    kind: activityKind(row),
    direction: toDirection(row.DIRECTION),
    at,
    isDone: isYes(row.COMPLETED),
    dealId: ownerType === ENTITY_TYPE.deal ? owner : null,
    client: owner === null ? null : toClientRef(ownerType, owner),
    updatedAt: toInstant(row.LAST_UPDATED) ?? createdAt ?? at,
  };
}

function activityKind(row: Fields): ActivityKind {
  const provider = toText(row.PROVIDER_ID)?.toUpperCase() ?? "";
  const byProvider = PROVIDER_KINDS.find(([pattern]) => pattern.test(provider))?.[1];
  return TYPE_KINDS[toText(row.TYPE_ID) ?? ""] ?? byProvider ?? "other";
}

function toDirection(value: unknown): "in" | "out" | null {
  const direction = toNumber(value);
  if (direction === 1) return "in";
  return direction === 2 ? "out" : null;
}

function toClientRef(ownerType: number | null, id: string): ClientRef | null {
  if (ownerType === ENTITY_TYPE.contact) return { kind: "contact", id };
  return ownerType === ENTITY_TYPE.company ? { kind: "company", id } : null;
}

export function toUser(row: Fields): UserRecord {
  return {
    entity: "user",
    id: needId(row.ID, "user.ID"),
    isActive: isYes(row.ACTIVE),
    groupId: toIds(row.UF_DEPARTMENT)[0] ?? null,
  };
}

export function toPipeline(row: Fields, statuses: unknown): PipelineRecord {
  const id = toIndex(row.id);
  if (id === null) throw badRow("pipeline.id");
  return {
    entity: "pipeline",
    id,
    name: toText(row.name) ?? id,
    sort: toNumber(row.sort) ?? 0,
    stages: toList(statuses).filter(isFields).map(toStage),
  };
}

function toStage(row: Fields): StageRecord {
  const id = toText(row.STATUS_ID);
  if (id === null) throw badRow("stage.STATUS_ID");
  return {
    id,
    name: toText(row.NAME) ?? id,
    sort: toNumber(row.SORT) ?? 0,
    outcome: stageOutcome(row),
  };
}

/** Where SEMANTICS is empty EXTRA may still tell; "apology" is one more way to lose. */
export function stageOutcome(row: Fields): Outcome {
  if (row.SEMANTICS === "S" || row.SEMANTICS === "F") return toOutcome(row.SEMANTICS);
  const extra = toFields(row.EXTRA).SEMANTICS;
  if (extra === "success") return "won";
  return extra === "failure" || extra === "apology" ? "lost" : "open";
}

/** Moments of a record of `crm.item.*`. Throws `host.bad_answer` when it has none. */
export function times(row: Fields, field: string): { createdAt: number; updatedAt: number } {
  const createdAt = toInstant(row.createdTime) ?? toInstant(row.updatedTime);
  if (createdAt === null) throw badRow(field);
  return { createdAt, updatedAt: toInstant(row.updatedTime) ?? createdAt };
}

/** Throws `host.bad_answer` naming the field. */
export function needId(value: unknown, field: string): string {
  const id = toId(value);
  if (id === null) throw badRow(field);
  return id;
}

function badRow(field: string): AppError {
  return new AppError("host.bad_answer", { details: { field } });
}
