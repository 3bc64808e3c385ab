/**
 * Quantile of rising numbers by linear interpolation between order statistics (Hyndman & Fan 1996, type 7).
 * null for no numbers.
 */
export function quantileOfSorted(sorted: ArrayLike<number>, share: number): number | null {
  const size = sorted.length;
  if (size === 0) return null;
  const position = (size - 1) * Math.min(1, Math.max(0, share));
  const below = Math.floor(position);
  const low = sorted[below] as number;
  const high = sorted[Math.min(size - 1, below + 1)] as number;
  return low + (position - below) * (high - low);
}

/** Median of numbers in any order; null for no numbers. */
export function medianOf(numbers: ArrayLike<number>): number | null {
  return quantileOfSorted(new Float64Array(numbers).sort(), 0.5);
}

/** Below this many a sort of our own is quicker than the call of the built-in one. */
const FEW = 48;

/** Median of the first `size` numbers, which are put in order; null for none. */
export function medianOfFirst(numbers: Float64Array, size: number): number | null {
  if (size > FEW) numbers.subarray(0, size).sort();
  else {
    for (let at = 1; at < size; at += 1) {
      const number = numbers[at] as number;
      let to = at;
      for (; to > 0 && (numbers[to - 1] as number) > number; to -= 1) {
        numbers[to] = numbers[to - 1] as number;
      }
      numbers[to] = number;
    }
  }
  if (size < 1) return null;
  const below = (size - 1) >> 1;
  const low = numbers[below] as number;
  return size % 2 === 1 ? low : low + 0.5 * ((numbers[below + 1] as number) - low);
}

/** Wider spreads are sorted: a count of every value would be larger than the values. */
const MOST_VALUES = 1_000_000;

/** `medianOf` whole numbers: counted instead of sorted, so linear for millions of them. */
export function medianOfWhole(numbers: Int32Array): number | null {
  if (numbers.length === 0) return null;
  const low = numbers.reduce((least, x) => Math.min(least, x), Number.POSITIVE_INFINITY);
  const high = numbers.reduce((most, x) => Math.max(most, x), Number.NEGATIVE_INFINITY);
  if (!(high - low < MOST_VALUES)) return medianOf(numbers);
  const counts = new Int32Array(high - low + 1);
  for (const x of numbers) counts[x - low] = (counts[x - low] as number) + 1;
  const middle = (numbers.length - 1) / 2;
  const at = (rank: number) => {
    let value = low;
    for (let seen = counts[0] as number; seen <= rank; seen += counts[value - low] as number) {
      value += 1;
    }
    return value;
  };
  return (at(Math.floor(middle)) + at(Math.ceil(middle))) / 2;
}
