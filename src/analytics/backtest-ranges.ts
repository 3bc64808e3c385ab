import { countsOf } from "./core.ts";
import { countQuantile, withNone } from "./count-law.ts";
import { beliefAt, type PastView } from "./past-view.ts";
import { shiftMoments } from "./shift-law.ts";
import type { PurchaseLog } from "./types.ts";

/** What was said about one client's purchases in the coming window. */
export interface Foretold {
  readonly id: string;
  readonly pNoPurchase: number;
  readonly pAlive: number;
  readonly expectedPurchases: number;
  /** 80 % range of the number of purchase days. */
  readonly low80: number;
  readonly high80: number;
}

const LOW = 0.1;
const HIGH = 0.9;

/**
 * The core's law of counts, brought to the chance of no purchase that is shown: given that a client buys at all, the
 * counts stay the core's.
 */
export function foretell(
  log: PurchaseLog,
  view: PastView,
  pNoPurchase: Float64Array,
  horizonDays: number,
): Foretold[] {
  return Array.from(view.client, (client, at) => {
    const belief = beliefAt(view, at);
    const pNone = pNoPurchase[at] as number;
    const core = countsOf(belief, view.level * horizonDays);
    const law = shiftMoments(core, view.pCore[at] as number, pNone);
    // The range holds to the chance that is shown.
    const range = withNone(core, pNone);
    return {
      id: log.clients[client] ?? "",
      pNoPurchase: pNone,
      // Who buys is a client, and buys at least once: the three must not contradict each other.
      pAlive: Math.max(belief.pAlive, 1 - pNone),
      expectedPurchases: Math.max(law.mean, 1 - pNone),
      low80: countQuantile(range, LOW),
      high80: countQuantile(range, HIGH),
    };
  });
}

/** Share of these rows whose count lies in the range; null for no rows. */
export function rangeCoverage(
  foretold: readonly Foretold[],
  counts: Int32Array,
  rows: Int32Array,
): number | null {
  const inside = rows.reduce((sum, row) => {
    const said = foretold[row];
    const count = counts[row] ?? 0;
    return sum + (said && said.low80 <= count && count <= said.high80 ? 1 : 0);
  }, 0);
  return rows.length === 0 ? null : inside / rows.length;
}
