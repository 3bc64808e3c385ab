import { COMPANY, CONTACT, DEAL, INVOICE, LEAD } from "./fields.ts";
import { raise } from "./hooks.ts";
import { itemsOf, nextId, nowOf, type Portal, type World } from "./model.ts";
import type { Item } from "./rows.ts";
import { findStage, semanticsOf, stagesOf } from "./stages.ts";

/** Who changes the CRM: 0 = a robot. */
export interface Actor {
  readonly userId: number;
  readonly connector?: string;
}

type Values = Record<string, unknown>;

const EVENT_NAMES: Readonly<Record<number, string>> = {
  [LEAD]: "LEAD",
  [DEAL]: "DEAL",
  [CONTACT]: "CONTACT",
  [COMPANY]: "COMPANY",
};

export function eventOf(entityTypeId: number, what: string): string {
  return `ONCRM${EVENT_NAMES[entityTypeId] ?? "DYNAMICITEM"}${what}`;
}

function tell(
  world: World,
  portal: Portal,
  entityTypeId: number,
  what: string,
  id: number,
  actor: Actor,
) {
  const event = eventOf(entityTypeId, what);
  if (EVENT_NAMES[entityTypeId] !== undefined) {
    raise(world, portal, { event, data: { FIELDS: { ID: id } }, ...actor });
    return;
  }
  const data = { FIELDS: { ID: id, ENTITY_TYPE_ID: entityTypeId } };
  raise(world, portal, { event, data, ...actor });
  raise(world, portal, { event: `${event}_${entityTypeId}`, data, ...actor });
}

function addHistory(
  portal: Portal,
  entityTypeId: number,
  item: Item,
  typeId: 1 | 2 | 3 | 5,
  at: number,
): void {
  portal.history.put({
    id: nextId(portal, "history"),
    entityTypeId,
    typeId,
    ownerId: item.id,
    at,
    categoryId: Number(item.categoryId ?? 0),
    semantics: semanticsOf(
      findStage(portal, entityTypeId, Number(item.categoryId ?? 0), String(item.stageId)),
    ),
    stageId: String(item.stageId),
  });
}

/** Primary link and list of links say the same. */
function alignContacts(values: Values): void {
  const list = values.contactIds;
  if (Array.isArray(list)) {
    values.contactId = Number(list[0] ?? 0);
    return;
  }
  const single = values.contactId;
  if (single === undefined) return;
  values.contactIds = Number(single) > 0 ? [Number(single)] : [];
}

function applyStage(portal: Portal, entityTypeId: number, item: Values): void {
  const categoryId = Number(item.categoryId ?? 0);
  const stage = findStage(portal, entityTypeId, categoryId, String(item.stageId));
  const semantics = semanticsOf(stage);
  item.stageSemanticId = semantics;
  if (entityTypeId === DEAL) item.closed = semantics === "P" ? "N" : "Y";
  if (entityTypeId === LEAD) item.dateClosed = semantics === "P" ? null : item.updatedTime;
}

const STAGED: readonly number[] = [DEAL, LEAD, INVOICE];
const hasStages = (entityTypeId: number): boolean => STAGED.includes(entityTypeId);

/** Creates an item with defaults, its first history row and the ADD event. */
export function createItem(
  world: World,
  portal: Portal,
  entityTypeId: number,
  values: Values,
  actor: Actor,
): Item {
  const now = nowOf(world);
  const userId = actor.userId === 0 ? 1 : actor.userId;
  const id = nextId(portal, `item:${entityTypeId}`);
  const fresh: Values = {
    id,
    assignedById: userId,
    createdBy: userId,
    updatedBy: userId,
    createdTime: now,
    updatedTime: now,
    lastActivityBy: userId,
    lastActivityTime: now,
    ...values,
  };
  if (hasStages(entityTypeId)) {
    alignContacts(fresh);
    if (entityTypeId === INVOICE) fresh.categoryId ??= portal.invoiceCategoryId;
    const categoryId = Number(fresh.categoryId ?? 0);
    fresh.stageId ??= stagesOf(portal, entityTypeId, categoryId)[0]?.statusId;
    fresh.currencyId ??= portal.currency;
    fresh.movedBy = userId;
    fresh.movedTime = now;
    applyStage(portal, entityTypeId, fresh);
  }
  const item = fresh as Item;
  itemsOf(portal, entityTypeId)?.put(item);
  if (hasStages(entityTypeId)) addHistory(portal, entityTypeId, item, 1, now);
  tell(world, portal, entityTypeId, "ADD", id, actor);
  return item;
}

function isSame(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  const isEmpty = (value: unknown): boolean =>
    value === null ||
    value === undefined ||
    value === "" ||
    value === 0 ||
    (Array.isArray(value) && value.length === 0);
  return (isEmpty(a) && isEmpty(b)) || JSON.stringify(a) === JSON.stringify(b);
}

