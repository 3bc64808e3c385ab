import type { HostLink, Memo } from "../../crm/host.ts";
import type { ClientKind, DealProductsRecord, MirrorRecord } from "../../crm/records.ts";
import {
  type Feed,
  isUnfilteredPoll,
  joinedFeed,
  type Mode,
  plainFeed,
  updatedWindow,
} from "./feed.ts";
import { pricesOf } from "./joins.ts";
import { labelsFor } from "./label.ts";
import { toClient, toDeal } from "./mapping.ts";
import { catalogsIn } from "./money-feeds.ts";
import { toDealProduct } from "./money-mapping.ts";
import { clientRow, type LeadRow, leadRow } from "./schema.ts";

/** Leads, contacts and companies: the three lists that everything else hangs on. */

/** A lead brings its goods along, and the names of its source and loss reason, which no dictionary may have any more. */
export function dealFeed(mode: Mode, memo: Memo): Feed {
  const canFilter = memo.filters !== "off";
  return joinedFeed(
    {
      name: "leads.list",
      path: "leads",
      collection: "leads",
      leavingEntity: "lead",
      isNewestFirst: isUnfilteredPoll(mode, canFilter),
      related: [["with", "contacts,loss_reason,source_id,source,catalog_elements"]],
      params: updatedWindow(mode, canFilter),
    },
    async (link, rows) => {
      const prices = await pricesOfGoods(link, rows);
      const named = new Set<string>();
      return (raw) => {
        const { data } = leadRow.safeParse(raw);
        if (!data) return null;
        const records = data.is_deleted
          ? []
          : [
              toDeal(data, link.currency),
              ...productsOf(data, mode, prices),
              ...labelsOf(data, mode, named),
            ];
        return { id: data.id, records, at: data.updated_at };
      };
    },
  );
}

type Prices = ReadonlyMap<string, ReadonlyMap<string, number | null>>;

/** By catalog; only those that hold goods are asked, and only for what these leads name. */
async function pricesOfGoods(link: HostLink, rows: readonly unknown[]): Promise<Prices> {
  const wanted = new Map<string, Set<string>>(
    catalogsIn(link.memo.products).map((catalogId) => [catalogId, new Set()]),
  );
  if (wanted.size > 0) {
    for (const raw of rows) {
      for (const element of leadRow.safeParse(raw).data?._embedded.catalog_elements ?? []) {
        wanted.get(element.metadata.catalog_id ?? "")?.add(element.id);
      }
    }
  }
  const prices = new Map<string, ReadonlyMap<string, number | null>>();
  for (const [catalogId, ids] of wanted) {
    prices.set(catalogId, ids.size === 0 ? new Map() : await pricesOf(link, catalogId, ids));
  }
  return prices;
}

/** That a lead has no goods is worth a record only when it may have had some. */
function productsOf(row: LeadRow, { kind }: Mode, prices: Prices): readonly DealProductsRecord[] {
  if (prices.size === 0) return [];
  const rows = row._embedded.catalog_elements.flatMap((element) => {
    const { catalog_id, quantity } = element.metadata;
    const catalog = prices.get(catalog_id ?? "");
    return catalog ? [toDealProduct(element.id, quantity, catalog.get(element.id) ?? null)] : [];
  });
  if (rows.length === 0 && kind === "all") return [];
  return [{ entity: "dealProducts", dealId: row.id, rows }];
}

/** Once a window is enough. By id only what was asked for is answered. */
function labelsOf(row: LeadRow, { kind }: Mode, named: Set<string>): readonly MirrorRecord[] {
  if (kind === "byId") return [];
  const { source, loss_reason } = row._embedded;
  const label = (dictionary: "source" | "lossReason", of: (typeof source)[number] | undefined) => {
    if (!of || named.has(`${dictionary} ${of.id}`)) return [];
    named.add(`${dictionary} ${of.id}`);
    return labelsFor(dictionary, of.id, of.name);
  };
  return [...label("source", source[0]), ...label("lossReason", loss_reason[0])];
}

export function clientFeed(kind: ClientKind, mode: Mode, canFilter: boolean): Feed {
  const path = kind === "contact" ? "contacts" : "companies";
  return plainFeed(
    {
      name: `${path}.list`,
      path,
      collection: path,
      leavingEntity: kind,
      isNewestFirst: isUnfilteredPoll(mode, canFilter),
      params: updatedWindow(mode, canFilter),
    },
    (raw) => {
      const { data } = clientRow.safeParse(raw);
      if (!data) return null;
      const records = data.is_deleted ? [] : [toClient(data, kind)];
      return { id: data.id, records, at: data.updated_at };
    },
  );
}
