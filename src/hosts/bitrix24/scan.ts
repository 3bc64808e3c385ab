import { z } from "zod";
import { AppError, errorCode } from "../../crm/error.ts";
import type { HostLink, ScanQuery, ScanSlice } from "../../crm/host.ts";
import { callMethod } from "./api.ts";
import { BATCH_COMMANDS, callBatch, type Outcome, resultOf } from "./batch.ts";
import { readByIds } from "./by-ids.ts";
import { scanDealPayments } from "./deal-payments.ts";
import { isKeyed, type KeyedList, keyedList, PAGE_ROWS, pageParams } from "./lists.ts";
import { scanDealProducts } from "./products.ts";
import { hasLeads } from "./reading-setup.ts";
import { scanLabels, scanPipelines, scanRates, scanUsers } from "./small-lists.ts";
import { isPortalTask, readTaskEnds } from "./task-ends.ts";
import { type Fields, parseJson, toId } from "./values.ts";

const cursorSchema = z.object({
  /** Everything up to this id has been read. */
  last: z.string().regex(/^\d{1,16}$/),
  read: z.int().min(0),
  total: z.int().min(0).nullable(),
  /** The last page was short although more was counted: references to its last row would be empty. */
  isCapped: z.boolean().optional(),
});

type Cursor = z.infer<typeof cursorSchema>;

/** One slice of a scan. Throws AppError `host.*`; `input.invalid` for a cursor that is not ours. */
export async function scan(
  link: HostLink,
  query: ScanQuery,
  cursor: string | null,
): Promise<ScanSlice> {
  if (query.entity === "pipeline") return scanPipelines(link, query.mode);
  if (query.entity === "user") return scanUsers(link, query.mode, cursor);
  if (query.entity === "label") return scanLabels(link, query.mode);
  if (query.entity === "rate") return scanRates(link, query.mode);
  if (query.entity === "dealPayments") return scanDealPayments(link, query.mode, cursor);
  if (query.entity === "dealProducts") return scanDealProducts(link, query.mode);
  if (query.entity === "lead" && !hasLeads(link.memo)) return NOTHING;
  const list = isKeyed(query.entity) ? keyedList(query.entity, link) : null;
  if (!list) throw new AppError("input.invalid", { details: { field: "entity" } });
  if (query.mode.kind === "byId")
    return namedRecords(link, query.entity, list, query.mode.ids, cursor);
  try {
    return cursor === null
      ? await firstPage(link, list, query.mode)
      : await nextPages(link, list, query.mode, readCursor(cursor));
  } catch (thrown) {
    return refusedList(link, query, thrown);
  }
}

/** Tasks of the module of tasks are no activities of the CRM; they are read with its first part. */
async function namedRecords(
  link: HostLink,
  entity: ScanQuery["entity"],
  list: KeyedList,
  ids: readonly string[],
  cursor: string | null,
): Promise<ScanSlice> {
  const isTask = (id: string) => entity === "activity" && isPortalTask(id);
  const slice = await readByIds(
    link,
    list,
    ids.filter((id) => !isTask(id)),
    cursor,
  );
  const tasks = ids.filter(isTask);
  if (cursor !== null || tasks.length === 0) return slice;
  const { records, missing } = await readTaskEnds(link, tasks);
  return {
    ...slice,
    records: [...slice.records, ...records],
    missing: [...(slice.missing ?? []), ...missing],
    total: ids.length,
  };
}

const NOTHING: ScanSlice = { records: [], next: null, total: 0, hostNow: null };

/** Lists that figures are possible without: the purchase moment then comes from the deal itself. */
const OPTIONAL = ["stageEntry", "activity", "lead", "payment"];
const REFUSALS = ["host.no_rights", "host.not_found", "host.refused"];

/**
 * A list that the portal does not give us is over. What we know of it is as old as it was, so that everything is read when
 * the portal gives it after all. Throws the error of a list that we cannot do without.
 */
function refusedList(link: HostLink, { entity, mode }: ScanQuery, thrown: unknown): ScanSlice {
  const code = errorCode(thrown);
  if (!OPTIONAL.includes(entity) || !REFUSALS.includes(code)) throw thrown;
  link.log.warn("host.list_refused", { list: entity, code });
  const known = mode.kind === "since" ? mode.at : 0;
  return { records: [], next: null, total: null, hostNow: known };
}

/**
 * The first page also counts, once: knowing the total, the later requests carry exactly as many commands as there are
 * pages. Every command costs time of the method's budget, also a useless one. A count below the rows it comes with is none.
 */
