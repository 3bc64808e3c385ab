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
import { readSettings } from "./setting-store.ts";
import type { SqlReader } from "./sql.ts";

/** A purchase with a sum that could not be converted. */
const NO_RATE = "base_minor is null and coalesce(amount_minor, 0) <> 0";

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
  const { moneySource } = readSettings(sql);
  const isOfDeals = moneySource === "deals";
  const clientless = isOfDeals
    ? deals("client_key is null")
    : clientlessPayments(sql, moneySource, currency);
  const zero = noMoney(purchases("coalesce(amount_minor, 0) = 0"));
  const guessed = purchases("moment = 'close_day'");
  const findings: readonly (readonly [string, Counted, QualityEffect | null])[] = [
    [isOfDeals ? "deals_without_client" : "payments_without_client", clientless, added(clientless)],
    ["missing_sources", deals("source_id is null and utm is null"), effectOf("missing_sources")],
    ["zero_sums", zero, averageEffect(takings, { minor: 0, orders: zero.count })],
    ["missing_rates", noMoney(purchases(NO_RATE)), null],
    ["install_day_rates", purchases("rate_basis = 'install'"), null],
    ["suspected_duplicates", ...duplicates(sql, clients)],
    ["future_dates", purchases("day > ?", today), effectOf("after_as_of")],
    ["close_date_used", guessed, guessed.count > 0 ? guessedDays(sql, clients) : null],
    ["refunds_only", refundsOnly(sql, today), effectOf("refunds_only")],
  ];
  return findings
    .filter(([, { count }]) => count > 0)
    .map(([code, { count, minor }, effect]) => ({
      code,
      count,
      amountMinor: minor,
      effect,
      ...(code === "missing_rates" ? { amounts: unconverted(sql) } : {}),
    }));
}

/** Paid records of the money source that nobody is known to have paid. */
function clientlessPayments(sql: SqlReader, kind: string, currency: string): Counted {
  return one(
    sql,
    `select count(*) as count, sum(case when p.currency = ? then p.amount_minor end) as minor,
       count(case when p.currency = ? and p.amount_minor > 0 then 1 end) as orders
     from payment p left join deal d on d.id = p.deal_id
     where p.kind = ? and p.is_deleted = 0 and p.paid_at is not null
       and p.client_key is null and d.client_key is null`,
    currency,
    currency,
    kind,
  );
}

function unconverted(sql: SqlReader): { currency: string; amountMinor: number }[] {
  return sql.all<{ currency: string; amountMinor: number }>(
    `select currency, sum(amount_minor) as amountMinor from purchase
     where ${NO_RATE} and currency is not null group by currency order by currency`,
  );
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
