/**
 * How far the level of purchases moves the chance of one. A season tells more of how often active clients buy than of who buys
 * at all, and last year's level is itself uncertain: half of it, in logarithms, serves both.
 */
export function chanceLevel(level: number): number {
  return Math.sqrt(level);
}
