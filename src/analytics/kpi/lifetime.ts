import { monthIndex, monthStart, monthText } from "../calendar.ts";
import { medianOfWhole } from "../quantile.ts";
import type { ClientHistory, Day, Kpi } from "../types.ts";
import { figure, hasSums, type KpiBase, ratio, YEAR_DAYS } from "./figure.ts";
import { noMoneyNote, noYearNote, yearMoney } from "./money.ts";
import { returning } from "./retention.ts";

/** Horizons of cohort value, longest first. */
export const LTV_HORIZONS_DAYS = [365, 180, 90, 30] as const;
/** Nobody plans on a client further ahead; without a cap the formula explodes when churn goes to zero. */
const LONGEST_LIFETIME_YEARS = 5;
const FEWEST_LEFT = 10;

export interface CohortLtv {
  /** Month of the first purchase, `YYYY-MM`. */
  readonly cohort: string;
  readonly horizonDays: number;
  readonly clients: number;
  /** Money of the first `horizonDays` days, refunds charged to the purchases they undo. */
  readonly totalMinor: number;
  readonly perClientMinor: number;
}

/** A cohort is old enough when even its last possible client has had the whole horizon. */
export function isOldEnough(month: number, horizonDays: number, asOf: Day): boolean {
  return monthStart(month + 1) - 1 + horizonDays <= asOf;
}

/** Value of every cohort at every horizon that the whole cohort has lived through; clients without sums are left out. */
export function ltvByCohort(base: KpiBase): CohortLtv[] {
  const sums = new Map<number, { clients: number; minor: number[] }>();
  for (const client of base.clients) {
    const first = client.days[0];
    if (first === undefined || !hasSums(client)) continue;
    const month = monthIndex(first);
    const row = sums.get(month) ?? { clients: 0, minor: LTV_HORIZONS_DAYS.map(() => 0) };
    sums.set(month, row);
    row.clients += 1;
    const { days, minor } = base.ledger.flow(client);
    for (let at = 0; at < days.length; at += 1) {
      const own = minor[at] as number;
      const age = (days[at] as number) - first;
      if (age >= LTV_HORIZONS_DAYS[0]) break;
      if (Number.isNaN(own)) continue;
      // The horizons fall: the first that is too short ends the row.
      for (let index = 0; index < LTV_HORIZONS_DAYS.length; index += 1) {
        if (age >= (LTV_HORIZONS_DAYS[index] as number)) break;
        row.minor[index] = (row.minor[index] as number) + own;
      }
    }
  }
  return [...sums]
    .sort(([left], [right]) => left - right)
    .flatMap(([month, { clients, minor }]) =>
      LTV_HORIZONS_DAYS.flatMap((horizonDays, index) => {
        if (!isOldEnough(month, horizonDays, base.asOf)) return [];
        const totalMinor = minor[index] ?? 0;
        const perClientMinor = Math.round(totalMinor / clients);
        return [{ cohort: monthText(month), horizonDays, clients, totalMinor, perClientMinor }];
      }),
    );
}

/**
 * Mean money of a client's first days, over the cohorts old enough. The horizon is the longest of 365, 180, 90 and 30 days
 * that at least half of the clients have behind them, else the longest anybody has.
 */
export function ltvAtHorizon(base: KpiBase, rows: readonly CohortLtv[] = ltvByCohort(base)): Kpi {
  const known = base.clients.filter(hasSums).length;
  const clientsAt = (days: number) =>
    rows.reduce((sum, row) => sum + (row.horizonDays === days ? row.clients : 0), 0);
  const horizonDays =
    LTV_HORIZONS_DAYS.find((days) => 2 * clientsAt(days) >= known && known > 0) ??
    LTV_HORIZONS_DAYS.find((days) => clientsAt(days) > 0) ??
    null;
  const used = rows.filter((row) => row.horizonDays === horizonDays);
  const clients = used.reduce((sum, row) => sum + row.clients, 0);
  const totalMinor = used.reduce((sum, row) => sum + row.totalMinor, 0);
  return figure("ltv_horizon", base.asOf, {
    unit: "money",
    value: ratio(totalMinor, clients),
    population: clients,
    exclusions: {
      too_young: known - clients,
      clients_without_sums: base.clients.length - known,
    },
    note: clients > 0 ? null : known > 0 ? "no_cohort_old_enough" : noMoneyNote(base),
    basis: base.ledger.basis,
    inputs: { totalMinor, ...(horizonDays === null ? {} : { horizonDays }) },
  });
}

