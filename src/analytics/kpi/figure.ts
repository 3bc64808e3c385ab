import { dayText } from "../calendar.ts";
import type { ClientHistory, Day, Kpi, PurchaseLog } from "../types.ts";
import type { KpiCode, KpiExclusion, KpiNote } from "./codes.ts";
import type { Ledger } from "./ledger.ts";

/** What every figure is made from. */
export interface KpiBase {
  /** Clients only, in the order of the log; they end on `asOf` at the latest. */
  readonly clients: readonly ClientHistory[];
  readonly log: PurchaseLog;
  readonly asOf: Day;
  /** A client is active while the last purchase is at most this many days ago. */
  readonly horizonDays: number;
  /** Margin by day where it is known, else revenue. */
  readonly ledger: Ledger;
}

/** Period of the figures that have one: the last year. */
export const YEAR_DAYS = 365;

export interface FigureParts {
  readonly value: number | null;
  readonly unit: Kpi["unit"];
  readonly population: number;
  /** Default: clients. */
  readonly populationUnit?: Kpi["populationUnit"];
  readonly exclusions?: Readonly<Partial<Record<KpiExclusion, number>>>;
  readonly note?: KpiNote | null;
  /** First day of the period (null = the whole history) and its last. */
  readonly period?: readonly [Day | null, Day];
  readonly basis?: Kpi["basis"];
  readonly inputs?: Kpi["inputs"];
  readonly range?: Kpi["range"];
}

/** A figure with its definition, population and exclusions. Money is rounded to minor units; NaN and infinity are null. */
export function figure(code: KpiCode, asOf: Day, parts: FigureParts): Kpi {
  const { value, unit } = parts;
  const isKnown = value !== null && Number.isFinite(value);
  const exclusions = Object.entries(parts.exclusions ?? {})
    .filter(([, count]) => count > 0)
    .map(([exclusion, count]) => ({ code: exclusion, count }));
  const [from, to] = parts.period ?? [null, asOf];
  return {
    code,
    value: isKnown ? (unit === "money" ? Math.round(value) : value) : null,
    unit,
    definition: code,
    population: parts.population,
    populationUnit: parts.populationUnit ?? "clients",
    excluded: exclusions.reduce((sum, { count }) => sum + count, 0),
    exclusions,
    note: parts.note ?? null,
    period: { from: from === null ? null : dayText(from), to: dayText(to) },
    ...(parts.basis ? { basis: parts.basis } : {}),
    ...(parts.inputs ? { inputs: parts.inputs } : {}),
    ...(parts.range ? { range: parts.range } : {}),
  };
}

/** null instead of a division by nothing. */
export function ratio(part: number, whole: number): number | null {
  return whole > 0 ? part / whole : null;
}

/** Whose money is known. */
export function hasSums(client: ClientHistory): boolean {
  return client.purchasesWithSum > 0;
}

/** Last purchase day up to `limit`, or null. */
export function lastUpTo(days: Int32Array, limit: Day): Day | null {
  for (let at = days.length - 1; at >= 0; at -= 1) {
    const day = days[at] as number;
    if (day <= limit) return day;
  }
  return null;
}

/** First purchase day of anybody; `asOf` for nobody. */
export function firstDayOf(base: Pick<KpiBase, "clients" | "asOf">): Day {
  return base.clients.reduce((least, { days }) => Math.min(least, days[0] ?? least), base.asOf);
}

/** Net money booked in (from, to]: purchases of these days and refunds made in them. */
export function moneyWithin(client: ClientHistory, from: Day, to: Day): number {
  const { days, dayAmountMinor } = client;
  let minor = 0;
  for (let at = days.length - 1; at >= 0 && (days[at] as number) > from; at -= 1) {
    const amount = dayAmountMinor[at] as number;
    if ((days[at] as number) <= to && amount > 0) minor += amount;
  }
  for (const refund of client.refunds ?? []) {
    if (refund.day > from && refund.day <= to) minor += refund.amountMinor;
  }
  return minor;
}
