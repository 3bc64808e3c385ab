import type { GroupRow } from "../../crm/segmentation.ts";
import type { RfmFacts } from "../rfm.ts";
import type { ClientHistory, Day, LifecycleState, RfmSegmentCode } from "../types.ts";

/** One client as segmentation sees it. `history` has at least one purchase day. */
export interface ClientView {
  readonly id: string;
  readonly history: ClientHistory;
  readonly segment: RfmSegmentCode;
  readonly lifecycle: LifecycleState;
  readonly xyz: "X" | "Y" | "Z" | null;
  /** Expected money over the snapshot's horizon, minor units; null = no forecast. */
  readonly expectedMinor: number | null;
}

/** What RFM looks at. A client without a known sum has no total, not a total of zero. */
export function rfmFactsOf(history: ClientHistory, asOf: Day): RfmFacts {
  return {
    daysSinceLast: Math.max(0, asOf - (history.days[history.days.length - 1] ?? asOf)),
    purchaseDays: history.days.length,
    totalMinor: history.purchasesWithSum > 0 ? history.totalMinor : null,
  };
}

/** Net money of the days after `from` up to `to`: paid days and refunds, each in its own day. Unknown sums add nothing. */
export function netMoneyBetween(history: ClientHistory, from: Day, to: Day): number {
  const { days, dayAmountMinor } = history;
  let money = 0;
  for (let at = days.length - 1; at >= 0 && (days[at] as number) > from; at -= 1) {
    const minor = dayAmountMinor[at] as number;
    if ((days[at] as number) <= to && minor > 0) money += minor;
  }
  for (const refund of history.refunds ?? []) {
    if (refund.day > from && refund.day <= to) money += refund.amountMinor;
  }
  return money;
}

/** Counts clients and money by code; codes of `order` come first and are there even when empty. */
export function groupRows<Client extends { readonly history: ClientHistory }>(
  clients: readonly Client[],
  codeOf: (client: Client, at: number) => string | null,
  order: readonly string[],
): GroupRow[] {
  const rows = new Map(order.map((code) => [code, { clients: 0, moneyMinor: 0 }]));
  for (const [at, client] of clients.entries()) {
    const code = codeOf(client, at);
    if (code === null) continue;
    const row = rows.get(code) ?? { clients: 0, moneyMinor: 0 };
    row.clients += 1;
    row.moneyMinor += client.history.totalMinor;
    rows.set(code, row);
  }
  const all = Math.max(1, clients.length);
  return [...rows].map(([code, row]) => ({ code, ...row, share: row.clients / all }));
}

/**
 * The smallest value that at least `share` of the values lie strictly below; null when too many are equal. So never more
 * than 1 - share of a base reach it.
 */
export function upperLimit(values: Iterable<number>, share: number): number | null {
  const sorted = Float64Array.from(values).sort();
  const from = Math.ceil(share * sorted.length - 1e-9);
  for (let at = Math.max(1, from); at < sorted.length; at += 1) {
    if (sorted[at] !== sorted[at - 1]) return sorted[at] as number;
  }
  return null;
}
