import type { SignalLog } from "../../src/analytics/signal-types.ts";
import { SIGNAL } from "../../src/analytics/signals.ts";
import { type SimulatedBase, seededRandom, simulateBase } from "../../src/analytics/simulate.ts";
import type { Day, PurchaseLog } from "../../src/analytics/types.ts";

type SignalRow = readonly [day: Day, kind: number];

/** Rows of every client as the columns of a log. */
export function signalLogOf(rows: readonly (readonly SignalRow[])[]): SignalLog {
  const offset = new Int32Array(rows.length + 1);
  rows.forEach((own, client) => {
    offset[client + 1] = (offset[client] ?? 0) + own.length;
  });
  const all = rows.flatMap((own) => [...own].sort((left, right) => left[0] - right[0]));
  return {
    offset,
    day: Int32Array.from(all, ([day]) => day),
    kind: Uint8Array.from(all, ([, kind]) => kind),
    standsFor: 1,
  };
}

/**
 * A base whose CRM knows who has left: clients who stay are talked to about every three weeks, those who have left no more,
 * and most of them refused an offer soon after. Orders begin as deals a few days before.
 */
export function withTellingSignals(base: SimulatedBase, days: number, seed: number): PurchaseLog {
  const random = seededRandom(seed);
  const own = base.clients.map((): SignalRow[] => []);
  const first = base.clients.map(() => Number.POSITIVE_INFINITY);
  base.client.forEach((client, row) => {
    const day = base.day[row] ?? 0;
    first[client] = Math.min(first[client] ?? day, day);
    own[client]?.push([Math.max(0, day - Math.floor(5 * random())), SIGNAL.dealOpened]);
    own[client]?.push([day, SIGNAL.dealWon]);
  });
  own.forEach((rows, client) => {
    const left = base.leftDay[client] ?? Number.NaN;
    const end = Number.isNaN(left) ? days : left;
    for (let day = first[client] ?? days; day < end; day += 1 + Math.floor(40 * random())) {
      rows.push([day, SIGNAL.contact]);
    }
    const refused = Number.isNaN(left)
      ? random() < 0.1
        ? days * random()
        : days
      : left + 30 * random();
    if (refused >= days || random() < 0.3) return;
    rows.push([Math.floor(refused), SIGNAL.dealOpened], [Math.floor(refused) + 5, SIGNAL.dealLost]);
  });
  return { ...base, signals: signalLogOf(own) };
}

/** `count` simulated clients, all of whom had bought by day `by`. */
export function settledBase(count: number, by: Day, days: number, seed: number): SimulatedBase {
  const all = simulateBase({ clients: 2 * count, days, seed, growth: 1 });
  const first = new Map<number, Day>();
  all.client.forEach((client, row) => {
    if (!first.has(client)) first.set(client, all.day[row] ?? 0);
  });
  const kept = all.clients.flatMap((_, at) => ((first.get(at) ?? days) <= by ? [at] : []));
  const numbers = new Map(kept.slice(0, count).map((client, at) => [client, at]));
  const rows = Int32Array.from(all.client, (_, row) => row).filter((row) =>
    numbers.has(all.client[row] ?? -1),
  );
  const ofClients = (column: Float64Array | Int32Array) => (client: number) => column[client] ?? 0;
  const clients = [...numbers.keys()];
  return {
    clients: clients.map((client) => all.clients[client] ?? ""),
    client: rows.map((row) => numbers.get(all.client[row] ?? -1) ?? 0),
    day: rows.map((row) => all.day[row] ?? 0),
    amountMinor: Float64Array.from(rows, (row) => all.amountMinor[row] ?? Number.NaN),
    leftDay: Float64Array.from(clients, ofClients(all.leftDay)),
    regularity: Int32Array.from(clients, ofClients(all.regularity)),
    meanGapDays: Float64Array.from(clients, ofClients(all.meanGapDays)),
  };
}
