import { dayText } from "../analytics/calendar.ts";
import { ownRhythm } from "../analytics/rhythm.ts";
import type { Day } from "../analytics/types.ts";
import { type CardDetail, DETAIL_ROWS } from "../crm/card-detail.ts";
import type { Instant } from "../crm/ports.ts";
import type { CardRoom } from "./card-parts.ts";
import { playbookHistory } from "./card-playbooks.ts";
import { CONTACT_KINDS } from "./insight-facts.ts";
import type { SqlReader } from "./sql.ts";

/** Groups beyond these are crumbs. */
const MOST_GROUPS = 8;
const MOST_MOVES = 12;
/** Two years of weeks. */
const MOST_SCORES = 104;
/** Day 0 was a Thursday, weeks begin on Mondays. */
const FIRST_MONDAY = -3;

/** What the short card is made of, for a client that can be judged. `dealUrl`: a deal's address in the CRM. */
export function detailOf(
  room: CardRoom,
  key: string,
  dealUrl: (dealId: string) => string,
): CardDetail {
  const { sql, today } = room;
  const rows = purchaseRows(sql, key, today);
  return {
    purchases: rows.slice(-DETAIL_ROWS).map(({ day, base_minor, deal_id }) => ({
      day: dayText(day),
      amountMinor: base_minor,
      deal: deal_id === null ? null : { id: deal_id, url: dealUrl(deal_id) },
    })),
    earlier: Math.max(0, rows.length - DETAIL_ROWS),
    rhythm: ownRhythm(purchaseDays(rows)),
    contacts: contacts(room, key),
    moves: moves(room, key),
    scores: scores(sql, key),
    playbooks: playbookHistory(room, key),
    groups: groups(room, key),
  };
}

interface PurchaseLine {
  readonly day: Day;
  readonly amount_minor: number | null;
  readonly base_minor: number | null;
  /** null = the purchase is not a deal that we know. */
  readonly deal_id: string | null;
}

function purchaseRows(sql: SqlReader, key: string, today: Day): PurchaseLine[] {
  return sql.all<PurchaseLine>(
    `select p.day, p.amount_minor, p.base_minor, d.id as deal_id
     from purchase p left join deal d on d.id = p.deal_id
     where p.client_key = ? and p.day <= ? order by p.day, p.deal_id`,
    key,
    today,
  );
}

/** A refund is not a purchase, two purchases of one day are one visit. */
function purchaseDays(rows: readonly PurchaseLine[]): Day[] {
  const bought = rows.filter(({ amount_minor }) => (amount_minor ?? 0) >= 0);
  return [...new Set(bought.map(({ day }) => day))];
}

function contacts({ sql, zone, now }: CardRoom, key: string): CardDetail["contacts"] {
  const rows = sql.all<{ kind: string; direction: "in" | "out" | null; at: Instant }>(
    `select kind, direction, at from (
       select id, kind, direction, at, is_done from activity where client_key = ?
       union
       select a.id, a.kind, a.direction, a.at, a.is_done from deal d
       join activity a on a.deal_id = d.id where d.client_key = ?
     ) where is_done = 1 and at <= ? and kind in (${CONTACT_KINDS}) order by at desc limit ?`,
    key,
    key,
    now,
    DETAIL_ROWS,
  );
  return rows
    .toReversed()
    .map(({ kind, direction, at }) => ({ day: dayText(zone.dayOf(at)), kind, direction }));
}

interface MoveRow {
  readonly at: Instant;
  readonly kind: CardDetail["moves"][number]["kind"];
  readonly before: string | null;
  readonly after: string | null;
  readonly cause: CardDetail["moves"][number]["cause"];
}

/** Where the client came into view is no move. */
function moves({ sql, zone }: CardRoom, key: string): CardDetail["moves"] {
  const rows = sql.all<MoveRow>(
    `select at, kind, before, after, cause from transition
     where client_key = ? and before is not null and after is not null
       and kind in ('segment', 'lifecycle', 'band') and cause in ('behaviour', 'boundary')
     order by id desc limit ?`,
    key,
    MOST_MOVES,
  );
  return rows.map(({ at, ...move }) => ({ day: dayText(zone.dayOf(at)), ...move }));
}

function scores(sql: SqlReader, key: string): CardDetail["scores"] {
  const rows = sql.all<{ week: number; score: number }>(
    "select week, score from weekly_score where client_key = ? order by week desc limit ?",
    key,
    MOST_SCORES,
  );
  return rows
    .toReversed()
    .map(({ week, score }) => ({ day: dayText(week * 7 + FIRST_MONDAY), score }));
}

/** By the catalogue's groups; goods without one are left out. A deal that was paid in parts counts once. */
function groups({ sql, today }: CardRoom, key: string): CardDetail["groups"] {
  const rows = sql.all<{
    name: string;
    purchases: number;
    minor: number | null;
    last_day: Day;
  }>(
    `with bought as (
       select deal_id, max(day) as last_day,
         max(case when amount_minor = base_minor then 1.0
           when amount_minor <> 0 then 1.0 * base_minor / amount_minor end) as rate
       from purchase where client_key = ? and day <= ? and deal_id is not null
         and coalesce(amount_minor, 0) >= 0
       group by deal_id
     )
     select g.name as name, count(distinct b.deal_id) as purchases, max(b.last_day) as last_day,
       cast(round(sum(dp.quantity * dp.price_minor * b.rate)) as integer) as minor
     from bought b join deal_product dp on dp.deal_id = b.deal_id
     join label goods on goods.dictionary = 'product' and goods.id = dp.product_id
     join label g on g.dictionary = 'productGroup' and g.id = goods.parent_id and g.name <> ''
     group by g.id, g.name order by minor desc, purchases desc, g.name limit ?`,
    key,
    today,
    MOST_GROUPS,
  );
  return rows.map(({ name, purchases, minor, last_day }) => ({
    name,
    purchases,
    amountMinor: minor,
    lastOn: dayText(last_day),
  }));
}
