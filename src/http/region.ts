import type { Grant } from "../crm/host.ts";

/** Zones whose portals must be kept inside Russia. */
const RUSSIAN_ZONES = [".ru", ".su", ".xn--p1ai"];

/** May this server hold the portal of this grant? Data of Russian portals stay on Russian servers. */
export function isRegionAllowed(
  { endpoint, isRussian = false }: Pick<Grant, "endpoint" | "isRussian">,
  region: "ru" | "other" | null,
): boolean {
  if (region !== "other") return true;
  if (isRussian) return false;
  const { hostname } = new URL(endpoint);
  return !RUSSIAN_ZONES.some((zone) => hostname.endsWith(zone));
}
