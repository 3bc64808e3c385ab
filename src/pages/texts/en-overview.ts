import { detailsEn } from "./en-details.ts";
import { kpiWordsEn } from "./en-kpi-words.ts";
import { kpisEn } from "./en-kpis.ts";
import { modelEn } from "./en-model.ts";
import type { OverviewTexts } from "./texts.ts";

export const overviewEn: OverviewTexts = {
  title: "Client base",
  asOf: "as of {date}",
  tierReasons: {
    few_clients: "No forecasts yet: the base has fewer than 50 clients. Below are facts only.",
    few_repeat_buyers:
      "No forecasts yet: fewer than 20 clients bought again. Below are facts only.",
    nobody_returns:
      "No forecasts: less than 2% of clients ever return, a forecast would be a guess.",
  },
  kpis: kpisEn,
  kpiWords: kpiWordsEn,
  details: detailsEn,
  model: modelEn,
  kpiFallback: "Figure",
  definitionFallback: "The definition comes with the next version of the help.",
  notDefined: "not defined",
  formula: "Formula",
  population: "Calculated over",
  excluded: "Left out",
  times: "times",
  sections: {
    sync: "First sync",
    kpis: "Key figures",
    months: "Revenue by month",
    segments: "Segments",
    lifecycle: "Client stages",
    attention: "Whom to call first",
    playbook: "Playbook",
    quality: "Data quality",
  },
  columns: {
    segment: "Segment",
    clients: "Clients",
    share: "Share",
    revenue: "Revenue",
    month: "Month",
    purchases: "Purchases",
    newClients: "New",
    client: "Client",
    score: "Score",
    silent: "Silent",
    total: "Bought for",
    contactWorth: "Call worth",
    problem: "Problem",
    count: "How many",
    effect: "What it affects",
  },
  pareto: "{share} of clients give 80% of revenue",
  empty: {
    sync: "The sync has not started yet.",
    kpis: "Figures appear after the first won deals.",
    months: "No purchases yet: the chart appears after the first won deal.",
    segments: "Segments appear after the first won deal.",
    lifecycle: "Stages appear once the base has clients with purchases.",
    attention: "No valuable client is silent for longer than usual.",
    playbook: "",
    quality: "Nothing to remark on the data.",
  },
  attentionHint:
    "Silent for longer than their own usual gap; first those where a call can save the most money",
  company: "Company {id}",
  contact: "Contact {id}",
  quality: {
    deals_without_client: {
      name: "Deals without a client",
      effect: "in revenue, but not in segments and churn",
    },
    zero_sums: { name: "Won deals without a sum", effect: "lower revenue and the average order" },
    missing_sources: { name: "Deals without a source", effect: "distort the payback of channels" },
    suspected_duplicates: { name: "Suspected duplicates", effect: "lower repeat purchases" },
    future_dates: { name: "Dated in the future", effect: "left out" },
    install_day_rates: {
      name: "Rate of the install day",
      effect: "old foreign sums are approximate",
    },
    payments_without_client: { name: "Payments without a client", effect: "in no figure" },
    missing_rates: { name: "No exchange rate", effect: "not in money figures" },
    refunds_only: { name: "Refunds only", effect: "not counted as clients" },
    close_date_used: { name: "Close date used", effect: "the day of purchase is approximate" },
  },
  qualityFallback: "Another remark",
  warnings: {
    sync_running: "The first sync is still running: figures cover the deals read so far.",
    no_sums: "No purchase has a sum: money figures are unknown.",
    data_stale: "The CRM has not answered for a while: data may lag.",
    hooks_unavailable:
      "On this plan the CRM does not send changes, so we look for them every 10 minutes.",
    hooks_partial: "The CRM sends only some changes; we look for the others every 10 minutes.",
    token_ends_soon:
      "The CRM's long-lived token ends within two weeks. Make a new one and give it to whoever runs the server.",
    hooks_disabled_by_host:
      "The CRM has stopped sending changes; for now we look for them every 10 minutes.",
    history_unavailable:
      "The CRM does not give the history of stages: a purchase counts from the day its deal was closed.",
    filters_off: "The CRM cannot select changed records, so updates take longer.",
    "hooks.no_rights":
      "Not enough rights to be told of changes: we look for them every 10 minutes.",
    "places.no_rights":
      "Not enough rights to add a tab to the CRM's cards. An administrator is needed.",
    "fields.no_rights":
      "Not enough rights to create a field for the segment. Clients are not marked for now.",
    "fields.recreated":
      "A field of Client Pulse was deleted in the CRM and has been made anew: what stood in it is lost.",
    "fields.name_taken":
      "Another app already uses a field with our name. Clients are not marked for now.",
  },
  warningFallback: "There is a warning about the work with the CRM.",
  portalStates: {
    degraded: "Part of the CRM data is unavailable: figures may be incomplete.",
    throttled: "The CRM asks us to slow down: data is updated with a delay.",
    needs_admin: "A CRM administrator is needed: the app lacks rights.",
    payment_required: "The CRM plan does not let apps work: data stands still.",
    suspended: "The exchange with the CRM is stopped: data is not updated.",
  },
  partialMonth: "Light bar: the month is not over",
  newClients: "{n} new",
  showTable: "As a table",
  usually: "usually {days}",
  playbooks: {
    at_risk: {
      name: "At risk: the owner calls",
      who: "Clients who are silent for longer than their own usual gap and still bring noticeable money.",
      what: "The segment mark on the client and one task for the responsible person. A fifth of the clients stays a control group, to measure the effect.",
    },
  },
  playbookPromise: "First the exact list. Nothing changes in the CRM before you approve it.",
  dryRun: "Show what would change",
  adminOnly: "A CRM administrator can approve the list.",
};
