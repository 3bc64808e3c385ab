import type { Memo } from "../../crm/host.ts";
import type { Instant } from "../../crm/ports.ts";
import type { Command, Outcome } from "./batch.ts";
import { ENTITY_TYPE } from "./mapping.ts";
import { toFields, toList } from "./values.ts";

/**
 * Filters are documented to understand ISO 8601, but on some portals an ISO text matches nothing and only
 * `YYYY-MM-DD HH:MM:SS` in the portal's own time works. Set-up finds out which, once; `iso` until then.
 */
const MEMO_NAME = "filterDates";
const HOUR_MS = 3_600_000;

/** Turns an instant into what this portal's filters understand. */
export function filterTime(memo: Memo): (instant: Instant) => string {
  const plain = /^plain([+-])(\d{2}):(\d{2})$/.exec(memo[MEMO_NAME] ?? "");
  if (!plain) return isoTime;
  const [, sign, hours, minutes] = plain;
  const offsetMs = (Number(hours) * 60 + Number(minutes)) * 60_000 * (sign === "-" ? -1 : 1);
  // A text without a zone is read by the portal's clock of that day: an hour earlier covers a change to summer time.
  return (instant) =>
    isoTime(instant + offsetMs - HOUR_MS)
      .slice(0, 19)
      .replace("T", " ");
}

/** ISO 8601 with whole seconds and an offset. */
export function isoTime(instant: Instant): string {
  return `${new Date(Math.floor(instant / 1000) * 1000).toISOString().slice(0, 19)}+00:00`;
}

/** Two questions that have the same answer where ISO texts work: any deal, and any deal since 1970. */
export const DATE_PROBE: readonly Command[] = [{}, { ">=createdTime": isoTime(0) }].map(
  (filter) => ({
    method: "crm.item.list",
    params: {
      entityTypeId: ENTITY_TYPE.deal,
      select: ["id"],
      order: { id: "ASC" },
      filter,
      start: -1,
    },
  }),
);

/** Nothing is remembered while the portal has no deals to tell by. */
export function readDateProbe(
  any: Outcome | undefined,
  since: Outcome | undefined,
  offset: string | null,
): Memo {
  const isEmpty = (outcome: Outcome | undefined) =>
    outcome?.kind === "ok" && toList(toFields(outcome.result).items).length === 0;
  if (any?.kind !== "ok" || since?.kind !== "ok" || isEmpty(any)) return {};
  return { [MEMO_NAME]: isEmpty(since) && offset !== null ? `plain${offset}` : "iso" };
}

export function knowsDates(memo: Memo): boolean {
  return MEMO_NAME in memo;
}
