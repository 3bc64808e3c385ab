import type { GapTimings } from "./buckets.ts";
import type { Spending } from "./gamma-gamma.ts";
import { logGapsOf } from "./log-gaps.ts";
import type { SignalLog } from "./signal-types.ts";
import { signalsAt } from "./signals.ts";
import type { ClientHistory, Day, PurchaseLog } from "./types.ts";

/**
 * A whole base as columns: what `ClientHistory` says of one client, for everybody, without an object a client. Client `c`
 * of the log has the purchase days `offset[c]` to `offset[c + 1]` (exclusive) of `days` and `dayAmountMinor`, and the
 * refunds `refundOffset[c]` to `refundOffset[c + 1]`. A client without purchase days is none.
 */
export interface ClientBase {
  /** Ids, in the log's order. */
  readonly clients: readonly string[];
  readonly offset: Int32Array;
  readonly days: Int32Array;
  /** NaN = unknown. */
  readonly dayAmountMinor: Float64Array;
  readonly purchases: Int32Array;
  readonly purchasesWithSum: Int32Array;
  readonly totalMinor: Float64Array;
  readonly refundOffset: Int32Array;
  readonly refundDay: Int32Array;
  readonly refundMinor: Float64Array;
  /** The log's own, later rows included; null = unknown. */
  readonly signals: SignalLog | null;
  /** The day at whose end this was known. */
  readonly asOf: Day;
}

/**
 * Everybody's history at the end of `asOf`, by the rules of `historyOf`. Linear for a log in order, which is promised; a
 * careless one is put right.
 */
export function buildBase(log: PurchaseLog, asOf: Day = Number.POSITIVE_INFINITY): ClientBase {
  const { client: owner, day, amountMinor, clients } = log;
  const order = orderOf(log);
  const book = makeBook(log, asOf);
  let at = 0;
  for (let client = 0; client < clients.length; client += 1) {
    book.open();
    for (; at < owner.length; at += 1) {
      const row = order === null ? at : (order[at] as number);
      if (owner[row] !== client) break;
      if ((day[row] as number) <= asOf) book.add(day[row] as number, amountMinor[row] as number);
    }
    book.close(client);
  }
  return book.base();
}

/** One client of the base as a history: the numbers stay where they are. */
export function historyAt(base: ClientBase, client: number): ClientHistory {
  const from = base.offset[client] as number;
  const to = base.offset[client + 1] as number;
  return {
    id: base.clients[client] as string,
    days: base.days.subarray(from, to),
    dayAmountMinor: base.dayAmountMinor.subarray(from, to),
    purchases: base.purchases[client] as number,
    totalMinor: base.totalMinor[client] as number,
    refunds: refundsAt(base, client),
    purchasesWithSum: base.purchasesWithSum[client] as number,
    ...(base.signals === null ? {} : { signals: signalsAt(base.signals, client, base.asOf) }),
  };
}

const NO_REFUNDS: NonNullable<ClientHistory["refunds"]> = [];

function refundsAt(base: ClientBase, client: number): NonNullable<ClientHistory["refunds"]> {
  const from = base.refundOffset[client] as number;
  const count = (base.refundOffset[client + 1] as number) - from;
  if (count === 0) return NO_REFUNDS;
  return Array.from({ length: count }, (_, at) => ({
    day: base.refundDay[from + at] as number,
    amountMinor: base.refundMinor[from + at] as number,
  }));
}

/** Numbers of the clients who have bought, rising. */
export function buyersOf(base: ClientBase): Int32Array {
  const { offset } = base;
  const buyers = new Int32Array(base.clients.length);
  let size = 0;
  for (let client = 0; client < buyers.length; client += 1) {
    if ((offset[client + 1] as number) === (offset[client] as number)) continue;
    buyers[size] = client;
    size += 1;
  }
  return buyers.subarray(0, size);
}

/** At most `limit` of these clients, evenly spread over the base. */
export function evenSample(base: ClientBase, buyers: Int32Array, limit: number): ClientHistory[] {
  const step = Math.max(1, Math.ceil(buyers.length / limit));
  return Array.from({ length: Math.ceil(buyers.length / step) }, (_, at) =>
    historyAt(base, buyers[at * step] as number),
  );
}

/** BTYD columns of these clients, all of whom have bought, at the end of `asOf`. */
export function baseTimings(base: ClientBase, buyers: Int32Array, asOf: Day): GapTimings {
  const frequency = new Int32Array(buyers.length);
  const recency = new Int32Array(buyers.length);
  const age = new Int32Array(buyers.length);
  const logGaps = new Float64Array(buyers.length);
  let logGapSum = 0;
  for (let at = 0; at < buyers.length; at += 1) {
    const client = buyers[at] as number;
    const from = base.offset[client] as number;
    const last = (base.offset[client + 1] as number) - 1;
    const first = base.days[from] as number;
    const lastDay = base.days[last] as number;
    frequency[at] = last - from;
    recency[at] = lastDay - first;
    age[at] = Math.max(asOf, lastDay) - first;
    const own = logGapsOf(base.days.subarray(from, last + 1));
    logGaps[at] = own;
    logGapSum += own;
  }
  return { frequency, recency, age, logGaps, logGapSum };
}

