import { medianOfWhole } from "../quantile.ts";
import type { Kpi } from "../types.ts";
import { figure, type KpiBase, ratio, YEAR_DAYS } from "./figure.ts";
import { gapsOf } from "./lifetime.ts";

const SECOND_WITHIN_DAYS = 90;

/** Who buys again, how often and after how long. */
export function repeatKpis(base: KpiBase): Kpi[] {
  return [
    repeatPurchaseRate(base),
    repeatWithin90(base),
    repeatOrderShare(base),
    purchaseFrequency(base),
    ...intervals(base),
  ];
}

/** Clients with at least two purchase days / clients, over the whole history. Young clients bias it down. */
function repeatPurchaseRate(base: KpiBase): Kpi {
  const repeated = base.clients.filter(({ days }) => days.length > 1).length;
  return figure("repeat_purchase_rate", base.asOf, {
    unit: "share",
    value: ratio(repeated, base.clients.length),
    population: base.clients.length,
    note: base.clients.length > 0 ? null : "no_clients",
    inputs: { repeatClients: repeated },
  });
}

/** Of the clients who bought first at least 90 days ago, who bought again within 90 days. */
function repeatWithin90(base: KpiBase): Kpi {
  let old = 0;
  let repeated = 0;
  for (const { days } of base.clients) {
    const first = days[0] as number;
    if (first > base.asOf - SECOND_WITHIN_DAYS) continue;
    old += 1;
    if (days.length > 1 && (days[1] as number) - first <= SECOND_WITHIN_DAYS) repeated += 1;
  }
  const note = base.clients.length > 0 ? "no_cohort_old_enough" : "no_clients";
  return figure("repeat_within_90", base.asOf, {
    unit: "share",
    value: ratio(repeated, old),
    population: old,
    exclusions: { too_young: base.clients.length - old },
    note: old > 0 ? null : note,
    inputs: { repeatClients: repeated },
  });
}

/** Purchase days that are not the client's first / all purchase days, in the last year. */
function repeatOrderShare(base: KpiBase): Kpi {
  const { days, firstDays } = lastYear(base);
  return figure("repeat_order_share", base.asOf, {
    unit: "share",
    value: ratio(days - firstDays, days),
    population: days,
    populationUnit: "orders",
    note: days > 0 ? null : "nobody_bought",
    period: [base.asOf - YEAR_DAYS + 1, base.asOf],
    inputs: { repeatOrders: days - firstDays },
  });
}

/** Purchase days of the last year / clients who bought in it; one-time buyers included. */
function purchaseFrequency(base: KpiBase): Kpi {
  const { days, buyers } = lastYear(base);
  return figure("purchase_frequency", base.asOf, {
    unit: "ratio",
    value: ratio(days, buyers),
    population: buyers,
    note: buyers > 0 ? null : "nobody_bought",
    period: [base.asOf - YEAR_DAYS + 1, base.asOf],
    inputs: { orders: days },
  });
}

/** Days between neighbouring purchase days of repeat buyers; who never came back is not in it. */
function intervals(base: KpiBase): Kpi[] {
  const gaps = gapsOf(base.clients);
  const repeated = base.clients.filter(({ days }) => days.length > 1).length;
  const common = {
    unit: "days",
    population: repeated,
    exclusions: { one_time_buyers: base.clients.length - repeated },
    note: repeated > 0 ? null : "nobody_returned",
    inputs: { gaps: gaps.length },
  } as const;
  const sum = gaps.reduce((all, gap) => all + gap, 0);
  return [
    figure("median_interval", base.asOf, { ...common, value: medianOfWhole(gaps) }),
    figure("mean_interval", base.asOf, { ...common, value: ratio(sum, gaps.length) }),
  ];
}

function lastYear(base: KpiBase): { days: number; firstDays: number; buyers: number } {
  const from = base.asOf - YEAR_DAYS;
  let all = 0;
  let firstDays = 0;
  let buyers = 0;
  for (const { days } of base.clients) {
    let inside = 0;
    for (let at = days.length - 1; at >= 0 && (days[at] as number) > from; at -= 1) inside += 1;
    all += inside;
    if (inside > 0) buyers += 1;
    if (inside === days.length) firstDays += 1;
  }
  return { days: all, firstDays, buyers };
}
