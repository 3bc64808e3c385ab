import { type CardDocument, cardDocument } from "../../src/crm/card.ts";
import type { TruthDeal } from "../../src/sandbox/contract.ts";
import { openCard } from "./browser.ts";
import type { Flow } from "./flow-world.ts";

export async function cardOf(flow: Flow, dealId: string): Promise<CardDocument> {
  return cardDocument.parse((await openCard(flow, "deal", dealId)).block("pulse-card"));
}

export function isSold(deal: TruthDeal): boolean {
  return deal.outcome === "won" && (deal.companyId !== null || deal.contactIds.length > 0);
}

export function soldDeal(flow: Flow): TruthDeal {
  const deal = flow.crm.truth().deals.find((one) => isSold(one) && (one.amountMinor ?? 0) > 0);
  if (!deal) throw new Error("no sale in the seed");
  return deal;
}

export function buyerOf(deal: TruthDeal) {
  const clientKind = deal.companyId === null ? ("contact" as const) : ("company" as const);
  return { clientKind, clientId: deal.companyId ?? deal.contactIds[0] ?? "" };
}

export async function dealWhere(
  flow: Flow,
  fits: (ownerId: string | null) => boolean,
): Promise<string> {
  const sold = new Set(
    flow.crm
      .truth()
      .deals.filter(isSold)
      .map(({ id }) => id),
  );
  const rows = flow.world.sql.all<{ id: string; owner: string | null }>(
    "select id, responsible_id as owner from deal order by id",
  );
  const found = rows.find(({ id, owner }) => sold.has(id) && fits(owner));
  if (!found) throw new Error("no such deal in the seed");
  return found.id;
}
