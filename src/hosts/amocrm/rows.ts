import type { HostLink } from "../../crm/host.ts";
import { field } from "./api.ts";
import type { Feed, Reading, RowReader } from "./feed.ts";

export interface Rows {
  readonly readings: readonly Reading[];
  /** Rows that exist but cannot be read: they must not look as if they had vanished. */
  readonly unreadableIds: readonly string[];
}

/**
 * One odd row does not stop a scan of a hundred thousand: it is counted in the log and left out. Throws AppError `host.*`
 * when what the rows refer to cannot be asked for.
 */
export async function readRows(
  link: HostLink,
  feed: Feed,
  rows: readonly unknown[],
): Promise<Rows> {
  const read = await feed.reader(link, rows);
  const readings: Reading[] = [];
  const unreadableIds: string[] = [];
  for (const row of rows) {
    const reading = readSafely(read, row);
    if (reading) readings.push(reading);
    else unreadableIds.push(...idOf(feed, row));
  }
  const unreadable = rows.length - readings.length;
  if (unreadable > 0) link.log.warn("host.rows_unreadable", { list: feed.name, rows: unreadable });
  return { readings, unreadableIds };
}

function readSafely(read: RowReader, row: unknown): Reading | null {
  try {
    return read(row);
  } catch {
    // A sum beyond the safe integers.
    return null;
  }
}

function idOf(feed: Feed, row: unknown): readonly string[] {
  const id = field(row, "id");
  if (typeof id === "number" && Number.isSafeInteger(id)) return [feed.recordId(String(id))];
  return typeof id === "string" && /^[\w-]{1,64}$/.test(id) ? [feed.recordId(id)] : [];
}
