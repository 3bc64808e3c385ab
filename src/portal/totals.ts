import type { PortalTotals } from "./portal-api.ts";
import type { SqlReader } from "./sql.ts";

/** Clients with purchases, their purchases, their money net of refunds, and how many are in each segment. */
export function readTotals(sql: SqlReader): PortalTotals {
  const rows = sql.all<{ segment: string; clients: number; purchases: number; minor: number }>(
    `select segment, count(*) as clients, sum(purchases) as purchases, sum(total_minor) as minor
     from insight group by segment order by segment`,
  );
  const sum = (read: (row: (typeof rows)[number]) => number) =>
    rows.reduce((total, row) => total + read(row), 0);
  return {
    clients: sum((row) => row.clients),
    purchases: sum((row) => row.purchases),
    revenueMinor: sum((row) => row.minor),
    segments: Object.fromEntries(rows.map(({ segment, clients }) => [segment, clients])),
  };
}
