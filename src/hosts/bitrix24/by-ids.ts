import { z } from "zod";
import { AppError } from "../../crm/error.ts";
import type { HostLink, ScanSlice } from "../../crm/host.ts";
import { BATCH_COMMANDS, callBatch, resultOf } from "./batch.ts";
import { byIdParams, type KeyedList, PAGE_ROWS } from "./lists.ts";
import { type Fields, parseJson, toId } from "./values.ts";

const cursorSchema = z.object({ at: z.int().min(0) });

/**
 * Named records, fifty a command. What did not come along with others is asked for again before it is called missing: the
 * page may have been short. Throws AppError `host.*`; `input.invalid` for a cursor that is not ours.
 */
export async function readByIds(
  link: HostLink,
  list: KeyedList,
  ids: readonly string[],
  cursor: string | null,
): Promise<ScanSlice> {
  const parsed = cursorSchema.safeParse(cursor === null ? { at: 0 } : parseJson(cursor));
  if (!parsed.success) throw new AppError("input.invalid", { details: { field: "cursor" } });
  const { at } = parsed.data;
  const chunks = chunksOf(ids.slice(at), PAGE_ROWS).slice(0, BATCH_COMMANDS);
  const { answered, rows: came, hostNow } = await readChunks(link, list, chunks);
  const covered = chunks.slice(0, answered).flat();
  const rows = [...came];
  const found = new Set<string | null>();
  for (let fresh = came; fresh.length > 0; ) {
    for (const row of fresh) found.add(toId(row[list.idName]));
    const absent = covered.filter((id) => !found.has(id));
    const again = chunksOf(absent, PAGE_ROWS).slice(0, BATCH_COMMANDS);
    fresh = (await readChunks(link, list, again)).rows.filter(
      (row) => !found.has(toId(row[list.idName])),
    );
    rows.push(...fresh);
  }
  const end = at + covered.length;
  return {
    records: rows.map((row) => list.toRecord(row)),
    missing: covered.filter((id) => !found.has(id)),
    next: end < ids.length ? JSON.stringify({ at: end }) : null,
    total: ids.length,
    hostNow,
  };
}

interface ChunkAnswer {
  /** Chunks that were answered; at least one, unless there was none to ask. */
  readonly answered: number;
  readonly rows: readonly Fields[];
  readonly hostNow: number | null;
}

async function readChunks(
  link: HostLink,
  list: KeyedList,
  chunks: readonly (readonly string[])[],
): Promise<ChunkAnswer> {
  // What cannot be an id is missing without asking. A command without ids would have no filter at all.
  const known = chunks.map((chunk) => chunk.filter((id) => toId(id) !== null));
  const asked = known.filter((chunk) => chunk.length > 0);
  if (asked.length === 0) return { answered: chunks.length, rows: [], hostNow: null };
  const granted = Math.max(link.budget.grant(list.method, asked.length), 1);
  const commands = asked
    .slice(0, granted)
    .map((chunk) => ({ method: list.method, params: byIdParams(list, chunk) }));
  const { outcomes, time } = await callBatch(link, commands, { halt: true });
  const failed = outcomes.findIndex((outcome) => outcome.kind !== "ok");
  const good = failed < 0 ? outcomes.length : Math.max(failed, 1);
  const rows = outcomes.slice(0, good).flatMap((outcome) => list.rows(resultOf(outcome)));
  if (good === asked.length) return { answered: chunks.length, rows, hostNow: time.hostNow };
  return { answered: known.indexOf(asked[good] ?? []), rows, hostNow: time.hostNow };
}

function chunksOf(ids: readonly string[], size: number): readonly (readonly string[])[] {
  const chunks: (readonly string[])[] = [];
  for (let from = 0; from < ids.length; from += size) chunks.push(ids.slice(from, from + size));
  return chunks;
}
