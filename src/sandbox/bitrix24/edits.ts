import type { Edit } from "../contract.ts";
import { COMPANY, CONTACT, DEAL } from "./fields.ts";
import { raise } from "./hooks.ts";
import { itemsOf, nextId, nowOf, type Portal, userFieldsOf, type World } from "./model.ts";
import { toMajor } from "./money.ts";
import type { Item } from "./rows.ts";
import { clientTexts, dealTexts, putActivity } from "./seed.ts";
import { semanticsOf, stagesOf } from "./stages.ts";
import { makeUserField } from "./user-field.ts";
import {
  type Actor,
  createItem,
  deleteItem,
  mergeItems,
  restoreItem,
  updateItem,
} from "./writes.ts";

/** Changes that a person or a robot makes inside the CRM. */

type ClientKind = "company" | "contact";

const typeOf = (kind: ClientKind): number => (kind === "company" ? COMPANY : CONTACT);

function existing(portal: Portal, entityTypeId: number, id: string): Item {
  const item = itemsOf(portal, entityTypeId)?.get(Number(id));
  if (item === undefined) throw new Error(`no item ${entityTypeId}:${id} in ${portal.name}`);
  return item;
}

function linkTo(kind: ClientKind, id: number): Record<string, unknown> {
  return kind === "company"
    ? { companyId: id, contactIds: [] }
    : { companyId: 0, contactIds: [id] };
}

function createDeal(
  world: World,
  portal: Portal,
  edit: Extract<Edit, { kind: "createDeal" }>,
  actor: Actor,
): string {
  const link = edit.clientId === null ? {} : linkTo(edit.clientKind, Number(edit.clientId));
  const next = (portal.counters.get(`item:${DEAL}`) ?? 0) + 1;
  const deal = createItem(
    world,
    portal,
    DEAL,
    {
      ...dealTexts(next),
      ...link,
      categoryId: portal.categories[edit.pipeline ?? 0]?.id ?? 0,
      opportunity: edit.amountMinor === null ? 0 : toMajor(edit.amountMinor, portal.currency),
      isManualOpportunity: "Y",
    },
    actor,
  );
  return String(deal.id);
}

function moveTo(
  world: World,
  portal: Portal,
  dealId: string,
  semantics: "P" | "S" | "F",
  actor: Actor,
): string {
  const deal = existing(portal, DEAL, dealId);
  const stages = stagesOf(portal, DEAL, Number(deal.categoryId ?? 0));
  const stage = stages.find((one) => semanticsOf(one) === semantics);
  updateItem(world, portal, DEAL, deal, { stageId: stage?.statusId }, actor);
  return dealId;
}

function labelField(portal: Portal, entityTypeId: number) {
  const found = userFieldsOf(portal, entityTypeId).find(
    (field) => field.type === "enumeration" && field.isMultiple,
  );
  if (found !== undefined) return found;
  return makeUserField(portal, entityTypeId, "enumeration", {
    USER_TYPE_ID: "enumeration",
    FIELD_NAME: "PEOPLE_LABELS",
    MULTIPLE: "Y",
    LABEL: "Labels",
  });
}

function tag(
  world: World,
  portal: Portal,
  edit: Extract<Edit, { kind: "tagClient" }>,
  actor: Actor,
): string {
  const typeId = typeOf(edit.clientKind);
  const item = existing(portal, typeId, edit.clientId);
  const field = labelField(portal, typeId);
  const current = item[field.fieldName];
  let ids: unknown[] = Array.isArray(current) ? [...current] : [];
  const optionOf = (text: string) =>
    field.options.find((option) => option.value === text || option.xmlId === text);
  if (edit.add !== undefined) {
    let option = optionOf(edit.add);
    if (option === undefined) {
      const id = nextId(portal, "enumOption");
      option = { id, value: edit.add, xmlId: `people_${id}`, sort: 900, isDefault: false };
      field.options = [...field.options, option];
    }
    if (!ids.includes(option.id)) ids.push(option.id);
  }
  const gone = edit.remove === undefined ? undefined : optionOf(edit.remove);
  if (gone !== undefined) ids = ids.filter((id) => id !== gone.id);
  updateItem(world, portal, typeId, item, { [field.fieldName]: ids }, actor);
  return edit.clientId;
}

