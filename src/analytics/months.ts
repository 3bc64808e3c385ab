import { monthIndex, monthText } from "./calendar.ts";
import { buildHistories } from "./history.ts";
import type { Day, PurchaseLog } from "./types.ts";

export interface MonthRow {
  /** `YYYY-MM` */
  readonly month: string;
  /** Net: a refund is booked in the month it was made. */
  readonly revenueMinor: number;
  /** Purchases, refunds not counted. */
  readonly purchases: number;
  readonly newClients: number;
}

/** Every month from the first row up to `asOf`, empty ones included. Empty base: no rows. */
export function monthTable(log: PurchaseLog, asOf: Day): MonthRow[] {
  const revenue = new Map<number, number>();
  const purchases = new Map<number, number>();
  const newClients = new Map<number, number>();
  for (let row = 0; row < log.day.length; row += 1) {
    const day = log.day[row] as number;
    if (day > asOf) continue;
    const month = monthIndex(day);
    const minor = log.amountMinor[row] as number;
    add(revenue, month, Number.isFinite(minor) ? minor : 0);
    add(purchases, month, minor < 0 ? 0 : 1);
  }
  for (const { days } of buildHistories(log, asOf)) {
    const first = days[0];
    if (first !== undefined) add(newClients, monthIndex(first), 1);
  }
  if (revenue.size === 0) return [];
  const from = Math.min(...revenue.keys());
  return Array.from({ length: monthIndex(asOf) - from + 1 }, (_, at) => ({
    month: monthText(from + at),
    revenueMinor: revenue.get(from + at) ?? 0,
    purchases: purchases.get(from + at) ?? 0,
    newClients: newClients.get(from + at) ?? 0,
  }));
}

function add(sums: Map<number, number>, key: number, amount: number): void {
  sums.set(key, (sums.get(key) ?? 0) + amount);
}
