import { errorCode } from "../../crm/error.ts";
import type { HostLink } from "../../crm/host.ts";
import type { Instant } from "../../crm/ports.ts";
import { EVENTS_LIMIT, field, getRequest, isRefusal, readPage, toSeconds } from "./api.ts";
import type { Feed } from "./feed.ts";

/**
 * Pages are counted from the start of a list, so a row that leaves it while we read moves all later rows up by one, and
 * at the edge of a page one of them is never seen. The events feed tells whether that has happened.
 */
export async function hasLostRows(link: HostLink, feed: Feed, since: Instant): Promise<boolean> {
  const entity = feed.leavingEntity;
  if (entity === null) return false;
  const request = getRequest("events", [
    ["filter[type]", `${entity}_deleted,entity_merged`],
    ["filter[created_at][from]", toSeconds(since)],
    ["limit", String(EVENTS_LIMIT)],
  ]);
  try {
    const { rows } = readPage(
      await link.send("events.deleted", request, { isOptional: true }),
      "events",
    );
    // An account without filters answers with events of all kinds and ages.
    return rows.some((row) => isLeaving(row, entity, since));
  } catch (error) {
    // The feed is a comfort here: without it the next scan of ids finds what was missed.
    if (isRefusal(error) || errorCode(error) === "host.refused") return false;
    throw error;
  }
}

/** Events know whole seconds; what left in the very second of the first page had left before it, nearly always. */
function isLeaving(row: unknown, entity: string, since: Instant): boolean {
  const type = field(row, "type");
  if (type !== `${entity}_deleted` && type !== "entity_merged") return false;
  const at = Number(field(row, "created_at"));
  return field(row, "entity_type") === entity && at > Math.floor(since / 1000);
}
