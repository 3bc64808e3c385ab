import type { Hint } from "../../crm/door.ts";
import type { HostLink } from "../../crm/host.ts";
import type { ScanEntity } from "../../crm/records.ts";
import { EVENTS_LIMIT, field, type Params, toSeconds } from "./api.ts";
import { type Feed, joinedFeed, type Mode } from "./feed.ts";
import { dealsOfClients } from "./joins.ts";
import { toStageEntry } from "./mapping.ts";
import { recordNamed } from "./record-names.ts";
import { type EventRow, eventRow, id } from "./schema.ts";

/**
 * The events feed: stage history, and what happened to records without showing in their own lists. A link that is added or
 * taken away need not move `updated_at`, a deleted record leaves its list silently, and the loser of a merge is gone.
 */

const STAGE = "lead_status_changed";
const MERGED = "entity_merged";

const WORDS = ["lead", "contact", "company"] as const;

/** Events after which a record is read again. */
const CHANGES: readonly string[] = [
  ...WORDS.flatMap((word) => [`${word}_deleted`, `${word}_restored`]),
  ...WORDS.flatMap((word) => [`${word}_linked`, `${word}_unlinked`]),
  ...["entity_linked", "entity_unlinked", MERGED],
];

/** Where events of these kinds are listed: newest first, a hundred a page, since the poll's moment where filters work. */
export function eventsList(types: readonly string[], mode: Mode, canFilter: boolean) {
  const from: Params =
    mode.kind === "since" && canFilter ? [["filter[created_at][from]", toSeconds(mode.at)]] : [];
  return {
    path: "events",
    collection: "events",
    limit: EVENTS_LIMIT,
    isOptional: true,
    isNewestFirst: true,
    byId: "commas",
    idPattern: /^[A-Za-z0-9_-]{1,64}$/,
    params: [["filter[type]", types.join(",")], ...from],
  } as const;
}

/**
 * The first pass reads stages only: what is deleted or linked by then is in the lists. The feed has no order, it comes
 * newest first; new events push older ones to later pages, which costs doubles, never gaps.
 */
export function stageFeed(mode: Mode, canFilter: boolean): Feed {
  const isPoll = mode.kind === "since";
  const types = isPoll ? [STAGE, ...CHANGES] : [STAGE];
  const list = { name: "events.list", ...eventsList(types, mode, canFilter) };
  return joinedFeed(list, async (link, rows) => {
    const inherited = isPoll ? await inheritedDeals(link, rows) : [];
    let rest = inherited;
    return (raw) => {
      const { data } = eventRow.safeParse(raw);
      if (!data) return null;
      const record = data.type === STAGE ? toStageEntry(data) : null;
      const also = data.type === MERGED ? rest : [];
      if (also.length > 0) rest = [];
      return {
        id: data.id,
        records: record === null ? [] : [record],
        at: data.created_at,
        ...(isPoll ? { hints: [...hintsOf(data), ...also] } : {}),
      };
    };
  });
}

/**
 * A merge moves the loser's deals to the winner, and neither has to move `updated_at`: the event names the winner only, so
 * the deals that hang on it now are read again.
 */
async function inheritedDeals(link: HostLink, rows: readonly unknown[]): Promise<readonly Hint[]> {
  const winners = { contacts: new Set<string>(), companies: new Set<string>() };
  for (const raw of rows) {
    const { data } = eventRow.safeParse(raw);
    if (data?.type !== MERGED) continue;
    const entity = recordNamed(data.entity_type);
    if (entity === "contact") winners.contacts.add(data.entity_id);
    if (entity === "company") winners.companies.add(data.entity_id);
  }
  const deals = [
    ...(await dealsOfClients(link, "contacts", winners.contacts)),
    ...(await dealsOfClients(link, "companies", winners.companies)),
  ];
  return deals.map((dealId) => hint("deal", dealId, false));
}

/** Kinds that we do not know, or that say nothing about our records, cost nothing and break nothing. */
function hintsOf(row: EventRow): readonly Hint[] {
  if (!CHANGES.includes(row.type)) return [];
  const entity = recordNamed(row.entity_type);
  const own = entity === null ? [] : [hint(entity, row.entity_id, row.type.endsWith("_deleted"))];
  const others = [...row.value_after, ...row.value_before].flatMap(namedIn);
  const hints = [...own, ...others];
  // A company's own row holds no links: only the other side has to be read.
  return row.type.endsWith("linked") ? hints.filter((one) => one.entity !== "company") : hints;
}

/** `{link: {entity: {type, id}}}`, and whatever else names an entity in the same way: the values of merges are unknown. */
function namedIn(value: unknown): readonly Hint[] {
  const outer = typeof value === "object" && value !== null ? Object.values(value) : [];
  return [value, ...outer].flatMap((one) => {
    const named = field(one, "entity") ?? one;
    const entity = recordNamed(field(named, "type") ?? field(named, "entity_type"));
    const { data } = id.safeParse(field(named, "id") ?? field(named, "entity_id"));
    return entity === null || data === undefined ? [] : [hint(entity, data, false)];
  });
}

function hint(entity: ScanEntity, recordId: string, isDeletion: boolean): Hint {
  return { entity, id: recordId, isDeletion };
}
