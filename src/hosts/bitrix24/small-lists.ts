import { z } from "zod";
import { AppError } from "../../crm/error.ts";
import type { HostLink, ScanQuery, ScanSlice } from "../../crm/host.ts";
import { type MirrorRecord, recordId } from "../../crm/records.ts";
import { callMethod } from "./api.ts";
import { BATCH_COMMANDS, callBatch, resultOf } from "./batch.ts";
import { PAGE_ROWS } from "./lists.ts";
import { ENTITY_TYPE, toPipeline, toUser } from "./mapping.ts";
import { toLabels, toRates } from "./mapping-sales.ts";
import { isFields, parseJson, toFields, toId, toIndex, toList } from "./values.ts";

type Mode = ScanQuery["mode"];

/** Pipelines with their stages: a handful, always read whole, whatever the mode. */
export async function scanPipelines(link: HostLink, mode: Mode): Promise<ScanSlice> {
  const categories = await callMethod(link, "crm.category.list", {
    entityTypeId: ENTITY_TYPE.deal,
  });
  const rows = toList(toFields(categories.result).categories).filter(isFields);
  const stages: unknown[] = [];
  for (let from = 0; from < rows.length; from += BATCH_COMMANDS) {
    const part = rows.slice(from, from + BATCH_COMMANDS);
    link.budget.grant("crm.status.list", part.length);
    const commands = part.map((row) => ({
      method: "crm.status.list",
      params: { filter: { ENTITY_ID: stageDictionary(row.id) }, order: { SORT: "ASC" } },
    }));
    const { outcomes } = await callBatch(link, commands, { halt: false });
    stages.push(...outcomes.map(resultOf));
  }
  const records = rows.map((row, at) => toPipeline(row, stages[at]));
  return {
    ...select(records, mode),
    next: null,
    total: rows.length,
    hostNow: categories.time.hostNow,
  };
}

function stageDictionary(categoryId: unknown): string {
  const id = toIndex(categoryId) ?? "0";
  return id === "0" ? "DEAL_STAGE" : `DEAL_STAGE_${id}`;
}

/** Sources, and the stages of refusal: one answer holds every dictionary of the portal. */
export async function scanLabels(link: HostLink, mode: Mode): Promise<ScanSlice> {
  const answer = await callMethod(link, "crm.status.list", { order: { SORT: "ASC" } });
  const records = toLabels(answer.result);
  return {
    ...select(records, mode),
    next: null,
    total: records.length,
    hostNow: answer.time.hostNow,
  };
}

/** Currencies against the portal's own. */
export async function scanRates(link: HostLink, mode: Mode): Promise<ScanSlice> {
  const answer = await callMethod(link, "crm.currency.list", {});
  const records = toRates(answer.result, link.currency);
  return {
    ...select(records, mode),
    next: null,
    total: records.length,
    hostNow: answer.time.hostNow,
  };
}

const userCursor = z.object({ start: z.int().min(0) });

/** Users have neither a change time nor a key filter; a page is 50 rows by offset. */
export async function scanUsers(
  link: HostLink,
  mode: Mode,
  cursor: string | null,
): Promise<ScanSlice> {
  const parsed = userCursor.safeParse(cursor === null ? { start: 0 } : parseJson(cursor));
  if (!parsed.success) throw new AppError("input.invalid", { details: { field: "cursor" } });
  const { start } = parsed.data;
  if (mode.kind === "byId") return usersById(link, mode.ids, start);
  const answer = await callMethod(link, "user.get", { ...USER_PARAMS, start });
  const records = toList(answer.result).filter(isFields).map(toUser);
  const { time, total } = answer;
  const read = start + records.length;
  const isMore = records.length > 0 && total !== null && total > read;
  const next = answer.next ?? (isMore ? read : null);
  const slice = { ...select(records, mode), total, hostNow: time.hostNow };
  return {
    ...slice,
    next: next === null || next <= start ? null : JSON.stringify({ start: next }),
  };
}

const USER_PARAMS = { SORT: "ID", ORDER: "ASC", select: ["ID", "ACTIVE", "UF_DEPARTMENT"] };

async function usersById(
  link: HostLink,
  ids: readonly string[],
  start: number,
): Promise<ScanSlice> {
  const asked = ids.slice(start, start + PAGE_ROWS);
  const end = start + asked.length;
  const next = end < ids.length ? JSON.stringify({ start: end }) : null;
  const known = asked.filter((id) => toId(id) !== null);
  // An empty list would be no filter at all.
  if (known.length === 0) {
    return { records: [], missing: asked, next, total: ids.length, hostNow: null };
  }
  const answer = await callMethod(link, "user.get", {
    ...USER_PARAMS,
    FILTER: { ID: known },
    start: 0,
  });
  const records = toList(answer.result).filter(isFields).map(toUser);
  const slice = select(records, { kind: "byId", ids: asked });
  return { ...slice, next, total: ids.length, hostNow: answer.time.hostNow };
}

function select(
  records: readonly MirrorRecord[],
  mode: Mode,
): Pick<ScanSlice, "records" | "ids" | "missing"> {
  if (mode.kind === "ids") return { records: [], ids: records.map(recordId) };
  if (mode.kind !== "byId") return { records };
  const asked = new Set(mode.ids);
  const found = records.filter((record) => asked.has(recordId(record)));
  const ids = new Set(found.map(recordId));
  return { records: found, missing: mode.ids.filter((id) => !ids.has(id)) };
}
