import { AppError } from "../../crm/error.ts";
import type { HostLink, ScanQuery, ScanSlice } from "../../crm/host.ts";
import type { DealProduct, DealProductsRecord } from "../../crm/records.ts";
import { failureError, type Params } from "./api.ts";
import { BATCH_COMMANDS, callBatch, type Outcome, resultOf } from "./batch.ts";
import { PAGE_ROWS } from "./lists.ts";
import { toDealProduct } from "./mapping-sales.ts";
import { type Fields, isFields, toFields, toId, toList } from "./values.ts";

const METHOD = "crm.item.productrow.list";
/** Deals whose rows are asked for together: their ids travel in the request. */
const DEALS_PER_COMMAND = 50;
const NOTHING: ScanSlice = { records: [], next: null, total: 0, hostNow: null };
/** One deal that may not be read closes the whole command. */
const LASTING: readonly string[] = ["host.no_rights", "host.refused", "host.not_found"];

/** Rows of some deals, up to which they have been read. */
interface Wanted {
  readonly deals: readonly string[];
  readonly after: string;
}

/**
 * Product rows of named deals, fifty deals a command and fifty rows a page. The method wants to know whose rows, so there
 * is no list of all. Throws AppError `host.*`.
 */
export async function scanDealProducts(
  link: HostLink,
  mode: ScanQuery["mode"],
): Promise<ScanSlice> {
  if (mode.kind !== "byId") return NOTHING;
  const rows = new Map<string, DealProduct[]>();
  const missing = new Set(mode.ids.filter((id) => toId(id) === null));
  const known = mode.ids.filter((id) => !missing.has(id));
  for (const id of known) rows.set(id, []);
  let wanted = chunks(known);
  while (wanted.length > 0) {
    const granted = Math.max(1, link.budget.grant(METHOD, Math.min(wanted.length, BATCH_COMMANDS)));
    const asked = wanted.slice(0, granted);
    const commands = asked.map((one) => ({ method: METHOD, params: pageOf(one) }));
    const { outcomes } = await callBatch(link, commands, { halt: false });
    const more = asked.flatMap((one, at) => readPage(link, one, outcomes[at], rows, missing));
    wanted = [...more, ...wanted.slice(granted)];
  }
  const records = [...rows]
    .filter(([dealId]) => !missing.has(dealId))
    .map(([dealId, own]): DealProductsRecord => ({ entity: "dealProducts", dealId, rows: own }));
  return { records, missing: [...missing], next: null, total: mode.ids.length, hostNow: null };
}

function chunks(ids: readonly string[]): readonly Wanted[] {
  const found: Wanted[] = [];
  for (let from = 0; from < ids.length; from += DEALS_PER_COMMAND) {
    found.push({ deals: ids.slice(from, from + DEALS_PER_COMMAND), after: "0" });
  }
  return found;
}

function pageOf({ deals, after }: Wanted): Params {
  return {
    filter: { "=ownerType": "D", "=ownerId": deals, ">id": after },
    order: { id: "ASC" },
  };
}

/** Puts a page's rows to their deals; what is still to be read of them. */
function readPage(
  link: HostLink,
  wanted: Wanted,
  outcome: Outcome | undefined,
  rows: ReadonlyMap<string, DealProduct[]>,
  missing: Set<string>,
): readonly Wanted[] {
  if (outcome?.kind === "failed") return afterFailure(wanted, outcome, missing);
  const page = toList(toFields(resultOf(outcome)).productRows).filter(isFields);
  for (const row of page) {
    const owner = toId(row.ownerId) ?? "";
    const product = toDealProduct(row, link.currencyOf?.(owner) ?? link.currency);
    if (product) rows.get(owner)?.push(product);
  }
  const total = outcome?.kind === "ok" ? outcome.total : null;
  const isCounted = total !== null && total >= page.length;
  // A short page is the last one only when it holds all that was counted.
  if (page.length === 0 || (page.length < PAGE_ROWS && isCounted && total === page.length))
    return [];
  return [{ ...wanted, after: lastId(page, wanted.after) }];
}

function afterFailure(
  wanted: Wanted,
  { failure }: Extract<Outcome, { kind: "failed" }>,
  missing: Set<string>,
): readonly Wanted[] {
  if (!LASTING.includes(failure.code)) throw failureError(failure);
  const [only, ...others] = wanted.deals;
  if (only === undefined) return [];
  if (others.length > 0) return wanted.deals.map((id) => ({ deals: [id], after: wanted.after }));
  missing.add(only);
  return [];
}

/** Rows come in the order of their ids; a portal that does not keep it would be read for ever. */
function lastId(page: readonly Fields[], after: string): string {
  const last = toId(page.at(-1)?.id);
  if (last === null || Number(last) <= Number(after)) {
    throw new AppError("host.bad_answer", { details: { reason: "order", method: METHOD } });
  }
  return last;
}
