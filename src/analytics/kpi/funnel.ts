import { medianOf } from "../quantile.ts";
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
  return STEPS.map((purchase) => {
    const reached = clients.filter(({ days }) => days.length >= purchase);
    const before = clients.filter(({ days }) => days.length >= purchase - 1).length;
    const gaps = reached.map(
      ({ days }) => (days[purchase - 1] as number) - (days[purchase - 2] ?? 0),
    );
    return {
      purchase,
      clients: reached.length,
      shareOfAll: clients.length > 0 ? reached.length / clients.length : null,
      shareOfPrevious: before > 0 ? reached.length / before : null,
      medianDays: purchase === 1 ? null : medianOf(gaps),
    };
  });
}