/**
 * Changes an item. Nothing happens (no time, no event, no history) when the values are what they were.
 * A move to another pipeline raises only its own event.
 */
export function updateItem(
  world: World,
  portal: Portal,
  entityTypeId: number,
  item: Item,
  values: Values,
  actor: Actor,
): boolean {
  const wanted: Values = { ...values };
  if (hasStages(entityTypeId)) alignContacts(wanted);
  const oldCategory = Number(item.categoryId ?? 0);
  const newCategory = Number(wanted.categoryId ?? oldCategory);
  const isMoved = entityTypeId === DEAL && newCategory !== oldCategory;
  if (isMoved) wanted.stageId ??= stagesOf(portal, DEAL, newCategory)[0]?.statusId;
  const changed = Object.keys(wanted).filter((name) => !isSame(item[name], wanted[name]));
  if (changed.length === 0) return false;
  const now = nowOf(world);
  const draft = item as Values;
  for (const name of changed) draft[name] = wanted[name];
  draft.updatedTime = now;
  if (actor.userId !== 0) draft.updatedBy = actor.userId;
  if (hasStages(entityTypeId) && (isMoved || changed.includes("stageId"))) {
    applyStage(portal, entityTypeId, draft);
    draft.movedTime = now;
    if (actor.userId !== 0) draft.movedBy = actor.userId;
    const typeId = isMoved ? 5 : draft.stageSemanticId === "P" ? 2 : 3;
    addHistory(portal, entityTypeId, item, typeId, now);
  }
  if (isMoved) {
    raise(world, portal, {
      event: "ONCRMDEALMOVETOCATEGORY",
      data: { FIELDS: { ID: item.id, CATEGORY_ID: newCategory, STAGE_ID: item.stageId } },
      ...actor,
    });
  } else tell(world, portal, entityTypeId, "UPDATE", item.id, actor);
  return true;
}

/** Links of deals and contacts to a client that is gone; neither times nor events tell of it. */
function relink(portal: Portal, entityTypeId: number, from: number, to: number): void {
  for (const deal of itemsOf(portal, DEAL)?.rows() ?? []) {
    const draft = deal as Values;
    if (entityTypeId === COMPANY && draft.companyId === from) draft.companyId = to;
    if (entityTypeId !== CONTACT) continue;
    const list = draft.contactIds;
    if (!Array.isArray(list) || !list.includes(from)) continue;
    const kept = list.filter((id) => id !== from && id !== to);
    const place = list.indexOf(from) === 0 || list.indexOf(to) === 0;
    const next = to === 0 ? kept : place ? [to, ...kept] : [...kept, to];
    draft.contactIds = next;
    draft.contactId = Number(next[0] ?? 0);
  }
}

/** To the recycle bin. */
export function deleteItem(
  world: World,
  portal: Portal,
  entityTypeId: number,
  item: Item,
  actor: Actor,
): void {
  itemsOf(portal, entityTypeId)?.delete(item.id);
  portal.bin.set(`${entityTypeId}:${item.id}`, item);
  if (entityTypeId === CONTACT || entityTypeId === COMPANY)
    relink(portal, entityTypeId, item.id, 0);
  tell(world, portal, entityTypeId, "DELETE", item.id, actor);
}

/** Out of the recycle bin with the same id; raises ADD. False when it is not there. */
export function restoreItem(
  world: World,
  portal: Portal,
  entityTypeId: number,
  id: number,
  actor: Actor,
): boolean {
  const item = portal.bin.get(`${entityTypeId}:${id}`);
  if (item === undefined) return false;
  portal.bin.delete(`${entityTypeId}:${id}`);
  itemsOf(portal, entityTypeId)?.put(item);
  (item as Values).updatedTime = nowOf(world);
  tell(world, portal, entityTypeId, "ADD", id, actor);
  return true;
}

/** The winner survives, links move to it: DELETE for the loser, UPDATE for the winner, nothing for moved deals. */
export function mergeItems(
  world: World,
  portal: Portal,
  entityTypeId: number,
  winner: Item,
  loser: Item,
  actor: Actor,
): void {
  relink(portal, entityTypeId, loser.id, winner.id);
  for (const activity of portal.activities.rows()) {
    if (activity.ownerTypeId === entityTypeId && activity.ownerId === loser.id) {
      activity.ownerId = winner.id;
      activity.updatedAt = nowOf(world);
    }
  }
  itemsOf(portal, entityTypeId)?.delete(loser.id);
  (winner as Values).updatedTime = nowOf(world);
  tell(world, portal, entityTypeId, "DELETE", loser.id, actor);
  tell(world, portal, entityTypeId, "UPDATE", winner.id, actor);
}
