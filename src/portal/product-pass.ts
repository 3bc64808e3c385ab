import type { Host, HostLink } from "../crm/host.ts";
import type { Clock, Log } from "../crm/ports.ts";
import type { Mirror } from "./mirror.ts";
import { nextSeq } from "./portal-row.ts";
import { advanceScan, readScan, type ScanRow } from "./scans.ts";
import type { Sql } from "./sql.ts";
import { storeRecords } from "./store-records.ts";

/** A slice holds the product rows of so many deals: few enough to fit into the time that a slow host allows a method. */
const DEALS_PER_SLICE = 250;

export interface ProductPassParts {
  readonly sql: Sql;
  readonly host: Host;
  readonly link: HostLink;
  readonly mirror: Mirror;
  readonly clock: Clock;
  readonly log: Log;
}

/** Is this the first reading of product rows from a host that wants to know whose? */
export function isProductPass(row: ScanRow, host: Host): boolean {
  return (
    row.job === "first" &&
    row.entity === "dealProducts" &&
    host.capabilities.dealProducts === "byDeal"
  );
}

/**
 * Product rows of the next deals that the mirror knows; the cursor is the last deal's id. Throws what the host threw; the
 * row is unchanged then.
 */
export async function productSlice(
  parts: ProductPassParts,
  row: ScanRow,
  finish: (row: ScanRow) => void,
): Promise<void> {
  const { sql, host, link, mirror, clock } = parts;
  const ids = nextDeals(sql, row.cursor ?? "");
  const isLast = ids.length < DEALS_PER_SLICE;
  const done = (records: number, cursor: string | null) => {
    const now = clock.now();
    advanceScan(sql, row, { cursor, records, total: dealCount(sql), hostNow: null, now });
    if (cursor === null) finish(readScan(sql, row.job, row.entity) ?? row);
  };
  if (ids.length === 0) return sql.transaction(() => done(0, null));
  let at: string | null = null;
  do {
    const readSeq = nextSeq(sql);
    const mode = { kind: "byId", ids } as const;
    const slice = await host.scan(link, { entity: "dealProducts", mode }, at);
    at = slice.next;
    const isEnd = at === null;
    await storeRecords(parts, slice.records, readSeq, () => {
      mirror.bury("dealProducts", slice.missing ?? [], readSeq, clock.now());
      if (isEnd) done(ids.length, isLast ? null : (ids.at(-1) ?? null));
    });
  } while (at !== null);
}

function nextDeals(sql: Sql, after: string): readonly string[] {
  return sql
    .all<{ id: string }>(
      "select id from deal where is_deleted = 0 and id > ? order by id limit ?",
      after,
      DEALS_PER_SLICE,
    )
    .map(({ id }) => id);
}

function dealCount(sql: Sql): number {
  const row = sql.get<{ count: number }>("select count(*) as count from deal where is_deleted = 0");
  return row?.count ?? 0;
}