function addActivity(
  world: World,
  portal: Portal,
  edit: Extract<Edit, { kind: "addActivity" }>,
  actor: Actor,
): string {
  const owner = { kind: edit.clientKind, id: Number(edit.clientId) };
  const what = { kind: edit.activity, direction: "in", at: nowOf(world), isDone: true } as const;
  const id = putActivity(portal, owner, what, actor.userId === 0 ? 1 : actor.userId);
  raise(world, portal, { event: "ONCRMACTIVITYADD", data: { FIELDS: { ID: id } }, ...actor });
  return String(id);
}

function createClient(world: World, portal: Portal, kind: ClientKind, actor: Actor): string {
  const typeId = typeOf(kind);
  const next = (portal.counters.get(`item:${typeId}`) ?? 0) + 1;
  const texts = clientTexts(portal, kind, next);
  return String(createItem(world, portal, typeId, { ...texts }, actor).id);
}

function removeDeal(world: World, portal: Portal, dealId: string, actor: Actor): string {
  deleteItem(world, portal, DEAL, existing(portal, DEAL, dealId), actor);
  return dealId;
}

function restoreDeal(world: World, portal: Portal, dealId: string, actor: Actor): string {
  if (!restoreItem(world, portal, DEAL, Number(dealId), actor)) {
    throw new Error(`deal ${dealId} is not in the recycle bin`);
  }
  return dealId;
}

/** Carries out one change and raises its events; the id of what was made or touched. */
export function applyEdit(world: World, portal: Portal, edit: Edit, actor: Actor): string {
  switch (edit.kind) {
    case "createDeal":
      return createDeal(world, portal, edit, actor);
    case "winDeal":
      return moveTo(world, portal, edit.dealId, "S", actor);
    case "loseDeal":
      return moveTo(world, portal, edit.dealId, "F", actor);
    case "reopenDeal":
      return moveTo(world, portal, edit.dealId, "P", actor);
    case "deleteDeal":
      return removeDeal(world, portal, edit.dealId, actor);
    case "restoreDeal":
      return restoreDeal(world, portal, edit.dealId, actor);
    case "setAmount": {
      const deal = existing(portal, DEAL, edit.dealId);
      const currency = String(deal.currencyId ?? portal.currency);
      const opportunity = edit.amountMinor === null ? 0 : toMajor(edit.amountMinor, currency);
      updateItem(world, portal, DEAL, deal, { opportunity, isManualOpportunity: "Y" }, actor);
      return edit.dealId;
    }
    case "setClient": {
      const deal = existing(portal, DEAL, edit.dealId);
      const link = linkTo(edit.clientKind, Number(edit.clientId));
      updateItem(world, portal, DEAL, deal, link, actor);
      return edit.dealId;
    }
    case "createClient":
      return createClient(world, portal, edit.clientKind, actor);
    case "deleteClient": {
      const typeId = typeOf(edit.clientKind);
      deleteItem(world, portal, typeId, existing(portal, typeId, edit.clientId), actor);
      return edit.clientId;
    }
    case "mergeClients": {
      const typeId = typeOf(edit.clientKind);
      const winner = existing(portal, typeId, edit.winnerId);
      mergeItems(world, portal, typeId, winner, existing(portal, typeId, edit.loserId), actor);
      return edit.winnerId;
    }
    case "addActivity":
      return addActivity(world, portal, edit, actor);
    case "tagClient":
      return tag(world, portal, edit, actor);
    default:
      return edit satisfies never;
  }
}
