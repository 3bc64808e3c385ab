import { ALWAYS, type Feed, plainFeed } from "./feed.ts";
import { toPipeline, toUser } from "./mapping.ts";
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
