import { Flaws, hal, type JsonObject, nothing, refuse } from "./answer.ts";
import {
  batch,
  type Call,
  type Item,
  type Route,
  requestId,
  scene,
  single,
  withs,
} from "./call.ts";
import { type CardInput, cardInput } from "./card-input.ts";
import { changeCard } from "./change.ts";
import { createClient, createLead } from "./deeds.ts";
import { link } from "./links.ts";
import { type Getters, type Listing, list, needleOf } from "./listing.ts";
import { CARD_TYPES, type Card, type CardType, type Client, type Lead } from "./model.ts";
import { child, type QueryNode, rangeOf, scalars } from "./query.ts";
import { Table } from "./table.ts";
import { cardView, self } from "./view.ts";

/** Leads, contacts and companies: list, get, create, change. */

const COMMON: Getters<Card> = {
  name: (row) => row.name,
  responsible_user_id: (row) => row.responsible_user_id,
  created_by: (row) => row.created_by,
  updated_by: (row) => row.updated_by,
  created_at: (row) => row.created_at,
  closest_task_at: (row) => row.closest_task_at,
};

const LEADS: Getters<Lead> = {
  ...COMMON,
  price: (row) => row.priceMinor / 100,
  pipeline_id: (row) => row.pipeline_id,
  closed_at: (row) => row.closed_at,
};

function canView(call: Call, card: Card): boolean {
  const { view, id, groupId } = call.user;
  if (view === "A" || call.user.isAdmin) return true;
  if (view === "G") return card.group_id === groupId;
  return view === "M" && card.responsible_user_id === id;
}

interface Extra {
  readonly key: string;
  readonly test: (row: Card) => boolean;
}

function stagePairs(node: QueryNode | undefined): Set<string> | null {
  if (!(node instanceof Map)) return null;
  const pairs = [...node.values()].map(
    (item) => `${String(child(item, "pipeline_id"))}:${String(child(item, "status_id"))}`,
  );
  return new Set(pairs);
}

function extraOf(call: Call): Extra | null {
  const filter = call.query.get("filter");
  const stages = stagePairs(child(filter, "statuses"));
  const needle = needleOf(call);
  const fields = child(filter, "custom_fields_values");
  if (stages === null && needle === null && fields === undefined) return null;
  const test = (row: Card) =>
    (stages === null ||
      (row.type === "leads" && stages.has(`${row.pipeline_id}:${row.status_id}`))) &&
    (needle === null || matches(row, needle)) &&
    (fields === undefined || fieldsMatch(row, fields));
  return { key: "cards", test };
}

function matches(row: Card, needle: string): boolean {
  if (row.name.toLowerCase().includes(needle)) return true;
  for (const values of row.fields?.values() ?? [])
    if (values.some((value) => String(value.value).toLowerCase().includes(needle))) return true;
  return false;
}

function fieldsMatch(row: Card, node: QueryNode): boolean {
  if (!(node instanceof Map)) return true;
  for (const [id, wanted] of node) {
    const values = row.fields?.get(Number(id)) ?? [];
    const range = rangeOf(wanted);
    const texts = scalars(wanted);
    const hit = values.some((value) =>
      range === null
        ? texts.includes(String(value.value)) || texts.includes(String(value.enum_id))
        : Number(value.value) >= range.from && Number(value.value) <= range.to,
    );
    if (!hit) return false;
  }
  return true;
}

function binOf<T extends Lead | Client>(table: Table<T>): Table<T> {
  const bin = new Table<T>({ isListed: () => true, isInBin: () => false });
  bin.load(table.bin.rows);
  return bin;
}

function listCards(call: Call, type: CardType): Response {
  const wanted = withs(call);
  const shared = {
    name: type,
    orders: ["created_at", "updated_at", "id"],
    view: (row: Card) => cardView(call, row, wanted),
    extra: extraOf(call),
    ...(call.user.isAdmin || call.user.view === "A"
      ? {}
      : { isVisible: (row: Card) => canView(call, row) }),
  };
  if (!call.account.isFilterEnabled && call.query.has("filter"))
    refuse(403, "Filters are not available");
  const onlyDeleted = wanted.has("only_deleted");
  if (type === "leads") {
    const table = onlyDeleted ? binOf(call.account.leads) : call.account.leads;
    const listing: Listing<Lead> = { ...shared, table, getters: LEADS };
    return list(call, listing);
  }
  const clients = call.account.clients(type);
  const listing: Listing<Client> = {
    ...shared,
    table: onlyDeleted ? binOf(clients) : clients,
    getters: COMMON,
  };
  return list(call, listing);
}

