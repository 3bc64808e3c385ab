import type { Hint } from "./door.ts";
import type { HostLink, Memo } from "./host.ts";

/**
 * A queue of changes at the host that keeps each of them until we say that we have it: a second channel behind events,
 * which are sent once. Taking hides what is taken from other readers; it stays at the host until `confirm`.
 */
export interface HostChangeQueue {
  /** Does this portal have the queue, by what `prepare` remembered? */
  isOffered(memo: Memo): boolean;
  /**
   * What waits, together with whatever an earlier reader has taken and never confirmed. `isBehind` = more waits than one
   * part holds. Throws a retryable AppError `host.*`; a queue that the portal refuses is empty.
   */
  take(link: HostLink, wish: { readonly isBehind: boolean }): Promise<TakenChanges>;
  /** Removes what a ticket names; twice is once. Throws a retryable AppError `host.*`. */
  confirm(link: HostLink, ticket: string): Promise<void>;
}

export interface TakenChanges {
  /** An empty id = something of this kind has changed and the host does not say what. */
  readonly hints: readonly Hint[];
  /** The adapter's own text; null = nothing was taken. */
  readonly ticket: string | null;
  readonly isMore: boolean;
}