async function firstPage(
  link: HostLink,
  list: KeyedList,
  mode: ScanQuery["mode"],
): Promise<ScanSlice> {
  const answer = await callMethod(link, list.method, pageParams(list, mode, "0", 0));
  const rows = list.rows(answer.result);
  const total = answer.total === null || answer.total < rows.length ? null : answer.total;
  return {
    ...toSlice(list, mode, { last: "0", read: 0, total }, [rows]),
    hostNow: answer.time.hostNow,
  };
}

/** A chain of pages in one request: each begins where the one before it ended. */
async function nextPages(
  link: HostLink,
  list: KeyedList,
  mode: ScanQuery["mode"],
  cursor: Cursor,
): Promise<ScanSlice> {
  const granted = link.budget.grant(list.method, pagesLeft(cursor));
  const commands = Array.from({ length: Math.max(granted, 1) }, (_, at) => ({
    method: list.method,
    params: pageParams(list, mode, at === 0 ? cursor.last : lastIdOfPage(list, at - 1), -1),
  }));
  const { outcomes, time } = await callBatch(link, commands, { halt: true });
  return {
    ...toSlice(list, mode, cursor, readPages(list, cursor, outcomes)),
    hostNow: time.hostNow,
  };
}

/** Rows may have been added since the count, so a full page never ends the scan: one more page than is full. */
function pagesLeft({ read, total, isCapped }: Cursor): number {
  if (isCapped) return 1;
  if (total === null) return BATCH_COMMANDS;
  const left = Math.max(total - read, 0);
  return Math.min(Math.floor(left / PAGE_ROWS) + 1, BATCH_COMMANDS);
}

function lastIdOfPage(list: KeyedList, at: number): string {
  return `$result[p${at}]${list.rowsPath}[${PAGE_ROWS - 1}][${list.idName}]`;
}

/**
 * Pages up to the first short one: behind it the reference is empty and the portal starts again from the beginning. A
 * portal that does not resolve references does so behind full pages too, or answers nothing: such a page is asked again
 * with the id itself. Pages before a failed command are kept; a failure of the very first one is the caller's to know.
 */
function readPages(
  list: KeyedList,
  from: Cursor,
  outcomes: readonly Outcome[],
): readonly (readonly Fields[])[] {
  const pages: (readonly Fields[])[] = [];
  let read = from.read;
  let last = from.last;
  for (const outcome of outcomes) {
    const isBehind = pages.length > 0;
    if (outcome.kind !== "ok" && isBehind) break;
    const rows = list.rows(resultOf(outcome));
    if (isBehind && !continues(list, rows, { last, read, total: from.total })) break;
    pages.push(rows);
    if (rows.length < PAGE_ROWS) break;
    read += rows.length;
    last = lastId(list, last, rows);
  }
  return pages;
}

/** Is this page what comes after `from`? Nothing may come only when as many rows have been read as were counted. */
function continues(list: KeyedList, rows: readonly Fields[], from: Cursor): boolean {
  const first = toId(rows[0]?.[list.idName]);
  if (first === null) return rows.length === 0 && from.read >= (from.total ?? 0);
  return Number(first) > Number(from.last);
}

/**
 * The end is an empty page, or a short one with which everything counted has come: a portal that gives fewer rows than fifty
 * a page, or loses some while it pages, would otherwise end the scan early and without a word.
 */
function toSlice(
  list: KeyedList,
  mode: ScanQuery["mode"],
  from: Cursor,
  pages: readonly (readonly Fields[])[],
): Omit<ScanSlice, "hostNow"> {
  const rows = pages.flat();
  const last = lastId(list, from.last, rows);
  const read = from.read + rows.length;
  const total = from.total === null ? null : Math.max(from.total, read);
  const isCapped = (pages.at(-1)?.length ?? 0) < PAGE_ROWS;
  const isComplete = isCapped && (pages.at(-1)?.length === 0 || read === total);
  const next: Cursor = { last, read, total, isCapped };
  const slice = { next: isComplete ? null : JSON.stringify(next), total };
  if (mode.kind === "ids") {
    return { ...slice, records: [], ids: rows.flatMap((row) => toId(row[list.idName]) ?? []) };
  }
  return { ...slice, records: rows.map((row) => list.toRecord(row)) };
}

/** Ids must ascend; a portal that ignores the order would otherwise make us skip rows silently. */
function lastId(list: KeyedList, from: string, rows: readonly Fields[]): string {
  let last = from;
  for (const row of rows) {
    const id = toId(row[list.idName]);
    if (id === null || Number(id) <= Number(last)) {
      throw new AppError("host.bad_answer", { details: { reason: "order", method: list.method } });
    }
    last = id;
  }
  return last;
}

function readCursor(text: string): Cursor {
  const parsed = cursorSchema.safeParse(parseJson(text));
  if (!parsed.success) throw new AppError("input.invalid", { details: { field: "cursor" } });
  return parsed.data;
}
