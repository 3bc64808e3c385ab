/** Zones whose portals must be kept inside Russia. */
const RUSSIAN_ZONES = [".ru", ".su", ".xn--p1ai"];

/** May this server hold a portal that lives at `endpoint`? Data of Russian portals stay on Russian servers. */
export function isRegionAllowed(endpoint: string, region: "ru" | "other" | null): boolean {
  if (region !== "other") return true;
  const { hostname } = new URL(endpoint);
  return !RUSSIAN_ZONES.some((zone) => hostname.endsWith(zone));
}
