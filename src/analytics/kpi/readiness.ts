import { quantileOfSorted } from "../quantile.ts";

/** Until playbooks have measured it, the page says that this is assumed: a contact saves a tenth of what is at stake. */
export const ASSUMED_EFFECT = 0.1;

export interface ReadinessOptions {
  /** Assumption, never a fact: the share of what is at stake that a contact saves on average. */
  readonly effectShare: number;
  /** What one contact costs the company; null = not known. */
  readonly costMinor: number | null;
}

/** Whether it is worth contacting clients who may leave, under a stated assumption. */
export interface Readiness {
  readonly effectShare: number;
  readonly costMinor: number | null;
  /** Clients with anything at stake. */
  readonly clients: number;
  /** Expected money that may be lost. */
  readonly stakeMinor: number;
  /** What a contact with the client with the most at stake, and with the middle one, is worth. */
  readonly mostMinor: number | null;
  readonly medianMinor: number | null;
  /** Clients whose contact is worth its cost; null = the cost is not known. */
  readonly worthwhile: number | null;
  /** From this much at stake on a contact pays; null = the cost is not known. */
  readonly payFromMinor: number | null;
}

/** Expected value of a contact = money at stake x assumed effect, against its cost. One stake a client, minor units. */
export function readiness(stakes: readonly number[], options: ReadinessOptions): Readiness {
  const { costMinor } = options;
  const effectShare = Math.min(1, Math.max(0, options.effectShare));
  const known = Float64Array.from(stakes.filter((minor) => minor > 0)).sort();
  const worth = (minor: number | null | undefined) =>
    minor === null || minor === undefined ? null : Math.round(minor * effectShare);
  const payFrom = costMinor === null || effectShare === 0 ? null : costMinor / effectShare;
  return {
    effectShare,
    costMinor,
    clients: known.length,
    stakeMinor: known.reduce((sum, minor) => sum + minor, 0),
    mostMinor: worth(known.at(-1)),
    medianMinor: worth(quantileOfSorted(known, 0.5)),
    worthwhile: payFrom === null ? null : known.filter((minor) => minor >= payFrom).length,
    payFromMinor: payFrom === null ? null : Math.ceil(payFrom),
  };
}
