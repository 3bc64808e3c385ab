import type { Day } from "../analytics/types.ts";
import type { OverviewDocument } from "../crm/overview.ts";
import type { SqlReader } from "./sql.ts";

type Finding = OverviewDocument["dataQuality"][number];

interface Counted {
  readonly count: number;
  readonly minor: number | null;
}

/**
 * What is wrong with the data and how much money it touches (minor units of the portal's currency; null where there is
 * none). Only what occurs is listed.
 */
export function findQualityIssues(
  sql: SqlReader,
  { currency, today }: { currency: string; today: Day },
): Finding[] {
  const won = "outcome = 'won' and is_deleted = 0 and is_template = 0";
  const ownMoney = "sum(case when currency = ? then amount_minor end)";
  const deals = (where: string): Counted =>
    one(
      sql,
      `select count(*) as count, ${ownMoney} as minor from deal where ${won} and ${where}`,
      currency,
    );
  const purchases = (where: string, ...args: number[]): Counted =>
    one(
      sql,
      `select count(*) as count, sum(base_minor) as minor from purchase where ${where}`,
      ...args,
    );
  const findings: readonly (readonly [string, Counted])[] = [
    ["deals_without_client", deals("client_key is null")],
    ["missing_sources", deals("source_id is null and utm is null")],
    ["zero_sums", noMoney(purchases("coalesce(amount_minor, 0) = 0"))],
    ["missing_rates", noMoney(purchases("base_minor is null and coalesce(amount_minor, 0) <> 0"))],
    ["future_dates", purchases("day > ?", today)],
    ["close_date_used", purchases("moment = 'close_day'")],
    ["refunds_only", refundsOnly(sql, today)],
  ];
  return findings
    .filter(([, { count }]) => count > 0)
    .map(([code, { count, minor }]) => ({ code, count, amountMinor: minor }));
}

function one(sql: SqlReader, query: string, ...args: (string | number)[]): Counted {
  return sql.get<Counted>(query, ...args) ?? { count: 0, minor: null };
}

function noMoney({ count }: Counted): Counted {
  return { count, minor: null };
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
