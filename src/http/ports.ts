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

/** Promised work by kind and hash of its id; data is sealed by the caller. */
export interface ErrandStore {
  /** Durable when it resolves. An errand that is there already is left as it is. */
  put(errand: StoredErrand): Promise<void>;
  /** null = done or given up. */
  data(kind: string, idHash: string): Promise<string | null>;
  update(kind: string, idHash: string, data: string): Promise<void>;
  remove(kind: string, idHash: string): Promise<void>;
  /** Everything that is stored, the oldest first. */
  list(): Promise<readonly StoredErrand[]>;
}

export interface StoredErrand {
  readonly kind: string;
  readonly idHash: string;
  readonly data: string;
  readonly expiresAt: number;
}
