import type { Host, HostLink } from "../crm/host.ts";
import type { Clock, Log } from "../crm/ports.ts";
import type { Mirror } from "./mirror.ts";
import { nextSeq } from "./portal-row.ts";
import { advanceScan, readScan, type ScanRow } from "./scans.ts";
import type { Sql } from "./sql.ts";
import { storeRecords } from "./store-records.ts";

/** A slice holds the product rows of so many deals: few enough to fit into the time that a slow host allows a method. */
const DEALS_PER_SLICE = 250;
/** Deals come in thousands: there will be a whole slice of them, or none, after so long. */
const NEW_DEALS_MS = 2_000;
/** Begins a cursor. */
const PLACE = "r";

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
 * Product rows of the next deals in the order in which the mirror learnt of them, behind the pass over deals; the cursor
 * is the last one's place. Throws what the host threw; the row is unchanged then.
 */
export async function productSlice(
  parts: ProductPassParts,
  row: ScanRow,
  finish: (row: ScanRow) => void,
): Promise<void> {
  const { sql, host, link, mirror, clock } = parts;
  const after = placeOf(row.cursor);
  const deals = nextDeals(sql, after);
  const isShort = deals.length < DEALS_PER_SLICE;
  const isFollowing = isShort && readScan(sql, "first", "deal")?.state !== "done";
  const done = (records: number, cursor: string | null, waitMs = 0) => {
    const now = clock.now();
    const progress = { cursor, records, total: dealCount(sql), hostNow: null };
    advanceScan(sql, row, { ...progress, now: now + waitMs });
    if (cursor === null) finish(readScan(sql, row.job, row.entity) ?? row);
  };
  const cursor = PLACE + String(deals.at(-1)?.place ?? after);
  if (isFollowing) return sql.transaction(() => done(0, PLACE + String(after), NEW_DEALS_MS));
  if (deals.length === 0) return sql.transaction(() => done(0, null));
  const ids = deals.map(({ id }) => id);
  let at: string | null = null;
  do {
    const readSeq = nextSeq(sql);
    const mode = { kind: "byId", ids } as const;
    const slice = await host.scan(link, { entity: "dealProducts", mode }, at);
    at = slice.next;
    const isEnd = at === null;
    await storeRecords(parts, slice.records, readSeq, () => {
      mirror.bury("dealProducts", slice.missing ?? [], readSeq, clock.now());
      if (isEnd) done(ids.length, isShort ? null : cursor);
    });
  } while (at !== null);
}

/** A cursor of an older version says an id: from the beginning. */
function placeOf(cursor: string | null): number {
  return cursor?.startsWith(PLACE) ? Number(cursor.slice(PLACE.length)) || 0 : 0;
}

interface PlacedDeal {
  readonly id: string;
  readonly place: number;
}

function nextDeals(sql: Sql, after: number): readonly PlacedDeal[] {
  return sql.all<PlacedDeal>(
    `select id, rowid as place from deal where is_deleted = 0 and rowid > ? order by rowid limit ?`,
    after,
    DEALS_PER_SLICE,
  );
}

function dealCount(sql: Sql): number {
  const row = sql.get<{ count: number }>("select count(*) as count from deal where is_deleted = 0");
  return row?.count ?? 0;
}
