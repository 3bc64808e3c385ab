import { makeBeliever, momentsOf } from "../core.ts";
import { spendOf } from "../gamma-gamma.ts";
import { repeatSpend } from "../history.ts";
import { logGapsOf } from "../log-gaps.ts";
import { stateOf } from "../purchase-model.ts";
import type { ClientHistory, Day, Kpi, Snapshot } from "../types.ts";
import { figure } from "./figure.ts";

/** The sum over a base moves slowly: beyond this many clients every n-th one is counted and the sum scaled. */
const MOST_CLIENTS = 20_000;
/** Normal quantile of an 80 % range. */
const Z_80 = 1.2816;

/** What of a snapshot a sum of forecasts needs. */
export type Forecaster = Pick<Snapshot, "model" | "spend" | "regularity" | "level">;

export interface ExpectedMoney {
  readonly meanMinor: number;
  readonly lowMinor: number;
  readonly highMinor: number;
  /** Clients counted; fewer than given = a sample. */
  readonly counted: number;
}

/**
 * Money that today's clients will bring within `days`: the sum of the clients' means, with an 80 % range from the sum of
 * their variances (and of sampling, where not everybody is counted), at the season's level of the snapshot. What moves all clients at once, such as a season, is
 * not in the range. null without a model of purchases and of money.
 */
export function expectedMoney(
  clients: readonly ClientHistory[],
  asOf: Day,
  { model, spend, regularity, level }: Forecaster,
  days: number,
  mostClients = MOST_CLIENTS,
): ExpectedMoney | null {
  if (model === null || spend === null || clients.length === 0) return null;
  const believe = makeBeliever(model, regularity);
  const step = Math.ceil(clients.length / mostClients);
  let counted = 0;
  let mean = 0;
  let squares = 0;
  let variance = 0;
  for (let at = 0; at < clients.length; at += step) {
    const client = clients[at] as ClientHistory;
    const belief = believe(stateOf(client.days, asOf), logGapsOf(client.days));
    const law = momentsOf(belief, level.horizon * days);
    const known = repeatSpend(client, spend.capMinor);
    const money = spendOf(spend, known.purchases, known.meanMinor);
    const own = law.mean * money.mean;
    counted += 1;
    mean += own;
    squares += own * own;
    variance +=
      law.mean * money.purchaseVariance +
      law.variance * money.mean ** 2 +
      (law.variance + law.mean ** 2) * money.meanVariance;
  }
  const scale = clients.length / counted;
  const between = Math.max(0, squares - (mean * mean) / counted);
  const sampling = step === 1 ? 0 : (scale - 1) * scale * between;
  const spread = Z_80 * Math.sqrt(variance * scale + sampling);
  const total = mean * scale;
  if (!Number.isFinite(total + spread)) return null;
  return {
    meanMinor: Math.round(total),
    lowMinor: Math.max(0, Math.round(total - spread)),
    highMinor: Math.round(total + spread),
    counted,
  };
}

/** Expected repeat revenue of the next 30 and 90 days. */
export function expectedKpis(
  clients: readonly ClientHistory[],
  asOf: Day,
  snapshot: Forecaster | null,
): Kpi[] {
  return ([30, 90] as const).map((days) => {
    const expected = snapshot === null ? null : expectedMoney(clients, asOf, snapshot, days);
    return figure(`expected_revenue_${days}`, asOf, {
      unit: "money",
      value: expected?.meanMinor ?? null,
      population: expected === null ? 0 : clients.length,
      note: expected === null ? "no_forecast" : "estimate",
      period: [asOf + 1, asOf + days],
      basis: "revenue",
      ...(expected === null
        ? {}
        : {
            range: { low: expected.lowMinor, high: expected.highMinor },
            inputs: { clientsCounted: expected.counted },
          }),
    });
  });
}
