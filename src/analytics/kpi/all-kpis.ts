import type { SpendRow } from "../spend.ts";
import type { ClientHistory, Day, Kpi, PurchaseLog } from "../types.ts";
import { type Acquisition, acquisition, referralShare } from "./acquisition.ts";
import { KPI_CODES } from "./codes.ts";
import { expectedKpis, type Forecaster } from "./expected-revenue.ts";
import type { KpiBase } from "./figure.ts";
import { firstSources, type SourceRow, sourceTable } from "./first-source.ts";
import { type FunnelStep, purchaseFunnel } from "./funnel.ts";
import { makeLedger } from "./ledger.ts";
import {
  type CohortLtv,
  LTV_HORIZONS_DAYS,
  ltvAtHorizon,
  ltvByCohort,
  ltvMarginChurn,
  ltvSimple,
} from "./lifetime.ts";
import { ltvHistoric, moneyKpis } from "./money.ts";
import { profitKpis } from "./profit.ts";
import { type PopulationRow, populationsOf, revenueRetentionKpis } from "./recurring.ts";
import { repeatKpis } from "./repeat.ts";
import { retentionKpis } from "./retention.ts";

export interface KpiInput {
  readonly log: PurchaseLog;
  /** Histories of the log at the end of `asOf`; those without purchase days are no clients. */
  readonly histories: readonly ClientHistory[];
  readonly asOf: Day;
  readonly horizonDays: number;
  /** Margin as a share of revenue for rows without their own; default unknown. */
  readonly marginShare?: number | null;
  readonly spend?: readonly SpendRow[];
  /** For the expected revenue; default no forecast. */
  readonly snapshot?: Forecaster | null;
}

export interface KpiSet {
  readonly kpis: readonly Kpi[];
  readonly funnel: readonly FunnelStep[];
  readonly populations: readonly PopulationRow[];
  readonly cohortLtv: readonly CohortLtv[];
  readonly sources: readonly SourceRow[];
  readonly acquisition: Acquisition;
}

/** Everything that purchases (and a spend table) can tell, with the figures in the order of the dashboard. */
export function kpiSet(input: KpiInput): KpiSet {
  const { log, asOf, horizonDays } = input;
  const clients = input.histories.filter(({ days }) => days.length > 0);
  const ledger = makeLedger(log, asOf, input.marginShare ?? null);
  const base: KpiBase = { clients, log, asOf, horizonDays, ledger };
  const cohortLtv = ltvByCohort(base);
  const ltv = ltvAtHorizon(base, cohortLtv);
  const sources = firstSources(base);
  const paid = acquisition(base, sources, input.spend ?? [], ltv);
  const { ltvProfit, unprofitable } = profitKpis(base);
  const kpis = [
    ltvHistoric(base),
    ltv,
    ltvSimple(base),
    ltvMarginChurn(base),
    ltvProfit,
    unprofitable,
    ...moneyKpis(base),
    ...expectedKpis(clients, asOf, input.snapshot ?? null),
    ...repeatKpis(base),
    ...retentionKpis(base),
    ...revenueRetentionKpis(base),
    referralShare(base, sources),
    ...paid.kpis,
  ];
  return {
    kpis: inOrder(kpis),
    funnel: purchaseFunnel(clients),
    populations: populationsOf(clients),
    cohortLtv,
    sources: sourceTable(base, sources, ltv.inputs?.horizonDays ?? LTV_HORIZONS_DAYS[0]),
    acquisition: paid,
  };
}

/** Figures that a year of month ends can be recomputed for at little cost: no money by source, no spend, no forecast. */
export function trendKpis(
  histories: readonly ClientHistory[],
  log: PurchaseLog,
  asOf: Day,
  horizonDays: number,
): Kpi[] {
  const clients = histories.filter(({ days }) => days.length > 0);
  const base: KpiBase = { clients, log, asOf, horizonDays, ledger: makeLedger(log, asOf) };
  return [
    ltvHistoric(base),
    ltvAtHorizon(base),
    ...moneyKpis(base),
    ...repeatKpis(base),
    ...retentionKpis(base),
    ...revenueRetentionKpis(base),
  ];
}

/** The figures in the order of their codes. */
export function inOrder(kpis: readonly Kpi[]): Kpi[] {
  const order = new Map<string, number>(KPI_CODES.map((code, at) => [code, at]));
  return kpis.toSorted((one, other) => (order.get(one.code) ?? 0) - (order.get(other.code) ?? 0));
}
