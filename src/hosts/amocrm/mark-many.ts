import { AppError, errorCode } from "../../crm/error.ts";
import type { ClientMark, HostLink, MarkOutcome } from "../../crm/host.ts";
import type { ClientKind, ClientRef } from "../../crm/records.ts";
import { field, getRequest, PAGE_LIMIT, readPage, writeRequest } from "./api.ts";
import { mark, tagChange } from "./mark.ts";
import { clientRow, id } from "./schema.ts";

interface Item {
  readonly client: ClientRef;
  readonly mark: ClientMark;
}

/** A client whose tags differ from what they should be. */
interface Change {
  /** Place in the whole list. */
  readonly at: number;
  readonly id: string;
  readonly before: readonly string[];
  readonly body: object;
}

type Outcomes = (MarkOutcome | undefined)[];

/** See `Host.markMany`: one read and one write for up to 50 clients of a kind. */
export async function markMany(
  link: HostLink,
  items: readonly Item[],
): Promise<readonly MarkOutcome[]> {
  const outcomes: Outcomes = [];
  // Without filters nothing can be read by id but one by one.
  if (link.memo.filters === "off") {
    for (const [at, one] of items.entries()) {
      outcomes[at] = await settled(mark(link, one.client, one.mark));
    }
  } else {
    for (const kind of ["contact", "company"] as const) {
      const mine = [...items.entries()].filter(([, one]) => one.client.kind === kind);
      if (mine.length > 0) await markKind(link, kind, mine, outcomes);
    }
  }
  return items.map((_, at) => outcomes[at] ?? failed(new AppError("host.bad_answer")));
}

async function settled(work: ReturnType<typeof mark>): Promise<MarkOutcome> {
  try {
    return { kind: "done", result: await work };
  } catch (error) {
    return failed(error instanceof AppError ? error : new AppError(errorCode(error)));
  }
}

function failed(error: AppError): MarkOutcome {
  return { kind: "failed", error };
}

async function markKind(
  link: HostLink,
  kind: ClientKind,
  items: readonly (readonly [number, Item])[],
  outcomes: Outcomes,
): Promise<void> {
  const path = kind === "contact" ? "contacts" : "companies";
  const filter = items.map(([, { client }]) => ["filter[id][]", client.id] as const);
  const request = getRequest(path, [...filter, ["limit", String(PAGE_LIMIT)]]);
  const { rows } = readPage(await link.send("clients.many", request), path);
  const found = new Map(
    rows.flatMap((raw) => {
      const { data } = clientRow.safeParse(raw);
      return data && !data.is_deleted ? [[data.id, data._embedded.tags] as const] : [];
    }),
  );
  const changes: Change[] = [];
  for (const [at, { client, mark: wanted }] of items) {
    const before = found.get(client.id);
    if (before === undefined) outcomes[at] = failed(new AppError("host.not_found"));
    else {
      const body = tagChange(before, wanted);
      if (body) changes.push({ at, id: client.id, before, body });
      else outcomes[at] = { kind: "done", result: { changed: false, before } };
    }
  }
  await write(link, path, changes, outcomes);
}

/**
 * One wrong item spoils the whole batch: those that the host names are given up and the others sent again. A batch that it
 * refuses without naming one, or cannot carry out in time, is sent in halves.
 */
async function write(
  link: HostLink,
  path: string,
  changes: readonly Change[],
  outcomes: Outcomes,
): Promise<void> {
  if (changes.length === 0) return;
  try {
    const body = changes.map((one, at) => ({
      id: Number(one.id),
      ...one.body,
      request_id: String(at),
    }));
    const response = await link.send("clients.tags", writeRequest("PATCH", path, body));
    readAnswer(readPage(response, path).rows, changes, outcomes);
  } catch (error) {
    const code = errorCode(error);
    if (!(error instanceof AppError)) throw error;
    const named = code === "host.refused" ? namedIn(error, changes.length) : new Set<number>();
    if (named.size > 0) {
      for (const at of named) settle(changes[at], failed(error), outcomes);
      const rest = changes.filter((_, at) => !named.has(at));
      return await write(link, path, rest, outcomes);
    }
    if (!["host.refused", "host.timeout"].includes(code)) {
      for (const one of changes) settle(one, failed(error), outcomes);
      return;
    }
    if (changes.length === 1) return settle(changes[0], failed(error), outcomes);
    const half = Math.ceil(changes.length / 2);
    await write(link, path, changes.slice(0, half), outcomes);
    await write(link, path, changes.slice(half), outcomes);
  }
}

function settle(one: Change | undefined, outcome: MarkOutcome, outcomes: Outcomes): void {
  if (one) outcomes[one.at] = outcome;
}

/** Places of the items that the host refuses. */
function namedIn(error: AppError, count: number): Set<number> {
  const items = String(error.details.items ?? "").split(",");
  return new Set(
    items.flatMap((text) => (/^\d+$/.test(text) ? [Number(text)] : [])).filter((at) => at < count),
  );
}

/** A success may hold refusals of single items, and what it does not name may not have been carried out. */
function readAnswer(
  rows: readonly unknown[],
  changes: readonly Change[],
  outcomes: Outcomes,
): void {
  const byId = new Map(
    rows.flatMap((row) => {
      const { data } = id.safeParse(field(row, "id"));
      const place = field(row, "request_id");
      const key = data ?? changes[Number(place)]?.id;
      return key === undefined ? [] : [[key, row] as const];
    }),
  );
  for (const one of changes) {
    const row = byId.get(one.id);
    if (row === undefined) settle(one, failed(new AppError("host.bad_answer")), outcomes);
    else if (isRefused(row)) settle(one, failed(new AppError("host.refused")), outcomes);
    else settle(one, { kind: "done", result: { changed: true, before: one.before } }, outcomes);
  }
}

function isRefused(row: unknown): boolean {
  const errors = field(row, "errors") ?? field(row, "error");
  return Array.isArray(errors) ? errors.length > 0 : Boolean(errors);
}
