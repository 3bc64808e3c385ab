import type { Host } from "../crm/host.ts";
import type { PortalPolicy, PortalPorts } from "../portal/portal-api.ts";

/**
 * Faults that are planted to see whether the simulation would notice them. Each is a change of what the portal is given,
 * never a switch inside it.
 */
export const PLANTED_FAULTS = [
  "answer-before-commit",
  "no-fence",
  "no-search",
  "refresh-without-lock",
  "no-reconcile",
] as const;

export type PlantedFault = (typeof PLANTED_FAULTS)[number];

const NEVER_MS = 1e12;

export function plantedPolicy(fault: PlantedFault | null): Partial<PortalPolicy> {
  switch (fault) {
    case "no-fence":
      return { fenceMs: 0 };
    case "no-reconcile":
      return { pollEveryMs: NEVER_MS, idScanEveryMs: NEVER_MS };
    default:
      return {};
  }
}

export function plantedHost(host: Host, fault: PlantedFault | null): Host {
  if (fault !== "no-search" || !host.tasks) return host;
  return { ...host, tasks: { ...host.tasks, find: async () => null } };
}

export function plantedLock(fault: PlantedFault | null): Pick<PortalPorts, "makeLock"> {
  if (fault !== "refresh-without-lock") return {};
  return { makeLock: () => ({ run: (body) => body() }) };
}
