import type { Account } from "./account.ts";
import { type Item, isItem, listOf } from "./call.ts";
import type { CardPatch } from "./change.ts";
import { fieldInput, type Report } from "./field-input.ts";
import type { Card, CardType } from "./model.ts";

/** What a write asks for, checked against the account. */
export interface CardInput {
  readonly patch: CardPatch;
  readonly contacts: readonly { readonly id: number; readonly isMain: boolean }[];
  readonly company: number | null;
}

export function cardInput(
  account: Account,
  type: CardType,
  item: Item,
  existing: Card | null,
  report: Report,
): CardInput {
  const patch: CardPatch = {};
  texts(item, patch, report);
  times(item, patch, report);
  people(account, item, patch, report);
  if (type === "leads") leadParts(account, item, existing, patch, report);
  const fields = fieldInput(account, type, item.custom_fields_values, report);
  if (fields !== undefined) patch.fields = fields;
  tagParts(account, type, item, patch, report);
  const embedded = isItem(item._embedded) ? item._embedded : {};
  return {
    patch,
    contacts: contactRefs(account, embedded, report),
    company: companyRef(account, embedded, report),
  };
}

function texts(item: Item, patch: CardPatch, report: Report): void {
  for (const key of ["name", "first_name", "last_name"] as const) {
    const value = item[key];
    if (value === undefined || value === null) continue;
    if (typeof value !== "string") report("InvalidType", key);
    else if (value.length > 255) report("TooLong", key);
    else patch[key] = value;
  }
}

function times(item: Item, patch: CardPatch, report: Report): void {
  for (const key of ["created_at", "updated_at", "closed_at"] as const) {
    const value = item[key];
    if (value === undefined || value === null) continue;
    if (typeof value !== "number" || !Number.isInteger(value)) report("InvalidType", key);
    else patch[key] = value;
  }
}

function people(account: Account, item: Item, patch: CardPatch, report: Report): void {
  for (const key of ["responsible_user_id", "created_by", "updated_by"] as const) {
    const value = item[key];
    if (value === undefined || value === null) continue;
    const isRobot = value === 0 && key !== "responsible_user_id";
    if (typeof value !== "number") report("InvalidType", key);
    else if (!isRobot && account.user(value) === undefined) report("NotSupportedChoice", key);
    else patch[key] = value;
  }
}

function leadParts(
  account: Account,
  item: Item,
  existing: Card | null,
  patch: CardPatch,
  report: Report,
): void {
  const price = item.price;
  if (price !== undefined && price !== null) {
    if (typeof price !== "number") report("InvalidType", "price");
    else patch.priceMinor = Math.round(price * 100);
  }
  stage(account, item, existing, patch, report);
  const reason = item.loss_reason_id;
  if (reason === null) patch.loss_reason_id = null;
  else if (reason !== undefined) {
    if (account.lossReasons.some((row) => row.id === reason)) patch.loss_reason_id = Number(reason);
    else report("NotSupportedChoice", "loss_reason_id");
  }
}

/** A status belongs to a pipeline: the sent one, else the lead's, else the main one. */
function stage(
  account: Account,
  item: Item,
  existing: Card | null,
  patch: CardPatch,
  report: Report,
): void {
  const sent = item.pipeline_id;
  const main = account.pipelines.find((row) => row.is_main)?.id ?? 0;
  const current = existing?.type === "leads" ? existing.pipeline_id : main;
  const pipelineId = sent === undefined || sent === null ? current : Number(sent);
  const pipeline = account.pipeline(pipelineId);
  if (pipeline === undefined) {
    report("NotSupportedChoice", "pipeline_id");
    return;
  }
  if (sent != null) patch.pipeline_id = pipelineId;
  const status = item.status_id;
  if (status != null) {
    if (account.status(pipelineId, Number(status)) === undefined)
      report("NotSupportedChoice", "status_id");
    else patch.status_id = Number(status);
  } else if (sent != null && pipelineId !== current)
    patch.status_id = account.firstStatus(pipeline);
}

function tagParts(
  account: Account,
  type: CardType,
  item: Item,
  patch: CardPatch,
  report: Report,
): void {
  const refs = (list: unknown, path: string): (number | string)[] =>
    listOf(list).flatMap((tag, index): (number | string)[] => {
      const id = tag.id;
      const name = tag.name;
      if (id != null) {
        if (account.tags[type].has(Number(id))) return [Number(id)];
        report("NotSupportedChoice", `${path}.${index}.id`);
        return [];
      }
      if (typeof name === "string" && name !== "") return [name];
      report("FieldMissing", `${path}.${index}.name`);
      return [];
    });
  const embedded = item._embedded;
  if (isItem(embedded) && "tags" in embedded) {
    patch.tagsReplaced = refs(embedded.tags, "_embedded.tags");
    return;
  }
  if (item.tags_to_add !== undefined) patch.tagsAdded = refs(item.tags_to_add, "tags_to_add");
  if (item.tags_to_delete !== undefined)
    patch.tagsDeleted = refs(item.tags_to_delete, "tags_to_delete").filter(
      (ref) => typeof ref === "number" || account.tagNamed(type, ref) !== undefined,
    );
}

function contactRefs(account: Account, embedded: Item, report: Report): CardInput["contacts"] {
  return listOf(embedded.contacts).flatMap((ref, index) => {
    const id = Number(ref.id);
    if (account.contacts.listed(id) !== undefined) return [{ id, isMain: ref.is_main === true }];
    report("NotSupportedChoice", `_embedded.contacts.${index}.id`);
    return [];
  });
}

function companyRef(account: Account, embedded: Item, report: Report): number | null {
  const refs = listOf(embedded.companies);
  if (refs.length > 1) report("NotSupportedChoice", "_embedded.companies");
  const id = refs[0] === undefined ? null : Number(refs[0].id);
  if (id === null) return null;
  if (account.companies.listed(id) !== undefined) return id;
  report("NotSupportedChoice", "_embedded.companies.0.id");
  return null;
}
