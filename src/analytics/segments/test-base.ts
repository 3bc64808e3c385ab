import { buildHistories } from "../history.ts";
import { scoreBase } from "../scoring.ts";
import { simulateBase } from "../simulate.ts";
import { makeSnapshot } from "../snapshot.ts";
import type { ClientHistory, Day, PurchaseLog, Snapshot } from "../types.ts";
import type { ClientView } from "./client-view.ts";

export interface TestBase {
  readonly log: PurchaseLog;
  readonly asOf: Day;
  readonly snapshot: Snapshot;
  readonly clients: readonly ClientView[];
}

/** A simulated base with refunds and unknown sums, scored. */
export function testBase(clients: number, seed = 1, days = 900): TestBase {
  const log = simulateBase({ clients, days, seed, refunds: 0.1, withoutSum: 0.1 });
  return scored(log, days);
}

/** The base of a log at the end of a day. */
export function scored(log: PurchaseLog, asOf: Day): TestBase {
  const snapshot = makeSnapshot(log, asOf);
  const histories = buildHistories(log, asOf).filter(({ days }) => days.length > 0);
  const insights = scoreBase(log, new Map(), asOf, snapshot);
  const clients = insights.map((insight, at) => ({
    id: insight.id,
    history: histories[at] as ClientHistory,
    segment: insight.segment,
    lifecycle: insight.lifecycle,
    xyz: insight.xyz,
    expectedMinor: insight.forecast?.ltv?.minor ?? null,
  }));
  return { log, asOf, snapshot, clients };
}

/** A log from rows of client, day and minor units (null = no sum). */
export function logOf(rows: readonly (readonly [string, Day, number | null])[]): PurchaseLog {
  const clients = [...new Set(rows.map(([id]) => id))].sort();
  const sorted = rows.toSorted((a, b) => a[0].localeCompare(b[0]) || a[1] - b[1]);
  return {
    clients,
    client: Int32Array.from(sorted, ([id]) => clients.indexOf(id)),
    day: Int32Array.from(sorted, ([, day]) => day),
    amountMinor: Float64Array.from(sorted, ([, , minor]) => minor ?? Number.NaN),
  };
}

/** The only history of a log of one client: purchases at these days, all of one sum. */
export function historyAtDays(days: readonly Day[], minor: number | null = 100): ClientHistory {
  const [history] = buildHistories(logOf(days.map((day) => ["c", day, minor] as const)));
  if (!history) throw new Error("no days");
  return history;
}
