import type { Site } from "../../../src/runtime/node/sandbox-sites.ts";
import type { TappedCall } from "./tap.ts";

/** A page of a first sync, as the CRM was asked for it. */
export interface Page {
  readonly entity: string;
  /** One list; an entity may be several. */
  readonly feed: string;
  /** Ascends through the list; 0 = its beginning. */
  readonly position: number;
}

/** Polls ask for what changed lately, the first sync for everything, or for activities of two years. */
const POLL_REACH_MS = 300 * 86_400_000;
/** amoCRM: the first page goes alone, then so many are asked for side by side and stored together. */
const AMOCRM_SLICE_PAGES = 10;

/** Where the slice began that asked for this position: everything before it is stored. */
export function sliceStart(product: Site["product"], position: number): number {
  if (product === "bitrix24" || position === 0) return position;
  return position - ((position - 1) % AMOCRM_SLICE_PAGES);
}

/** The page that a call asks for; null for everything else, polls and dictionaries among them. */
export function pageOf(product: Site["product"], call: TappedCall): Page | null {
  return product === "bitrix24" ? bitrix24Page(call) : amocrmPage(call);
}

const ITEMS: Readonly<Record<string, string>> = { "2": "deal", "3": "contact", "4": "company" };

/** A single list call begins a list, a batch goes on; its first command says where. */
function bitrix24Page(call: TappedCall): Page | null {
  const method = call.path.replace("/rest/", "");
  const body: unknown = call.body.startsWith("{") ? JSON.parse(call.body) : {};
  const text = method === "batch" ? firstCommand(body) : `${method}?${flat(body)}`;
  const [name = "", query = ""] = text.split("?");
  const params = new URLSearchParams(query);
  const entity = {
    "crm.item.list": ITEMS[params.get("entityTypeId") ?? ""],
    "crm.stagehistory.list": "stageEntry",
    "crm.activity.list": "activity",
  }[name];
  const after = params.get("filter[>id]") ?? params.get("filter[>ID]");
  if (!entity || after === null) return null;
  const since = [...params].find(([key]) => key.startsWith("filter[>="))?.[1];
  if (since !== undefined && Date.now() - Date.parse(since) < POLL_REACH_MS) return null;
  return { entity, feed: entity, position: Number(after) };
}

function firstCommand(body: unknown): string {
  const { cmd } = body as { cmd?: Record<string, string> };
  return cmd?.p0 ?? "";
}

function flat(body: unknown): string {
  const { entityTypeId, filter } = body as {
    entityTypeId?: number;
    filter?: Record<string, string>;
  };
  const pairs = Object.entries(filter ?? {}).map(([key, value]): [string, string] => [
    `filter[${key}]`,
    String(value),
  ]);
  return new URLSearchParams([["entityTypeId", String(entityTypeId ?? "")], ...pairs]).toString();
}

const LISTS: Readonly<Record<string, string>> = {
  companies: "company",
  contacts: "contact",
  leads: "deal",
  events: "stageEntry",
  "leads/notes": "activity",
  "contacts/notes": "activity",
  "companies/notes": "activity",
  tasks: "activity",
};

function amocrmPage(call: TappedCall): Page | null {
  const url = new URL(call.path, "http://amocrm");
  const feed = url.pathname.replace("/api/v4/", "");
  const entity = LISTS[feed];
  const page = url.searchParams.get("page");
  if (call.method !== "GET" || !entity || page === null) return null;
  if (feed === "events" && url.searchParams.get("filter[type]") !== "lead_status_changed")
    return null;
  const since =
    url.searchParams.get("filter[updated_at][from]") ??
    url.searchParams.get("filter[created_at][from]");
  if (since !== null && Date.now() - Number(since) * 1000 < POLL_REACH_MS) return null;
  return { entity, feed, position: Number(page) - 1 };
}
