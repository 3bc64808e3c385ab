import { buildBase, buyersOf, historyAt } from "../analytics/base.ts";
import type { Day, PurchaseLog } from "../analytics/types.ts";
import type { Clock } from "../crm/ports.ts";
import type { SettingsTotals } from "../crm/settings.ts";
import { rowsByKey } from "./mirror-rows.ts";
import { paymentPurchaseId, withParts } from "./payment-purchases.ts";
import { derivePurchases, type PurchaseRow, type PurchaseRules } from "./purchases.ts";
import type { SqlReader } from "./sql.ts";

/** Records a page: others get their turn in between. */
const PAGE_RECORDS = 500;

interface Bought {
  readonly key: string;
  readonly day: Day;
  readonly minor: number | null;
}

type MissingRates = SettingsTotals["missingRates"];

/** Clients, purchase days and money of the whole mirror as they would be under these rules. Writes nothing. */
export async function totalsUnder(
  { sql, clock }: { readonly sql: SqlReader; readonly clock: Pick<Clock, "turn"> },
  rules: PurchaseRules,
  today: Day,
): Promise<SettingsTotals> {
  const bought: Bought[] = [];
  const missing = new Map<string, MissingRates[number]>();
  const table = rules.moneySource === "deals" ? "deal" : "payment";
  for (let after = ""; ; ) {
    const ids = sql
      .all<{ id: string }>(
        `select id from ${table} where id > ? order by id limit ?`,
        after,
        PAGE_RECORDS,
      )
      .map(({ id }) => id);
    const last = ids.at(-1);
    if (last === undefined) break;
    for (const row of purchasesFrom(sql, table, ids, rules)) {
      bought.push({ key: row.client_key, day: row.day, minor: row.base_minor });
      if (row.base_minor === null && row.amount_minor && row.currency !== null) {
        const { currency, amount_minor: amountMinor } = row;
        const sum = missing.get(currency) ?? { currency, count: 0, amountMinor: 0 };
        missing.set(currency, {
          currency,
          count: sum.count + 1,
          amountMinor: sum.amountMinor + amountMinor,
        });
      }
    }
    after = last;
    await clock.turn();
  }
  const missingRates = [...missing.values()].toSorted((one, other) =>
    one.currency < other.currency ? -1 : 1,
  );
  return { ...totalsOf(bought, today), missingRates };
}

/** Purchases that begin with one of these records: every sale belongs to one page, whatever its other parts. */
function purchasesFrom(
  sql: SqlReader,
  table: "deal" | "payment",
  ids: readonly string[],
  rules: PurchaseRules,
): PurchaseRow[] {
  const isDeal = table === "deal";
  const parts = isDeal ? [] : withParts(sql, { deals: [], payments: ids });
  const begun = isDeal ? ids : ids.map(paymentPurchaseId);
  const known = rowsByKey<PurchaseRow>(sql, "purchase", "id", begun);
  const origins = isDeal ? { deals: ids, payments: [] } : { deals: [], payments: parts };
  const rows = derivePurchases(sql, origins, rules, known);
  return begun.flatMap((id) => rows.get(id) ?? []);
}

function totalsOf(bought: Bought[], today: Day): Omit<SettingsTotals, "missingRates"> {
  bought.sort((one, other) =>
    one.key === other.key ? one.day - other.day : one.key < other.key ? -1 : 1,
  );
  const base = buildBase(logOf(bought), today);
  const totals = { clients: 0, purchases: 0, revenueMinor: 0 };
  for (const client of buyersOf(base)) {
    const history = historyAt(base, client);
    totals.clients += 1;
    totals.purchases += history.purchases;
    totals.revenueMinor += history.totalMinor;
  }
  return totals;
}

/** Rows in order of clients and days as columns. */
function logOf(bought: readonly Bought[]): PurchaseLog {
  const clients: string[] = [];
  const client = new Int32Array(bought.length);
  const day = new Int32Array(bought.length);
  const amountMinor = new Float64Array(bought.length);
  for (const [at, row] of bought.entries()) {
    if (clients.at(-1) !== row.key) clients.push(row.key);
    client[at] = clients.length - 1;
    day[at] = row.day;
    amountMinor[at] = row.minor ?? Number.NaN;
  }
  return { clients, client, day, amountMinor };
}
