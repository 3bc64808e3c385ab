import { dayOf } from "../calendar.ts";
import { buildHistories } from "../history.ts";
import type { SpendRow } from "../spend.ts";
import type { Kpi, PurchaseLog } from "../types.ts";
import { type KpiSet, kpiSet } from "./all-kpis.ts";
import type { Forecaster } from "./expected-revenue.ts";

export interface TestRow {
  readonly id: string;
  readonly date: string;
  readonly minor: number;
  readonly margin?: number;
  readonly source?: string;
}

/** A log of hand-written rows; margins and sources are columns only where a row has one. */
export function logOf(rows: readonly TestRow[]): PurchaseLog {
  const clients = [...new Set(rows.map(({ id }) => id))].sort();
  const sorted = rows.toSorted(
    (one, other) =>
      clients.indexOf(one.id) - clients.indexOf(other.id) || one.date.localeCompare(other.date),
  );
  const names = [...new Set(rows.flatMap(({ source }) => (source === undefined ? [] : [source])))];
  const details = {
    ...(rows.some(({ margin }) => margin !== undefined)
      ? { marginMinor: Float64Array.from(sorted, ({ margin }) => margin ?? Number.NaN) }
      : {}),
    ...(names.length > 0
      ? {
          source: {
            names,
            code: Int32Array.from(sorted, ({ source }) => names.indexOf(source ?? "\u0000")),
          },
        }
      : {}),
  };
  return {
    clients,
    client: Int32Array.from(sorted, ({ id }) => clients.indexOf(id)),
    day: Int32Array.from(sorted, ({ date }) => dayOf(date)),
    amountMinor: Float64Array.from(sorted, ({ minor }) => minor),
    ...(Object.keys(details).length > 0 ? { details } : {}),
  };
}

/** `"anna 2025-01-10 1000"`; a sum left out is unknown. */
export function rowsOf(...lines: readonly string[]): TestRow[] {
  return lines.map((line) => {
    const [id = "", date = "", minor] = line.split(" ");
    return { id, date, minor: minor === undefined ? Number.NaN : Number(minor) };
  });
}

export interface TestOptions {
  readonly asOf: string;
  readonly horizonDays?: number;
  readonly spend?: readonly SpendRow[];
  readonly marginShare?: number;
  readonly snapshot?: Forecaster | null;
}

/** All figures of a log, and by code. */
export function figuresOf(
  log: PurchaseLog,
  { asOf, horizonDays = 60, ...rest }: TestOptions,
): KpiSet & { readonly by: Readonly<Record<string, Kpi>> } {
  const day = dayOf(asOf);
  const histories = buildHistories(log, day);
  const set = kpiSet({ log, histories, asOf: day, horizonDays, ...rest });
  return { ...set, by: Object.fromEntries(set.kpis.map((kpi) => [kpi.code, kpi])) };
}
