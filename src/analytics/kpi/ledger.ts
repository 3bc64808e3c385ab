import type { ClientHistory, Day, PurchaseLog } from "../types.ts";

/** Money of one client by day, ascending; whole minor units, NaN = unknown. */
export interface Flow {
  readonly days: ArrayLike<Day>;
  readonly minor: ArrayLike<number>;
}

/** Known money of a flow, up to (not including) entry `count`. */
export function sumOf({ minor }: Flow, count: number = minor.length): number {
  let sum = 0;
  for (let at = 0; at < count; at += 1) {
    const one = minor[at] as number;
    if (!Number.isNaN(one)) sum += one;
  }
  return sum;
}

/**
 * Where the money of a client is looked up. A refund is charged to the purchases it undoes, the latest before it first, so
 * that the value of a cohort is restated whenever money goes back; the sums are the net money.
 */
export interface Ledger {
  /** `revenue` where no margin is known: the reader has to be told. */
  readonly basis: "margin" | "revenue";
  /** Margin as a share of revenue: of the rows that have a margin, or as given; null where it is unknown. */
  readonly marginShare: number | null;
  /** Rows that have a margin of their own, and rows with a sum that took the average share. */
  readonly ownRows: number;
  readonly filledRows: number;
  flow(client: ClientHistory): Flow;
}

/** The ledger of the best money known: rows' own margins, an average share for the rest, revenue without either. */
export function makeLedger(
  log: PurchaseLog,
  asOf: Day,
  averageShare: number | null = null,
): Ledger {
  const margins = log.details?.marginMinor;
  const known = margins ? knownShare(log, margins, asOf) : { share: null, rows: 0, withSum: 0 };
  const given =
    averageShare !== null && Number.isFinite(averageShare) && averageShare >= 0
      ? averageShare
      : null;
  const share = known.share ?? given;
  if (share === null) return revenueLedger();
  const flows = marginFlows(log, asOf, share);
  const withSum = countSums(log, asOf);
  return {
    basis: "margin",
    marginShare: share,
    ownRows: known.rows,
    filledRows: withSum - known.withSum,
    flow: (client) => flows.get(client.id) ?? { days: [], minor: [] },
  };
}

/** Revenue, refunds charged to the purchases they undo. */
export function revenueLedger(): Ledger {
  return {
    basis: "revenue",
    marginShare: null,
    ownRows: 0,
    filledRows: 0,
    flow: (client) => ({
      days: client.days,
      minor: client.refunds?.length ? restatedAmounts(client) : client.dayAmountMinor,
    }),
  };
}

/**
 * Money of each purchase day after the refunds charged to it. A refund eats the latest purchases up to its day, then the
 * earliest purchase takes what is left, so the sum is exactly the client's net money.
 */
export function restatedAmounts(client: ClientHistory): Float64Array {
  const left = Float64Array.from(client.dayAmountMinor, (minor) => (minor > 0 ? minor : 0));
  for (const { day, amountMinor } of client.refunds ?? []) {
    charge(client.days, left, day, -amountMinor, (at, part) => {
      left[at] = (left[at] as number) - part;
    });
  }
  return left;
}

/** Shares a refund out over purchase days; the callback is given positive parts that add up to `minor`. */
function charge(
  days: ArrayLike<Day>,
  left: ArrayLike<number>,
  day: Day,
  minor: number,
  take: (at: number, part: number) => void,
): void {
  let open = minor;
  for (let at = days.length - 1; at >= 0 && open > 0; at -= 1) {
    if ((days[at] as number) > day) continue;
    const part = Math.min(open, Math.max(0, left[at] as number));
    if (part > 0) take(at, part);
    open -= part;
  }
  if (open > 0 && days.length > 0) take(0, open);
}

function knownShare(log: PurchaseLog, margins: Float64Array, asOf: Day) {
  let revenue = 0;
  let margin = 0;
  let rows = 0;
  let withSum = 0;
  for (let row = 0; row < log.day.length; row += 1) {
    const own = margins[row] as number;
    const amount = log.amountMinor[row] as number;
    if ((log.day[row] as number) > asOf || !Number.isFinite(own)) continue;
    rows += 1;
    if (!Number.isFinite(amount) || amount === 0) continue;
    withSum += 1;
    revenue += amount;
    margin += own;
  }
  return { share: revenue > 0 && withSum > 0 ? margin / revenue : null, rows, withSum };
}

function countSums(log: PurchaseLog, asOf: Day): number {
  let count = 0;
  for (let row = 0; row < log.day.length; row += 1) {
    const amount = log.amountMinor[row] as number;
    if ((log.day[row] as number) <= asOf && Number.isFinite(amount) && amount !== 0) count += 1;
  }
  return count;
}

interface Book {
  readonly days: Day[];
  readonly revenue: number[];
  readonly margin: number[];
  readonly refunds: { readonly day: Day; readonly minor: number; readonly margin: number }[];
}

function marginFlows(log: PurchaseLog, asOf: Day, share: number): Map<string, Flow> {
  const books = new Map<number, Book>();
  for (let row = 0; row < log.day.length; row += 1) {
    const day = log.day[row] as number;
    if (day > asOf) continue;
    const client = log.client[row] as number;
    const book = books.get(client) ?? { days: [], revenue: [], margin: [], refunds: [] };
    books.set(client, book);
    const amount = log.amountMinor[row] as number;
    const own = log.details?.marginMinor?.[row] ?? Number.NaN;
    const margin = Number.isFinite(own) ? own : Number.isFinite(amount) ? amount * share : 0;
    if (amount < 0) {
      book.refunds.push({ day, minor: -amount, margin: -Math.round(margin) });
      continue;
    }
    book.days.push(day);
    book.revenue.push(Number.isFinite(amount) ? amount : 0);
    book.margin.push(Math.round(margin));
  }
  const flows = new Map<string, Flow>();
  for (const [client, book] of books) {
    settleRefunds(book);
    flows.set(log.clients[client] as string, { days: book.days, minor: book.margin });
  }
  return flows;
}

/** The margin that a refund takes back goes where its revenue goes, in the same parts. */
function settleRefunds({ days, revenue, margin, refunds }: Book): void {
  for (const refund of refunds) {
    let open = refund.margin;
    let last = 0;
    charge(days, revenue, refund.day, refund.minor, (at, part) => {
      revenue[at] = (revenue[at] as number) - part;
      const taken = Math.round((refund.margin * part) / refund.minor);
      margin[at] = (margin[at] as number) - taken;
      open -= taken;
      last = at;
    });
    if (days.length > 0) margin[last] = (margin[last] as number) - open;
  }
}