/** Rows of the Gamma-Gamma model: repeat purchase days with a known sum, by the rule of `repeatSpend`. */
export function baseSpending(base: ClientBase): Spending {
  const purchases = new Float64Array(base.clients.length);
  const meanMinor = new Float64Array(base.clients.length);
  let size = 0;
  for (let client = 0; client < base.clients.length; client += 1) {
    let count = 0;
    let money = 0;
    const to = base.offset[client + 1] as number;
    for (let row = (base.offset[client] as number) + 1; row < to; row += 1) {
      const minor = base.dayAmountMinor[row] as number;
      if (!(minor > 0)) continue;
      count += 1;
      money += minor;
    }
    if (count === 0) continue;
    purchases[size] = count;
    meanMinor[size] = money / count;
    size += 1;
  }
  return { purchases: purchases.subarray(0, size), meanMinor: meanMinor.subarray(0, size) };
}

/** All gaps between neighbouring purchase days, client by client. */
export function baseGaps(base: ClientBase, buyers: Int32Array): Int32Array {
  const gaps = new Int32Array(Math.max(0, base.days.length - buyers.length));
  let size = 0;
  for (const client of buyers) {
    const to = base.offset[client + 1] as number;
    for (let row = (base.offset[client] as number) + 1; row < to; row += 1) {
      gaps[size] = (base.days[row] as number) - (base.days[row - 1] as number);
      size += 1;
    }
  }
  return gaps;
}

/** Columns with room for every row of the log. */
function columnsFor(log: PurchaseLog) {
  const size = log.clients.length;
  const refunds = log.amountMinor.reduce((sum, minor) => sum + (minor < 0 ? 1 : 0), 0);
  return {
    offset: new Int32Array(size + 1),
    days: new Int32Array(log.day.length),
    dayAmountMinor: new Float64Array(log.day.length),
    purchases: new Int32Array(size),
    purchasesWithSum: new Int32Array(size),
    totalMinor: new Float64Array(size),
    refundOffset: new Int32Array(size + 1),
    refundDay: new Int32Array(refunds),
    refundMinor: new Float64Array(refunds),
  };
}

/** Takes a log's rows client by client, day by day, and keeps what is left of them. */
function makeBook(log: PurchaseLog, asOf: Day) {
  const columns = columnsFor(log);
  const { days, dayAmountMinor, refundDay, refundMinor } = columns;
  let end = 0;
  let refundEnd = 0;
  // The client so far.
  let start = 0;
  let refundStart = 0;
  let bought = 0;
  let withSum = 0;
  let net = 0;
  // The day so far; NaN = none yet.
  let today = Number.NaN;
  let dayBought = 0;
  let dayWithSum = 0;
  let dayNet = 0;

  const closeDay = () => {
    if (Number.isNaN(today)) return;
    net += dayNet;
    const isPaid = dayWithSum > 0 && dayNet > 0;
    const isPaidBack = dayBought === dayWithSum && dayNet <= 0;
    if (!isPaidBack) {
      bought += dayBought;
      withSum += dayWithSum;
      days[end] = today;
      dayAmountMinor[end] = isPaid ? dayNet : Number.NaN;
      end += 1;
    }
    if (!isPaid && dayNet < 0) {
      refundDay[refundEnd] = today;
      refundMinor[refundEnd] = dayNet;
      refundEnd += 1;
    }
  };
  return {
    open() {
      start = end;
      refundStart = refundEnd;
      bought = 0;
      withSum = 0;
      net = 0;
      today = Number.NaN;
    },
    add(day: Day, minor: number) {
      if (day !== today) {
        closeDay();
        today = day;
        dayBought = 0;
        dayWithSum = 0;
        dayNet = 0;
      }
      if (!(minor < 0)) dayBought += 1;
      if (minor > 0) dayWithSum += 1;
      if (Number.isFinite(minor)) dayNet += minor;
    },
    close(client: number) {
      closeDay();
      columns.totalMinor[client] = net;
      if (bought === withSum && net <= 0) end = start;
      if (end === start) refundEnd = refundStart;
      columns.purchases[client] = end === start ? 0 : bought;
      columns.purchasesWithSum[client] = end === start ? 0 : withSum;
      columns.offset[client + 1] = end;
      columns.refundOffset[client + 1] = refundEnd;
    },
    base(): ClientBase {
      return {
        ...columns,
        clients: log.clients,
        days: days.subarray(0, end),
        dayAmountMinor: dayAmountMinor.subarray(0, end),
        refundDay: refundDay.subarray(0, refundEnd),
        refundMinor: refundMinor.subarray(0, refundEnd),
        signals: log.signals ?? null,
        asOf,
      };
    },
  };
}

/** Row numbers by client, then day; null for a log that is in that order. */
function orderOf(log: PurchaseLog): Int32Array | null {
  const compare = (left: number, right: number) =>
    (log.client[left] as number) - (log.client[right] as number) ||
    (log.day[left] as number) - (log.day[right] as number) ||
    left - right;
  for (let at = 1; at < log.day.length; at += 1) {
    if (compare(at - 1, at) > 0) return Int32Array.from(log.day, (_, row) => row).sort(compare);
  }
  return null;
}
