import type { PortalKey } from "../crm/portal-key.ts";
import type { Portal, PortalState } from "../portal/portal-api.ts";
import type { Portals } from "./ports.ts";

const REMOVED: readonly PortalState[] = ["suspended", "purged"];

/** The portal, if it is installed now: what a removed one still keeps is shown to nobody, whatever session they hold. */
export async function findLivePortal(portals: Portals, key: PortalKey): Promise<Portal | null> {
  const portal = await portals.find(key);
  const summary = await portal?.summary();
  return portal && summary && !REMOVED.includes(summary.state) ? portal : null;
}
