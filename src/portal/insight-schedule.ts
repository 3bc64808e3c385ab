import type { Day } from "../analytics/types.ts";
import type { Instant } from "../crm/ports.ts";
import { stableHash } from "../playbooks/holdout.ts";
import { healthyState, type PortalRow, readCounter } from "./portal-row.ts";
import { latestSnapshot, snapshotCurrency } from "./snapshot-store.ts";
import type { SqlReader } from "./sql.ts";
import type { Zone } from "./zone.ts";

/** Before the first sync ends, a first picture is made from this many purchases, then whenever they have doubled. */
const FIRST_PICTURE_PURCHASES = 500;
/** Portals of one time zone do not all begin at midnight. */
const NIGHT_SPREAD_MS = 30 * 60_000;

/** Marks that survive a restart; values of `counter`. */
export const REBUILD_RUNS = "insight_rebuild";
export const SNAPSHOT_IS_FINAL = "snapshot_is_final";
/** The week of which everybody who has a score has a weekly one; 0 = no such week is known. */
export const SCORED_WEEK = "scored_week";
export const SNAPSHOT_PURCHASES = "snapshot_purchases";

function nightOf(portal: PortalRow, zone: Zone, day: Day): Instant {
  return zone.startOf(day) + (stableHash(portal.key) % NIGHT_SPREAD_MS);
}

/** When the next snapshot is due, if nothing else happens. */
export function nextNight(sql: SqlReader, portal: PortalRow, zone: Zone, now: Instant): Instant {
  const today = zone.dayOf(now);
  const tonight = nightOf(portal, zone, today);
  if (now < tonight && latestSnapshot(sql)?.asOf !== today) return tonight;
  return nightOf(portal, zone, today + 1);
}

export function wantsSnapshot(
  sql: SqlReader,
  portal: PortalRow,
  zone: Zone,
  now: Instant,
): boolean {
  const latest = latestSnapshot(sql);
  if (healthyState(sql) === "active") {
    if (!latest) return true;
    if (isCountingAnew(sql)) return false;
    if (readCounter(sql, SNAPSHOT_IS_FINAL) === 0) return true;
    if (snapshotCurrency(sql) !== portal.currency) return true;
    const today = zone.dayOf(now);
    return latest.asOf !== today && now >= nightOf(portal, zone, today);
  }
  const purchases = sql.get<{ n: number }>("select count(*) as n from purchase")?.n ?? 0;
  if (!latest) return purchases >= FIRST_PICTURE_PURCHASES;
  return purchases >= 2 * Math.max(FIRST_PICTURE_PURCHASES, readCounter(sql, SNAPSHOT_PURCHASES));
}

/** Purchases are being counted again after a change of what they are: half of them would make a wrong picture. */
export function isCountingAnew(sql: SqlReader): boolean {
  return (
    sql.get("select job from scan where job = 'purchases' and state <> 'done' limit 1") !==
    undefined
  );
}
