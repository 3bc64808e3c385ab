import type { ClientHistory, PurchaseLog } from "../types.ts";
import { hasSums, type KpiBase, ratio } from "./figure.ts";
import { sumOf } from "./ledger.ts";

/** Spellings of one source are one source. */
export function sourceKey(name: string): string {
  return name.trim().replaceAll(/\s+/g, " ").toLowerCase();
}

/** Words by which people call clients who came because somebody told them. */
const REFERRAL =
  /рекоменд|сарафан|по совету|привел[аи]? друг|приведи друга|referral|referred|recommend|word[ -]of[ -]mouth|refer a friend/i;

/** Whether a source means that an existing client or a friend sent the client. */
export function isReferral(name: string): boolean {
  return REFERRAL.test(name);
}

/**
 * Source of each client by the earliest row that names one, in the order of the clients; null = unknown. Rows of one day
 * stand in the log's order.
 */
export function firstSources(base: Pick<KpiBase, "clients" | "log" | "asOf">): (string | null)[] {
  const byId = firstSourceById(base.log, base.asOf);
  return base.clients.map(({ id }) => byId.get(id) ?? null);
}

function firstSourceById(log: PurchaseLog, asOf: number): Map<string, string> {
  const labels = log.details?.source;
  const found = new Map<string, string>();
  if (!labels) return found;
  for (let row = 0; row < log.day.length; row += 1) {
    const code = labels.code[row] ?? -1;
    const name = (labels.names[code] ?? "").trim();
    const id = log.clients[log.client[row] as number] as string;
    if (name !== "" && (log.day[row] as number) <= asOf && !found.has(id)) found.set(id, name);
  }
  return found;
}

export interface SourceRow {
  /** As first written; null = unknown. */
  readonly source: string | null;
  readonly isReferral: boolean;
  readonly clients: number;
  readonly share: number;
  readonly repeatRate: number | null;
  /** Net money; null = no sums. */
  readonly revenueMinor: number | null;
  /** null where margin is not known. */
  readonly marginMinor: number | null;
  /** Money a client (margin where known, else revenue) has brought so far. */
  readonly perClientMinor: number | null;
  /** Money of the first `horizonDays` days of the clients who have had them all. */
  readonly ltv: {
    readonly horizonDays: number;
    readonly clients: number;
    readonly perClientMinor: number;
  } | null;
}

/** Clients by the source of their first purchase, the largest first. Without any source: no rows. */
export function sourceTable(
  base: KpiBase,
  sources: readonly (string | null)[],
  horizonDays: number,
): SourceRow[] {
  if (!sources.some((source) => source !== null)) return [];
  const groups = new Map<string | null, { name: string | null; clients: ClientHistory[] }>();
  base.clients.forEach((client, at) => {
    const name = sources[at] ?? null;
    const key = name === null ? null : sourceKey(name);
    const group = groups.get(key) ?? { name, clients: [] };
    groups.set(key, group);
    group.clients.push(client);
  });
  return [...groups.values()]
    .map(({ name, clients }) => sourceRow(base, name, clients, horizonDays))
    .sort((one, other) => other.clients - one.clients || compareNames(one.source, other.source));
}

function sourceRow(
  base: KpiBase,
  name: string | null,
  clients: readonly ClientHistory[],
  horizonDays: number,
): SourceRow {
  const known = clients.filter(hasSums);
  const revenue = known.reduce((sum, client) => sum + client.totalMinor, 0);
  const flows = known.map((client) => base.ledger.flow(client));
  const money = flows.reduce((sum, flow) => sum + sumOf(flow), 0);
  const old = known.flatMap((client, at) => {
    const first = client.days[0] as number;
    if (first + horizonDays > base.asOf) return [];
    const flow = flows[at] as (typeof flows)[number];
    const { days } = flow;
    let count = 0;
    while (count < days.length && (days[count] as number) - first < horizonDays) count += 1;
    return [sumOf(flow, count)];
  });
  const perClient = ratio(money, known.length);
  return {
    source: name,
    isReferral: name !== null && isReferredBy(base.log, name),
    clients: clients.length,
    share: clients.length / base.clients.length,
    repeatRate: ratio(clients.filter(({ days }) => days.length > 1).length, clients.length),
    revenueMinor: known.length > 0 ? revenue : null,
    marginMinor: base.ledger.basis === "margin" && known.length > 0 ? money : null,
    perClientMinor: perClient === null ? null : Math.round(perClient),
    ltv:
      old.length > 0
        ? {
            horizonDays,
            clients: old.length,
            perClientMinor: Math.round(old.reduce((sum, minor) => sum + minor, 0) / old.length),
          }
        : null,
  };
}

function compareNames(one: string | null, other: string | null): number {
  return one === other ? 0 : one === null ? 1 : other === null ? -1 : one < other ? -1 : 1;
}

/** Is this source of the log a recommendation, by what people call it? */
export function isReferredBy(log: PurchaseLog, source: string): boolean {
  return isReferral(log.details?.source?.titles?.get(source) ?? source);
}
