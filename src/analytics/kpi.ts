import { clientsShareFor80 } from "./abc.ts";
import { gapsOf } from "./history.ts";
import { medianOf } from "./quantile.ts";
import type { ClientHistory, Day, Kpi } from "./types.ts";

/** What every figure is made from. Histories end on `asOf` at the latest; those without purchase days are no clients. */
export interface KpiBase {
  readonly histories: readonly ClientHistory[];
  readonly asOf: Day;
  /** A client is active while the last purchase is at most this many days ago. */
  readonly horizonDays: number;
}

/** Period of the figures that have one: the last year. */
const PERIOD_DAYS = 365;

/** All figures that purchases alone can give, in the order of the overview. */
export function allKpis(base: KpiBase): Kpi[] {
  return [
    ltvHistoric(base),
    averageOrder(base),
    medianOrder(base),
    arpu(base),
    repeatPurchaseRate(base),
    repeatOrderShare(base),
    purchaseFrequency(base),
    medianInterval(base),
    retentionRate(base),
    churnRate(base),
    churnRatePreliminary(base),
    reactivationRate(base),
    paretoShare(base),
  ];
}

/** Mean net money a client has brought so far. Clients without a known sum are left out. */
function ltvHistoric(base: KpiBase): Kpi {
  const clients = clientsOf(base);
  const known = clients.filter((client) => client.purchasesWithSum > 0);
  const money = known.reduce((sum, client) => sum + client.totalMinor, 0);
  return figure("ltv_historic", "money", ratio(money, known.length), {
    population: known.length,
    excluded: clients.length - known.length,
    note: known.length > 0 ? null : noMoneyNote(clients),
  });
}

/** Net money of all purchases with a sum / their number. */
function averageOrder(base: KpiBase): Kpi {
  const { money, withSum, withoutSum, note } = orders(base);
  return figure("average_order", "money", ratio(money, withSum), {
    population: withSum,
    excluded: withoutSum,
    note,
  });
}

/** Median money of a purchase day with a known sum: one large deal does not move it. */
function medianOrder(base: KpiBase): Kpi {
  const clients = clientsOf(base);
  const all = clients.flatMap((client) => Array.from(client.dayAmountMinor));
  const known = all.filter((minor) => minor > 0);
  return figure("median_order", "money", medianOf(known), {
    population: known.length,
    excluded: all.length - known.length,
    note: known.length > 0 ? null : noMoneyNote(clients),
  });
}

/** Net money of the last year / clients who paid in it. Purchase days without a sum are left out. */
function arpu(base: KpiBase): Kpi {
  const from = base.asOf - PERIOD_DAYS;
  let money = 0;
  let buyers = 0;
  let excluded = 0;
  for (const client of clientsOf(base)) {
    const inside = client.dayAmountMinor.filter((_, at) => (client.days[at] ?? from) > from);
    const known = inside.filter((minor) => minor > 0);
    excluded += inside.length - known.length;
    if (known.length > 0) buyers += 1;
    money += known.reduce((sum, minor) => sum + minor, 0);
    for (const refund of client.refunds ?? []) {
      if (refund.day > from) money += refund.amountMinor;
    }
  }
  return figure("arpu", "money", ratio(money, buyers), {
    population: buyers,
    excluded,
    note: buyers > 0 ? null : "nobody_bought",
  });
}

/** Clients with at least two purchase days / clients, over the whole history. Young clients bias it down. */
function repeatPurchaseRate(base: KpiBase): Kpi {
  const clients = clientsOf(base);
  const repeated = clients.filter((client) => client.days.length > 1).length;
  return figure("repeat_purchase_rate", "share", ratio(repeated, clients.length), {
    population: clients.length,
    excluded: 0,
    note: clients.length > 0 ? null : "no_clients",
  });
}

/** Purchase days that are not the client's first / all purchase days, in the last year. */
function repeatOrderShare(base: KpiBase): Kpi {
  const { days, firstDays } = lastYear(base);
  return figure("repeat_order_share", "share", ratio(days - firstDays, days), {
    population: days,
    excluded: 0,
    note: days > 0 ? null : "nobody_bought",
  });
}

/** Purchase days of the last year / clients who bought in it; one-time buyers included. */
function purchaseFrequency(base: KpiBase): Kpi {
  const { days, buyers } = lastYear(base);
  return figure("purchase_frequency", "ratio", ratio(days, buyers), {
    population: buyers,
    excluded: 0,
    note: buyers > 0 ? null : "nobody_bought",
  });
}

/** Median of the days between neighbouring purchase days of repeat buyers; who never came back is not in it. */
function medianInterval(base: KpiBase): Kpi {
  const clients = clientsOf(base);
  const repeated = clients.filter((client) => client.days.length > 1);
  return figure("median_interval", "days", medianOf(repeated.flatMap((c) => gapsOf(c.days))), {
    population: repeated.length,
    excluded: clients.length - repeated.length,
    note: repeated.length > 0 ? null : "nobody_returned",
  });
}

