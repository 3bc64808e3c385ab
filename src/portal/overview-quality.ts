import {
  averageEffect,
  logFindings,
  mergedBy,
  type QualityEffect,
  takingsOf,
} from "../analytics/kpi/quality.ts";
import { medianOf } from "../analytics/quantile.ts";
import type { ClientHistory, Day, PurchaseLog } from "../analytics/types.ts";
import type { OverviewDocument } from "../crm/overview.ts";
import type { SqlReader } from "./sql.ts";

type Finding = OverviewDocument["dataQuality"][number];

interface Counted {
  readonly count: number;
  readonly minor: number | null;
  /** Of these, with a sum of their own. */
  readonly orders?: number;
}

/**
 * What is wrong with the data, how much money it touches (minor units of the portal's currency; null where there is none)
 * and what it does to a figure. Only what occurs is listed.
 */
export function findQualityIssues(
  sql: SqlReader,
  { currency, today }: { readonly currency: string; readonly today: Day },
  log: PurchaseLog,
  clients: readonly ClientHistory[],
): Finding[] {
  const won = "outcome = 'won' and is_deleted = 0 and is_template = 0";
  const ownMoney = "sum(case when currency = ? then amount_minor end)";
  const deals = (where: string): Counted =>
    one(
      sql,
      `select count(*) as count, ${ownMoney} as minor,
         count(case when currency = ? and amount_minor > 0 then 1 end) as orders
       from deal where ${won} and ${where}`,
      currency,
      currency,
    );
  const purchases = (where: string, ...args: number[]): Counted =>
    one(
      sql,
      `select count(*) as count, sum(base_minor) as minor from purchase where ${where}`,
      ...args,
    );
  const takings = takingsOf(clients);
  const found = logFindings(log, clients, today);
  const effectOf = (code: string) => found.find((row) => row.code === code)?.effect ?? null;
  const added = ({ minor, orders = 0 }: Counted): QualityEffect | null =>
    minor === null ? null : averageEffect(takings, { minor, orders });
  const clientless = deals("client_key is null");
  const zero = noMoney(purchases("coalesce(amount_minor, 0) = 0"));
  const guessed = purchases("moment = 'close_day'");
  const findings: readonly (readonly [string, Counted, QualityEffect | null])[] = [
    ["deals_without_client", clientless, added(clientless)],
    ["missing_sources", deals("source_id is null and utm is null"), effectOf("missing_sources")],
    ["zero_sums", zero, averageEffect(takings, { minor: 0, orders: zero.count })],
    [
      "missing_rates",
      noMoney(purchases("base_minor is null and coalesce(amount_minor, 0) <> 0")),
      null,
    ],
    ["suspected_duplicates", ...duplicates(sql, clients)],
    ["future_dates", purchases("day > ?", today), effectOf("after_as_of")],
    ["close_date_used", guessed, guessed.count > 0 ? guessedDays(sql, clients) : null],
    ["refunds_only", refundsOnly(sql, today), effectOf("refunds_only")],
  ];
  return findings
    .filter(([, { count }]) => count > 0)
    .map(([code, { count, minor }, effect]) => ({ code, count, amountMinor: minor, effect }));
}

function one(sql: SqlReader, query: string, ...args: (string | number)[]): Counted {
  return sql.get<Counted>(query, ...args) ?? { count: 0, minor: null };
}

function noMoney({ count }: Counted): Counted {
  return { count, minor: null };
}

/** A contact who buys for himself while his company buys too: probably one buyer, told by ids alone. */
function duplicates(
  sql: SqlReader,
  clients: readonly ClientHistory[],
): [Counted, QualityEffect | null] {
  const pairs = sql.all<{ contact: string; company: string }>(
    `select key as contact, 'company:' || company_id as company from client
     where kind = 'contact' and company_id is not null and is_deleted = 0
       and key in (select client_key from purchase)
       and 'company:' || company_id in (select client_key from purchase)`,
  );
  if (pairs.length === 0) return [{ count: 0, minor: null }, null];
  const companyOf = new Map(pairs.map(({ contact, company }) => [contact, company]));
  const merged = mergedBy(clients, ({ id }) => companyOf.get(id) ?? id);
  return [{ count: merged.count, minor: merged.amountMinor }, merged.effect];
}

/** The usual gap with and without the purchases whose day is a guess. */
function guessedDays(sql: SqlReader, clients: readonly ClientHistory[]): QualityEffect | null {
  const guessed = new Set(
    sql
      .all<{ at: string }>(
        "select distinct client_key || ' ' || day as at from purchase where moment = 'close_day'",
      )
      .map(({ at }) => at),
  );
  const usual = (isKept: (id: string, day: Day) => boolean) =>
    medianOf(
      clients.flatMap(({ id, days }) => {
        const kept = days.filter((day) => isKept(id, day));
        return Array.from(kept.subarray(1), (day, at) => day - (kept[at] as number));
      }),
    );
  const from = usual(() => true);
  const to = usual((id, day) => !guessed.has(`${id} ${day}`));
  return from === null || to === null ? null : { kpi: "median_interval", from, to };
}

/** Clients whose purchases were all paid back: they are no clients. */
function refundsOnly(sql: SqlReader, today: Day): Counted {
  return one(
    sql,
    `select count(*) as count, null as minor from (
       select client_key from purchase where day <= ? group by client_key
       having min(coalesce(amount_minor, 0)) < 0
         and client_key not in (select client_key from insight)
         and client_key not in (select client_key from stale_client))`,
    today,
  );
}
