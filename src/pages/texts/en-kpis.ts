import type { KpiCode } from "./codes.ts";
import type { KpiPeriod, KpiText } from "./texts.ts";

const kpi = (period: KpiPeriod, name: string, definition: string): KpiText => ({
  name,
  definition,
  period,
});

export const kpisEn: Readonly<Record<KpiCode, KpiText>> = {
  ltv_historic: kpi(
    "all",
    "LTV to date",
    "All purchases of a client less refunds, average per client.",
  ),
  average_order: kpi("all", "Average order", "Revenue less refunds / purchases with a known sum."),
  median_order: kpi(
    "all",
    "Median order",
    "Half of the purchases are larger, half are smaller. One large deal does not move it.",
  ),
  arpu: kpi(
    "year",
    "Revenue per client",
    "Money of the last 365 days / clients who bought in them.",
  ),
  repeat_purchase_rate: kpi(
    "all",
    "Bought again",
    "Clients with purchases on at least two days / all clients. Young clients lower the share.",
  ),
  repeat_order_share: kpi(
    "year",
    "Share of repeat orders",
    "Purchases that are not a client's first / all purchases in 365 days. Not the same as the share who bought again.",
  ),
  purchase_frequency: kpi(
    "year",
    "Purchases per client",
    "Days with a purchase in 365 days / clients who bought at least once.",
  ),
  median_interval: kpi(
    "all",
    "Usual gap",
    "Median days between a client's neighbouring purchases. Purchases of one day count once.",
  ),
  retention_rate: kpi(
    "horizon",
    "Retention",
    "Of the clients active at the start of the period: who bought in it. New clients are left out.",
  ),
  churn_rate: kpi(
    "horizon",
    "Churn",
    "Of the clients active at the start of the period: who did not buy in it. The whole period has passed, the figure is final.",
  ),
  churn_rate_preliminary: kpi(
    "halfHorizon",
    "Churn, recent",
    "The same over the last half of the period. An upper bound: some of these clients still have time to buy.",
  ),
  reactivation_rate: kpi(
    "horizon",
    "Come back",
    "Of the clients silent for longer than a period at its start: who bought in it.",
  ),
  pareto_share: kpi(
    "all",
    "Bring 80% of the money",
    "The smallest share of clients that brings 80% of the money. It is often far from 20%.",
  ),
};
