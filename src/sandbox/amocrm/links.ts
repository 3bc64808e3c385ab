import type { Account } from "./account.ts";
import { emit, eventEntity, type Scene } from "./change.ts";
import { type Card, type Lead, SINGULAR } from "./model.ts";
import { seconds } from "./options.ts";

/** Relations between cards; both sides are kept so that either can be listed without a scan. */

export function attachContact(
  account: Account,
  lead: Lead,
  contactId: number,
  isMain: boolean,
): void {
  const others = lead.contacts.filter((id) => id !== contactId);
  const wasThere = others.length !== lead.contacts.length;
  if (isMain) lead.contacts = [contactId, ...others];
  else if (!wasThere) lead.contacts = [...others, contactId];
  account.index(account.leadsByContact, contactId, lead.id);
}

export function attachCompany(account: Account, card: Card, companyId: number | null): void {
  const map = card.type === "leads" ? account.leadsByCompany : account.contactsByCompany;
  if (card.company !== null && card.company !== undefined) map.get(card.company)?.delete(card.id);
  card.company = companyId;
  if (companyId !== null) account.index(map, companyId, card.id);
}

function detachContact(account: Account, lead: Lead, contactId: number): void {
  lead.contacts = lead.contacts.filter((id) => id !== contactId);
  account.leadsByContact.get(contactId)?.delete(lead.id);
}

/** Orders a pair so that the first may point to the second: lead to contact or company, contact to company. */
function ordered(a: Card, b: Card): readonly [Card, Card] {
  const rank = { leads: 0, contacts: 1, companies: 2 } as const;
  return rank[a.type] <= rank[b.type] ? [a, b] : [b, a];
}

export function isLinkable(a: Card, b: Card): boolean {
  return a.type !== b.type;
}

export function link(scene: Scene, a: Card, b: Card, isMain = false): void {
  const [from, to] = ordered(a, b);
  if (from.type === "leads" && to.type === "contacts")
    attachContact(scene.account, from, to.id, isMain || from.contacts.length === 0);
  else if (to.type === "companies") attachCompany(scene.account, from, to.id);
  touch(scene, from, to, "linked");
}

export function unlink(scene: Scene, a: Card, b: Card): void {
  const [from, to] = ordered(a, b);
  if (from.type === "leads" && to.type === "contacts") detachContact(scene.account, from, to.id);
  else if (to.type === "companies" && from.company === to.id)
    attachCompany(scene.account, from, null);
  touch(scene, from, to, "unlinked");
}

function touch(scene: Scene, from: Card, to: Card, word: "linked" | "unlinked"): void {
  const at = seconds(scene.settings);
  const side = (one: Card, other: Card) => {
    const value = [{ link: { entity: { type: SINGULAR[other.type], id: other.id } } }];
    const values = word === "linked" ? ([[], value] as const) : ([value, []] as const);
    scene.account.record(`entity_${word}`, eventEntity(one), scene.actor, at, values[0], values[1]);
    if (!scene.settings.linksTouch) return;
    scene.account.changeCard(one, (row) => {
      row.updated_at = Math.max(at, row.updated_at);
      row.updated_by = scene.actor;
    });
    emit(scene, one, "update");
  };
  side(from, to);
  side(to, from);
}

/** Cards of one type that a card is linked to, main contact first. */
export function linked(account: Account, card: Card, type: Card["type"]): number[] {
  if (card.type === "leads") {
    if (type === "contacts")
      return card.contacts.filter((id) => account.contacts.listed(id) !== undefined);
    return card.company !== null && account.companies.listed(card.company) !== undefined
      ? [card.company]
      : [];
  }
  if (type === "leads") {
    const map = card.type === "contacts" ? account.leadsByContact : account.leadsByCompany;
    return [...(map.get(card.id) ?? [])].filter((id) => account.leads.listed(id) !== undefined);
  }
  if (card.type === "contacts")
    return card.company !== null && account.companies.listed(card.company) !== undefined
      ? [card.company]
      : [];
  return [...(account.contactsByCompany.get(card.id) ?? [])].filter(
    (id) => account.contacts.listed(id) !== undefined,
  );
}
