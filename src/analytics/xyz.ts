/** Fewer gaps than `minGaps` say nothing about regularity. */
export const XYZ_LIMITS = { minGaps: 3, xBelow: 0.5, yUpTo: 1 } as const;

/**
 * XYZ by the variation of the client's own intervals (standard deviation / mean): X below 0.5 (clockwork), Y up to 1, Z
 * above. Wider than the stock-control limits, by which nearly every client would be Z. null below three intervals.
 */
export function xyzClass(days: Int32Array): "X" | "Y" | "Z" | null {
  const gaps = days.length - 1;
  if (gaps < XYZ_LIMITS.minGaps) return null;
  const mean = ((days[gaps] as number) - (days[0] as number)) / gaps;
  let squares = 0;
  for (let at = 0; at < gaps; at += 1) {
    squares += ((days[at + 1] as number) - (days[at] as number) - mean) ** 2;
  }
  const variation = Math.sqrt(squares / (gaps - 1)) / mean;
  if (variation < XYZ_LIMITS.xBelow) return "X";
  return variation <= XYZ_LIMITS.yUpTo ? "Y" : "Z";
}
