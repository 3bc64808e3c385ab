import type { SignalLog } from "./signal-types.ts";
import type { PurchaseLog } from "./types.ts";

/**
 * Whole clients, evenly spread over the log, about `maxClients` of them, with their signals; what else is known of the rows
 * stays behind.
 */
export function sampleLog(log: PurchaseLog, maxClients: number): PurchaseLog {
  const every = Math.ceil(log.clients.length / Math.max(1, maxClients));
  if (every <= 1) return log;
  let size = 0;
  for (let row = 0; row < log.client.length; row += 1) {
    if ((log.client[row] as number) % every === 0) size += 1;
  }
  const rows = {
    client: new Int32Array(size),
    day: new Int32Array(size),
    amountMinor: new Float64Array(size),
  };
  let to = 0;
  for (let row = 0; row < log.client.length; row += 1) {
    const client = log.client[row] as number;
    if (client % every !== 0) continue;
    rows.client[to] = client / every;
    rows.day[to] = log.day[row] as number;
    rows.amountMinor[to] = log.amountMinor[row] as number;
    to += 1;
  }
  return {
    clients: log.clients.filter((_, client) => client % every === 0),
    ...rows,
    ...(log.signals === undefined ? {} : { signals: sampleSignals(log.signals, every) }),
  };
}

function sampleSignals({ offset, day, kind, standsFor }: SignalLog, every: number): SignalLog {
  const clients = Math.ceil((offset.length - 1) / every);
  const from = (client: number) => offset[client * every] ?? 0;
  const to = (client: number) => offset[client * every + 1] ?? 0;
  const kept = new Int32Array(clients + 1);
  for (let client = 0; client < clients; client += 1) {
    kept[client + 1] = (kept[client] ?? 0) + to(client) - from(client);
  }
  const size = kept[clients] ?? 0;
  const sampled = { day: new Int32Array(size), kind: new Uint8Array(size) };
  for (let client = 0; client < clients; client += 1) {
    sampled.day.set(day.subarray(from(client), to(client)), kept[client]);
    sampled.kind.set(kind.subarray(from(client), to(client)), kept[client]);
  }
  return { offset: kept, ...sampled, standsFor: standsFor * every };
}
