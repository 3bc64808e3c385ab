import type { ClientBase } from "./base.ts";
import { momentsOf } from "./core.ts";
import { beliefAt, type PastCore, purchasesUntil } from "./past-view.ts";

/** So many purchases on either side: a few must not tell a season. */
const PRIOR_PURCHASES = 20;
/** No season triples a base: beyond this the two years are not alike. */
const MOST = 3;
/** The level is one number for the base: an even sample tells it. */
const MAX_CLIENTS = 2_000;

/** Days back to the same season. */
export const YEAR_DAYS = 365;

/**
 * How many times more was bought in the `days` after a past day, which end with the day of `later`, than the core of that day
 * expected; 1 for nobody. Read a year
 * ago, it corrects what is expected of the same season now.
 */
export function levelAfter(later: ClientBase, core: PastCore, days: number): number {
  const bought = purchasesUntil(later, core);
  const step = Math.max(1, Math.ceil(bought.length / MAX_CLIENTS));
  let [actual, expected] = [PRIOR_PURCHASES, PRIOR_PURCHASES];
  for (let at = 0; at < bought.length; at += step) {
    actual += bought[at] as number;
    expected += momentsOf(beliefAt(core, at), days).mean;
  }
  return Math.min(MOST, Math.max(1 / MOST, actual / expected));
}
