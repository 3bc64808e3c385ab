import type { Memo } from "../../crm/host.ts";
import type { LabelDictionary } from "../../crm/records.ts";
import { ALWAYS, type Feed, plainFeed } from "./feed.ts";
import { labelsFor } from "./label.ts";
import { toPipeline, toUser } from "./mapping.ts";
import { catalogsIn } from "./money-feeds.ts";
import { toLead, toProductLabels } from "./money-mapping.ts";
import { elementRow, namedRow, unsortedRow } from "./money-schema.ts";
import { pipelineRow, userRow } from "./schema.ts";

/** Short lists that people rarely change. */

export function pipelineFeed(): Feed {
  return plainFeed(
    {
      name: "pipelines.list",
      path: "leads/pipelines",
      collection: "pipelines",
      isSinglePage: true,
      byId: "whole",
    },
    (raw) => {
      const { data } = pipelineRow.safeParse(raw);
      return data ? { id: data.id, records: [toPipeline(data)], at: ALWAYS } : null;
    },
  );
}

export function userFeed(): Feed {
  return plainFeed(
    { name: "users.list", path: "users", collection: "users", isOptional: true, byId: "whole" },
    (raw) => {
      const { data } = userRow.safeParse(raw);
      return data ? { id: data.id, records: [toUser(data)], at: ALWAYS } : null;
    },
  );
}

/** What ids of sources, loss reasons and goods are called. */
export function labelFeeds(memo: Memo): readonly Feed[] {
  return [
    namedFeed("lossReason", "leads/loss_reasons", "loss_reasons"),
    namedFeed("source", "sources", "sources"),
    ...catalogsIn(memo.products).map(productFeed),
  ];
}

function namedFeed(dictionary: LabelDictionary, path: string, collection: string): Feed {
  return plainFeed(
    { name: `${collection}.list`, path, collection, isOptional: true, byId: "whole" },
    (raw) => {
      const { data } = namedRow.safeParse(raw);
      if (!data) return null;
      return { id: data.id, records: labelsFor(dictionary, data.id, data.name), at: ALWAYS };
    },
  );
}

function productFeed(catalogId: string): Feed {
  return plainFeed(
    {
      name: "products.list",
      path: `catalogs/${catalogId}/elements`,
      collection: "elements",
      isOptional: true,
      byId: "whole",
    },
    (raw) => {
      const { data } = elementRow.safeParse(raw);
      if (!data) return null;
      // A product that is sold no more is still what was bought.
      return { id: data.id, records: toProductLabels(data), at: ALWAYS };
    },
  );
}

/** Incoming leads that nobody has accepted or declined: few, and without update times. */
export function unsortedFeed(): Feed {
  return plainFeed(
    {
      name: "unsorted.list",
      path: "leads/unsorted",
      collection: "unsorted",
      isOptional: true,
      params: [["order[created_at]", "asc"]],
      idFilter: "filter[uid][]",
      idPattern: /^[\w-]{8,128}$/,
    },
    (raw) => {
      const { data } = unsortedRow.safeParse(raw);
      return data ? { id: data.uid, records: [toLead(data)], at: ALWAYS } : null;
    },
  );
}
