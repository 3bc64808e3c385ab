import type { SeedActivity, SeedClient, SeedData, SeedDeal } from "../contract.ts";
import { COMPANY, CONTACT, DEAL } from "./fields.ts";
import { itemsOf, nextId, type Portal, type World } from "./model.ts";
import { toMajor } from "./money.ts";
import type { HistoryRow, Item, Multifield } from "./rows.ts";
import { SOURCES, semanticsOf, stagesOf } from "./stages.ts";

/** Words that occur in every text the sandbox makes up about people and deals, and nowhere else. */
export const CANARIES = {
  title: "Желтоклювая",
  company: "Канареечный",
  name: "Щеглиана",
  lastName: "Зябликовская",
  phone: "+799955501",
  mail: "chizh.example",
  comment: "Снегирь-секрет",
  subject: "Свиристель",
} as const;

export function clientTexts(portal: Portal, kind: "company" | "contact", index: number) {
  const phone: Multifield = {
    id: nextId(portal, "multifield", 101),
    typeId: "PHONE",
    valueType: index % 2 === 0 ? "WORK" : "MOBILE",
    value: `${CANARIES.phone}${String(index % 1000).padStart(3, "0")}`,
  };
  const mail: Multifield = {
    id: nextId(portal, "multifield", 101),
    typeId: "EMAIL",
    valueType: "WORK",
    value: `bird${index}@${CANARIES.mail}`,
  };
  const comments = `${CANARIES.comment} ${index}`;
  const fm = [phone, mail];
  if (kind === "company") {
    return { title: `${CANARIES.company} завод ${index}`, comments, fm };
  }
  return { name: CANARIES.name, lastName: `${CANARIES.lastName}-${index}`, comments, fm };
}

export function dealTexts(index: number) {
  return {
    title: `${CANARIES.title} поставка ${index}`,
    comments: `${CANARIES.comment} ${index}`,
  };
}

const wholeSeconds = (at: number): number => Math.floor(at / 1000) * 1000;

function userAt(portal: Portal, index: number): number {
  const people = portal.users.filter((user) => !user.isSystem);
  return people[index % people.length]?.id ?? 1;
}

function put(portal: Portal, entityTypeId: number, item: Record<string, unknown>): void {
  itemsOf(portal, entityTypeId)?.put(item as Item);
}

function seedClient(portal: Portal, client: SeedClient, currency: string): number {
  const typeId = client.kind === "company" ? COMPANY : CONTACT;
  const id = nextId(portal, `item:${typeId}`);
  const at = wholeSeconds(client.createdAt);
  const user = userAt(portal, client.responsible);
  put(portal, typeId, {
    id,
    ...clientTexts(portal, client.kind, id),
    typeId: client.kind === "company" ? "CUSTOMER" : "CLIENT",
    ...(client.kind === "company" ? { currencyId: currency } : {}),
    assignedById: user,
    createdBy: user,
    updatedBy: user,
    createdTime: at,
    updatedTime: at,
    lastActivityBy: user,
    lastActivityTime: at,
  });
  return id;
}

/** Stage codes by `<category> <semantics>`, looked up once per seed rather than per deal. */
type StageCodes = ReadonlyMap<string, readonly string[]>;

function stageCodes(portal: Portal): StageCodes {
  const codes = new Map<string, string[]>();
  for (const { id } of portal.categories) {
    for (const stage of stagesOf(portal, DEAL, id)) {
      const key = `${id} ${semanticsOf(stage)}`;
      codes.set(key, [...(codes.get(key) ?? []), stage.statusId]);
    }
  }
  return codes;
}

interface Placed {
  readonly stages: StageCodes;
  readonly history: Omit<HistoryRow, "id">[];
  readonly clients: ReadonlyMap<
    string,
    { readonly kind: "company" | "contact"; readonly id: number }
  >;
}

function stageFor(world: World, stages: StageCodes, deal: SeedDeal, categoryId: number): string {
  const semantics = deal.outcome === "won" ? "S" : deal.outcome === "lost" ? "F" : "P";
  const codes = stages.get(`${categoryId} ${semantics}`) ?? [];
  return codes[Math.floor(world.random.next() * codes.length)] ?? "";
}

function pushHistory(
  placed: Placed,
  id: number,
  deal: SeedDeal,
  categoryId: number,
  stageId: string,
): void {
  const first = placed.stages.get(`${categoryId} P`)?.[0] ?? "";
  const base = { entityTypeId: DEAL, ownerId: id, categoryId };
  const createdAt = wholeSeconds(deal.createdAt);
  placed.history.push({ ...base, typeId: 1, at: createdAt, semantics: "P", stageId: first });
  if (deal.outcome === "open") {
    if (stageId === first) return;
    placed.history.push({ ...base, typeId: 2, at: createdAt, semantics: "P", stageId });
    return;
  }
  const at = wholeSeconds(deal.closedAt ?? deal.createdAt);
  const semantics = deal.outcome === "won" ? "S" : "F";
  placed.history.push({ ...base, typeId: 3, at, semantics, stageId });
}

