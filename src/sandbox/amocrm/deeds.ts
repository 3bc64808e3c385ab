import { type CardPatch, changeCard, emit, eventEntity, isClosed, type Scene } from "./change.ts";
import { attachCompany, attachContact, link, linked } from "./links.ts";
import {
  type Card,
  type CardType,
  type Client,
  type FieldValue,
  type Lead,
  SINGULAR,
} from "./model.ts";
import { seconds } from "./options.ts";

/** What people, robots and apps do with cards, tasks and notes. */

function base(scene: Scene, type: CardType, id: number, patch: CardPatch) {
  const at = seconds(scene.settings);
  const responsible =
    patch.responsible_user_id ??
    (scene.actor === 0 ? (scene.account.users[0]?.id ?? 0) : scene.actor);
  const created = patch.created_at ?? at;
  const fields = new Map<number, readonly FieldValue[]>();
  for (const [field, values] of patch.fields ?? []) if (values !== null) fields.set(field, values);
  return {
    id,
    name: patch.name ?? `${patch.first_name ?? ""} ${patch.last_name ?? ""}`.trim(),
    first_name: patch.first_name ?? "",
    last_name: patch.last_name ?? "",
    responsible_user_id: responsible,
    group_id: scene.account.user(responsible)?.groupId ?? 0,
    created_by: patch.created_by ?? scene.actor,
    updated_by: patch.updated_by ?? scene.actor,
    created_at: created,
    updated_at: patch.updated_at ?? at,
    is_deleted: false,
    isGone: false,
    closest_task_at: null,
    fields: fields.size > 0 ? fields : null,
    tags: tagIds(scene, type, patch),
  };
}

function tagIds(scene: Scene, type: CardType, patch: CardPatch): number[] {
  const refs = patch.tagsReplaced ?? patch.tagsAdded ?? [];
  return [
    ...new Set(refs.map((ref) => (typeof ref === "number" ? ref : scene.account.tagId(type, ref)))),
  ];
}

interface LeadLinks {
  /** Main contact first. */
  readonly contacts: readonly number[];
  readonly company: number | null;
}

export function createLead(scene: Scene, patch: CardPatch, links: LeadLinks): Lead {
  const { account } = scene;
  const main = account.pipelines.find((pipeline) => pipeline.is_main) ?? account.pipelines[0];
  const pipeline = account.pipeline(patch.pipeline_id ?? main?.id ?? 0);
  const status = patch.status_id ?? (pipeline === undefined ? 0 : account.firstStatus(pipeline));
  const id = account.nextId("leads");
  const lead: Lead = {
    ...base(scene, "leads", id, patch),
    type: "leads",
    name: patch.name ?? `Сделка #${id}`,
    priceMinor: patch.priceMinor ?? 0,
    pipeline_id: pipeline?.id ?? 0,
    status_id: status,
    loss_reason_id: patch.loss_reason_id ?? null,
    source_id: patch.source_id ?? null,
    closed_at: isClosed(status) ? (patch.closed_at ?? seconds(scene.settings)) : null,
    company: null,
    contacts: [],
    elements: [],
  };
  for (const contact of links.contacts) attachContact(account, lead, contact, false);
  attachCompany(account, lead, links.company);
  account.leads.insert(lead);
  announce(scene, lead);
  return lead;
}

export function createClient(
  scene: Scene,
  type: "contacts" | "companies",
  patch: CardPatch,
  company: number | null = null,
): Client {
  const id = scene.account.nextId(type);
  const client: Client = { ...base(scene, type, id, patch), type, company: null };
  if (type === "contacts") attachCompany(scene.account, client, company);
  scene.account.clients(type).insert(client);
  announce(scene, client);
  return client;
}

function announce(scene: Scene, card: Card): void {
  const at = seconds(scene.settings);
  const note = [{ note: { id: scene.account.nextId("note_marks") } }];
  scene.account.record(
    `${SINGULAR[card.type]}_added`,
    eventEntity(card),
    scene.actor,
    at,
    [],
    note,
  );
  emit(scene, card, "add");
}

export function deleteCard(scene: Scene, card: Card): void {
  const at = seconds(scene.settings);
  scene.account.changeCard(card, (row) => {
    row.is_deleted = true;
    row.updated_at = Math.max(at, row.updated_at);
    row.updated_by = scene.actor;
  });
  scene.account.record(`${SINGULAR[card.type]}_deleted`, eventEntity(card), scene.actor, at);
  emit(scene, card, "delete");
}

export function restoreCard(scene: Scene, card: Card): void {
  if (!card.is_deleted || card.isGone) return;
  const at = seconds(scene.settings);
  scene.account.changeCard(card, (row) => {
    row.is_deleted = false;
    row.updated_at = Math.max(at, row.updated_at);
    row.updated_by = scene.actor;
  });
  scene.account.record(`${SINGULAR[card.type]}_restored`, eventEntity(card), scene.actor, at);
  emit(scene, card, "restore");
}

/** The winner takes links, tags and empty fields of the loser, which vanishes without a trace in the bin. */
export function mergeClients(scene: Scene, winner: Client, loser: Client): void {
  const { account } = scene;
  const leads = linked(account, loser, "leads");
  const peers = loser.type === "companies" ? linked(account, loser, "contacts") : [];
  const at = seconds(scene.settings);
  account.changeCard(loser, (row) => {
    row.is_deleted = true;
    row.isGone = true;
    row.updated_at = Math.max(at, row.updated_at);
  });
  for (const id of leads) moveLead(scene, id, winner, loser);
  for (const id of peers) {
    const contact = account.contacts.listed(id);
    if (contact !== undefined) link(scene, contact, winner);
  }
  account.record("entity_merged", eventEntity(winner), scene.actor, at);
  emit(scene, loser, "delete");
  const missing = new Map(
    [...(loser.fields ?? [])].filter(([id]) => winner.fields?.has(id) !== true),
  );
  changeCard(scene, winner, { tagsAdded: loser.tags, fields: missing });
}

function moveLead(scene: Scene, id: number, winner: Client, loser: Client): void {
  const lead = scene.account.leads.listed(id);
  if (lead === undefined) return;
  if (winner.type === "contacts") {
    const wasMain = lead.contacts[0] === loser.id;
    lead.contacts = lead.contacts.filter((contact) => contact !== loser.id);
    scene.account.leadsByContact.get(loser.id)?.delete(id);
    link(scene, lead, winner, wasMain);
  } else link(scene, lead, winner);
}
