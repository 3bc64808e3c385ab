import { type BaseView, posteriorAt } from "./backtest-view.ts";
import { countLaw, countQuantile } from "./count-law.ts";
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
  view: BaseView,
  pNoPurchase: Float64Array,
  horizonDays: number,
): Foretold[] {
  return Array.from(view.client, (client, at) => {
    const posterior = posteriorAt(view, at);
    const core = countLaw(posterior, horizonDays);
    const pNone = pNoPurchase[at] ?? core.pNone;
    const share = core.pNone < 1 ? (1 - pNone) / (1 - core.pNone) : 0;
    const law = { ...core, pNone, tails: core.tails.map((tail) => share * tail) };
    return {
      id: log.clients[client] ?? "",
      pNoPurchase: pNone,
      // Who buys is a client: the two must not contradict each other.
      pAlive: Math.max(posterior.pAlive, 1 - pNone),
      expectedPurchases: share * core.mean,
      low80: countQuantile(law, LOW),
      high80: countQuantile(law, HIGH),
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
