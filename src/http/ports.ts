import type { PortalKey } from "../crm/portal-key.ts";
import type { Portal } from "../portal/portal-api.ts";

/** Where portals live: files of one process on Node, stubs of Durable Objects on Workers. */
export interface Portals {
  /** The portal, if it has ever been installed. */
  find(key: PortalKey): Promise<Portal | null>;
  /** The portal, made if need be. */
  open(key: PortalKey): Promise<Portal>;
  /** Its `tick` should run soon. */
  wake(key: PortalKey): void;
}

/** Values that may be used once and die on time: OAuth states, tickets. Kept by hash of the value. */
export interface OnceStore {
  put(kind: string, value: string, data: string, expiresAt: number): Promise<void>;
  /** Reads and removes in one step; null when unknown, spent or expired. */
  take(kind: string, value: string): Promise<string | null>;
}
