import { z } from "zod";
import { AppError } from "../crm/error.ts";
import type { CardEntity } from "../crm/host.ts";
import { clientKey } from "../crm/records.ts";
import type { SqlReader } from "./sql.ts";

/** Whose card it is. */
export interface CardClient {
  /** null = the record has no client that we know of. */
  readonly key: string | null;
  /** Other clients of the record with purchases of their own; then the score is one of several. */
  readonly alternatives: readonly string[];
  readonly isMerged: boolean;
}

const MAX_MERGES = 5;
const idList = z.array(z.string());

export function findCardClient(sql: SqlReader, entity: CardEntity, id: string): CardClient {
  const { first, others } =
    entity === "deal" ? clientsOfDeal(sql, id) : clientsOfRecord(sql, entity, id);
  const unique = [...new Set([first, ...others])].filter((key) => key !== null);
  const merged = followMerges(sql, first);
  if (merged !== first) return { key: merged, alternatives: [], isMerged: true };
  const buyers = withInsight(sql, unique);
  // The rule names the buyer; when that one has never bought and another has, the card is about the other.
  const key = first !== null && buyers.includes(first) ? first : (buyers[0] ?? first);
  return { key, alternatives: buyers.filter((one) => one !== key), isMerged: false };
}

/** The same record seen from another of its clients. Throws AppError `auth.refused` for one that it does not have. */
export function chooseClient(found: CardClient, wanted: string | undefined): CardClient {
  if (wanted === undefined || wanted === found.key) return found;
  if (!found.alternatives.includes(wanted)) throw new AppError("auth.refused");
  const others = found.alternatives.filter((one) => one !== wanted);
  return { ...found, key: wanted, alternatives: found.key ? [found.key, ...others] : others };
}

interface Candidates {
  readonly first: string | null;
  readonly others: readonly (string | null)[];
}

function clientsOfDeal(sql: SqlReader, id: string): Candidates {
  const deal = sql.get<{
    client_key: string | null;
    company_id: string | null;
    contact_ids: string;
  }>("select client_key, company_id, contact_ids from deal where id = ?", id);
  if (!deal) return { first: null, others: [] };
  const company =
    deal.company_id === null ? null : clientKey({ kind: "company", id: deal.company_id });
  const contacts = idList
    .parse(JSON.parse(deal.contact_ids))
    .map((contact) => clientKey({ kind: "contact", id: contact }));
  return { first: deal.client_key, others: [company, ...contacts] };
}

/** A contact's deals may count as its company's purchases, and the other way round. */
function clientsOfRecord(sql: SqlReader, kind: "contact" | "company", id: string): Candidates {
  const first = clientKey({ kind, id });
  const column = kind === "company" ? "company_id" : "contact_id";
  const others = sql.all<{ key: string | null }>(
    `select distinct client_key as key from deal where ${column} = ? and is_deleted = 0`,
    id,
  );
  return { first, others: others.map(({ key }) => key) };
}

function followMerges(sql: SqlReader, key: string | null): string | null {
  let at = key;
  for (let step = 0; step < MAX_MERGES && at !== null; step += 1) {
    const next = sql.get<{ merged_into: string | null }>(
      "select merged_into from client where key = ?",
      at,
    )?.merged_into;
    if (!next) break;
    at = next;
  }
  return at;
}

/** Most money first. */
function withInsight(sql: SqlReader, keys: readonly string[]): string[] {
  return sql
    .all<{ key: string }>(
      `select client_key as key from insight where client_key in (select value from json_each(?))
       order by total_minor desc, client_key`,
      JSON.stringify(keys),
    )
    .map(({ key }) => key);
}
