import { field } from "./api.ts";
import { id } from "./schema.ts";

/**
 * The host has no idempotency key, stores no `request_id` and cannot search by text. What we write therefore carries the
 * action key in a line of its own, and a search walks the few rows of the same card that are young enough.
 */
export function markerOf({ actionKey }: { readonly actionKey: string }): string {
  return `[pulse ${actionKey}]`;
}

/** Id of the row whose text has this line; the only place that looks at texts, and nothing of them is kept. */
export function findMarked(
  rows: readonly unknown[],
  marker: string,
  textOf: (row: unknown) => unknown,
): string | null {
  for (const row of rows) {
    const text = textOf(row);
    if (typeof text !== "string" || !text.split(/\r?\n/).includes(marker)) continue;
    const found = id.safeParse(field(row, "id"));
    if (found.success) return found.data;
  }
  return null;
}

/** The host's clock and ours may differ by so much; a search only gets a little longer. */
export const CLOCK_SKEW_MS = 10 * 60_000;