/** Of the clients active one horizon ago, the share who bought since. New clients are in neither number. */
function retentionRate(base: KpiBase): Kpi {
  const { active, bought } = returning(base, base.horizonDays);
  return figure("retention_rate", "share", ratio(bought, active), {
    population: active,
    excluded: 0,
    note: active > 0 ? null : "nobody_was_active",
  });
}

/** 1 - retention over the same clients. Final: the whole horizon has passed for everyone in it. */
function churnRate(base: KpiBase): Kpi {
  const { active, bought } = returning(base, base.horizonDays);
  return figure("churn_rate", "share", ratio(active - bought, active), {
    population: active,
    excluded: 0,
    note: active > 0 ? null : "nobody_was_active",
  });
}

/** The same for clients active half a horizon ago: newer, an upper bound, because half of their time is still to come. */
function churnRatePreliminary(base: KpiBase): Kpi {
  const { active, bought } = returning(base, Math.floor(base.horizonDays / 2));
  return figure("churn_rate_preliminary", "share", ratio(active - bought, active), {
    population: active,
    excluded: 0,
    note: active > 0 ? "window_open" : "nobody_was_active",
  });
}

/** Of the clients who were silent for more than a horizon one horizon ago, the share who bought since. */
function reactivationRate(base: KpiBase): Kpi {
  const start = base.asOf - base.horizonDays;
  let lost = 0;
  let back = 0;
  for (const { days } of clientsOf(base)) {
    const last = lastUpTo(days, start);
    if (last === null || last > start - base.horizonDays) continue;
    lost += 1;
    if ((days[days.length - 1] ?? start) > start) back += 1;
  }
  return figure("reactivation_rate", "share", ratio(back, lost), {
    population: lost,
    excluded: 0,
    note: lost > 0 ? null : "nobody_was_lost",
  });
}

/** The smallest share of clients that brings 80 % of the money. */
function paretoShare(base: KpiBase): Kpi {
  const clients = clientsOf(base);
  const known = clients.filter((client) => client.purchasesWithSum > 0);
  const share = clientsShareFor80(known.map((client) => client.totalMinor));
  return figure("pareto_share", "share", share, {
    population: known.length,
    excluded: clients.length - known.length,
    note: share === null ? noMoneyNote(clients) : null,
  });
}

function clientsOf(base: KpiBase): readonly ClientHistory[] {
  return base.histories.filter((history) => history.days.length > 0);
}

function orders(base: KpiBase) {
  const clients = clientsOf(base);
  const withSum = clients.reduce((sum, client) => sum + client.purchasesWithSum, 0);
  const all = clients.reduce((sum, client) => sum + client.purchases, 0);
  const money = clients.reduce(
    (sum, client) => sum + (client.purchasesWithSum > 0 ? client.totalMinor : 0),
    0,
  );
  const note = withSum > 0 ? null : noMoneyNote(clients);
  return { money, withSum, withoutSum: all - withSum, note };
}

function lastYear(base: KpiBase): { days: number; firstDays: number; buyers: number } {
  const from = base.asOf - PERIOD_DAYS;
  let days = 0;
  let firstDays = 0;
  let buyers = 0;
  for (const client of clientsOf(base)) {
    const inside = client.days.filter((day) => day > from).length;
    days += inside;
    if (inside > 0) buyers += 1;
    if ((client.days[0] ?? from) > from) firstDays += 1;
  }
  return { days, firstDays, buyers };
}

/** Clients active `ago` days before asOf, and how many of them have bought since. */
function returning(base: KpiBase, ago: number): { active: number; bought: number } {
  const start = base.asOf - ago;
  let active = 0;
  let bought = 0;
  for (const { days } of clientsOf(base)) {
    const last = lastUpTo(days, start);
    if (last === null || last <= start - base.horizonDays) continue;
    active += 1;
    if ((days[days.length - 1] ?? start) > start) bought += 1;
  }
  return { active, bought };
}

function lastUpTo(days: Int32Array, limit: Day): Day | null {
  for (let at = days.length - 1; at >= 0; at -= 1) {
    const day = days[at] as number;
    if (day <= limit) return day;
  }
  return null;
}

function noMoneyNote(clients: readonly ClientHistory[]): string {
  return clients.length > 0 ? "no_sums" : "no_clients";
}

function ratio(part: number, whole: number): number | null {
  return whole > 0 ? part / whole : null;
}

/** The definition's text has the code of the figure. Money is rounded to minor units. */
function figure(
  code: string,
  unit: Kpi["unit"],
  value: number | null,
  rest: Pick<Kpi, "population" | "excluded" | "note">,
): Kpi {
  const shown = value !== null && unit === "money" ? Math.round(value) : value;
  return { code, value: shown, unit, definition: code, ...rest };
}
