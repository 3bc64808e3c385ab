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
  return quantileOfSorted(Float64Array.from(numbers).sort(), 0.5);
}
