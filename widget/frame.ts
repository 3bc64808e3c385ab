/**
 * The page around our frame, the same for every host. A host's own script (`<host>-frame.ts`) runs first and puts its
 * implementation here; the islands know only this.
 */
export interface PulseFrame {
  /** Fresh session for the API, or null when the host will not give one. */
  renew(current: string): Promise<RenewedSession | null>;
  /** Makes the frame as high as its content. */
  resize(height: number): void;
  /** Opens the whole page anew; the one-time address of this page may be spent. */
  reload(): void;
  /** Opens our page of a record, the whole of it, over this one. */
  openFull?(record: RecordKey): void;
  /** Ends a page that was opened so; what was below is there again. */
  close?(): void;
  /** Opens a card of the CRM beside the page; false = the caller opens it as a link. */
  open?(url: URL): Promise<boolean>;
  /** Names that the viewer may read, by client key; read live and never sent to our server. */
  names?(clients: readonly ClientKey[]): Promise<ReadonlyMap<string, string>>;
  /** The form that opens this page again as the host would, for a page without data; null = no fresh auth to be had. */
  reopenForm?(): Promise<ReopenForm | null>;
  /** The form that opens the app's own page in this frame. */
  appForm?(): Promise<ReopenForm | null>;
  /** Tells the host that the installation is finished. */
  finishInstall?(): Promise<void>;
}

export interface ReopenForm {
  /** Path and query on our own server. */
  readonly action: string;
  readonly fields: Readonly<Record<string, string>>;
}

export interface RenewedSession {
  readonly token: string;
  readonly expiresAt: number;
}

export interface ClientKey {
  readonly kind: "company" | "contact";
  readonly id: string;
}

export interface RecordKey {
  readonly entity: "deal" | "contact" | "company";
  readonly id: string;
}

declare global {
  interface Window {
    pulseFrame?: PulseFrame;
  }
}

/** Exact origins the server allows this page to speak with; empty when it named none. */
export function allowedOrigins(): readonly string[] {
  return (document.documentElement.dataset.frameOrigins ?? "").split(" ").filter(Boolean);
}

export function isRenewed(value: unknown): value is RenewedSession {
  if (typeof value !== "object" || value === null) return false;
  const { token, expiresAt } = value as Record<string, unknown>;
  return typeof token === "string" && typeof expiresAt === "number";
}

/** The record that attributes of a page name; null = none. */
export function toRecord(entity: string | undefined, id: string | undefined): RecordKey | null {
  if (entity !== "deal" && entity !== "contact" && entity !== "company") return null;
  return id ? { entity, id } : null;
}
