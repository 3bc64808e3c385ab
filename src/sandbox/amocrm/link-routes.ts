import { isCardType } from "./account.ts";
import { Flaws, hal, type JsonObject, nothing, refuse } from "./answer.ts";
import { batch, type Call, type Item, isItem, type Route, requestId, scene } from "./call.ts";
import { isLinkable, link, linked, unlink } from "./links.ts";
import { CARD_TYPES, type Card, type CardType } from "./model.ts";
import { child, numbers } from "./query.ts";

/** Relations between cards: of one card, and of many at once. */

function linksOf(call: Call, card: Card): JsonObject[] {
  const rows: JsonObject[] = [];
  for (const type of CARD_TYPES) {
    if (type === card.type) continue;
    for (const id of linked(call.account, card, type)) {
      const isMain = card.type === "leads" && type === "contacts" ? card.contacts[0] === id : null;
      rows.push({
        entity_id: card.id,
        entity_type: card.type,
        to_entity_id: id,
        to_entity_type: type,
        metadata: isMain === null ? null : { main_contact: isMain },
      });
    }
  }
  if (card.type === "leads")
    for (const element of card.elements)
      rows.push({
        entity_id: card.id,
        entity_type: card.type,
        to_entity_id: element.id,
        to_entity_type: "catalog_elements",
        metadata: { catalog_id: element.catalogId, quantity: element.quantity },
      });
  return rows;
}

function filtered(call: Call, rows: readonly JsonObject[]): JsonObject[] {
  const filter = call.query.get("filter");
  const toType = child(filter, "to_entity_type");
  const toId = numbers(child(filter, "to_entity_id"));
  return rows.filter(
    (row) =>
      (typeof toType !== "string" || row.to_entity_type === toType) &&
      (toId.length === 0 || toId.includes(Number(row.to_entity_id))),
  );
}

function answer(call: Call, rows: readonly JsonObject[]): Response {
  if (rows.length === 0) return nothing();
  return hal({
    _total_items: rows.length,
    _links: { self: { href: `${call.origin}${call.path}` } },
    _embedded: { links: rows },
  });
}

function oneCard(call: Call, type: CardType, id: number): Card {
  return call.account.card(type, id) ?? refuse(404, "Resource not found");
}

type Target =
  | { readonly kind: "card"; readonly card: Card }
  | { readonly kind: "element"; readonly id: number };

function target(call: Call, item: Item): Target | null {
  const type = String(item.to_entity_type);
  const id = Number(item.to_entity_id);
  if (type === "catalog_elements")
    return call.account.elements.some((row) => row.id === id) ? { kind: "element", id } : null;
  const card = isCardType(type) ? call.account.card(type, id) : undefined;
  return card === undefined ? null : { kind: "card", card };
}

function apply(call: Call, card: Card, item: Item, to: Target, isLink: boolean): void {
  const metadata = isItem(item.metadata) ? item.metadata : {};
  if (to.kind === "card") {
    if (isLink) link(scene(call), card, to.card, metadata.is_main === true);
    else unlink(scene(call), card, to.card);
    return;
  }
  if (card.type !== "leads") return;
  const rest = card.elements.filter((row) => row.id !== to.id);
  const quantity = Number(metadata.quantity ?? 1);
  card.elements = isLink
    ? [...rest, { id: to.id, catalogId: call.account.catalogId, quantity }]
    : rest;
}

function write(call: Call, type: CardType, fixed: Card | null, isLink: boolean): Response {
  const flaws = new Flaws();
  const items = batch(call);
  const plans = items.map((item, index) => {
    const card = fixed ?? call.account.card(type, Number(item.entity_id));
    const to = target(call, item);
    if (card === undefined) flaws.add(requestId(item, index), "NotSupportedChoice", "entity_id");
    const isWrongKind = card !== undefined && to?.kind === "card" && !isLinkable(card, to.card);
    if (to === null || isWrongKind)
      flaws.add(requestId(item, index), "NotSupportedChoice", "to_entity_id");
    return { card, to, item };
  });
  flaws.throwIfAny();
  const touched = new Set<Card>();
  for (const { card, to, item } of plans) {
    if (card === undefined || to === null) continue;
    apply(call, card, item, to, isLink);
    touched.add(card);
  }
  if (!isLink) return nothing();
  return answer(
    call,
    [...touched].flatMap((card) => linksOf(call, card)),
  );
}

export const LINK_ROUTES: readonly Route[] = CARD_TYPES.flatMap((type): Route[] => [
  {
    method: "GET",
    path: `/api/v4/${type}/links`,
    handle: (call) => {
      const ids = numbers(child(call.query.get("filter"), "entity_id"));
      const cards = ids
        .map((id) => call.account.card(type, id))
        .filter((card) => card !== undefined);
      return answer(
        call,
        filtered(
          call,
          cards.flatMap((card) => linksOf(call, card)),
        ),
      );
    },
  },
  {
    method: "GET",
    path: `/api/v4/${type}/{}/links`,
    handle: (call, [id]) =>
      answer(call, filtered(call, linksOf(call, oneCard(call, type, Number(id))))),
  },
  ...(["link", "unlink"] as const).flatMap((word): Route[] => [
    {
      method: "POST",
      path: `/api/v4/${type}/{}/${word}`,
      handle: (call, [id]) => write(call, type, oneCard(call, type, Number(id)), word === "link"),
    },
    {
      method: "POST",
      path: `/api/v4/${type}/${word}`,
      handle: (call) => write(call, type, null, word === "link"),
    },
  ]),
]);