function getCard(call: Call, type: CardType, id: number): Response {
  const wanted = withs(call);
  const row = call.account.table(type).get(id);
  const card =
    row?.is_deleted === true ? (wanted.has("only_deleted") && !row.isGone ? row : undefined) : row;
  if (card === undefined) return nothing();
  if (!canView(call, card)) refuse(403, "Access denied");
  return hal(cardView(call, card, wanted));
}

function createCards(call: Call, type: CardType): Response {
  const flaws = new Flaws();
  const items = batch(call);
  const inputs = items.map((item, index) =>
    cardInput(call.account, type, item, null, (code, path) =>
      flaws.add(requestId(item, index), code, path),
    ),
  );
  flaws.throwIfAny();
  const rows = inputs.map((input, index) => {
    const card = createOne(call, type, input);
    const id = requestId(items[index] ?? {}, index);
    return { id: card.id, request_id: id, _links: self(call, `${type}/${card.id}`) };
  });
  return hal(
    { _links: self(call, type), _embedded: { [type]: rows } },
    call.settings.createdStatus,
  );
}

function createOne(call: Call, type: CardType, input: CardInput): Card {
  const stage = scene(call, input.patch.created_by ?? call.user.id);
  const patch = { responsible_user_id: call.user.id, ...input.patch };
  if (type !== "leads") return createClient(stage, type, patch, input.company);
  const main = input.contacts.filter((ref) => ref.isMain);
  const rest = input.contacts.filter((ref) => !ref.isMain);
  return createLead(stage, patch, {
    contacts: [...main, ...rest].map((ref) => ref.id),
    company: input.company,
  });
}

interface Change {
  readonly card: Card;
  readonly input: CardInput;
}

function planChange(
  call: Call,
  type: CardType,
  item: Item,
  id: number,
  index: number,
  flaws: Flaws,
): Change | null {
  const request = requestId(item, index);
  const card = call.account.card(type, id);
  if (card === undefined) {
    flaws.add(request, item.id === undefined ? "FieldMissing" : "NotSupportedChoice", "id");
    return null;
  }
  if (!canView(call, card)) refuse(403, "Access denied");
  const input = cardInput(call.account, type, item, card, (code, path) =>
    flaws.add(request, code, path),
  );
  return { card, input };
}

function applyChange(call: Call, { card, input }: Change): JsonObject {
  const actor = scene(call, input.patch.updated_by ?? call.user.id);
  changeCard(actor, card, input.patch);
  for (const ref of input.contacts) {
    const contact = call.account.contacts.listed(ref.id);
    if (contact !== undefined && card.type !== "contacts") link(actor, card, contact, ref.isMain);
  }
  const company = input.company === null ? undefined : call.account.companies.listed(input.company);
  if (company !== undefined && card.type !== "companies") link(actor, card, company);
  return {
    id: card.id,
    updated_at: card.updated_at,
    _links: self(call, `${card.type}/${card.id}`),
  };
}

function changeCards(call: Call, type: CardType): Response {
  const flaws = new Flaws();
  const changes = batch(call).map((item, index) =>
    planChange(call, type, item, Number(item.id), index, flaws),
  );
  flaws.throwIfAny();
  const rows = changes
    .filter((change) => change !== null)
    .map((change) => applyChange(call, change));
  return hal({ _links: self(call, type), _embedded: { [type]: rows } });
}

function changeOne(call: Call, type: CardType, id: number): Response {
  if (call.account.card(type, id) === undefined) refuse(404, "Resource not found");
  const flaws = new Flaws();
  const change = planChange(call, type, single(call), id, 0, flaws);
  flaws.throwIfAny();
  return change === null ? nothing() : hal(applyChange(call, change));
}

export const CARD_ROUTES: readonly Route[] = CARD_TYPES.flatMap((type): Route[] => [
  { method: "GET", path: `/api/v4/${type}`, handle: (call) => listCards(call, type) },
  { method: "POST", path: `/api/v4/${type}`, handle: (call) => createCards(call, type) },
  { method: "PATCH", path: `/api/v4/${type}`, handle: (call) => changeCards(call, type) },
  {
    method: "GET",
    path: `/api/v4/${type}/{}`,
    handle: (call, [id]) => getCard(call, type, Number(id)),
  },
  {
    method: "PATCH",
    path: `/api/v4/${type}/{}`,
    handle: (call, [id]) => changeOne(call, type, Number(id)),
  },
]);
