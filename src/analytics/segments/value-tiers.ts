import type { ValueTiersReport } from "../../crm/segmentation.ts";
import type { ClientHistory, Day, Snapshot } from "../types.ts";
import { type ClientView, groupRows, netMoneyBetween, upperLimit } from "./client-view.ts";

export type ValueTier = "vip" | "standard" | "low_activity";

/** VIPs are the most valuable tenth, or fewer. */
const VIP_FROM_SHARE = 0.9;
const YEAR_DAYS = 365;

export interface ValueTiers {
  readonly basis: ValueTiersReport["basis"];
  readonly horizonDays: number;
  readonly vipFrom: number | null;
  readonly lowAfterDays: number;
  readonly values: readonly number[];
  readonly tiers: readonly ValueTier[];
}

/**
 * A tier for every client. Activity first: silent for longer than the snapshot's sleeping limit is low activity. Of the others the most
 * valuable tenth of the base are VIPs, by expected money where the base has a forecast, else by money of the last year, else
 * by purchase days of it; equal values share a tier. Everybody else is standard.
 */
export function valueTiersOf(
  clients: readonly ClientView[],
  asOf: Day,
  snapshot: Snapshot,
): ValueTiers {
  const basis = basisOf(clients);
  const values = clients.map((client) => valueOfClient(client, basis, asOf));
  const limits = {
    vipFrom: upperLimit(values, VIP_FROM_SHARE),
    lowAfterDays: snapshot.lifecycle.sleepingDays,
  };
  const tiers = clients.map(({ history }, at) => tierOf(history, values[at] ?? 0, asOf, limits));
  const horizonDays = basis === "expected" ? snapshot.ltvHorizonDays : YEAR_DAYS;
  return { basis, horizonDays, ...limits, values, tiers };
}

/** What one client is valued by; a client without a forecast among those with one is worth nothing expected. */
export function valueOfClient(
  client: Pick<ClientView, "history" | "expectedMinor">,
  basis: ValueTiersReport["basis"],
  asOf: Day,
): number {
  const { history, expectedMinor } = client;
  const from = asOf - YEAR_DAYS;
  if (basis === "expected") return expectedMinor ?? 0;
  if (basis === "revenue_12m") return netMoneyBetween(history, from, asOf);
  return history.days.filter((day) => day > from).length;
}

/** The tier of one client under the limits of its base. */
export function tierOf(
  history: ClientHistory,
  value: number,
  asOf: Day,
  limits: ValueTiersReport["limits"],
): ValueTier {
  const last = history.days[history.days.length - 1] ?? asOf;
  if (asOf - last > limits.lowAfterDays) return "low_activity";
  return limits.vipFrom !== null && value >= limits.vipFrom ? "vip" : "standard";
}

function basisOf(clients: readonly ClientView[]): ValueTiersReport["basis"] {
  if (clients.some(({ expectedMinor }) => expectedMinor !== null)) return "expected";
  const hasSums = clients.some(({ history }) => history.purchasesWithSum > 0);
  return hasSums ? "revenue_12m" : "purchases_12m";
}

export function valueTiersReportOf(
  clients: readonly ClientView[],
  found: ValueTiers,
): ValueTiersReport {
  const value = new Map<string, number>();
  for (const [at, tier] of found.tiers.entries()) {
    value.set(tier, (value.get(tier) ?? 0) + (found.values[at] ?? 0));
  }
  const rows = groupRows(clients, (_, at) => found.tiers[at] ?? null, [
    "vip",
    "standard",
    "low_activity",
  ]);
  return {
    basis: found.basis,
    horizonDays: found.horizonDays,
    limits: { vipFrom: found.vipFrom, lowAfterDays: found.lowAfterDays },
    tiers: rows.map((row) => ({ ...row, value: value.get(row.code) ?? 0 })),
  };
}
