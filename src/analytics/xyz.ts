import { gapsOf } from "./history.ts";

/** Fewer gaps than `minGaps` say nothing about regularity. */
export const XYZ_LIMITS = { minGaps: 3, xBelow: 0.5, yUpTo: 1 } as const;

/**
 * XYZ by the variation of the client's own intervals (standard deviation / mean): X below 0.5 (clockwork), Y up to 1, Z
 * above. Wider than the stock-control limits, by which nearly every client would be Z. null below three intervals.
 */
export function xyzClass(days: Int32Array): "X" | "Y" | "Z" | null {
  const gaps = gapsOf(days);
  if (gaps.length < XYZ_LIMITS.minGaps) return null;
  const mean = gaps.reduce((sum, gap) => sum + gap, 0) / gaps.length;
  const squares = gaps.reduce((sum, gap) => sum + (gap - mean) ** 2, 0);
  const variation = Math.sqrt(squares / (gaps.length - 1)) / mean;
  if (variation < XYZ_LIMITS.xBelow) return "X";
  return variation <= XYZ_LIMITS.yUpTo ? "Y" : "Z";
}
