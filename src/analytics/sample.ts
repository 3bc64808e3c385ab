import type { PurchaseLog } from "./types.ts";

/** Whole clients, evenly spread over the log, about `maxClients` of them; what else is known of the rows stays behind. */
export function sampleLog(log: PurchaseLog, maxClients: number): PurchaseLog {
  const every = Math.ceil(log.clients.length / Math.max(1, maxClients));
  if (every <= 1) return log;
  const rows = Int32Array.from(log.client, (_, row) => row).filter(
    (row) => (log.client[row] ?? 0) % every === 0,
  );
  return {
    clients: log.clients.filter((_, client) => client % every === 0),
    client: Int32Array.from(rows, (row) => (log.client[row] ?? 0) / every),
    day: Int32Array.from(rows, (row) => log.day[row] ?? 0),
    amountMinor: Float64Array.from(rows, (row) => log.amountMinor[row] ?? Number.NaN),
  };
}
