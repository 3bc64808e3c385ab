import { medianOfWhole } from "../quantile.ts";
import type { ClientHistory } from "../types.ts";

const STEPS = [1, 2, 3] as const;

export interface FunnelStep {
  /** First, second, third purchase day of a client. */
  readonly purchase: (typeof STEPS)[number];
  readonly clients: number;
  /** Of all clients; null for nobody. */
  readonly shareOfAll: number | null;
  /** Of those who made the step before. */
  readonly shareOfPrevious: number | null;
  /** Median days since the step before; who has not come yet is not in it. */
  readonly medianDays: number | null;
}

/** How many clients reach their first, second and third purchase, and how long each step takes. */
export function purchaseFunnel(clients: readonly ClientHistory[]): FunnelStep[] {
  const reached = STEPS.map((purchase) =>
    clients.reduce((sum, { days }) => sum + (days.length >= purchase ? 1 : 0), 0),
  );
  return STEPS.map((purchase, step) => {
    const own = reached[step] as number;
    const before = step === 0 ? clients.length : (reached[step - 1] as number);
    return {
      purchase,
      clients: own,
      shareOfAll: clients.length > 0 ? own / clients.length : null,
      shareOfPrevious: before > 0 ? own / before : null,
      medianDays: step === 0 ? null : medianOfWhole(gapsBefore(clients, step, own)),
    };
  });
}

/** Days between purchase `step` and the one before it (counted from 0), of the `size` clients who have made it. */
function gapsBefore(clients: readonly ClientHistory[], step: number, size: number): Int32Array {
  const gaps = new Int32Array(size);
  let next = 0;
  for (const { days } of clients) {
    if (days.length <= step) continue;
    gaps[next] = (days[step] as number) - (days[step - 1] as number);
    next += 1;
  }
  return gaps;
}
