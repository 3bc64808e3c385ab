import { clientsShareFor80 } from "../abc.ts";
import { quantileOfSorted } from "../quantile.ts";
import type { ClientHistory, Day, Kpi } from "../types.ts";
import type { KpiNote } from "./codes.ts";
import { figure, hasSums, type KpiBase, moneyWithin, ratio, YEAR_DAYS } from "./figure.ts";

/** Money per client and per order. */
export function moneyKpis(base: KpiBase): Kpi[] {
  return [averageOrder(base), medianOrder(base), arpu(base), paretoShare(base)];
}

/** Mean net money a client has brought so far. Clients without a known sum are left out. */
export function ltvHistoric(base: KpiBase): Kpi {
  const known = base.clients.filter(hasSums);
  const money = known.reduce((sum, client) => sum + client.totalMinor, 0);
  return figure("ltv_historic", base.asOf, {
    unit: "money",
    value: ratio(money, known.length),
    population: known.length,
    exclusions: { clients_without_sums: base.clients.length - known.length },
    note: known.length > 0 ? null : noMoneyNote(base),
    basis: "revenue",
    inputs: { totalMinor: money },
  });
}

/** Net money of all purchases with a sum / their number. */
function averageOrder(base: KpiBase): Kpi {
  let withSum = 0;
  let all = 0;
  let money = 0;
  for (const client of base.clients) {
    withSum += client.purchasesWithSum;
    all += client.purchases;
    if (hasSums(client)) money += client.totalMinor;
  }
  return figure("average_order", base.asOf, {
    unit: "money",
    value: ratio(money, withSum),
    population: withSum,
    populationUnit: "orders",
    exclusions: { orders_without_sum: all - withSum },
    note: withSum > 0 ? null : noMoneyNote(base),
    basis: "revenue",
    inputs: { totalMinor: money },
  });
}

/** Median money of a purchase day with a known sum: one large deal does not move it. */
function medianOrder(base: KpiBase): Kpi {
  const all = base.clients.reduce((sum, { days }) => sum + days.length, 0);
  const sums = new Float64Array(all);
  let known = 0;
  for (const { dayAmountMinor } of base.clients) {
    for (let at = 0; at < dayAmountMinor.length; at += 1) {
      const minor = dayAmountMinor[at] as number;
      if (!(minor > 0)) continue;
      sums[known] = minor;
      known += 1;
    }
  }
  return figure("median_order", base.asOf, {
    unit: "money",
    value: quantileOfSorted(sums.subarray(0, known).sort(), 0.5),
    population: known,
    populationUnit: "orders",
    exclusions: { orders_without_sum: all - known },
    note: known > 0 ? null : noMoneyNote(base),
    basis: "revenue",
  });
}

/** What the last year brought: money booked in it, who paid, on how many days with a sum. */
export interface YearMoney {
  readonly minor: number;
  readonly buyers: number;
  readonly orders: number;
  readonly ordersWithoutSum: number;
}

/** Money of (from, asOf]; a refund is booked when it is paid back, whatever it undoes. */
export function yearMoney(base: KpiBase, from: Day = base.asOf - YEAR_DAYS): YearMoney {
  let minor = 0;
  let buyers = 0;
  let orders = 0;
  let ordersWithoutSum = 0;
  for (const client of base.clients) {
    const inside = countInside(client, from);
    orders += inside.withSum;
    ordersWithoutSum += inside.withoutSum;
    if (inside.withSum > 0) buyers += 1;
    minor += moneyWithin(client, from, base.asOf);
  }
  return { minor, buyers, orders, ordersWithoutSum };
}

function countInside(client: ClientHistory, from: Day): { withSum: number; withoutSum: number } {
  let withSum = 0;
  let withoutSum = 0;
  for (let at = client.days.length - 1; at >= 0 && (client.days[at] as number) > from; at -= 1) {
    if ((client.dayAmountMinor[at] as number) > 0) withSum += 1;
    else withoutSum += 1;
  }
  return { withSum, withoutSum };
}

/** Net money of the last year / clients who paid in it. Purchase days without a sum are left out. */
function arpu(base: KpiBase): Kpi {
  const year = yearMoney(base);
  return figure("arpu", base.asOf, {
    unit: "money",
    value: ratio(year.minor, year.buyers),
    population: year.buyers,
    exclusions: { orders_without_sum: year.ordersWithoutSum },
    note: year.buyers > 0 ? null : noYearNote(base),
    period: [base.asOf - YEAR_DAYS + 1, base.asOf],
    basis: "revenue",
    inputs: { totalMinor: year.minor },
  });
}

/** The smallest share of clients that brings 80 % of the money. */
function paretoShare(base: KpiBase): Kpi {
  const known = base.clients.filter(hasSums);
  const share = clientsShareFor80(known.map((client) => client.totalMinor));
  return figure("pareto_share", base.asOf, {
    unit: "share",
    value: share,
    population: known.length,
    exclusions: { clients_without_sums: base.clients.length - known.length },
    note: share === null ? noMoneyNote(base) : null,
    basis: "revenue",
  });
}

/** Why nobody paid within a year: no sums at all, or nobody came. */
export function noYearNote(base: KpiBase): KpiNote {
  return base.clients.some(hasSums) ? "nobody_bought" : noMoneyNote(base);
}

/** Why there is no money: nobody at all, or nobody with a sum. */
export function noMoneyNote(base: KpiBase): KpiNote {
  return base.clients.length > 0 ? "no_sums" : "no_clients";
}
