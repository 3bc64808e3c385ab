import { gapsOf } from "./history.ts";

/** Fewer gaps say nothing about regularity. */
const MIN_GAPS = 3;
const X_BELOW = 0.5;
const Y_UP_TO = 1;

/**
 * XYZ by the variation of the client's own intervals (standard deviation / mean): X below 0.5 (clockwork), Y up to 1, Z
 * above. Wider than the stock-control limits, by which nearly every client would be Z. null below three intervals.
 */
export function xyzClass(days: Int32Array): "X" | "Y" | "Z" | null {
  const gaps = gapsOf(days);
  if (gaps.length < MIN_GAPS) return null;
  const mean = gaps.reduce((sum, gap) => sum + gap, 0) / gaps.length;
  const squares = gaps.reduce((sum, gap) => sum + (gap - mean) ** 2, 0);
  const variation = Math.sqrt(squares / (gaps.length - 1)) / mean;
  if (variation < X_BELOW) return "X";
  return variation <= Y_UP_TO ? "Y" : "Z";
}