/**
 * Average order x orders a year x years a client stays, an estimate. The years are those of the clients who have left
 * (silent for longer than the horizon): from the first purchase to the last, and one usual gap that the last one served.
 */
export function ltvSimple(base: KpiBase): Kpi {
  const year = yearMoney(base);
  const left = base.clients.filter(
    ({ days }) => (days[days.length - 1] ?? base.asOf) <= base.asOf - base.horizonDays,
  );
  const gap = medianOfWhole(gapsOf(base.clients));
  const enough = left.length >= FEWEST_LEFT && gap !== null;
  const years = enough ? (meanSpan(left) + gap) / YEAR_DAYS : null;
  const lifetimeYears = years === null ? null : Math.min(LONGEST_LIFETIME_YEARS, years);
  const perClient = ratio(year.minor, year.buyers);
  return figure("ltv_simple", base.asOf, {
    unit: "money",
    value: perClient === null || lifetimeYears === null ? null : perClient * lifetimeYears,
    population: left.length,
    note: year.buyers === 0 ? noYearNote(base) : enough ? "estimate" : "too_few_left",
    period: [base.asOf - YEAR_DAYS + 1, base.asOf],
    basis: "revenue",
    inputs: {
      ...(year.orders > 0
        ? {
            averageOrderMinor: Math.round(year.minor / year.orders),
            ordersPerYear: year.orders / year.buyers,
          }
        : {}),
      ...(lifetimeYears === null ? {} : { lifetimeYears }),
    },
  });
}

/** Year's money of a client x margin / churn a year, at most five years of it. */
export function ltvMarginChurn(base: KpiBase): Kpi {
  const year = yearMoney(base);
  const { active, bought } = returning(base, base.horizonDays);
  const perClient = ratio(year.minor, year.buyers);
  const churn = ratio(active - bought, active);
  const horizonYears = base.horizonDays / YEAR_DAYS;
  const years =
    churn === null
      ? null
      : Math.min(
          LONGEST_LIFETIME_YEARS,
          churn > 0 ? horizonYears / churn : Number.POSITIVE_INFINITY,
        );
  const margin = base.ledger.marginShare ?? 1;
  const isCapped = years === LONGEST_LIFETIME_YEARS;
  return figure("ltv_margin_churn", base.asOf, {
    unit: "money",
    value: perClient === null || years === null ? null : perClient * margin * years,
    population: active,
    note:
      perClient === null
        ? noYearNote(base)
        : years === null
          ? "nobody_was_active"
          : isCapped
            ? "lifetime_capped"
            : "estimate",
    period: [base.asOf - YEAR_DAYS + 1, base.asOf],
    basis: base.ledger.basis,
    inputs: {
      ...(perClient === null ? {} : { arpuMinor: Math.round(perClient) }),
      marginShare: margin,
      ...(churn === null ? {} : { churnShare: churn, churnDays: base.horizonDays }),
      ...(years === null ? {} : { lifetimeYears: years }),
    },
  });
}

function meanSpan(clients: readonly ClientHistory[]): number {
  const sum = clients.reduce(
    (all, { days }) => all + ((days[days.length - 1] ?? 0) - (days[0] ?? 0)),
    0,
  );
  return sum / clients.length;
}

/** All days between neighbouring purchase days. */
export function gapsOf(clients: readonly ClientHistory[]): Int32Array {
  const size = clients.reduce((sum, { days }) => sum + Math.max(0, days.length - 1), 0);
  const gaps = new Int32Array(size);
  let next = 0;
  for (const { days } of clients) {
    for (let at = 1; at < days.length; at += 1) {
      gaps[next++] = (days[at] as number) - (days[at - 1] as number);
    }
  }
  return gaps;
}
