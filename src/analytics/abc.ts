/** Money limits of the classes; a client belongs to the best class whose limit it reaches. */
export interface AbcLimits {
  readonly aFromMinor: number;
  readonly bFromMinor: number;
}

/** Money before a client of A is under 4/5, of B under 19/20 of all: whole numbers, so that no rounding moves the line. */
const isBelowA = (before: number, all: number): boolean => 5 * before < 4 * all;
const isBelowB = (before: number, all: number): boolean => 20 * before < 19 * all;

/**
 * ABC limits: clients by falling money, A up to 80 % of the sum, B up to 95 %. The client who crosses a line belongs to the
 * upper class and equal sums share a class. Only positive sums count; null when there is none.
 */
export function abcLimits(totals: Iterable<number>): AbcLimits | null {
  const sorted = fallingPositive(totals);
  if (sorted.length === 0) return null;
  const all = sorted.reduce((sum, x) => sum + x, 0);
  let aFromMinor = sorted[0] as number;
  let bFromMinor = aFromMinor;
  let before = 0;
  for (const minor of sorted) {
    if (isBelowA(before, all)) aFromMinor = minor;
    if (isBelowB(before, all)) bFromMinor = minor;
    before += minor;
  }
  return { aFromMinor, bFromMinor };
}

/** Class of a sum; zero and negative sums are C. */
export function abcClass(totalMinor: number, limits: AbcLimits): "A" | "B" | "C" {
  if (!(totalMinor > 0)) return "C";
  if (totalMinor >= limits.aFromMinor) return "A";
  return totalMinor >= limits.bFromMinor ? "B" : "C";
}

/**
 * The honest Pareto line: the smallest share of clients that together brings 80 % of the money. Clients without positive
 * money count in the share. null without positive money.
 */
export function clientsShareFor80(totals: readonly number[]): number | null {
  const sorted = fallingPositive(totals);
  if (sorted.length === 0) return null;
  const all = sorted.reduce((sum, x) => sum + x, 0);
  let sum = 0;
  let clients = 0;
  for (const minor of sorted) {
    if (!isBelowA(sum, all)) break;
    sum += minor;
    clients += 1;
  }
  return clients / totals.length;
}

/** One point of the Pareto curve: so many of the best clients bring so much of the money. */
export interface ParetoPoint {
  readonly clientsShare: number;
  readonly moneyShare: number;
}

/**
 * The Pareto curve from (0, 0) to the last client with positive money, at most `most` steps. Clients without positive money
 * count in the share of clients. Empty without positive money.
 */
export function paretoCurve(totals: readonly number[], most = 40): ParetoPoint[] {
  const sorted = fallingPositive(totals);
  const all = sorted.reduce((sum, x) => sum + x, 0);
  if (sorted.length === 0) return [];
  const points: ParetoPoint[] = [{ clientsShare: 0, moneyShare: 0 }];
  let sum = 0;
  let step = 1;
  for (let at = 0; at < sorted.length; at += 1) {
    sum += sorted[at] as number;
    if (at + 1 < Math.round((step * sorted.length) / Math.min(most, sorted.length))) continue;
    points.push({ clientsShare: (at + 1) / totals.length, moneyShare: sum / all });
    step += 1;
  }
  return points;
}

function fallingPositive(totals: Iterable<number>): Float64Array {
  return Float64Array.from(totals)
    .filter((minor) => minor > 0)
    .sort()
    .reverse();
}
