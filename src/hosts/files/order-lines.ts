/** Hash of an order's number as a double below 2^53; NaN = the row names no order. Two rounds of 32-bit FNV-1a, cut to 53 bits. */
export function orderKey(text: string): number {
  if (text === "") return Number.NaN;
  let low = 0x811c9dc5;
  let high = 0x9dc5811c;
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    low = Math.imul(low ^ code, 0x01000193);
    high = Math.imul(high ^ code, 0x85ebca6b) ^ (high >>> 13);
  }
  return (high >>> 11) * 2 ** 32 + (low >>> 0);
}

interface Lines {
  /** Of each row, see `orderKey`. */
  readonly order: Float64Array;
  /** Of each row; rows of different currencies are never one purchase. */
  readonly client: Int32Array;
  readonly day: Int32Array;
  /** NaN = no sum. Of the first line it becomes the sum of the order. */
  readonly amountMinor: Float64Array;
  /** NaN = unknown, which makes the order's unknown too. */
  readonly marginMinor: Float64Array | null;
}

/**
 * Adds the lines of an order to its first one: lines of one client on one day with one order number are one purchase. Returns the
 * first lines in their order. `sorted`: rows by client, then day. A number that comes again on another day (goods sent back, a second
 * payment) stays a row of its own.
 */
export function joinLines(lines: Lines, sorted: Int32Array): Int32Array {
  const firsts = new Int32Array(sorted.length);
  let size = 0;
  /** Where the run of one client and one day begins in `firsts`. */
  let run = 0;
  for (const row of sorted) {
    const last = firsts[size - 1] ?? row;
    const isSameRun =
      lines.client[last] === lines.client[row] && lines.day[last] === lines.day[row];
    if (!isSameRun) run = size;
    const first = firstOfOrder(lines.order, firsts, run, size, row);
    if (first === null) {
      firsts[size] = row;
      size += 1;
    } else add(lines, first, row);
  }
  return firsts.slice(0, size);
}

function firstOfOrder(
  order: Float64Array,
  firsts: Int32Array,
  from: number,
  to: number,
  row: number,
): number | null {
  for (let at = to - 1; at >= from; at -= 1) {
    const first = firsts[at] ?? 0;
    if (order[first] === order[row]) return first;
  }
  return null;
}

function add({ amountMinor, marginMinor }: Lines, first: number, row: number): void {
  const own = amountMinor[first] ?? Number.NaN;
  const more = amountMinor[row] ?? Number.NaN;
  if (Number.isNaN(own)) amountMinor[first] = more;
  else if (!Number.isNaN(more)) amountMinor[first] = own + more;
  if (marginMinor !== null) {
    marginMinor[first] = (marginMinor[first] ?? Number.NaN) + (marginMinor[row] ?? Number.NaN);
  }
}
