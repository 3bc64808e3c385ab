import type { Edit } from "../contract.ts";
import type { Account } from "./account.ts";
import { createNote, createTask } from "./activities.ts";
import { changeCard, type Scene } from "./change.ts";
import { createClient, createLead, deleteCard, mergeClients, restoreCard } from "./deeds.ts";
import { link, unlink } from "./links.ts";
import { type Card, type Client, type Lead, LOST, WON } from "./model.ts";
import { companyName, leadName, mail, personName, phone, sentence } from "./names.ts";
import { seconds } from "./options.ts";

/** Changes that a person (or robot) makes in the CRM's own screens. */

function leadOf(account: Account, id: string): Lead {
  const lead = account.leads.get(Number(id));
  if (lead === undefined) throw new Error(`no lead ${id} in the sandbox`);
  return lead;
}

function clientOf(account: Account, kind: "company" | "contact", id: string): Client {
  const client = account.clients(kind === "company" ? "companies" : "contacts").get(Number(id));
  if (client === undefined) throw new Error(`no ${kind} ${id} in the sandbox`);
  return client;
}

export function applyEdit(scene: Scene, edit: Edit, index: number): string {
  const { account } = scene;
  switch (edit.kind) {
    case "createDeal":
      return createDeal(scene, edit, index);
    case "winDeal":
    case "loseDeal":
    case "reopenDeal":
    case "deleteDeal":
    case "restoreDeal":
      return moveDeal(scene, edit.kind, leadOf(account, edit.dealId));
    case "setAmount":
      changeCard(scene, leadOf(account, edit.dealId), { priceMinor: edit.amountMinor ?? 0 });
      return edit.dealId;
    case "setClient":
      setClient(
        scene,
        leadOf(account, edit.dealId),
        clientOf(account, edit.clientKind, edit.clientId),
      );
      return edit.dealId;
    case "createClient":
      return newClient(scene, edit.clientKind, index);
    case "deleteClient":
      deleteCard(scene, clientOf(account, edit.clientKind, edit.clientId));
      return edit.clientId;
    case "mergeClients":
      mergeClients(
        scene,
        clientOf(account, edit.clientKind, edit.winnerId),
        clientOf(account, edit.clientKind, edit.loserId),
      );
      return edit.winnerId;
    case "addActivity":
      return addActivity(
        scene,
        clientOf(account, edit.clientKind, edit.clientId),
        edit.activity,
        index,
      );
    case "tagClient":
      tag(scene, clientOf(account, edit.clientKind, edit.clientId), edit);
      return edit.clientId;
    default:
      return edit satisfies never;
  }
}

function createDeal(
  scene: Scene,
  edit: Extract<Edit, { kind: "createDeal" }>,
  index: number,
): string {
  const { account } = scene;
  const client = edit.clientId === null ? null : clientOf(account, edit.clientKind, edit.clientId);
  const pipeline = account.pipelines[edit.pipeline ?? 0];
  const patch = {
    name: leadName(index),
    priceMinor: edit.amountMinor ?? 0,
    ...(pipeline === undefined ? {} : { pipeline_id: pipeline.id }),
  };
  const lead = createLead(scene, patch, {
    contacts: client?.type === "contacts" ? [client.id] : [],
    company: client?.type === "companies" ? client.id : null,
  });
  return String(lead.id);
}

function moveDeal(scene: Scene, kind: Edit["kind"], lead: Lead): string {
  if (kind === "winDeal") changeCard(scene, lead, { status_id: WON, loss_reason_id: null });
  if (kind === "loseDeal") {
    const reason = scene.account.lossReasons[0]?.id ?? null;
    changeCard(scene, lead, { status_id: LOST, loss_reason_id: reason });
  }
  if (kind === "reopenDeal") {
    const pipeline = scene.account.pipeline(lead.pipeline_id);
    if (pipeline !== undefined)
      changeCard(scene, lead, { status_id: scene.account.firstStatus(pipeline) });
  }
  if (kind === "deleteDeal" && !lead.is_deleted) deleteCard(scene, lead);
  if (kind === "restoreDeal") restoreCard(scene, lead);
  return String(lead.id);
}

/** The deal then has this client alone. */
function setClient(scene: Scene, lead: Lead, client: Client): void {
  const old: (Card | undefined)[] = lead.contacts.map((id) => scene.account.contacts.get(id));
  if (lead.company !== null) old.push(scene.account.companies.get(lead.company));
  for (const card of old) if (card !== undefined && card !== client) unlink(scene, lead, card);
  link(scene, lead, client, true);
}

function newClient(scene: Scene, kind: "company" | "contact", index: number): string {
  const type = kind === "company" ? "companies" : "contacts";
  const name = personName(index);
  const fields = new Map();
  for (const field of scene.account.fieldsOf(type)) {
    const first = field.enums?.[0];
    const value = field.code === "PHONE" ? phone(index) : mail(index);
    if (first !== undefined)
      fields.set(field.id, [{ value, enum_id: first.id, enum_code: first.code }]);
  }
  const names =
    kind === "company"
      ? { name: companyName(index) }
      : { first_name: name.first, last_name: name.last };
  return String(createClient(scene, type, { ...names, fields }).id);
}

function addActivity(
  scene: Scene,
  client: Client,
  activity: "call" | "email" | "meeting",
  index: number,
): string {
  const now = seconds(scene.settings);
  if (activity === "meeting") {
    const task = createTask(scene, {
      created_by: scene.actor,
      updated_by: scene.actor,
      created_at: now,
      responsible_user_id: client.responsible_user_id,
      entity_id: client.id,
      entity_type: client.type,
      task_type_id: 2,
      text: sentence(index),
      complete_till: now,
      is_completed: true,
      result: sentence(index),
      isFromApp: false,
    });
    return String(task.id);
  }
  const address = { name: client.name, email: mail(index) };
  const input =
    activity === "call"
      ? {
          type: "call_in",
          params: {
            uniq: `edit-${index}`,
            duration: 90,
            source: "pbx",
            phone: phone(index),
            call_status: 4,
          },
        }
      : {
          type: "amomail_message",
          params: { income: true, from: address, to: address, subject: sentence(index) },
        };
  return String(createNote(scene, client, input).id);
}

function tag(
  scene: Scene,
  client: Client,
  edit: { readonly add?: string; readonly remove?: string },
): void {
  changeCard(scene, client, {
    ...(edit.add === undefined ? {} : { tagsAdded: [edit.add] }),
    ...(edit.remove === undefined ? {} : { tagsDeleted: [edit.remove] }),
  });
}
