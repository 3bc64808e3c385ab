import { z } from "zod";
import type { Hint } from "../../crm/door.ts";
import { AppError } from "../../crm/error.ts";
import type { HostLink, Memo } from "../../crm/host.ts";
import type { HostChangeQueue, TakenChanges } from "../../crm/host-queue.ts";
import { failureError, type Params } from "./api.ts";
import { type Command, callBatch, type Outcome, resultOf } from "./batch.ts";
import { connectorOf, hasQueue } from "./connector.ts";
import { eventMeaning } from "./events.ts";
import { type Fields, isFields, parseJson, toFields, toId, toList, toText } from "./values.ts";

/**
 * The portal's queue of offline events. `event.offline.get` with `clear=0` hides a part under a process id, and only
 * `event.offline.clear` removes it. What a reader took and never cleared is shown by `event.offline.list` alone.
 */

const LIST = "event.offline.list";
const GET = "event.offline.get";
const CLEAR = "event.offline.clear";
/** The vendor's page of the queue. */
const PART_ROWS = 50;
/** Parts in one request while the queue is long. */
const PARTS_AT_ONCE = 10;
/** A portal that refuses the queue for good has the other channels. */
const LASTING: readonly string[] = ["host.no_rights", "host.refused", "host.not_found"];
const NOTHING: TakenChanges = { hints: [], ticket: null, isMore: false };

/** Records of the queue by the process that has taken them: exactly what was stored is removed. */
interface Part {
  readonly process: string;
  readonly ids: readonly string[];
}

const ticketText = z.array(z.object({ process: z.string(), ids: z.array(z.string()) }));

export const changeQueue: HostChangeQueue = { isOffered: hasQueue, take, confirm };

async function take(
  link: HostLink,
  { isBehind }: { readonly isBehind: boolean },
): Promise<TakenChanges> {
  const parts = link.budget.grant(GET, isBehind ? PARTS_AT_ONCE : 1);
  const own = connectorParams(link.memo);
  const get: Command = { method: GET, params: { limit: PART_ROWS, clear: 0, ...own } };
  const commands: Command[] = [
    // Before the parts, so that what they reserve is not among what an earlier reader left.
    { method: LIST, params: { order: { ID: "ASC" }, start: 0, ...own } },
    ...Array.from({ length: Math.max(1, parts) }, () => get),
  ];
  const { outcomes } = await callBatch(link, commands, { halt: false });
  const [listed, ...taken] = outcomes;
  if (isRefused(link, taken[0])) return NOTHING;
  const left = listed?.kind === "ok" ? rowsOf(listed.result).filter(isTaken) : [];
  const answers = taken.map((one, at) => (at === 0 || one.kind === "ok" ? resultOf(one) : {}));
  const fresh = answers.flatMap((answer) => rowsOf(toFields(answer).events));
  const tickets = [
    ...left.map((row) => toPart(row.PROCESS_ID, [row])),
    ...answers.map((answer) =>
      toPart(toFields(answer).process_id, rowsOf(toFields(answer).events)),
    ),
  ].filter((part) => part.ids.length > 0);
  if (tickets.length === 0) return NOTHING;
  const lastRows = rowsOf(toFields(answers.at(-1)).events);
  return {
    hints: [...left, ...fresh].flatMap(toHint),
    ticket: JSON.stringify(merged(tickets)),
    isMore: lastRows.length >= PART_ROWS || left.length >= PART_ROWS,
  };
}

async function confirm(link: HostLink, ticket: string): Promise<void> {
  const parsed = ticketText.safeParse(parseJson(ticket));
  if (!parsed.success) throw new AppError("input.invalid", { details: { field: "ticket" } });
  const own = connectorParams(link.memo);
  const commands = parsed.data
    .filter(({ process }) => process !== "")
    .map(({ process, ids }) => ({
      method: CLEAR,
      params: { process_id: process, id: ids, ...own },
    }));
  for (let from = 0; from < commands.length; from += PART_ROWS) {
    const { outcomes } = await callBatch(link, commands.slice(from, from + PART_ROWS), {
      halt: false,
    });
    for (const outcome of outcomes) {
      // What the portal does not know any more needs no confirmation.
      const isGone = outcome.kind === "failed" && LASTING.includes(outcome.failure.code);
      if (outcome.kind === "failed" && !isGone) throw failureError(outcome.failure);
    }
  }
}

function isRefused(link: HostLink, outcome: Outcome | undefined): boolean {
  if (outcome?.kind !== "failed" || !LASTING.includes(outcome.failure.code)) return false;
  link.log.warn("host.list_refused", { list: "queue", code: outcome.failure.code });
  return true;
}

function connectorParams(memo: Memo): Params {
  const connector = connectorOf(memo);
  return connector === null ? {} : { auth_connector: connector };
}

function rowsOf(result: unknown): readonly Fields[] {
  return toList(result).filter(isFields);
}

function isTaken(row: Fields): boolean {
  return toText(row.PROCESS_ID) !== null;
}

/** A portal that clears at once in spite of us names no process: there is nothing to confirm then. */
function toPart(process: unknown, rows: readonly Fields[]): Part {
  return { process: toText(process) ?? "", ids: rows.flatMap((row) => toId(row.ID) ?? []) };
}

function merged(parts: readonly Part[]): readonly Part[] {
  const byProcess = new Map<string, string[]>();
  for (const { process, ids } of parts) {
    byProcess.set(process, [...(byProcess.get(process) ?? []), ...ids]);
  }
  return [...byProcess].map(([process, ids]) => ({ process, ids }));
}

/** `EVENT_DATA` is a map, a text of one, `false` or nothing; nothing of it is used but which record it is. */
function toHint(row: Fields): readonly Hint[] {
  const said = typeof row.EVENT_DATA === "string" ? parseJson(row.EVENT_DATA) : row.EVENT_DATA;
  const data = toFields(said);
  const fields = toFields(data.FIELDS);
  const name = toText(row.EVENT_NAME)?.toUpperCase() ?? "";
  const meaning = eventMeaning(name, toText(fields.ENTITY_TYPE_ID));
  if (meaning === null) return [];
  return [{ ...meaning, id: toId(fields.ID ?? data.ID) ?? "" }];
}
