import type { HostLink } from "../../crm/host.ts";
import type { ClientRef } from "../../crm/records.ts";
import { field, getRequest, isMissing, PAGE_LIMIT, type Params, readOne, readPage } from "./api.ts";
import { CONCURRENCY } from "./limits.ts";
import { clientOfCustomer, priceOf } from "./money-mapping.ts";
import { customerRow, elementRow } from "./money-schema.ts";
import { id } from "./schema.ts";

/** Rows of one list that the rows of another refer to. Every plan may lack them: then nothing is known of them. */

interface Joined {
  readonly name: string;
  readonly path: string;
  readonly collection: string;
  readonly related: Params;
}

const CUSTOMERS: Joined = {
  name: "customers.join",
  path: "customers",
  collection: "customers",
  related: [["with", "contacts,companies"]],
};

/** Who stands behind these customers. Throws AppError `host.*`. */
export async function clientsOfCustomers(
  link: HostLink,
  ids: ReadonlySet<string>,
): Promise<ReadonlyMap<string, ClientRef | null>> {
  const rows = await rowsById(link, CUSTOMERS, ids);
  return new Map(
    rows.flatMap((raw) => {
      const { data } = customerRow.safeParse(raw);
      return data ? [[data.id, clientOfCustomer(data)] as const] : [];
    }),
  );
}

/** Prices of these products of a catalog, minor units. Throws AppError `host.*`. */
export async function pricesOf(
  link: HostLink,
  catalogId: string,
  ids: ReadonlySet<string>,
): Promise<ReadonlyMap<string, number | null>> {
  const path = `catalogs/${catalogId}/elements`;
  const elements = { name: "elements.join", path, collection: "elements", related: [] };
  const rows = await rowsById(link, elements, ids);
  return new Map(
    rows.flatMap((raw) => {
      const { data } = elementRow.safeParse(raw);
      return data ? [[data.id, priceOf(data, link.currency)] as const] : [];
    }),
  );
}

/** Ids in one question about links; the address of a request must not grow without end. */
const LINKED_IDS = 50;

/** Ids of the deals that hang on these contacts or companies now. Throws AppError `host.*`. */
export async function dealsOfClients(
  link: HostLink,
  path: "contacts" | "companies",
  ids: ReadonlySet<string>,
): Promise<readonly string[]> {
  const all = [...ids];
  const batches: string[][] = [];
  for (let at = 0; at < all.length; at += LINKED_IDS) batches.push(all.slice(at, at + LINKED_IDS));
  const rows = await inLanes(batches, (batch) => {
    const wanted = batch.map((one) => ["filter[entity_id][]", one] as const);
    const params: Params = [...wanted, ["filter[to_entity_type]", "leads"]];
    return pagesOf(link, "links.merged", `${path}/links`, "links", params);
  });
  const deals = rows.flatMap((row) => {
    const { data } = id.safeParse(field(row, "to_entity_id"));
    return field(row, "to_entity_type") === "leads" && data !== undefined ? [data] : [];
  });
  return [...new Set(deals)];
}

async function rowsById(
  link: HostLink,
  list: Joined,
  ids: ReadonlySet<string>,
): Promise<readonly unknown[]> {
  const all = [...ids];
  if (link.memo.filters === "off") return await inLanes(all, (id) => oneById(link, list, id));
  const batches: string[][] = [];
  for (let at = 0; at < all.length; at += PAGE_LIMIT) batches.push(all.slice(at, at + PAGE_LIMIT));
  return await inLanes(batches, (batch) => {
    const wanted = batch.map((id) => ["filter[id][]", id] as const);
    return pagesOf(link, list.name, list.path, list.collection, [...list.related, ...wanted]);
  });
}

async function oneById(
  link: HostLink,
  { name, path, related }: Joined,
  id: string,
): Promise<readonly unknown[]> {
  try {
    const row = await readOne(link, `${name}.one`, `${path}/${id}`, related);
    return row === null ? [] : [row];
  } catch (error) {
    if (isMissing(error)) return [];
    throw error;
  }
}

/** Every page of a list. An account without the list has no rows. Throws AppError `host.*`. */
export async function pagesOf(
  link: HostLink,
  name: string,
  path: string,
  collection: string,
  params: Params,
): Promise<readonly unknown[]> {
  const rows: unknown[] = [];
  try {
    for (let page = 1, hasNext = true; hasNext; page += 1) {
      const paging: Params = [...params, ["limit", String(PAGE_LIMIT)], ["page", String(page)]];
      const response = await link.send(name, getRequest(path, paging), { isOptional: true });
      const answer = readPage(response, collection);
      rows.push(...answer.rows);
      hasNext = answer.hasNext && answer.rows.length > 0;
    }
  } catch (error) {
    if (!isMissing(error)) throw error;
  }
  return rows;
}

/** Several at once, as many as the host takes. */
export async function inLanes<Item>(
  items: readonly Item[],
  work: (item: Item) => Promise<readonly unknown[]>,
): Promise<readonly unknown[]> {
  const found: (readonly unknown[])[] = [];
  let next = 0;
  const lane = async () => {
    while (next < items.length) {
      const at = next;
      next += 1;
      const item = items[at];
      if (item !== undefined) found[at] = await work(item);
    }
  };
  await Promise.all(Array.from({ length: Math.min(CONCURRENCY, items.length) }, lane));
  return found.flat();
}
