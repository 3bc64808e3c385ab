import type { KpiCode } from "./codes.ts";
import type { KpiGroup, KpiText } from "./kpi-texts.ts";

const kpi = (group: KpiGroup, name: string, definition: string): KpiText => ({
  name,
  definition,
  group,
});

export const kpisEn: Readonly<Record<KpiCode, KpiText>> = {
  ltv_historic: kpi(
    "value",
    "LTV to date",
    "All purchases of a client less refunds, average per client.",
  ),
  ltv_horizon: kpi(
    "value",
    "LTV of the first days",
    "Money of a client's first days / clients. Only cohorts that have the whole time behind them. A refund lowers the purchase it undoes.",
  ),
  ltv_simple: kpi(
    "value",
    "LTV, simple estimate",
    "Average order × orders a year × years with us. The years are those of clients who left: first purchase to last and one usual gap, at most 5 years.",
  ),
  ltv_margin_churn: kpi(
    "value",
    "LTV from churn",
    "Money per client a year × margin share × years until leaving. These years = period / churn of the period, at most 5.",
  ),
  ltv_profit: kpi(
    "value",
    "Profit per client",
    "Margin of all purchases of a client less refunds, average per client. Where a margin is missing its average share stands in.",
  ),
  average_order: kpi(
    "value",
    "Average order",
    "Revenue less refunds / purchases with a known sum.",
  ),
  median_order: kpi(
    "value",
    "Median order",
    "Half of the purchases are larger, half are smaller. Purchases of one day are added up. One large deal does not move it.",
  ),
  arpu: kpi(
    "value",
    "Revenue per client",
    "Money of the last 365 days / clients who bought in them. A refund counts on the day it was made.",
  ),
  pareto_share: kpi(
    "value",
    "Bring 80% of the money",
    "The smallest share of clients that brings 80% of the money. It is often far from 20%.",
  ),
  unprofitable_clients: kpi(
    "value",
    "Unprofitable clients",
    "Clients whose margin over all time adds up to less than zero.",
  ),
  expected_revenue_30: kpi(
    "value",
    "Expected in 30 days",
    "Expected purchases of today's clients times their expected order, added up. New clients are not in it. The range holds in 80% of cases, without swings of demand as a whole.",
  ),
  expected_revenue_90: kpi(
    "value",
    "Expected in 90 days",
    "Expected purchases of today's clients times their expected order, added up. New clients are not in it. The range holds in 80% of cases, without swings of demand as a whole.",
  ),
  repeat_purchase_rate: kpi(
    "repeat",
    "Bought again",
    "Clients with purchases on at least two days / all clients. Young clients lower the share.",
  ),
  repeat_within_90: kpi(
    "repeat",
    "Second within 90 days",
    "Of those who first bought at least 90 days ago: who bought again within 90 days of it.",
  ),
  repeat_order_share: kpi(
    "repeat",
    "Share of repeat orders",
    "Purchases that are not a client's first / all purchases in 365 days. Not the same as the share who bought again.",
  ),
  purchase_frequency: kpi(
    "repeat",
    "Purchases per client",
    "Days with a purchase in 365 days / clients who bought at least once.",
  ),
  median_interval: kpi(
    "repeat",
    "Usual gap",
    "Median days between a client's neighbouring purchases. Purchases of one day count once.",
  ),
  mean_interval: kpi(
    "repeat",
    "Mean gap",
    "Mean days between neighbouring purchases. A few long gaps pull it up, so look at the median too.",
  ),
  retention_rate: kpi(
    "retention",
    "Retention",
    "(Active at the end − new − returned) / active at the start of the period. Active = bought within the last period.",
  ),
  churn_rate: kpi(
    "retention",
    "Churn",
    "Of the clients active at the start of the period: who did not buy in it. The whole period has passed, the figure is final.",
  ),
  churn_rate_preliminary: kpi(
    "retention",
    "Churn, recent",
    "The same over the last half of the period. An upper bound: some of these clients still have time to buy.",
  ),
  reactivation_rate: kpi(
    "retention",
    "Come back",
    "Of the clients silent for longer than a period at its start: who bought in it.",
  ),
  cohort_revenue_retention: kpi(
    "retention",
    "Revenue retention",
    "Money of the last 365 days from those who paid the year before / their money of that year.",
  ),
  season_revenue: kpi(
    "retention",
    "Against last season",
    "Revenue of the last 90 days / revenue of the same 90 days a year ago. A season is compared with itself.",
  ),
  nrr: kpi(
    "retention",
    "NRR",
    "Clients who pay regularly: their money of the last three whole months / of the same months a year ago. New clients are not in it.",
  ),
  grr: kpi(
    "retention",
    "GRR",
    "The same, but a client who pays more does not count for more: never above 100%.",
  ),
  referral_share: kpi(
    "acquisition",
    "Came recommended",
    "Clients whose first source is a recommendation / clients with a known source.",
  ),
  cac_marketing: kpi(
    "acquisition",
    "CAC, marketing",
    "Marketing spend / new clients of the same months.",
  ),
  cac_full: kpi(
    "acquisition",
    "CAC, full",
    "Marketing and sales spend / new clients of the same months.",
  ),
  ltv_cac: kpi(
    "acquisition",
    "LTV : CAC",
    "LTV of the first days / full CAC. The mark is 3 : 1, and it holds for margin, not for revenue.",
  ),
  payback_months: kpi(
    "acquisition",
    "Payback",
    "First month since the first purchase in which a client's cumulative money covers the full CAC.",
  ),
  romi: kpi(
    "acquisition",
    "ROMI",
    "(Money of the clients who came in the months of spend − marketing spend) / marketing spend. It grows with the clients' age.",
  ),
  win_rate: kpi(
    "sales",
    "Deals won",
    "Won deals / won and lost deals of a year. Open deals are left out.",
  ),
  sales_cycle_won: kpi(
    "sales",
    "Cycle to a win",
    "Median days from the deal's creation to the purchase, deals of a year.",
  ),
  sales_cycle_lost: kpi(
    "sales",
    "Cycle to a loss",
    "Median days from the deal's creation to the loss, deals of a year.",
  ),
  contacts_clients: kpi(
    "sales",
    "Contacts per client",
    "Calls, meetings, letters and chats of 90 days with those who have bought / their number, a month.",
  ),
  contacts_prospects: kpi(
    "sales",
    "Contacts per prospect",
    "The same with those who have an open deal and no purchase yet.",
  ),
};