function seedDeal(world: World, portal: Portal, placed: Placed, deal: SeedDeal, currency: string) {
  const id = nextId(portal, `item:${DEAL}`);
  const client = deal.clientKey === null ? undefined : placed.clients.get(deal.clientKey);
  const categoryId = portal.categories[deal.pipeline]?.id ?? 0;
  const stageId = stageFor(world, placed.stages, deal, categoryId);
  const user = userAt(portal, deal.responsible);
  const createdAt = wholeSeconds(deal.createdAt);
  const movedAt = wholeSeconds(deal.closedAt ?? deal.createdAt);
  const contactId = client?.kind === "contact" ? client.id : 0;
  const semantics = deal.outcome === "won" ? "S" : deal.outcome === "lost" ? "F" : "P";
  put(portal, DEAL, {
    id,
    ...dealTexts(id),
    typeId: "SALE",
    categoryId,
    stageId,
    stageSemanticId: semantics,
    closed: semantics === "P" ? "N" : "Y",
    opportunity: deal.amountMinor === null ? 0 : toMajor(deal.amountMinor, currency),
    currencyId: currency,
    isManualOpportunity: "Y",
    companyId: client?.kind === "company" ? client.id : 0,
    contactId,
    contactIds: contactId === 0 ? [] : [contactId],
    sourceId: deal.source === null ? "" : (SOURCES[deal.source % SOURCES.length] ?? ""),
    assignedById: user,
    createdBy: user,
    updatedBy: user,
    movedBy: user,
    createdTime: createdAt,
    updatedTime: Math.max(createdAt, movedAt),
    movedTime: movedAt,
    lastActivityBy: user,
    lastActivityTime: movedAt,
  });
  pushHistory(placed, id, deal, categoryId, stageId);
}

const KINDS = {
  call: [2, "VOXIMPLANT_CALL", "CALL"],
  meeting: [1, "CRM_MEETING", "MEETING"],
  email: [4, "CRM_EMAIL", "EMAIL"],
  task: [3, "TASKS", "TASK"],
} as const;

/** Adds an activity of a client and moves the client's last activity. */
export function putActivity(
  portal: Portal,
  owner: { readonly kind: "company" | "contact"; readonly id: number },
  activity: Omit<SeedActivity, "clientKey">,
  userId: number,
): number {
  const id = nextId(portal, "activity");
  const [typeId, providerId, providerTypeId] = KINDS[activity.kind];
  const at = wholeSeconds(activity.at);
  const ownerTypeId = owner.kind === "company" ? COMPANY : CONTACT;
  portal.activities.put({
    id,
    ownerTypeId,
    ownerId: owner.id,
    typeId,
    providerId,
    providerTypeId,
    subject: `${CANARIES.subject} ${id}`,
    description: "",
    createdAt: at,
    updatedAt: at,
    startAt: at,
    deadlineAt: null,
    isDone: activity.isDone,
    responsibleId: userId,
    authorId: userId,
    direction: activity.direction === "in" ? 1 : 2,
  });
  const item = itemsOf(portal, ownerTypeId)?.get(owner.id) as Record<string, unknown> | undefined;
  if (item !== undefined && Number(item.lastActivityTime ?? 0) < at) {
    item.lastActivityTime = at;
  }
  return id;
}

/** Bulk load without events. History ids ascend with time, as in a portal that has lived through it. */
export function seedPortal(world: World, portal: Portal, data: SeedData): void {
  const clients = new Map<string, { kind: "company" | "contact"; id: number }>();
  for (const client of data.clients) {
    clients.set(client.key, { kind: client.kind, id: seedClient(portal, client, data.currency) });
  }
  const placed: Placed = { stages: stageCodes(portal), history: [], clients };
  for (const deal of data.deals) seedDeal(world, portal, placed, deal, data.currency);
  placed.history.sort((a, b) => a.at - b.at || a.ownerId - b.ownerId || a.typeId - b.typeId);
  for (const row of placed.history) portal.history.put({ id: nextId(portal, "history"), ...row });
  for (const activity of data.activities) {
    const owner = clients.get(activity.clientKey);
    if (owner !== undefined) putActivity(portal, owner, activity, userAt(portal, 0));
  }
}
