import { AppError } from "../../crm/error.ts";
import type { HostLink } from "../../crm/host.ts";
import type { Instant } from "../../crm/ports.ts";
import { callMethod } from "./api.ts";
import { PAGE_ROWS } from "./lists.ts";
import { type Fields, isFields, toId, toInstant, toList } from "./values.ts";

/** A record with more activities than this since the action began is not one that our budget allows. */
export const SEARCH_PAGES = 20;

export interface ActivitySearch {
  readonly ownerTypeId: number;
  readonly ownerId: string;
  readonly provider: string;
  readonly select: readonly string[];
  readonly isIt: (row: Fields) => boolean;
  readonly since: Instant;
}

/** Newest first, so that the search ends where `since` begins whatever the portal makes of dates in filters. */
export async function findActivity(link: HostLink, search: ActivitySearch): Promise<string | null> {
  let before: string | null = null;
  for (let page = 0; page < SEARCH_PAGES; page += 1) {
    const rows = await readPage(link, search, before);
    const found = toId(rows.find(search.isIt)?.ID);
    if (found !== null) return found;
    const oldest = rows.at(-1);
    before = toId(oldest?.ID);
    const isPast = (toInstant(oldest?.CREATED) ?? search.since) < search.since;
    if (rows.length < PAGE_ROWS || before === null || isPast) return null;
  }
  throw new AppError("host.bad_answer", { details: { reason: "too_many_tasks" } });
}

async function readPage(
  link: HostLink,
  { ownerTypeId, ownerId, provider, select }: ActivitySearch,
  before: string | null,
): Promise<readonly Fields[]> {
  const { result } = await callMethod(link, "crm.activity.list", {
    select: ["ID", "CREATED", ...select],
    order: { ID: "DESC" },
    filter: {
      OWNER_TYPE_ID: ownerTypeId,
      OWNER_ID: ownerId,
      PROVIDER_ID: provider,
      ...(before === null ? {} : { "<ID": before }),
    },
    start: -1,
  });
  return toList(result).filter(isFields);
}

/** One activity with these fields and whether it is done; null = it is not there. Only a list leaves the rest out. */
export async function readActivity(
  link: HostLink,
  id: string,
  select: readonly string[],
): Promise<Fields | null> {
  const { result } = await callMethod(link, "crm.activity.list", {
    select: ["ID", "COMPLETED", ...select],
    filter: { ID: id },
    start: -1,
  });
  return toList(result).find((row): row is Fields => isFields(row) && toId(row.ID) === id) ?? null;
}
