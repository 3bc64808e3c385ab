import type { LabelDictionary } from "../crm/records.ts";
import type { SqlReader } from "./sql.ts";

/** What was bought, by product groups, and what ids of the CRM's dictionaries are called. */

/** Purchases with the products of their deals that belong to a group; money back is left out. */
const BOUGHT = `purchase p join deal_product dp on dp.deal_id = p.deal_id
  join label product on product.dictionary = 'product' and product.id = dp.product_id
  where product.parent_id is not null and coalesce(p.amount_minor, 0) >= 0`;

export interface GroupSales {
  /** Id of the group in the CRM. */
  readonly group: string;
  readonly clients: number;
  readonly purchases: number;
  /** Of these clients, those who have bought of the group on two days or more. */
  readonly repeatClients: number;
  /** Of the rows with the group, in the portal's currency at the rates of the purchases; null = no sum is known. */
  readonly revenueMinor: number | null;
}

/** Sales of product groups on these days, both included; the most money first. */
export function countGroups(
  sql: SqlReader,
  { from, to }: { readonly from: number; readonly to: number },
): GroupSales[] {
  return sql.all<{
    group: string;
    clients: number;
    purchases: number;
    repeatClients: number;
    revenueMinor: number | null;
  }>(
    `select grp as "group", count(*) as clients, sum(purchases) as purchases,
       sum(days > 1) as repeatClients, cast(round(sum(minor)) as integer) as revenueMinor
     from (
       select product.parent_id as grp, p.client_key, count(distinct p.id) as purchases,
         count(distinct p.day) as days,
         sum(dp.quantity * dp.price_minor * case when p.amount_minor = p.base_minor then 1.0
           when p.amount_minor <> 0 then 1.0 * p.base_minor / p.amount_minor end) as minor
       from ${BOUGHT} and p.day >= ? and p.day <= ? group by 1, 2
     ) group by 1 order by revenueMinor desc, clients desc, 1`,
    from,
    to,
  );
}

/** The group bought most often on these days; null = no products with groups are known. */
export function commonGroup(
  sql: SqlReader,
  { from, to }: { readonly from: number; readonly to: number },
): { readonly id: string; readonly name: string } | null {
  const row = sql.get<{ id: string; name: string | null }>(
    `select product.parent_id as id, (select name from label g
       where g.dictionary = 'productGroup' and g.id = product.parent_id) as name
     from ${BOUGHT} and p.day >= ? and p.day <= ?
     group by 1 order by count(distinct p.id) desc, 1 limit 1`,
    from,
    to,
  );
  return row ? { id: row.id, name: row.name ?? row.id } : null;
}

/** Purchases of one group on these days, by client. */
export function buyersOfGroup(
  sql: SqlReader,
  group: string,
  { from, to }: { readonly from: number; readonly to: number },
): ReadonlyMap<string, readonly { readonly day: number; readonly group: string }[]> {
  return byClient(
    sql.all<GroupDay & Record<string, string | number>>(
      `select distinct p.client_key as key, p.day as day, product.parent_id as "group" from ${BOUGHT}
       and product.parent_id = ? and p.day >= ? and p.day <= ?`,
      group,
      from,
      to,
    ),
  );
}

interface GroupDay {
  readonly key: string;
  readonly day: number;
  readonly group: string;
}

function byClient(rows: readonly (GroupDay & Record<string, string | number>)[]) {
  const byKey = new Map<string, { day: number; group: string }[]>();
  for (const { key, day, group } of rows) {
    const list = byKey.get(key);
    if (list) list.push({ day, group });
    else byKey.set(key, [{ day, group }]);
  }
  return byKey;
}

/** Days on which these clients bought of a group; null = no products with groups are known at all. */
export function groupsOf(
  sql: SqlReader,
  keys: readonly string[],
): ReadonlyMap<string, readonly { readonly day: number; readonly group: string }[]> | null {
  const rows = sql.all<GroupDay & Record<string, string | number>>(
    `select distinct p.client_key as key, p.day as day, product.parent_id as "group" from ${BOUGHT}
     and p.client_key in (select value from json_each(?)) order by 1, 2, 3`,
    JSON.stringify(keys),
  );
  return rows.length === 0 && !knowsGroups(sql) ? null : byClient(rows);
}

function knowsGroups(sql: SqlReader): boolean {
  return sql.get(`select 1 as one from ${BOUGHT} limit 1`) !== undefined;
}

/** What the CRM calls the ids of a dictionary. */
export function namesIn(sql: SqlReader, dictionary: LabelDictionary): ReadonlyMap<string, string> {
  const rows = sql.all<{ id: string; name: string }>(
    "select id, name from label where dictionary = ? and name <> '' order by name, id",
    dictionary,
  );
  return new Map(rows.map(({ id, name }) => [id, name]));
}
