import type { ClientHistory, Day, PurchaseLog } from "../types.ts";
import type { KpiCode } from "./codes.ts";
import { hasSums, ratio } from "./figure.ts";
import { firstSources, isReferredBy } from "./first-source.ts";

/** What a finding does to a figure: its value now, and as it would be with the rows put right. */
export interface QualityEffect {
  readonly kpi: KpiCode;
  readonly from: number;
  readonly to: number;
}

export interface QualityFinding {
  readonly code:
    | "after_as_of"
    | "without_sum"
    | "refunds_only"
    | "suspected_duplicates"
    | "missing_sources";
  readonly count: number;
  /** Money of the rows in question; null = none or unknown. */
  readonly amountMinor: number | null;
  readonly effect: QualityEffect | null;
}

/** Money and orders of all clients; what averages are made of. */
export interface Takings {
  readonly minor: number;
  readonly orders: number;
  readonly ordersWithoutSum: number;
}

export function takingsOf(clients: readonly ClientHistory[]): Takings {
  let minor = 0;
  let orders = 0;
  let all = 0;
  for (const client of clients) {
    if (hasSums(client)) minor += client.totalMinor;
    orders += client.purchasesWithSum;
    all += client.purchases;
  }
  return { minor, orders, ordersWithoutSum: all - orders };
}

/** What a purchase log shows to be doubtful about itself; only what occurs, each with its effect on a figure. */
export function logFindings(
  log: PurchaseLog,
  clients: readonly ClientHistory[],
  asOf: Day,
): QualityFinding[] {
  return [
    futureRows(log, clients, asOf),
    zeroSums(clients),
    refundsOnly(log, clients, asOf),
    duplicates(clients),
    missingSources(log, clients, asOf),
  ].filter((finding) => finding.count > 0);
}

/** Effect of adding money and orders to the average order, or of orders that are worth nothing. */
export function averageEffect(
  takings: Takings,
  more: { readonly minor: number; readonly orders: number },
): QualityEffect | null {
  const from = ratio(takings.minor, takings.orders);
  const to = ratio(takings.minor + more.minor, takings.orders + more.orders);
  return from === null || to === null
    ? null
    : { kpi: "average_order", from: Math.round(from), to: Math.round(to) };
}

/** Rows after asOf are left out of everything; the effect is what the average order would be with them. */
function futureRows(
  log: PurchaseLog,
  clients: readonly ClientHistory[],
  asOf: Day,
): QualityFinding {
  let count = 0;
  let minor = 0;
  let orders = 0;
  for (let row = 0; row < log.day.length; row += 1) {
    if ((log.day[row] as number) <= asOf) continue;
    const amount = log.amountMinor[row] as number;
    count += 1;
    if (amount > 0) orders += 1;
    if (Number.isFinite(amount)) minor += amount;
  }
  return {
    code: "after_as_of",
    count,
    amountMinor: minor,
    effect: averageEffect(takingsOf(clients), { minor, orders }),
  };
}

/** Purchases without a sum: counted as worth nothing they would lower the average. */
function zeroSums(clients: readonly ClientHistory[]): QualityFinding {
  const takings = takingsOf(clients);
  const count = takings.ordersWithoutSum;
  return {
    code: "without_sum",
    count,
    amountMinor: null,
    effect: averageEffect(takings, { minor: 0, orders: count }),
  };
}

/** Ids whose purchases were all paid back are no clients; as clients they would lower the value of one. */
function refundsOnly(
  log: PurchaseLog,
  clients: readonly ClientHistory[],
  asOf: Day,
): QualityFinding {
  const buyers = new Set(clients.map(({ id }) => id));
  const others = new Set<number>();
  let minor = 0;
  for (let row = 0; row < log.day.length; row += 1) {
    const client = log.client[row] as number;
    const amount = log.amountMinor[row] as number;
    if ((log.day[row] as number) > asOf || buyers.has(log.clients[client] as string)) continue;
    others.add(client);
    if (Number.isFinite(amount)) minor += amount;
  }
  const known = clients.filter(hasSums);
  const money = known.reduce((sum, client) => sum + client.totalMinor, 0);
  const from = ratio(money, known.length);
  const to = ratio(money + minor, known.length + others.size);
  return {
    code: "refunds_only",
    count: others.size,
    amountMinor: minor,
    effect:
      from === null || to === null
        ? null
        : { kpi: "ltv_historic", from: Math.round(from), to: Math.round(to) },
  };
}

/** The same id but for spaces and the case of letters. */
function foldId(id: string): string {
  return id.trim().replaceAll(/\s+/g, " ").toLowerCase();
}

/** Clients who are probably one, told by their ids alone: `count` ids too many. */
function duplicates(clients: readonly ClientHistory[]): QualityFinding {
  return { code: "suspected_duplicates", ...mergedBy(clients, ({ id }) => foldId(id)) };
}

/** What it would do to take clients with one key for one client: their purchases become repeat purchases. */
export function mergedBy(
  clients: readonly ClientHistory[],
  keyOf: (client: ClientHistory) => string,
): Omit<QualityFinding, "code"> {
  const groups = new Map<string, ClientHistory[]>();
  for (const client of clients) {
    const key = keyOf(client);
    const group = groups.get(key);
    if (group) group.push(client);
    else groups.set(key, [client]);
  }
  const repeated = clients.filter(({ days }) => days.length > 1).length;
  let tooMany = 0;
  let minor = 0;
  let repeatedAfter = repeated;
  for (const group of groups.values()) {
    if (group.length === 1) continue;
    tooMany += group.length - 1;
    minor += group.reduce((sum, client) => sum + client.totalMinor, 0);
    repeatedAfter -= group.filter(({ days }) => days.length > 1).length;
    if (new Set(group.flatMap(({ days }) => [...days])).size > 1) repeatedAfter += 1;
  }
  const from = ratio(repeated, clients.length);
  const to = ratio(repeatedAfter, clients.length - tooMany);
  return {
    count: tooMany,
    amountMinor: minor,
    effect: from === null || to === null ? null : { kpi: "repeat_purchase_rate", from, to },
  };
}

/** Clients without a source where others have one: were none of them recommended, the share would be lower. */
function missingSources(
  log: PurchaseLog,
  clients: readonly ClientHistory[],
  asOf: Day,
): QualityFinding {
  const sources = firstSources({ clients, log, asOf });
  const known = sources.filter((source) => source !== null);
  const referred = known.filter((source) => isReferredBy(log, source)).length;
  const from = ratio(referred, known.length);
  const to = ratio(referred, sources.length);
  const unknown = clients.filter((_, at) => sources[at] === null);
  return {
    code: "missing_sources",
    // A log without any source has no such column: nothing is missing from it.
    count: known.length > 0 ? unknown.length : 0,
    amountMinor: unknown.reduce((sum, client) => sum + client.totalMinor, 0),
    effect: from === null || to === null ? null : { kpi: "referral_share", from, to },
  };
}
